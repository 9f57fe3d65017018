"""One command at a time writes in an output folder, from its first write to its last; the second says who is first.

The system itself lets go when a process ends, however it ends. Within one process a command that holds the folder may
call another that asks for it. A server that stays up holds the folder only while it starts (see `SERVE`).
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock

from dod2oso.base.clock import now
from dod2oso.base.errors import TryLaterError
from dod2oso.base.files import disk_guard, make_private_dir, write_private
from dod2oso.base.wipe import wipe, wipe_tree

WRITE = ".dod2oso.lock"  # held while anything is written in the folder
VAULT = "project.vault"  # there: the folder is locked (trust/closing.py), and nobody else may write or read in it
SERVE = ".dod2oso.serve.lock"  # held by a source as long as it serves; what it writes then are single transactions

_OPEN_STAYS = os.name == "nt"  # an open file cannot be removed
_TRIES = 40  # times that another is waited for
_alone = Lock()
_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


@contextmanager
def held(out_dir: Path, command: str, name: str = WRITE, *, sealed: bool = False) -> Iterator[None]:
    """While the block runs, no other process holds this folder. `command` is what the others are told.

    Raises TryLaterError when one does, or when the folder is locked with a passphrase, but for who locks and unlocks it
    (`sealed`). What commands that were killed left half-written is removed.
    """
    from filelock import FileLock, Timeout

    path = out_dir.absolute() / name
    if path in _held.get():
        yield
        return
    if not sealed:
        refuse_locked(out_dir)
    made = not out_dir.exists()
    with disk_guard():
        make_private_dir(out_dir, tighten=False)
    try:
        with ExitStack() as released, FileLock(path, timeout=0, mode=0o600):
            if made:
                released.callback(_undo_released, out_dir, path)
            token = _held.set(_held.get() | {path})
            try:
                with disk_guard():
                    write_private(_holder(path), _who(command))
                if name == WRITE:
                    _sweep(out_dir)
                yield
            finally:
                _held.reset(token)
                _holder(path).unlink(missing_ok=True)
                if made:
                    _undo(out_dir, path)
    except Timeout:
        raise _busy(path) from None


@contextmanager
def held_soon(folder: Path, command: str) -> Iterator[None]:
    """As `held`, for changes that take an instant: another server at work in the same folder is waited for.

    Threads of one process wait for each other. TryLaterError when it takes long.
    """
    with _alone, ExitStack() as stack:
        for left in reversed(range(_TRIES)):
            try:
                stack.enter_context(held(folder, command))
                break
            except TryLaterError as error:
                if error.code != "folder-in-use" or not left:
                    raise
        yield


def refuse_locked(out_dir: Path) -> None:
    """TryLaterError when this folder is locked with a passphrase."""
    if (out_dir / VAULT).exists():
        raise TryLaterError("project-locked")


def _holder(path: Path) -> Path:
    """Who holds the lock stands in a file of its own: on Windows nobody else can read a locked one."""
    return path.with_suffix(".json")


def _who(command: str) -> bytes:
    return json.dumps(
        {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{now():%Y-%m-%d %H:%M:%S} UTC",
        }
    ).encode()


def _busy(path: Path) -> TryLaterError:
    try:
        who = json.loads(_holder(path).read_bytes())
        told = {key: str(who[key]) for key in ("command", "pid", "host", "since")}
    except (OSError, ValueError, LookupError, TypeError):  # it is just beginning, or just done
        told = dict.fromkeys(("command", "pid", "host", "since"), "?")
    return TryLaterError(
        "folder-in-use", command=told["command"], number=told["pid"], host=told["host"], since=told["since"]
    )


def _sweep(out_dir: Path) -> None:
    """Remove temporary files of commands that were killed: only who holds the folder makes any, and that is us."""
    for folder in (out_dir, *out_dir.glob("report*"), *out_dir.glob("reservekopie/*")):
        for stray in folder.glob(".*.tmp"):
            wipe(stray)
    for parts in out_dir.glob("report*/.tmp"):  # of a workbook
        wipe_tree(parts)


def _undo(out_dir: Path, path: Path) -> None:
    """Take away a folder that was made for the lock and in which nothing was written, as far as its holder can."""
    with suppress(OSError):
        if {each.name for each in out_dir.iterdir()} <= {path.name}:
            path.unlink(missing_ok=True)
            out_dir.rmdir()


def _undo_released(out_dir: Path, path: Path) -> None:
    """The same once it is let go: Windows removes no open file, and a network disk keeps it under another name.

    Elsewhere the lock is not removed here: another may hold it by now. On Windows that other keeps it from going.
    """
    with suppress(OSError):
        if _OPEN_STAYS:
            _undo(out_dir, path)
        out_dir.rmdir()
