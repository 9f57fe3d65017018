"""What people type in their own way is understood, and what they read is said properly."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dod2oso import __version__
from dod2oso.base.clock import run_date
from dod2oso.base.errors import UsageError
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text, templates
from dod2oso.cli.version import edition
from dod2oso.oso.transfers import TRANSFERS, transfer
from samples import demo
from tests.cli.kit import dod2oso

ROOT = Path(__file__).resolve().parents[2]
Capture, Patch = pytest.CaptureFixture[str], pytest.MonkeyPatch


@pytest.mark.parametrize("command", [[], ["run"], ["mapping"], ["mapping", "check"], ["handover", "send"]])
def test_h_is_help(command: list[str], capsys: Capture, monkeypatch: Patch) -> None:
    short = dod2oso(capsys, monkeypatch, *command, "-h")
    assert short == dod2oso(capsys, monkeypatch, *command, "--help")
    assert short.code == 0 and "--help, -h" in short.out


def test_a_transfer_is_known_in_any_capitals_and_explained(capsys: Capture, monkeypatch: Patch) -> None:
    assert transfer("povo") is transfer(" Povo ") is transfer("POVO")
    small = dod2oso(capsys, monkeypatch, "mapping", "coverage", "--overstap", "poswv")
    assert small == dod2oso(capsys, monkeypatch, "mapping", "coverage", "--overstap", "POSWV")
    wrong = dod2oso(capsys, monkeypatch, "mapping", "coverage", "--overstap", "POVV")
    assert wrong.code == 2 and "Bedoelt u: POVO" in wrong.err
    asked = " ".join(dod2oso(capsys, monkeypatch, "run", "--help").out.split())
    for name in TRANSFERS:
        for said in (wrong.err, asked):
            assert f"{name} ({transfer(name).nl})" in said


@pytest.mark.parametrize("typed", ["2025-06-15", "15-06-2025"])
def test_a_date_may_be_typed_as_people_write_it(typed: str) -> None:
    assert run_date(typed).isoformat() == "2025-06-15"


@pytest.mark.parametrize("typed", ["31-02-2025", "2025-02-31", "15-6-25", "06/15/2025", "15-06-2025 ", "gisteren", ""])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        run_date(typed)
    assert "DD-MM-JJJJ" in raised.value.text("nl")


def test_purge_takes_such_a_date_too(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    ended = dod2oso(capsys, monkeypatch, "purge", "--until", "31-02-2025", "--out", tmp_path)
    assert ended.code == 2 and "15-06-2025" in ended.err


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("nl", ["0 fouten, 1 waarschuwing, 2 mededelingen", "1 fout, 0 waarschuwingen, 1 mededeling"]),
        ("en", ["0 errors, 1 warning, 2 notes", "1 error, 0 warnings, 1 note"]),
    ],
)
def test_one_is_one(lang: str, said: list[str]) -> None:
    for text, (error, warning, info) in zip(said, ((0, 1, 2), (1, 0, 1)), strict=True):
        assert text in Text("summary-findings", error=error, warning=warning, info=info).text(lang)
    assert Text("summary-findings", error="1", warning="1.001", info="<5").text("nl").endswith(
        "1 fout, 1.001 waarschuwingen, <5 mededelingen"
    )  # fmt: skip


def test_no_text_leaves_it_to_the_reader_how_many() -> None:
    loose = re.compile(r"\{\w+\} (?:[a-z]+ )?[a-z]+\((?:en|n|s|es)\)")
    assert [key for key, texts in templates().items() if any(loose.search(text) for text in texts.values())] == []


def test_a_command_almost_right_is_told_the_nearest(capsys: Capture, monkeypatch: Patch) -> None:
    assert "Bedoelt u: validate?" in dod2oso(capsys, monkeypatch, "valdate").err
    assert "Did you mean: check" in dod2oso(capsys, monkeypatch, "mapping", "chek", "--lang", "en").err


def test_the_version_names_what_it_works_with(capsys: Capture, monkeypatch: Patch) -> None:
    said = dod2oso(capsys, monkeypatch, "--version").out.splitlines()
    assert said[0] == f"dod2oso {__version__}" and len(said) == 5
    assert all(re.search(r": [0-9a-f]{12}", line) for line in said[1:4])
    assert said[4].startswith("officiële bestanden: ")
    assert "official files" in dod2oso(capsys, monkeypatch, "--lang", "en", "--version").out


def test_another_mapping_is_another_edition(tmp_path: Path) -> None:
    def of(data: bytes) -> str:
        (tmp_path / "a.yaml").write_bytes(data)
        return edition(tmp_path.glob("*.yaml"), tmp_path)

    assert of(b"a: 1\n") == of(b"a: 1\r\n") != of(b"a: 2\n")
    assert edition(mappings_dir().glob("*.yaml"), mappings_dir()) != of(b"a: 1\n")


def test_the_demo_ends_with_a_command_that_works(tmp_path: Path) -> None:
    command = [*shlex.split(demo.program()), "init", str(tmp_path / "mijn-project")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "mijn-project" / "exports").is_dir()
    assert Path(sys.executable).with_name("dod2oso").exists() == demo.program().endswith("dod2oso")
