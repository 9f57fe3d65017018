"""What `import dod2oso` promises: the names, that it is cheap, the examples, and that no personal value shows."""

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import dod2oso
from dod2oso.base.errors import ExportError, UsageError

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("checking", "converting", "reading", "running", "tables")
EXPORT = ROOT / "samples" / "formaten" / "edexml-2.1.xml"


def test_every_promised_name_is_there_and_where_it_is_said_to_live() -> None:
    assert set(dod2oso._HOMES) | {"__version__"} == set(dod2oso.__all__)
    for name in dod2oso.__all__:
        assert getattr(dod2oso, name) is not None
        assert name in dir(dod2oso)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dod2oso.nothing  # noqa: B018


def test_no_promised_name_is_that_of_a_room() -> None:
    """`dod2oso.run` is a module as soon as anything imports it."""
    rooms = {folder.name for folder in (ROOT / "dod2oso").iterdir() if folder.is_dir()}
    assert rooms.isdisjoint(dod2oso.__all__)


def test_importing_is_cheap() -> None:
    code = "import sys, dod2oso; print([name for name in ('lxml', 'pandas', 'pydantic') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("module", [f"dod2oso.api.{name}" for name in MODULES] + ["dod2oso.report.explained"])
def test_the_examples_in_docstrings_hold(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(import_module(module)).failed == 0


def test_the_examples_of_the_page_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = str(ROOT / "docs" / "python.md")
    tried = doctest.testfile(page, module_relative=False, globs={"folder": tmp_path / "out"}, encoding="utf-8")
    assert tried.failed == 0 and tried.attempted > 20


def test_the_page_names_every_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    answers = {"Checked", "Converted", "LedgerFrames", "RunEnded", "Finding", "__version__"}  # what calls give back
    assert {name for name in dod2oso.__all__ if name not in page} <= answers


def test_nothing_personal_shows_when_something_is_printed() -> None:
    [first, *_] = dod2oso.read_exports(EXPORT)
    [made, *_] = dod2oso.convert_exports(EXPORT, transfer="POVO", datum="2025-06-15")
    surname = first.values["leerling.achternaam"]
    assert made.xml is not None and surname.encode() in made.xml
    for shown in (repr(first), repr(made)):
        assert surname not in shown and "<" not in shown


def test_an_export_that_cannot_be_read_is_raised_or_told() -> None:
    broken = ROOT / "samples" / "kapot" / "afgebroken.xml"
    with pytest.raises(ExportError):
        list(dod2oso.read_exports(broken, EXPORT))
    told: list[str] = []
    read = list(dod2oso.convert_exports(broken, EXPORT, transfer="POVO", problem=lambda name, _why: told.append(name)))
    assert told == [broken.name]
    assert {one.export for one in read} == {EXPORT.name}


def test_what_is_asked_wrongly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        next(dod2oso.convert_exports(EXPORT, transfer="naar de maan"))
    with pytest.raises(UsageError):
        next(dod2oso.read_exports(tmp_path / "nothing.xml"))
    with pytest.raises(UsageError):
        dod2oso.open_ledger(tmp_path / "nothing")
    with pytest.raises(UsageError):
        dod2oso.read_report(tmp_path / "nothing")


def test_the_frames_say_what_the_report_says(tmp_path: Path) -> None:
    ended = dod2oso.run_exports(EXPORT, transfer="povo", out=tmp_path / "out", datum="2025-06-15", lang="en")
    assert ended.messages and ended.skipped and ended.workbook is not None
    report = dod2oso.read_report(ended.out)
    with dod2oso.open_ledger(ended.out) as ledger:
        [run] = ledger.runs()["run"]
        exports, dossiers, findings = ledger.exports(run), ledger.dossiers(run), ledger.findings(run)
        assert ledger.handovers().empty
        with pytest.raises(UsageError):
            ledger.dossiers("another")
    assert int(exports["source_values"].sum()) == report["balance"]["source_values"]
    assert len(dossiers) == sum(report["dossiers"].values()) == ended.totals["exports"][0]["dossiers"]
    assert int(findings["count"].sum()) == sum(ended.totals["findings"]["by_code"].values())
    assert set(findings["code"]) == set(ended.totals["findings"]["pages"])
    assert all(findings["text"])
