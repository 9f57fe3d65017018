"""The commands as they are typed: kits, requirements, inputs, questions, a rehearsal, its report, what failed."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.kit import dod2oso
from tests.shapes import misfits

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_kits_scenarios_and_requirements_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kits = json.loads(dod2oso(capsys, monkeypatch, "qualify", "list", "--json").out)
    assert {"bron-14", "bron-17", "bron-18", "bron-22", "doel-17", "swv-22", "school-14"} <= {
        row["kit"] for row in kits
    }
    scenarios = json.loads(dod2oso(capsys, monkeypatch, "qualify", "list", "doel-17", "--json").out)
    how = {row["scenario"]: row["judged-by"] for row in scenarios}
    assert (how["T17-1"], how["D-5"], how["T17-9"]) == ("machine", "person", "untestable")
    assert all(row["given"] and (row["expected"] or row["question"] or row["untestable"]) for row in scenarios)
    rows = json.loads(dod2oso(capsys, monkeypatch, "qualify", "requirements", "bron-22", "--json").out)
    by = {row["requirement"]: row["scenarios"] for row in rows}
    assert "B-1" in by["session-check-first"] and by["bron-accounts"] == []
    told = dod2oso(capsys, monkeypatch, "qualify", "requirements", "bron-22", "--lang", "en").out
    assert f"{len(rows)} requirements" in told and "no scenario" in told


def test_a_rehearsal_is_kept_reported_and_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = dod2oso(capsys, monkeypatch, "qualify", "run", "bron-18", "--only", "B-3", "--only", "L-1",
                    "--output", "verslag.json", "--output", "verslag.pdf")  # fmt: skip
    assert ended.code == 0, ended.err
    place = tmp_path / "dod2oso-qualify" / "bron-18"
    kept = json.loads((place / "result.json").read_text(encoding="utf-8"))
    assert {name: each["state"] for name, each in kept["scenarios"].items()} == {"B-3": "passed", "L-1": "not-tested"}
    assert kept["requirements"]["bron-staged-only"]["state"] == "passed"
    assert json.loads((tmp_path / "verslag.json").read_text(encoding="utf-8")) == kept
    assert (tmp_path / "verslag.pdf").read_bytes().startswith(b"%PDF")
    assert "B-3" in (place / "report.html").read_text(encoding="utf-8")
    none = dod2oso(capsys, monkeypatch, "qualify", "run", "bron-18", "--failed")
    assert none.code == 0 and not list(tmp_path.glob("**/dod2oso-out"))

    (tmp_path / "dod2oso-qualify" / "answers.toml").write_text('[answers.L-1]\nanswer = "yes"\n', encoding="utf-8")
    assert misfits("qualify-result", (place / "result.json").read_text(encoding="utf-8")) == []
    data = json.loads(said := dod2oso(capsys, monkeypatch, "qualify", "report", "bron-18", "--json").out)
    assert misfits("qualify-result", said) == []
    assert data["scenarios"]["L-1"]["state"] == "passed"
    assert data["requirements"]["supplier-admission"]["state"] == "passed"
    if os.name == "posix":
        assert (place / "result.json").stat().st_mode & 0o077 == 0


def test_questions_that_are_open_are_listed_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = dod2oso(capsys, monkeypatch, "qualify", "answer", "school-14")
    assert ended.code == 0 and all(f"S-{letter}:" in ended.out for letter in "abcde")
    assert not (tmp_path / "dod2oso-qualify").exists()
    assert dod2oso(capsys, monkeypatch, "qualify", "run", "school-14").code == 0  # nothing to play: all not tested
    kept = json.loads((tmp_path / "dod2oso-qualify" / "school-14" / "result.json").read_text(encoding="utf-8"))
    assert {each["state"] for each in kept["scenarios"].values()} == {"not-tested"}


def test_answers_are_asked_on_a_terminal_and_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter(["misschien", "j", "met pasjes", "n", "", "", "", "-", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_more: next(said))
    assert dod2oso(capsys, monkeypatch, "qualify", "answer", "school-14", "--account", "ik").code == 0
    assert not list(said)
    assert dod2oso(capsys, monkeypatch, "qualify", "run", "school-14").code == 3
    data = json.loads(dod2oso(capsys, monkeypatch, "qualify", "report", "school-14", "--json").out)
    found = {name: (each["state"], (each["answer"] or {}).get("by")) for name, each in data["scenarios"].items()}
    assert found == {
        "S-a": ("passed", "ik"), "S-b": ("failed", "ik"), "S-c": ("not-tested", None), "S-d": ("not-tested", None),
        "S-e": ("not-tested", "ik"),
    }  # fmt: skip


def test_inputs_are_written_for_a_kit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = ("qualify", "inputs", "bron-22", "--source", "https://localhost:8443/", "--folder", "hier")
    assert dod2oso(capsys, monkeypatch, *arguments).code == 0
    text = (tmp_path / "hier" / "inputs.toml").read_text(encoding="utf-8")
    assert 'source = "https://localhost:8443/"' in text and 'vovo-zeros = "000099995"' in text
    assert "outdated-15" not in text
    ended = dod2oso(capsys, monkeypatch, "qualify", "run", "--folder", "hier", "--only", "checklist")  # the kit is kept
    assert ended.code == 0 and (tmp_path / "hier" / "bron-22" / "result.json").is_file()


def test_wrong_use_is_told_before_anything_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "i.toml").write_text("[pupils]\njan = '1'\n", encoding="utf-8")
    for code, *arguments in (
        (2, "run"),
        (2, "run", "bron-99"),
        (2, "run", "bron-18", "--only", "B-99"),
        (2, "run", "doel-18", "--source", "https://localhost:1/"),
        (2, "run", "bron-18", "--receiver", "https://localhost:1/"),
        (2, "run", "bron-18", "--source", "https://example.org/"),
        (2, "run", "bron-18", "--source", "https://localhost:1/", "--receiver", "https://localhost:1/"),
        (2, "run", "bron-18", "--output", "verslag.docx"),
        (2, "report", "bron-18"),
        (5, "run", "bron-18", "--input", "i.toml"),
        (5, "run", "bron-18", "--input", "weg.toml"),
    ):
        ended = dod2oso(capsys, monkeypatch, "qualify", *map(str, arguments))
        assert (ended.code, ended.out) == (code, "") and ended.err, arguments
    assert [path.name for path in tmp_path.iterdir()] == ["i.toml"]
