"""`dod2oso receive` as a user calls it: nothing of a person on the screen, a line in the log, exit codes."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dod2oso.base.errors import UsageError
from dod2oso.cli.app import app
from dod2oso.ledger.store import Ledger
from dod2oso.trust.audit import entries
from tests.cli.kit import here
from tests.receive.kit import BAD, OLD, SMALL, changed

SECRET = changed(SMALL, ("<achternaam>tekst<", "<achternaam>Geheimzin<"))
OTHER = changed(SECRET, ("<bsn>999900006<", "<bsn>999900018<"))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, data in {"a.xml": SECRET, "b.xml": SMALL, "c.xml": OTHER, "d.xml": OLD, "e.xml": BAD}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def receive(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["receive", *arguments])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("a.xml",), 0),
        (("d.xml",), 3),
        (("d.xml", "--accept", "2017.1"), 0),
        (("e.xml",), 3),
        (("a.xml", "b.xml", "--compare"), 0),
        (("a.xml", "c.xml", "--compare"), 3),
    ],
)
def test_exit_codes_and_no_value_of_a_person(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    shown = receive(*arguments)
    assert shown.exit_code == code, shown.output
    assert "Geheimzin" not in shown.output and "9999000" not in shown.output
    with Ledger.open(folder / "dod2oso-out", create=False) as ledger:
        (line,) = [line for line in entries(ledger) if line.what == "dossiers-received"]
    assert line.about["dossiers"] == sum(argument.endswith(".xml") for argument in arguments)


@pytest.mark.usefixtures("folder")
def test_who_asks_sees_names_and_values() -> None:
    shown = receive("a.xml", "b.xml", "--compare", "--show-personal-data")
    assert "Geheimzin" in shown.stdout and "Geheimzin → tekst" in shown.stdout and "999900006" in shown.stdout


@pytest.mark.usefixtures("folder")
def test_json_holds_no_value_of_a_person() -> None:
    shown = receive("a.xml", "d.xml", "c.xml", "--json", "--lang", "en")
    said = json.loads(shown.stdout)
    assert {one["name"]: one["taken"] for one in said["dossiers"]} == {"a.xml": True, "c.xml": True, "d.xml": False}
    assert "does not hold any more" in next(one for one in said["dossiers"] if not one["taken"])["refused"][0]
    assert "Geheimzin" not in shown.stdout and all(Path(name).is_file() for name in said["files"])


@pytest.mark.parametrize(
    "arguments",
    [(), ("a.xml", "--sandbox"), ("a.xml", "--format", "pdf"), ("a.xml", "--compare"), ("a.xml", "--accept", "9")],
)
@pytest.mark.usefixtures("folder")
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    assert isinstance(receive(*arguments).exception, UsageError)


def test_tables_of_before_stay_when_none_are_asked_for(folder: Path) -> None:
    assert receive("a.xml", "--format", "xlsx").exit_code == 0
    book = folder / "dod2oso-out" / "binnengekomen" / "tabellen" / "dossiers.xlsx"
    assert book.is_file() and not list(book.parent.glob("*.csv"))
    receive("a.xml", "b.xml", "--compare")
    receive("a.xml", "--format", "none")
    assert book.is_file()


def test_the_commands_of_the_page_work_as_they_are_printed(folder: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "ontvangen.md"
    commands = re.findall(r"^dod2oso ([^#\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 2
    (folder / "dossiers").mkdir()
    for name, data in {"dossiers/a.xml": SECRET, "oud.xml": SECRET, "nieuw.xml": SMALL}.items():
        (folder / name).write_bytes(data)
    for command in commands:
        shown = CliRunner().invoke(app, shlex.split(command))
        assert shown.exit_code == 0, (command, shown.output)


def test_what_is_ready_comes_in_through_the_sandbox_and_stays_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1749945600")  # 15 June 2025: the pupils of `generate` are of that year
    asked = "run exports --overstap POVO --schools scholen.csv --supplement aanvulling.csv"
    for command in ("generate . --pupils 2", asked):
        assert here(*command.split(), cwd=tmp_path).returncode == 0
    out = tmp_path / "dod2oso-out"
    ready = {path.read_bytes() for path in out.glob("dossiers/ready/*/*.xml")}
    before = here("handover", "status", cwd=tmp_path).stdout
    ended = here("receive", "--sandbox", "--json", cwd=tmp_path)
    said = json.loads(ended.stdout)
    assert (ended.returncode, [one["taken"] for one in said["dossiers"]]) == (0, [True, True]), ended.stderr
    assert {path.read_bytes() for path in out.glob("binnengekomen/*/dossier.xml")} == ready and len(ready) == 2
    assert here("handover", "status", cwd=tmp_path).stdout == before  # it was a rehearsal
    nothing = here("receive", "--sandbox", "--out", "elders", cwd=tmp_path)
    assert (nothing.returncode, list(tmp_path.glob("elders/**/*.xml"))) == (2, []), nothing.stderr
