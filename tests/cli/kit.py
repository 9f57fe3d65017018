"""The command line as a user meets it: arguments in; exit code, stdout and stderr out."""

import io
import subprocess
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.cli.app import main


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def dod2oso(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> Ended:
    """Run a command in this process; whatever it does, it leaves by SystemExit and never with a traceback."""
    monkeypatch.setattr(sys, "argv", ["dod2oso", *map(str, arguments)])
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return Ended(code, out, err)


class Keyboard(io.StringIO):
    """Somebody at a terminal, who types these lines."""

    def isatty(self) -> bool:
        return True


def here(
    *arguments: str | Path, cwd: Path | None = None, answers: Iterable[str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command in this process, much faster than a new one; nobody is there, or who types `answers`."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True) for _ in range(2))
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["dod2oso", *map(str, arguments)])
        typed = io.StringIO() if answers is None else Keyboard("".join(f"{line}\n" for line in answers))
        patch.setattr(sys, "stdin", typed)
        if cwd is not None:
            patch.chdir(cwd)
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(sys.argv, int(str(code)), *said)
