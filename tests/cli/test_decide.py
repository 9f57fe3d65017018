"""`dod2oso decide` as a user meets it: on a terminal, and without one."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from dod2oso.base.yaml import load
from tests.cli.kit import Ended
from tests.cli.kit import dod2oso as run_command
from tests.corpus.kit import bsn, pupil, write
from tests.decide.kit import export, fill, test_of, with_tests

pytestmark = pytest.mark.usefixtures("without_report")

test_of.__test__ = False  # type: ignore[attr-defined]
ROOT = str(Path(__file__).parents[2])
CODES = "Toetscode;Naam\nRW-M8;Rekenen M8\n010;Taal M8\n"


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Ended:
        return run_command(capsys, monkeypatch, *arguments)

    return call


@pytest.fixture(name="there")
def _there(tmp_path: Path) -> Path:
    return export(tmp_path, with_tests(1, test_of("Rekenen M8"), Geslacht="K"), pupil(2, Geslacht="Voorbeeld2"))


def talk(folder: Path, *said: tuple[str, str]) -> tuple[int, bytes]:
    """Run `decide` on a terminal, and answer when a question stands there: how it ended, and all that was shown."""
    import pty

    write(folder / "codes.csv", CODES)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it runs in the background
        os.execve(  # noqa: S606  no shell
            sys.executable, [sys.executable, "-m", "dod2oso", "decide", "a.xml", "--test-codes", "codes.csv"],
            {**os.environ, "PYTHONPATH": ROOT, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
    shown, before, left = b"", 0, list(said)
    try:
        while True:
            shown += os.read(terminal, 1000)
            if left and left[0][0].encode() in shown[before:]:
                before = len(shown)
                os.write(terminal, left.pop(0)[1].encode())
    except OSError:  # the other end is closed
        pass
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown


SIGNED = (("Wie beslist", "W. Beheerder\n"), ("Waarop", "de lijst van 2026\n"), ("[j/N]", "j\n"))
terminal_only = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")


@terminal_only
def test_on_a_terminal(there: Path, tmp_path: Path) -> None:
    code, shown = talk(tmp_path, *SIGNED, ("Enter", "vrouw\n"))
    assert code == 0, shown
    rows = load(tmp_path / "beslissingen.yaml").data["rows"]
    assert [(row["about"], row["becomes"]) for row in rows] == [("test", "RW-M8"), ("value", "vrouw")]
    assert {(row["who"], row["why"]) for row in rows} == {("W. Beheerder", "de lijst van 2026")}
    assert b"Voorbeeld" not in shown


@terminal_only
def test_ctrl_c_on_a_terminal_keeps_what_was_answered(there: Path, tmp_path: Path) -> None:
    code, shown = talk(tmp_path, *SIGNED, ("Enter", "\x03"))
    assert code == 130, shown
    assert [row["becomes"] for row in load(tmp_path / "beslissingen.yaml").data["rows"]] == ["RW-M8"]


def test_without_a_terminal_it_says_what_to_do(call, there: Path) -> None:  # type: ignore[no-untyped-def]
    ended = call("decide", there)
    assert ended.code == 2 and "decide export" in ended.err


def test_export_import_list_and_run(call, there: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "codes.csv", CODES)
    ended = call("decide", "export", there, "--test-codes", "codes.csv")
    assert ended.code == 0 and "2 vragen" in ended.err and "leerling.geslacht" in ended.err
    assert "Voorbeeld" not in ended.err + ended.out
    assert call("decide", "export", there).code == 2  # the sheet is there already
    fill(tmp_path / "vragen.xlsx", {"Rekenen M8": "RW-M8", "K": "vrouw"})
    assert call("decide", "import", "vragen.xlsx").code == 5  # nobody signs
    assert not (tmp_path / "beslissingen.yaml").exists()
    ended = call("decide", "import", "vragen.xlsx", "--who", "W. Beheerder", "--why", "gebeld")
    assert (ended.code, ended.err.split(":")[1][:9]) == (0, " 2 nieuw,")
    ended = call("decide", "list")
    assert "Rekenen M8\tRW-M8" in ended.out and "W. Beheerder\tgebeld" in ended.out
    listed = json.loads(call("decide", "list", "--json").out)["decisions"]
    assert {one["becomes"] for one in listed} == {"RW-M8", "vrouw"} and all(
        one["id"] and one["place"] for one in listed
    )
    ended = call("run", there, "--overstap", "POVO", "--fail-on", "never")
    assert "beslissingen.yaml: 2 beslissingen" in ended.err
    ended = call("decide", "export", there, "--output", "nog.xlsx")
    assert "0 vragen" in ended.err


def test_decisions_of_others_come_in_and_contradictions_do_not(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    row = '  - {about: "test", name: "Taal", becomes: "010", who: "a", when: "2026-11-28", why: "b"}\n'
    write(tmp_path / "van-hen.yaml", f"decisions: 1\nrows:\n{row}")
    assert call("decide", "import", "van-hen.yaml").code == 0
    write(tmp_path / "anders.yaml", f"decisions: 1\nrows:\n{row.replace('010', '011')}")
    before = (tmp_path / "beslissingen.yaml").read_bytes()
    ended = call("decide", "import", "anders.yaml", "--lang", "en")
    assert ended.code == 5 and "anders.yaml:3" in ended.err and "beslissingen.yaml:" in ended.err
    assert (tmp_path / "beslissingen.yaml").read_bytes() == before
    assert call("decide", "import", "anders.yaml", "--replace").code == 0
    assert "011" in (tmp_path / "beslissingen.yaml").read_text()


def test_a_wrong_file_is_told_and_stops_a_run(call, there: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "beslissingen.yaml", f'decisions: 1\nrows:\n  - {{about: "test", name: "{bsn(1)}"}}\n')
    for command in (["decide", "list"], ["run", there, "--overstap", "POVO"]):
        ended = call(*command)
        assert ended.code == 5 and "beslissingen.yaml:3" in ended.err and bsn(1) not in ended.err


def test_an_export_that_cannot_be_read(call, there: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "b.xml", "<DodReferentie>")
    ended = call("decide", "export", there, "b.xml")
    assert ended.code == 4 and "2 vragen" in ended.err and (tmp_path / "vragen.xlsx").exists()
