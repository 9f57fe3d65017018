"""`dod2oso report` and `dod2oso status`: find the ledger, call one function, print."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dod2oso.base.errors import UsageError
from dod2oso.cli.report import report
from dod2oso.cli.status import status
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import CONSENT, begin, convert, outcome

app = typer.Typer()
app.command("report")(report)
app.command("status")(status)
runner = CliRunner()


@pytest.fixture(name="finished")
def _finished(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    with Ledger.open(out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, [outcome(1), outcome(2, "held", findings=[CONSENT])])
        ledger.finish_run(run, "done", 1.0)
    return out


def test_report_writes_what_is_asked(finished: Path) -> None:
    result = runner.invoke(app, ["report", "--out", str(finished), "--format", "json,csv", "--lang", "en"])
    assert result.exit_code == 0
    assert [Path(line).name for line in result.stdout.split()] == ["gaps.json", "gaps.csv"]
    assert json.loads((finished / "report" / "gaps.json").read_bytes())["lang"] == "en"
    assert not (finished / "report" / "gaps.html").exists()


def test_status_in_words_and_as_json(finished: Path) -> None:
    words = runner.invoke(app, ["status", "--out", str(finished)]).stdout
    assert "Dossiers: 1 klaar, 1 wacht, 0 kunnen niet" in words and "a.xml: afgerond, 2 dossiers" in words
    words = runner.invoke(app, ["status", "--out", str(finished), "--lang", "en"]).stdout
    assert "Dossiers: 1 ready, 1 waiting, 0 not possible" in words
    state = json.loads(runner.invoke(app, ["status", "--out", str(finished), "--json"]).stdout)
    assert state["format"] == 1 and state["dossiers"] == {"ready": 1, "held": 1, "rejected": 0}


@pytest.mark.parametrize("command", ["report", "status"])
def test_without_a_ledger_nothing_is_made(tmp_path: Path, command: str) -> None:
    result = runner.invoke(app, [command, "--out", str(tmp_path / "none")])
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "none").exists()


def test_a_ledger_without_a_run(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "out").close()
    assert isinstance(runner.invoke(app, ["report", "--out", str(tmp_path / "out")]).exception, UsageError)
    assert "Nog geen run" in runner.invoke(app, ["status", "--out", str(tmp_path / "out")]).stdout
