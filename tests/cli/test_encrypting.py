"""An encrypted project by its commands: made, worked in, closed, opened, with another passphrase and other keys."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.base import keptkey, projectkey, wrapping
from dod2oso.base.folderlock import VAULT
from tests.cli.kit import here
from tests.trust.kit import SAMPLES

WORD, OTHER = "vier woorden zonder zin", "vijf woorden zonder zin"
CODE = re.compile(r"(?:[A-Z2-9]{5}-){5}[A-Z2-9]{5}")


class Project(NamedTuple):
    home: Path
    out: Path
    word: Path
    other: Path
    does: Callable[..., str]
    fails: Callable[..., str]


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setattr(wrapping, "_stretched", lambda word, salt, _cost: wrapping.hashlib.blake2b(
        word.encode(), salt=salt, digest_size=32).digest())  # fmt: skip
    memory = tmp_path / "memory"
    memory.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(memory))
    monkeypatch.setattr(keptkey, "_mounts", lambda: [(memory.resolve(), "tmpfs")])
    words = [tmp_path / "word.txt", tmp_path / "other.txt"]
    for path, word in zip(words, (WORD, OTHER), strict=True):
        path.write_text(word + "\n", encoding="utf-8")
    home = tmp_path / "project"

    def run(code: int, *arguments: str | Path) -> str:
        projectkey.forget()  # each command is a process of its own
        ended = here(*arguments, cwd=home if home.exists() else tmp_path)
        assert ended.returncode == code, ended.stderr
        return ended.stdout + ended.stderr

    yield Project(
        home, home / "dod2oso-out" / "POVO", *words, lambda *given: run(0, *given), lambda *given: run(2, *given)
    )
    projectkey.forget()


def test_from_init_to_other_keys(project: Project, tmp_path: Path) -> None:
    does, fails, out = project.does, project.fails, project.out
    said = does("init", project.home, "--overstap", "POVO", "--encrypt", "--passphrase-file", project.word)
    first = CODE.search(said)
    assert first and "Niet versleuteld" in said
    assert "al versleuteld" in fails("init", project.home, "--encrypt", "--passphrase-file", project.word)
    export = SAMPLES / "exports"
    run = ("run", export, "--fail-on", "never", "--datum", "2025-06-15", "--yes")
    assert "dod2oso unlock" in fails(*run)
    assert "niet de wachtzin" in fails("unlock", "--passphrase-file", project.other)
    assert "dod2oso lock" in does("unlock", "--passphrase-file", project.word)
    does(*run)
    dossier = next(iter(sorted(out.glob("dossiers/*/*/*.xml"))))
    assert b"<?xml" not in dossier.read_bytes()
    shown = tmp_path / "getoond.xml"
    does("show", dossier, "--to", shown)
    assert shown.read_bytes().startswith(b"<?xml") and shown.stat().st_mode & 0o077 == 0
    assert "bestaat al" in fails("show", dossier, "--to", shown)

    assert VAULT in does("lock")  # nobody is asked: it has a passphrase
    assert {path.name for path in out.iterdir() if path.name[0] != "."} == {VAULT, "project.key", "audit.jsonl"}
    change = ("change-passphrase", "--passphrase-file", project.word, "--new-passphrase-file", project.other)
    does(*change)
    assert "niet de wachtzin" in fails("unlock", "--passphrase-file", project.word)
    does("unlock", "--passphrase-file", project.other)
    assert dossier.exists() and "niet de wachtzin" in fails(*change)

    sheet = tmp_path / "blad.html"
    does("recovery-sheet", "--to", sheet, "--passphrase-file", project.other)
    second = CODE.search(sheet.read_text(encoding="utf-8"))
    assert second and second[0] != first[0] and "vernietig het bestand" in sheet.read_text(encoding="utf-8").lower()
    said = does("rekey", "--passphrase-file", project.other)
    third = CODE.search(said)
    assert third and "dod2oso unlock" in said and "dod2oso unlock" in fails("status")
    code = tmp_path / "code.txt"
    for known, opens in ((first, False), (second, False), (third, True)):
        code.write_text(known[0].lower(), encoding="utf-8")
        (does if opens else fails)("unlock", "--passphrase-file", code)
    does(*run)
    assert "versleutelde" in does("audit", "show")


def test_without_a_session_the_file_in_the_environment_opens_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.does("init", project.home, "--overstap", "POVO", "--encrypt", "--passphrase-file", project.word)
    monkeypatch.setenv("DOD2OSO_PASSPHRASE_FILE", str(project.word))
    project.does("status")
    monkeypatch.setenv("DOD2OSO_PASSPHRASE_FILE", str(project.other))
    projectkey.forget()
    assert "niet de wachtzin" in here("run", cwd=project.home).stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answers", "encrypted"), [("n\n", False), (f"\n{WORD}\n{WORD}\n", True)])
def test_on_a_terminal_a_new_project_is_asked_once(
    answers: str, encrypted: bool, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dod2oso.cli import init

    typed = iter(answers.splitlines())
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(init.typer, "confirm", lambda *_args, **_more: next(typed) != "n")
    monkeypatch.setattr(init.typer, "prompt", lambda *_args, **_more: next(typed))
    init.init(project.home)
    assert (project.out / "project.key").exists() == encrypted
    init.init(project.home)  # asked of a new project only
    assert (project.out / "project.key").exists() == encrypted


def test_a_transfer_that_was_added_later_gets_a_key_first(project: Project) -> None:
    project.does("init", project.home, "--overstap", "POVO", "--encrypt", "--passphrase-file", project.word)
    settings = project.home / "dod2oso.toml"
    settings.write_text(settings.read_text(encoding="utf-8-sig") + "\n[transfer.POPO]\n", encoding="utf-8")
    project.does("unlock", "--passphrase-file", project.word, "--out", project.out)
    assert "POPO" in project.fails("run", "--overstap", "POPO")
    project.does("init", project.home, "--encrypt", "--passphrase-file", project.word)
    assert (project.home / "dod2oso-out" / "POPO" / "project.key").exists()


def test_off_a_terminal_nothing_is_asked_and_nothing_encrypted(project: Project) -> None:
    project.does("init", project.home)
    assert not project.out.exists()
    for command in (("rekey",), ("recovery-sheet",)):
        assert "niet versleuteld" in project.fails(*command, "--out", project.home)
