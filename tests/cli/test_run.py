"""`dod2oso run`: exit codes, what goes to stdout and what to stderr, and that a bug never shows data."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import dod2oso.run.session as session
from dod2oso.base.errors import CheckerError, TryLaterError
from dod2oso.ledger.recorder import Recorder
from dod2oso.run import export as run_export
from dod2oso.run.books import Books
from tests import copied
from tests.cli.kit import Ended
from tests.cli.kit import dod2oso as run_command
from tests.corpus.kit import CONSENT, DATUM, dossiers, pupil, reference, schools, supplement, write
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def call(*arguments: str | Path) -> Ended:
        return run_command(capsys, monkeypatch, *arguments)

    return call


@pytest.fixture(name="ready")
def _ready(tmp_path: Path) -> list[str | Path]:
    """Arguments of a run in which everything is in order."""
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    given = supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", **CONSENT})
    return ["run", export, "--overstap", "POVO", "--out", tmp_path / "out", "--datum", DATUM,
            "--schools", schools(tmp_path), "--supplement", given]  # fmt: skip


@pytest.fixture(name="held")
def _held(tmp_path: Path) -> list[str | Path]:
    """Arguments of a run in which a pupil lacks consent."""
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    return ["run", export, "--overstap", "POVO", "--out", tmp_path / "out", "--datum", DATUM]


# --- exit codes ---


def test_0_when_all_is_well(call, ready) -> None:  # type: ignore[no-untyped-def]
    ended = call(*ready)
    assert ended.code == 0
    assert "1  klaar" in ended.out
    assert "Klaargezet in de outbox: 1" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [((), 3), (("--fail-on", "error"), 3), (("--fail-on", "warning"), 3), (("--fail-on", "never"), 0)],
)
def test_3_when_there_are_findings(call, held, fail_on: tuple[str, ...], code: int) -> None:  # type: ignore[no-untyped-def]
    assert call(*held, *fail_on).code == code


def test_a_warning_alone_is_no_failure_unless_asked(call, ready, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "a.xml", reference(pupil(1, "<Onbekend>x</Onbekend>")))
    assert call(*ready).code == 0
    assert call(*ready, "--fail-on", "warning").code == 3


def test_4_when_an_export_cannot_be_read_also_when_there_are_findings(call, held, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "kapot.xml", "<EDEX>")
    ended = call(*held, tmp_path / "kapot.xml")
    assert ended.code == 4
    assert "kapot.xml" in ended.err
    assert "Niet gelezen: kapot.xml" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run",),
        ("ren",),
        ("run", "x.xml"),
        ("run", "x.xml", "--overstap", "POMBO"),
        ("run", "x.xml", "--overstap", "POVO"),
        *(
            ("run", "{export}", "--overstap", *more)
            for more in [
                ("POSWV", "--oso", "1.1.1"),
                ("POVO", "--oso", "9"),
                ("POVO", "--workers", "veel"),
                ("POVO", "--workers", "0"),
                ("POVO", "--datum", "31-02-2019"),
                ("POVO", "--kleur"),
                ("POVO", "--fail-on", "info"),
                ("POVO", "--lang", "fr"),
            ]
        ),
        ("mapping", "explain", "leerling.kleur"),
        ("mapping", "coverage", "--oso", "9"),
    ],
)
def test_2_when_the_command_cannot_be_meant(
    call, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    ended = call(*(argument.replace("{export}", str(export)) for argument in arguments))
    assert ended.code == 2
    if arguments:
        assert ended.err
    assert not (tmp_path / "dod2oso-out").exists()


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--mapping", "language: 1\nmapping: x\ndescribes: y\ndossier: {huidigeschool: {naam: {from: school.naam}}}\n"),
        ("--mapping", "language: 3\n"),
        ("--source-profile", "profile: x\n"),
        ("--supplement", "leerlingid;leerling.achternam\n1;x\n"),
        ("--schools", "brin;kleur\n99XX;rood\n"),
    ],
)
def test_5_when_a_file_of_ours_is_wrong(call, held, option: str, text: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = write(tmp_path / ("wrong" + (".csv" if option in ("--supplement", "--schools") else ".yaml")), text)
    for given in (path, tmp_path / "nergens.yaml"):
        ended = call(*held, option, given)
        assert ended.code == 5
        assert ended.out == ""
        assert ended.err.count("\n") == 1


def test_5_names_the_column_that_was_meant(call, held, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = write(tmp_path / "aanvulling.csv", "leerlingid;leerling.achternam\n1;x\n")
    assert "Bedoelt u 'leerling.achternaam'?" in call(*held, "--supplement", path).err
    assert "Do you mean 'leerling.achternaam'?" in call(*held, "--supplement", path, "--lang", "en").err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyError("Geheimenaam"), 1, "KeyError bij dod2oso."),
        (ValueError("999900006"), 1, "ValueError bij dod2oso."),
        (CheckerError("saxonche-needed"), 6, "saxonche"),
        (TryLaterError("ledger-locked"), 75, "in gebruik"),
        (MemoryError(), 75, "geheugen"),
        (PermissionError(13, "Permission denied", "/Geheimenaam.xml"), 75, "PermissionError"),
        (KeyboardInterrupt(), 130, "Onderbroken"),
    ],
)
def test_what_goes_wrong_becomes_one_line_without_data(  # type: ignore[no-untyped-def]
    call, held, error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(session, "find_exports", broken)
    ended = call(*held)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert "Geheimenaam" not in ended.err and "999900006" not in ended.err


def test_a_bug_deep_inside_shows_where_but_not_what(call, held, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def broken(self: Books, record: object) -> None:
        raise RuntimeError(f"bij Voorbeeld1: {record}")

    monkeypatch.setattr(Books, "settle", broken)
    ended = call(*held, "--lang", "en")
    assert ended.code == 1
    assert "Unexpected error in dod2oso with this export (RuntimeError at dod2oso.run.convert:" in ended.err
    assert "Voorbeeld" not in ended.err


# --- what is said where ---

BALANCE = {"source_values", "mapped", "dropped", "unmapped", "refused", "lossy"}


def test_json_is_as_the_interface_says(call, ready, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "kapot.xml", "<EDEX>")
    ended = call(*ready, tmp_path / "kapot.xml", "--json")
    found = json.loads(ended.out)
    assert set(found) == {"format", "run", "oso", "overstap", "exports", "dossiers", "findings", "seconds"}
    assert (found["format"], found["oso"], found["overstap"]) == (1, "2019.1", "POVO")
    assert found["dossiers"] == {"ready": 1, "held": 0, "rejected": 0}
    assert set(found["findings"]) == {"error", "warning", "info", "by_code", "pages"}
    assert found["findings"]["by_code"] == {"export-onleesbaar": 1, "waarde-verlies": 1}
    assert found["findings"]["pages"]["export-onleesbaar"] == "bevinding/export-onleesbaar.html"
    assert isinstance(found["seconds"], float) and isinstance(found["run"], str)
    whole, broken = found["exports"]
    assert set(whole) == {"name", "profile", "dossiers", "balance"}
    assert (whole["name"], whole["profile"], whole["dossiers"]) == ("a.xml", "dod-referentie", 1)
    assert set(whole["balance"]) == BALANCE == set(broken["balance"])
    assert whole["balance"]["source_values"] == sum(
        whole["balance"][key] for key in ("mapped", "dropped", "unmapped", "refused")
    )
    assert (broken["name"], broken["dossiers"]) == ("kapot.xml", 0)
    assert "kapot.xml" in ended.err and "kapot.xml: " not in ended.out


def test_a_second_run_says_on_stderr_that_nothing_changed(call, ready) -> None:  # type: ignore[no-untyped-def]
    call(*ready)
    ended = call(*ready, "--json")
    assert ended.err == "a.xml: niet veranderd, overgeslagen.\n"
    assert json.loads(ended.out)["dossiers"]["ready"] == 1


def test_english_on_request(call, held) -> None:  # type: ignore[no-untyped-def]
    ended = call(*held, "--lang", "en")
    assert "Balance: " in ended.out and "1  waiting" in ended.out
    assert "Balans" not in ended.out


def test_files_are_for_their_owner_only(call, ready, with_report, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    call(*ready)
    for path in (tmp_path / "out").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_is_all_its_xml_files(call, held, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "map"
    for name in ("b.xml", "a.XML", "dieper/c.xml", ".verborgen.xml", ".map/d.xml"):
        write(folder / name, reference(pupil(1)))
    write(folder / "lijst.pdf", "%PDF-1.4")
    (tmp_path / "leeg").mkdir()
    ended = call("run", folder, folder / "b.xml", tmp_path / "leeg", *held[2:], "--json")
    assert ended.code == 4
    assert [export["name"] for export in json.loads(ended.out)["exports"]] == ["a.XML", "b.xml", "dieper/c.xml", "leeg"]
    assert "Niet gelezen: 1 × PDF." in ended.err
    assert "leeg: In deze map staat geen enkele export" in ended.err


# --- a process of its own ---


def test_no_colour_and_no_bar_when_nobody_watches(ready) -> None:  # type: ignore[no-untyped-def]
    ended = copied.ended(*ready)
    assert ended.returncode == 0
    assert "\x1b" not in ended.stdout + ended.stderr
    assert ended.stderr == ""


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "dod2oso", "mapping", "schema"], stdout=writing, stderr=subprocess.PIPE, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def stopping_after_a_transaction() -> None:
    """After a small transaction the command waits, on a fast machine as long as on a slow one."""
    record = Recorder.record

    def record_and_wait(*given: Any, **named: Any) -> None:
        record(*given, **named)
        time.sleep(3600)

    run_export.BATCH = 20
    Recorder.record = record_and_wait  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_gives_130_and_the_same_command_goes_on(workers: int, tmp_path: Path) -> None:
    number = 60 * workers  # the first transaction of 20 is done, and the rest is not begun before the signal comes
    many = [pupil(1).replace(">1<", f">{n}<").replace("Voorbeeld1", f"V{n}") for n in range(number)]
    export = write(tmp_path / "a.xml", reference(*many))
    arguments = ["run", export, "--overstap", "POVO", "--out", tmp_path / "out", "--workers", workers, "--datum", DATUM]
    begun = copied.started(
        *arguments, before=stopping_after_a_transaction, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    held = tmp_path / "out" / "dossiers" / "held"
    wait_until(lambda: begun.poll() is not None or any(held.glob("*/*.xml")))
    if begun.poll() is None:
        os.killpg(begun.pid, signal.SIGINT)
    out, err = begun.communicate()
    assert (begun.returncode, out) == (130, "")
    assert err.startswith("Onderbroken.") and err.count("\n") == 1
    done = len(dossiers(tmp_path / "out"))
    assert 0 < done < number
    ended = copied.ended(*arguments, "--json")
    assert ended.returncode == 3
    assert json.loads(ended.stdout)["dossiers"] == {"ready": 0, "held": number, "rejected": 0}
