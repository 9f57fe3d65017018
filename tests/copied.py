"""A command in a process of its own that begins as a copy of this one: with all imported, and every plan made.

It can be killed, interrupted, watched and waited for as any other, and hears nothing of this process. What it leaves
out is the second or more of processor time in which a new Python imports. That a new one does the same is seen where
tests/cli/test_handover_serve.py and others start one. Not for a command that opens a SQLite ledger that is open here:
its locks do not survive the copying. Nor for one that starts processes anew, as the desk does for a job: what this
process knows of its own ones is of no use to the copy.
"""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from dod2oso.cli.app import main

ROOT = Path(__file__).parents[1]
_MOST_FILES = 4096  # that this process has open


def copied(*words: str | Path, before: Callable[[], None] | None = None, **environment: str) -> dict[str, Any]:
    """What `subprocess.Popen`, `run` and `asyncio.create_subprocess_exec` must be given besides the command line.

    `words` are the arguments of the command, `before` is called first in the new process, `environment` is added to
    ours. Where a process cannot be copied a new one begins, and then `before` is refused.
    """
    wanted = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment
    if not hasattr(os, "fork"):
        assert before is None
        return {"env": wanted}
    # called after standard input and output, folder and session are set, in place of the new programme
    return {"env": wanted, "preexec_fn": partial(become, words, wanted, before)}


def command(*words: str | Path) -> list[str]:
    """The command line that this stands for."""
    return [sys.executable, "-m", "dod2oso", *map(str, words)]


def started(
    *words: str | Path,
    before: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
    **more: Any,
) -> "subprocess.Popen[str]":
    """The command, begun; `more` is for Popen. What it says is text."""
    given = {"text": True} | copied(*words, before=before, **environment or {}) | more
    return subprocess.Popen(command(*words), **given)


def ended(*words: str | Path, **more: Any) -> "subprocess.CompletedProcess[str]":
    """The command, come to its end."""
    given = copied(*words) | {"capture_output": True, "text": True, "check": False} | more
    return subprocess.run(command(*words), **given)


def become(
    words: tuple[str | Path, ...], environment: Mapping[str, str], before: Callable[[], None] | None = None
) -> NoReturn:
    """In a copy of this process: be that command, to its end."""
    code = 1
    try:
        gc.freeze()  # nothing of the other process is cleaned up here; its files are closed, as by a new programme
        os.closerange(3, _MOST_FILES)
        signal.set_wakeup_fd(-1)
        asyncio._set_running_loop(None)
        for name, how in (
            ("SIGINT", signal.default_int_handler), ("SIGTERM", signal.SIG_DFL), ("SIGHUP", signal.SIG_DFL),
            ("SIGALRM", signal.SIG_DFL), ("SIGPIPE", signal.SIG_IGN),
        ):  # fmt: skip
            signal.signal(getattr(signal, name), how)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
            for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        sys.argv, tempfile.tempdir = ["dod2oso", *map(str, words)], None
        if before is not None:
            before()
        code = _code_of(main)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _code_of(work: Callable[[], None]) -> int:
    try:
        work()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
