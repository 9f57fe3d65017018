"""The loop: run, fill in aanvulling.xlsx, run again. What was filled in becomes ready, and nothing else changes."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.base.texts import Text, shown
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.run.convert import Converter
from tests.corpus.kit import CONSENT, PAIRS, convert, dossiers, pupil, reference, supplement, totals, write
from tests.supplement.kit import fill, ledger_rows

pytestmark = pytest.mark.usefixtures("without_report")

BARE = (
    "<Leerling><Leerlingnummer>{}</Leerlingnummer><Voornamen>Test</Voornamen><Achternaam>Kaal{}</Achternaam></Leerling>"
)
NAMELESS = pupil(20).replace("<Leerlingnummer>20</Leerlingnummer>", "")
NO_SCHOOL = "<School><Naam>Zonder nummer</Naam></School>"


def exports(folder: Path) -> list[Path]:
    """Pupils who lack all sorts of things; pupil 1 lacks nothing but what the supplement gives."""
    return [
        write(
            folder / "a.xml",
            reference(
                pupil(1), pupil(2), pupil(3, Geboortedatum=""), pupil(4, Bsn=""), pupil(5, Achternaam=""),
                pupil(6, Voornamen="", Ingeschreven="", AdresGeheim=""), BARE.format(7, 7), NAMELESS,
                pupil(8).replace("<Code>60</Code>", "<Code>28</Code>"),
            ),
        ),
        write(folder / "b.xml", reference(pupil(11), school=NO_SCHOOL)),
    ]  # fmt: skip


def given(folder: Path, transfer: str) -> dict[str, Any]:
    row = {"brin": "99XX", "leerlingid": "1", **CONSENT, "inzage/toestemming": "Ja"}
    if transfer.endswith("SWV"):
        row["zorg.ondersteuning[1].datum"] = "15-01-2019"
    row |= {"school.adressen[1].soort": "bezoek", "school.adressen[1].straat": "Schoolstraat",
            "school.adressen[1].nummer": "1", "school.adressen[1].postcode": "1234AB",
            "school.adressen[1].plaats": "Teststad", "school.communicatie[1].soort": "telefoon",
            "school.communicatie[1].nummer": "0100000000", "huidigeschool/aanleverpunt": "0099XX01"}  # fmt: skip
    return {"supplements": [supplement(folder, row)]}


def states(out: Path) -> dict[str, str]:
    with Ledger.open(out) as ledger, ledger.read() as connection:
        return dict(connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.state)).all())


SOME = [pair for pair in PAIRS if "2019.1" in pair or "POVO" in pair]
SOME += [("1.1.1", "VOVO"), ("1.2.2", "BB"), ("2017.1", "POSWV")]


@pytest.mark.parametrize(("version", "transfer"), SOME)
def test_what_is_filled_in_becomes_ready(version: str, transfer: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"version": version, **given(tmp_path, transfer)}
    out = tmp_path / "out"
    first = convert(out, exports(tmp_path), transfer, **options)
    before, files = states(out), dossiers(out)
    ready = {name for name, state in before.items() if state == "ready"}
    assert len(ready) == 1, totals(out, first)
    assert first.workbook is not None
    filled = tmp_path / "ingevuld.xlsx"
    assert fill(first.workbook, filled) >= 5
    options["supplements"] = [*options["supplements"], filled]
    second = convert(out, exports(tmp_path), transfer, **options)
    after = states(out)
    stuck = {name for name, state in after.items() if state != "ready"}
    expected = len(before) - len(stuck)
    found = totals(out, second)
    assert found["dossiers"] == {"ready": expected, "held": len(stuck), "rejected": 0}, found["findings"]
    assert not stuck, found["findings"]
    assert second.workbook is None  # nothing is missing any more
    for name, data in dossiers(out).items():
        if name.rpartition("/")[2].removesuffix(".xml") in ready:
            assert files[name] == data


def test_only_touched_dossiers_are_converted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that nobody filled in keep their rows, files (to the moment) and ids."""
    options = given(tmp_path, "POVO")
    out = tmp_path / "out"
    first = convert(out, exports(tmp_path), **options)
    assert first.workbook is not None
    filled = tmp_path / "ingevuld.xlsx"
    assert fill(first.workbook, filled, only=lambda keys: keys["leerlingid"] in ("2", "3"))
    rows, times = _rows(out), _times(out)
    converted: list[int] = []
    convert_all = Converter.convert_all

    def watched(self: Converter, records: Any) -> Any:
        found = list(records)
        converted.extend(record.number for record in found)
        return convert_all(self, found)

    monkeypatch.setattr(Converter, "convert_all", watched)
    options["supplements"] = [*options["supplements"], filled]
    convert(out, exports(tmp_path), **options)
    assert sorted(converted) == [2, 3]
    new_rows, new_times = _rows(out), _times(out)
    assert {key for key in rows if rows[key] != new_rows[key]} == {("a.xml", 2), ("a.xml", 3)}
    changed = {rows["a.xml", number]["dossier_id"] for number in (2, 3)}
    assert {new_rows["a.xml", number]["dossier_id"] for number in (2, 3)} == changed
    kept = {name for name in times if not any(one in name for one in changed)}
    assert all(times[name] == new_times[name] for name in kept)
    converted.clear()
    convert(out, exports(tmp_path), **options)  # and the same again touches nobody
    assert converted == []


@pytest.mark.parametrize("workers", [1, 2])
def test_touching_some_gives_what_a_run_from_nothing_gives(workers: int, tmp_path: Path) -> None:
    options: dict[str, Any] = given(tmp_path, "POVO") | {"workers": workers}
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    first = convert(out, exports(tmp_path), **options)
    assert first.workbook is not None
    half, whole = tmp_path / "half.xlsx", tmp_path / "heel.xlsx"
    fill(first.workbook, half, only=lambda keys: keys["leerlingid"] in ("2", "4", "5", ""))
    fill(first.workbook, whole)
    fresh.mkdir()
    shutil.copy(out / "project.key", fresh / "project.key")
    rounds = [[half], [whole], [half], []] if workers == 1 else [[half]]
    for number, more in enumerate(rounds):
        steps = options | {"supplements": [*options["supplements"], *more]}
        convert(out, exports(tmp_path), **steps)
        clean = tmp_path / f"fresh{number}"
        shutil.copytree(fresh, clean)
        convert(clean, exports(tmp_path), **steps)
        # What all pupils share keeps the best it had: a school whose only pupil falls back is counted as before.
        kept = {"a.xml", "b.xml"} if more else {"a.xml"}
        assert ledger_rows(out, kept) == ledger_rows(clean, kept)
        assert dossiers(out) == dossiers(clean)


def test_a_workbook_in_which_somebody_typed_is_never_overwritten(tmp_path: Path) -> None:
    options = given(tmp_path, "POVO")
    out = tmp_path / "out"
    first = convert(out, exports(tmp_path), **options)
    assert first.workbook == out / "report" / "aanvulling.xlsx"
    assert convert(out, exports(tmp_path), **options).workbook == first.workbook  # untouched: written again
    fill(first.workbook, first.workbook, only=lambda keys: keys["leerlingid"] == "2")
    typed = first.workbook.read_bytes()
    options["supplements"] = [*options["supplements"], first.workbook]
    second = convert(out, exports(tmp_path), **options)
    assert second.workbook == out / "report" / "aanvulling-2.xlsx"
    assert first.workbook.read_bytes() == typed


def test_a_wrong_cell_is_named_by_its_sheet_and_cell(tmp_path: Path) -> None:
    options = given(tmp_path, "POVO")
    out = tmp_path / "out"
    first = convert(out, exports(tmp_path), **options)
    assert first.workbook is not None
    filled = tmp_path / "ingevuld.xlsx"

    def wrong(column: str, number: int) -> str:
        return "gisteren" if column == "inzage/inzagedatum" else ""

    fill(first.workbook, filled, wrong, only=lambda keys: keys["leerlingid"] == "2")
    options["supplements"] = [*options["supplements"], filled]
    convert(out, exports(tmp_path), **options)
    with Ledger.open(out) as ledger, ledger.read() as connection:
        chosen = tables.findings.c.code == "aanvulling-waarde-onjuist"
        (finding,) = connection.execute(select(tables.findings).where(chosen)).all()
    from openpyxl import load_workbook

    sheet = load_workbook(filled)["99XX-00"]
    (cell,) = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value == "gisteren"]
    place = Text("sheet-cell", sheet="99XX-00", cell=cell, file="ingevuld.xlsx")
    assert shown(finding.place, "nl") == place.text("nl")
    assert finding.field == "inzage/inzagedatum"


def _rows(out: Path) -> dict[tuple[str, int], dict[str, Any]]:
    with Ledger.open(out) as ledger, ledger.read() as connection:
        joined = select(tables.dossiers, tables.exports.c.name).join(
            tables.exports, tables.exports.c.id == tables.dossiers.c.export_id
        )
        return {(row.name, row.record): row._asdict() for row in connection.execute(joined)}


def _times(out: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (out / "dossiers").rglob("*.xml")}
