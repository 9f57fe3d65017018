"""Files that another program has open: named, the others written; masked ones never beside those with names."""

from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import FileInUseError
from dod2oso.base.texts import Text
from dod2oso.ledger.store import Ledger
from dod2oso.report.write import DEFAULT_FORMATS, write
from dod2oso.supplement.workbook import write_workbook
from tests.corpus.kit import convert, pupil, reference
from tests.corpus.kit import write as put


@pytest.fixture
def in_excel(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that cannot be replaced, as on Windows while Excel has them open."""
    names: set[str] = set()
    plain = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name in names:
            raise PermissionError(13, "in use")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    return names


@pytest.fixture
def done(tmp_path: Path) -> tuple[Path, str]:
    export = put(tmp_path / "a.xml", reference(pupil(1), pupil(2)))
    return tmp_path / "out", convert(tmp_path / "out", export).run_id


def test_an_open_report_is_named_and_the_others_are_written(done: tuple[Path, str], in_excel: set[str]) -> None:
    out, _run = done
    folder = out / "report"
    old = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    in_excel.add("gaps.xlsx")
    result = convert(out, out.parent / "a.xml")
    assert [error.message for error in result.in_use] == [Text("file-in-use", file="gaps.xlsx")]
    assert sorted(path.name for path in result.report) == ["gaps.csv", "gaps.html", "gaps.json"]
    new = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert {name for name in old if new[name] != old[name]} >= {"gaps.csv", "gaps.html", "gaps.json"}
    assert new["gaps.xlsx"] == old["gaps.xlsx"]
    assert not list(folder.glob(".*"))
    assert result.workbook is not None


def test_an_open_workbook_gets_a_new_one_beside_it(done: tuple[Path, str], in_excel: set[str]) -> None:
    out, run = done
    in_excel.add("aanvulling.xlsx")
    before = (out / "report" / "aanvulling.xlsx").read_bytes()
    with Ledger.open(out) as ledger:
        assert write_workbook(ledger, run, out) == out / "report" / "aanvulling-2.xlsx"
    assert (out / "report" / "aanvulling.xlsx").read_bytes() == before


def test_whoever_does_not_ask_is_told_as_try_later(done: tuple[Path, str], in_excel: set[str]) -> None:
    out, run = done
    in_excel.add("gaps.html")
    with Ledger.open(out) as ledger, pytest.raises(FileInUseError) as raised:
        write(ledger, run, out, DEFAULT_FORMATS)
    assert raised.value.exit_code == 75


def test_a_masked_report_stands_apart(done: tuple[Path, str]) -> None:
    out, run = done
    before = {path.name: path.read_bytes() for path in (out / "report").iterdir()}
    with Ledger.open(out) as ledger:
        paths = write(ledger, run, out, DEFAULT_FORMATS, masked=True)
    assert {path.parent for path in paths} == {out / "report-delen"}
    assert {path.name for path in (out / "report-delen").iterdir()} == {path.name for path in paths}
    assert {path.name: path.read_bytes() for path in (out / "report").iterdir()} == before


def test_report_says_which_file_is_open_and_leaves_with_75(
    done: tuple[Path, str], in_excel: set[str], capsys: Any
) -> None:
    from typer.testing import CliRunner

    from dod2oso.cli.app import app

    in_excel.add("gaps.csv")
    ended = CliRunner().invoke(app, ["report", "--out", str(done[0])])
    assert ended.exit_code == 75
    assert "gaps.csv is open" in ended.output
    assert "gaps.html" in ended.output


def test_two_locations_whose_sheets_would_have_one_name(tmp_path: Path) -> None:
    """One of them has a number that is none, so nothing tells them apart but what stands there."""
    from python_calamine import CalamineWorkbook

    school = "<School><Brin>99XA</Brin><Vestiging>{}</Vestiging></School>"
    exports = [
        put(tmp_path / f"{name}.xml", reference(pupil(number), school=school.format(name)))
        for number, name in enumerate(("00", "1A", "onbekend"), start=1)
    ]
    result = convert(tmp_path / "out", exports)
    assert result.workbook is not None
    names = CalamineWorkbook.from_path(str(result.workbook)).sheet_names
    assert "99XA-00" in names and "99XA-onbekend" in names
    assert len({name.lower() for name in names}) == len(names)
