"""What a file, folder or sheet is called goes no further when it may be the name of a person."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.source.container.discreet import LIST, NameList, discreet_table, is_plain
from dod2oso.source.profile import shipped_profiles
from dod2oso.source.tabular.bundle import name_tables

TODAY = date(2026, 11, 28)
PLAIN = [
    "a.xml", "dod-referentie-school-noord.xml", "edexml-2.1.xml", "csv-bundle", "export.zip/leerlingen.csv", "99XX.xml",
    "99XX01-export.xml", "export-2026-11-28.xml", "export_20261127.xml", "groep 8 (OSO 2019.1)", "EDEXLL.TXT",
    "toetsen2.csv", "dod2oso-out", "12 leerlingen.ods", "regio (tabellen 2)",
]  # fmt: skip
TELLING = [
    "Jansen_Pietje.xml", "Pietje.xml", "export Pietje.xml", "Bo.xml", "leerling-999912345.xml", "10200.xml",
    "leerling 2013-05-06.xml", "06-05-2013 leerling.xml", "20130506.xml", "leerling 6-5-13.xml",
    "Çelik.csv", "O'Brien.xml", "naam-3.xml",
    "De Regenboog.zip", "екатерина.xml",
]  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_that_says_nothing_of_a_person(name: str) -> None:
    assert is_plain(name, TODAY)


@pytest.mark.parametrize("name", TELLING)
def test_a_name_that_may(name: str) -> None:
    assert not is_plain(name, TODAY)


def test_numbers_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    first = NameList(tmp_path)
    assert not first
    assert first.discreet("Pietje Jansen/a.xml") == "naam-1/a.xml"
    assert first.discreet('Jansen; "Klaas".XML') == "naam-2.xml"
    assert first.discreet("export.zip/Pietje Jansen") == "export.zip/naam-1"
    first.keep()
    assert (tmp_path / LIST).stat().st_mode & 0o077 == 0
    again = NameList(tmp_path)
    assert again.discreet("Truus.zip") == "naam-3.zip"
    assert again.discreet('Jansen; "Klaas".XML') == "naam-2.xml"
    assert again.discreet("export.xml") == "export.xml"


def test_a_list_that_is_damaged_only_costs_its_numbers(tmp_path: Path) -> None:
    (tmp_path / LIST).write_bytes(b"\xff\xfe;naam-x;\nnaam-7;Pietje.xml\n;;;\n")
    names = NameList(tmp_path)
    assert (names.discreet("Pietje.xml"), names.discreet("Truus.xml")) == ("naam-7.xml", "naam-8.xml")


class _Table(NamedTuple):
    name: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, ...]]:
        return iter(())


def test_a_sheet_beside_those_of_a_layout_is_called_by_its_number() -> None:
    profile = next(each.model for each in shipped_profiles() if each.name == "csv-bundle")
    wanted = [_Table(name, tuple(columns)) for name, columns in profile.match.tables.items()]
    named = name_tables([*wanted, _Table("Pietje_Jansen", ("x",)), _Table("overzicht", ("x",))], profile)
    assert named is not None and {f"tabel-{len(wanted) + 1}", "overzicht"} <= named.keys()
    assert "Pietje_Jansen" not in named


def test_a_sheet_is_called_by_its_number() -> None:
    assert [discreet_table(name, 4) for name in ("leerlingen", "Pietje_Jansen", "_12")] == [
        "leerlingen", "tabel-4", "_12",
    ]  # fmt: skip
