"""A shell asks what may follow, as each of them does it; bash, zsh and fish themselves too, where they are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dod2oso.cli.completion import VARIABLE, Shell, script
from tests.cli.kit import Ended, dod2oso

ROOT = Path(__file__).resolve().parents[2]
Capture, Patch = pytest.CaptureFixture[str], pytest.MonkeyPatch


def asked(capsys: Capture, monkeypatch: Patch, shell: str, line: str) -> Ended:
    """What the programme answers to a shell in which this stands on the line, up to the cursor."""
    words = line.split(" ")
    monkeypatch.setenv(VARIABLE, f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_WORD_TO_COMPLETE", words[-1])
    if shell == "bash":
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    return dod2oso(capsys, monkeypatch)


@pytest.mark.parametrize("shell", [each.value for each in Shell])
def test_every_shell_gets_its_script_and_its_answers(shell: str, capsys: Capture, monkeypatch: Patch) -> None:
    made = dod2oso(capsys, monkeypatch, "completion", shell)
    assert made.code == 0 and VARIABLE in made.out and "dod2oso" in made.out
    for line, expected in (
        ("dod2oso han", "handover"),
        ("dod2oso handover wi", "withdraw"),
        ("dod2oso run --fail", "--fail-on"),
        ("dod2oso run x --fail-on wa", "warning"),
        ("dod2oso run x --overstap pov", "povo"),
        ("dod2oso validate --la", "--layer"),
        ("dod2oso run x --oso 2019", "2019.1"),
    ):
        said = asked(capsys, monkeypatch, shell, line)
        assert said.code == 0 and said.err == "", line
        assert expected in said.out, line


@pytest.mark.parametrize(
    "line", ["dod2oso nothing ", "dod2oso status too much ", "dod2oso run 'half", "dod2oso --nothing "]
)
def test_a_wrong_line_gives_no_noise(line: str, capsys: Capture, monkeypatch: Patch) -> None:
    for shell in ("bash", "fish"):
        assert asked(capsys, monkeypatch, shell, line).err == "", shell


def test_what_is_offered_is_explained_on_one_line_in_the_language_of_the_line(
    capsys: Capture, monkeypatch: Patch
) -> None:
    dutch = asked(capsys, monkeypatch, "fish", "dod2oso ").out.splitlines()
    english = asked(capsys, monkeypatch, "fish", "dod2oso --lang en ").out.splitlines()
    assert len(dutch) == len(english) > 25
    assert all(line.count("\t") == 1 and len(line) < 100 for line in dutch + english)
    assert any("Maak een projectmap" in line for line in dutch) and any("Make a project" in line for line in english)


def test_fish_goes_on_offering_files() -> None:
    assert "--no-files" not in script("fish")


def test_an_unknown_shell_is_told_which_there_are(capsys: Capture, monkeypatch: Patch) -> None:
    wrong = dod2oso(capsys, monkeypatch, "completion", "nushell")
    assert wrong.code == 2 and "bash|zsh|fish|powershell" in wrong.err


ASK = {
    "bash": "source {script}; COMP_WORDS=(dod2oso han) COMP_CWORD=1; _dod2oso_completion dod2oso; echo $COMPREPLY",
    "fish": 'source {script}; complete -C "dod2oso han"',
    "zsh": "autoload -U compinit; compinit -u -D; source {script}; print ${{_comps[dod2oso]}} handover",
}


@pytest.mark.skipif(sys.platform == "win32", reason="these shells are not those of Windows")
@pytest.mark.parametrize("shell", ASK)
def test_the_shell_itself_takes_the_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    program = tmp_path / "dod2oso"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{START}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "script").write_text(script(shell), encoding="utf-8")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [shell, "-c", ASK[shell].format(script=tmp_path / "script")], env=environment, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "handover" in done.stdout, done.stderr


START = "import sys; sys.argv[0] = 'dod2oso'; from dod2oso.cli.app import main; main()"
