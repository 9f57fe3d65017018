"""What comes back: workbooks of another project or transfer, older ones, two people who filled in the same cells."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.supplement.edition import Edition, edition_in
from tests.corpus.kit import CONSENT
from tests.project.kit import Work

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work(tmp_path, capsys, monkeypatch)
    work.export("a.xml", 1, 2)
    work.run()
    return work


def book(work: Work, transfer: str = "POVO") -> Path:
    [found] = (work.folder / "dod2oso-out" / transfer / "report").glob("aanvulling*.xlsx")
    return found


def filled(source: Path, target: Path, value: str = "ja", rows: int | None = None) -> Path:
    """A copy in which every open yes-or-no cell of the first rows is filled in, by another program than ours."""
    whole = load_workbook(source)
    for sheet in whole.worksheets:
        names = {cell.value: cell.column for cell in sheet[5] if cell.value}
        asked = [column for name, column in names.items() if name in CONSENT]
        pupils = [row for row in range(6, sheet.max_row + 1) if sheet.cell(row, 4).value]
        for row in pupils[:rows]:
            for column in asked:
                sheet.cell(row, column).value = value
    whole.save(target)
    return target


def back(work: Work, transfer: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(work.do("status", "--workbooks", "--json").out)["transfers"][transfer]
    return found


@pytest.mark.parametrize("key", [b"1" * 32, b"2" * 32, bytes(range(32))])
def test_the_edition_that_is_written_is_read_back(key: bytes) -> None:
    edition = Edition.of(Pseudonyms(key), "20270324T101112Z-0a1b2c")
    assert edition_in(["brin", edition.column.lower()]) == edition


def test_per_school_what_came_back_and_of_which_edition(work: Work) -> None:
    filled(book(work), work.folder / "aanvullingen/eerste.xlsx", rows=1)
    found = back(work)
    [school] = found["schools"]
    assert (school["brin"], school["name"], school["open"]) == ("99XX", "De Verzonnen School", 2)
    [file] = school["files"]
    assert file["edition"] and file["rows"] == 1 and file["cells"] == school["new"] > 0
    assert school["again"] == school["contradicting"] == 0
    text = work.do("status", "--workbooks").out
    assert "uitgave van" in text and "99XX-00 De Verzonnen School" in text


def test_an_older_edition_the_same_again_and_two_people_who_contradict(work: Work) -> None:
    first = filled(book(work), work.folder / "aanvullingen/eerste.xlsx", rows=1)
    shutil.copy(first, work.folder / "aanvullingen/tweede.xlsx")
    [school] = back(work)["schools"]
    assert school["again"] == school["new"] > 0 and len(school["files"]) == 2
    work.run("--forget-supplements", "--fail-on", "never")
    filled(book(work), work.folder / "aanvullingen/derde.xlsx", value="nee", rows=1)
    [school] = back(work)["schools"]
    assert school["contradicting"] > 0
    text = work.do("status", "--workbooks").out
    assert "zegt iets anders dan" in text and "oudere uitgave" in text


def test_a_workbook_of_another_project_is_refused_and_the_others_count(
    work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Work(tmp_path / "elders", capsys, monkeypatch)
    other.export("a.xml", 1, 2)
    other.run()
    foreign = filled(book(other), tmp_path / "vreemd.xlsx")
    monkeypatch.chdir(work.folder)
    shutil.copy(foreign, work.folder / "aanvullingen/vreemd.xlsx")
    work.supplement("goed.csv", 1)
    ended = work.run()
    assert ended.code == 4 and "ander project" in ended.err and work.ready() == 1
    found = back(work)
    assert [each["cause"] for each in found["broken"]] == ["supplement-other-project"]
    [school] = found["schools"]
    assert [file["edition"] for file in school["files"]] == [""]
    assert "telt niet mee" in work.do("status", "--workbooks").out


def test_a_workbook_of_another_transfer_counts_only_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(tmp_path, capsys, monkeypatch, "--overstap", "POVO", "--overstap", "POPO")
    work.export("a.xml", 1, 2)
    work.run()
    shutil.copy(book(work, "POPO"), work.folder / "aanvullingen/po.xlsx")
    assert [each["transfer"] for each in back(work)["elsewhere"]] == ["POPO"]
    assert not back(work, 1)["elsewhere"] and not back(work, 1)["broken"]
    assert work.run("--fail-on", "never").code == 0


def test_outside_a_project_it_is_refused(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert work.do("status", "--workbooks").code == 2


@pytest.mark.parametrize("form", ["list", "workbook"])
def test_a_file_corrected_under_its_own_name_does_not_contradict_what_it_said(work: Work, form: str) -> None:
    path = work.folder / "aanvullingen" / ("lijst.csv" if form == "list" else "school.xlsx")
    source = book(work)
    for year, ready in ((2055, 0), (2019, 1)):
        if form == "list":
            work.supplement(path.name, 1)
            path.write_text(path.read_text("utf-8").replace("2019", str(year)), "utf-8")
        else:
            answered(source, path, datetime(year, 2, 1))
        work.run()
        assert work.ready() == ready
    [school] = back(work)["schools"]
    assert school["contradicting"] == 0 and len(school["files"]) == 1


def answered(source: Path, target: Path, day: datetime) -> None:
    """A copy in which everything is filled in about the first pupil, with a date as a spreadsheet keeps it."""
    whole = load_workbook(source)
    [sheet] = [sheet for sheet in whole.worksheets if sheet.title.startswith("99XX")]
    answers = {name.replace(".", "/").rpartition("/")[2]: answer for name, answer in CONSENT.items()}
    for cell in sheet[5]:
        asked = str(cell.value).rpartition("/")[2]
        if asked in answers:
            sheet.cell(6, cell.column).value = day if asked.endswith("datum") else answers[asked]
    whole.save(target)
