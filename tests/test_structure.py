"""The rooms of the package are those of ARCHITECTURE.md, and no import runs back up."""

from pathlib import Path

import pytest

from benchmarks.structure import Arrow, arrows, back_up, order, rooms


def test_every_room_stands_in_the_table_and_the_other_way_round() -> None:
    assert sorted(order()) == rooms()


def test_no_import_runs_back_up() -> None:
    assert back_up(arrows(), order()) == {}


def package(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        room = folder / "house" / name
        room.mkdir(parents=True)
        (room / "__init__.py").touch()
        (room / "work.py").write_text(text, encoding="utf-8")
    return folder / "house"


def test_an_import_that_runs_back_up_is_found_wherever_it_stands(tmp_path: Path) -> None:
    hidden = "def late():\n    import house.roof.work as work\n    return work\n"
    house = package(
        tmp_path, cellar=hidden, floor="from house import cellar\n", roof="from house.floor.work import x\n"
    )
    found = arrows(house)
    assert set(found) == {Arrow("cellar", "roof"), Arrow("floor", "cellar"), Arrow("roof", "floor")}
    assert back_up(found, ["cellar", "floor", "roof"]) == {Arrow("cellar", "roof"): {"cellar/work.py"}}


def test_a_room_without_a_place_in_the_order_is_no_answer(tmp_path: Path) -> None:
    house = package(tmp_path, cellar="", attic="import house.cellar\n")
    with pytest.raises(ValueError, match="attic"):
        back_up(arrows(house), ["cellar"])
