"""aanvulling.xlsx: exactly what is missing, hard to fill in wrongly, and for nobody else's eyes."""

import re
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from dod2oso.ledger.store import Ledger
from dod2oso.source.user_tables import HEADER_MARK
from dod2oso.supplement.workbook import write_workbook
from tests.corpus.kit import CONSENT, bsn, convert, pupil, reference, schools, supplement, write
from tests.supplement.test_loop import NAMELESS, NO_SCHOOL

WORKBOOK = Path("out", "report", "aanvulling.xlsx")
CONSENTED = [{"brin": "99XX", "leerlingid": str(n), **CONSENT} for n in (1, 3, 4, 5)]


@pytest.fixture(name="once", scope="module")
def _once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one run, to look at; who changes something takes a `copy`."""
    return _made(tmp_path_factory.mktemp("aanvulling")).parents[2]


@pytest.fixture(name="book", scope="module")
def _book(once: Path) -> Any:
    return load_workbook(once / WORKBOOK)


@pytest.fixture(name="copy")
def _copy(once: Path, tmp_path: Path) -> Path:
    """The same run, in a folder of the test's own."""
    return Path(shutil.copytree(once, tmp_path / "kopie"))


def _made(folder: Path, **options: Any) -> Path:
    """Pupil 1 is ready; 2 lacks consent, 3 a birth date, 4 an advice, 5 a surname; one has no number, one no school."""
    exports = [
        write(
            folder / "a.xml",
            reference(pupil(1), pupil(2), pupil(3, Geboortedatum=""), pupil(4).replace(">60<", ">28<"),
                      pupil(5, Achternaam=""), NAMELESS),
        ),
        write(folder / "b.xml", reference(pupil(11), school=NO_SCHOOL)),
    ]  # fmt: skip
    given = {"schools": schools(folder), "supplements": [supplement(folder, *CONSENTED)]}
    result = convert(folder / "out", exports, **given, **options)
    assert result.workbook is not None
    return result.workbook


def open_cells(sheet: Any) -> dict[str, set[str]]:
    """The columns that can be typed in, by pupil number (else what stands beside it)."""
    rows = list(sheet.iter_rows())
    header = next(row for row in rows if row[0].value == HEADER_MARK)
    names = [cell.value for cell in header]
    found = {}
    for row in rows[header[0].row :]:
        values = dict(zip(names, (cell.value for cell in row), strict=True))
        key = values["leerlingid"] or values["#nummer"] or row[0].value
        found[str(key)] = {
            name for name, cell in zip(names, row, strict=True) if cell.protection.locked is False
        }  # fmt: skip
    return found


INZAGE = {"inzage/inzage", "inzage/inzagedatum", "inzage/akkoord"}
LIABLE = "huidigeschool/leerling/verzorgersaansprakelijk"


def test_exactly_the_missing_cells_are_open(book: Any) -> None:
    cells = open_cells(book["99XX-00"])
    assert cells == {
        "2": {*INZAGE, LIABLE},
        "3": {"huidigeschool/leerling/geboortedatum"},
        "4": {"huidigeschool/leerling/overstapadvies/advies"},
        "5": {"leerling.achternaam"},
        "a.xml, 6": {*INZAGE, LIABLE, "leerling.leerlingid"},
    }
    assert set(open_cells(book["onbekend"])) == {"11"}
    assert "school.brin" in open_cells(book["onbekend"])["11"]


def test_every_cell_to_fill_in_is_empty(book: Any) -> None:
    """Consent above all."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.value is None for cell in row if cell.protection.locked is False)


def test_sheets_are_protected_and_say_that_they_are_confidential(book: Any) -> None:
    assert book.sheetnames == ["Uitleg", "onbekend", "99XX-00", "Lijsten"]
    assert book["Lijsten"].sheet_state == "hidden"
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        if sheet.title != "Lijsten":
            assert "VERTROUWELIJK" in sheet["A1"].value
    assert book["99XX-00"].freeze_panes == "I6"


def test_lists_and_dates_are_checked_while_typing(book: Any) -> None:
    sheet = book["99XX-00"]
    names = [cell.value for cell in sheet[5]]
    rules = {}
    for rule in sheet.data_validations.dataValidation:
        for area in rule.sqref.ranges:
            rules[names[area.min_col - 1]] = rule
    assert rules["inzage/inzagedatum"].type == rules["huidigeschool/leerling/geboortedatum"].type == "date"
    lists = book["Lijsten"]

    def items(column: str) -> list[str]:
        first, last = re.findall(r"\$([A-Z]+)\$(\d+)", rules[column].formula1)
        return [lists[f"{first[0]}{number}"].value for number in range(int(first[1]), int(last[1]) + 1)]

    assert items("inzage/inzage") == items(LIABLE) == ["ja", "nee"]
    assert items("inzage/akkoord") == ["Ja", "Nee", "Onbekend"]
    advice = items("huidigeschool/leerling/overstapadvies/advies")
    assert "28" not in {item.partition(" ")[0] for item in advice}
    assert any(re.match(r"60 – .", item) for item in advice)
    help_row = {name: cell.value for name, cell in zip(names, sheet[4], strict=True)}
    assert "31-12-2024" in help_row["inzage/inzagedatum"]
    assert help_row["inzage/inzage"].startswith("alleen ja als")


def test_a_code_with_its_meaning_is_read_as_the_code(copy: Path) -> None:
    from tests.supplement.kit import fill, typed

    workbook = copy / WORKBOOK
    filled = copy / "ingevuld.xlsx"

    def value(column: str, number: int) -> Any:
        return "60 – vmbo en zo" if column.endswith("overstapadvies/advies") else typed(column, number)

    fill(workbook, filled, value, only=lambda keys: keys["leerlingid"] == "4")
    exports = [copy / "a.xml", copy / "b.xml"]
    given = {"schools": schools(copy), "supplements": [supplement(copy, *CONSENTED), filled]}
    convert(copy / "out", exports, **given)
    ready = list((copy / "out" / "dossiers" / "ready").rglob("*.xml"))
    assert len(ready) == 2
    assert all(b"<advies>60</advies>" in path.read_bytes() for path in ready)


def test_names_only_when_asked(once: Path, tmp_path: Path) -> None:
    plain = _text(once / WORKBOOK)
    named = _text(_made(tmp_path / "met", names=True))
    for word in ("Voorbeeld2", "Voorbeeld11", "Test"):
        assert word not in plain
        assert word in named
    for text in (plain, named):
        assert not any(bsn(number) in text for number in (1, 2, 3, 11))
        assert "Teststraat" not in text


def test_the_file_is_private_and_leaves_nothing_behind(once: Path) -> None:
    workbook = once / WORKBOOK
    assert stat.S_IMODE(workbook.stat().st_mode) == 0o600
    assert stat.S_IMODE(workbook.parent.stat().st_mode) == 0o700
    assert {path.name for path in workbook.parent.iterdir()} == {
        "aanvulling.xlsx", "gaps.csv", "gaps.html", "gaps.json",
    } | {path.name for path in workbook.parent.glob("gaps.xlsx")}  # fmt: skip


def test_the_report_command_writes_it_again_in_english(copy: Path) -> None:
    workbook = copy / WORKBOOK
    workbook.unlink()
    with Ledger.open(copy / "out") as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        assert write_workbook(ledger, run_id, copy / "out", "en") == workbook
    assert "CONFIDENTIAL" in _text(workbook)


def test_a_dossier_file_that_is_gone_still_gets_a_row(copy: Path) -> None:
    workbook = copy / WORKBOOK
    for path in (copy / "out" / "dossiers" / "held").rglob("*.xml"):
        path.unlink()
    with Ledger.open(copy / "out") as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        write_workbook(ledger, run_id, copy / "out")
    cells = open_cells(load_workbook(workbook)["99XX-00"])
    assert {"a.xml, 2", "a.xml, 3", "a.xml, 4", "5"} <= set(cells)


def test_the_dossiers_of_another_folder_are_not_looked_for(once: Path, tmp_path: Path) -> None:
    with Ledger.open(once / "out") as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        assert write_workbook(ledger, run_id, tmp_path / "elders") is None
    assert not (tmp_path / "elders").exists()


def _text(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())
