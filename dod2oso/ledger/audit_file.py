"""The audit log as a file, DIR/audit.jsonl: the lines of the ledger, one after the other, for whoever keeps them apart.

The ledger is written first, so the file may be behind after a crash, and is caught up. It is never believed over the
ledger, nor the ledger over it: where they differ in any other way no command goes on until a person has looked
(`dod2oso audit verify`, `dod2oso audit repair`).
"""

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from dod2oso.base.clock import now
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import FILE_MODE, atomic_write, disk_guard
from dod2oso.ledger import audit
from dod2oso.ledger.audit import audit_log
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import project

FILE = "audit.jsonl"
ASIDE = "audit-afwijkend"
_MIRRORED = "audit-mirrored"  # key in `project`: so many lines were in the file when it was last written


class Compared(Enum):
    """How the file stands to the ledger."""

    SAME = "same"
    BEHIND = "behind"  # lines of the ledger are not in it yet: a command was killed
    CUT = "cut"  # lines that were in it are gone
    AHEAD = "ahead"  # it goes on where the ledger ends: the ledger is an older copy
    DIFFERS = "differs"


PROBLEMS = {  # errors and texts about each, with what to do
    Compared.CUT: "audit-file-cut",
    Compared.AHEAD: "audit-file-ahead",
    Compared.DIFFERS: "audit-file-differs",
}


class FileStatus(NamedTuple):
    """How they compare, how many leading lines are the same, and how many lines the file has."""

    how: Compared
    same: int
    lines: int


def compare(connection: Connection, path: Path) -> FileStatus:
    """Compare the file with the ledger, line by line."""
    ours = list(audit.lines(connection))
    mirrored = int(connection.scalar(select(project.c.value).where(project.c.key == _MIRRORED)) or 0)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    theirs = data.split(b"\n")
    unfinished = theirs.pop()  # "" when the file ends as it should
    same = 0
    while same < min(len(ours), len(theirs)) and theirs[same] == ours[same].encode():
        same += 1
    status = FileStatus(Compared.DIFFERS, same, len(theirs))
    if same == len(theirs):
        whole = same == len(ours)
        if not (b"" if whole else ours[same].encode()).startswith(unfinished):
            return status
        how = Compared.CUT if same < mirrored else Compared.SAME if whole and not unfinished else Compared.BEHIND
        return status._replace(how=how)
    if same == len(ours) and not unfinished and _goes_on(ours[-1:], theirs[same:]):
        return status._replace(how=Compared.AHEAD)
    return status


def _goes_on(last: list[str], rest: list[bytes]) -> bool:
    try:
        before = audit.read_line(last[0]) if last else None
        for line in rest:
            entry = audit.read_line(line.decode("ascii"))
            if not audit.follows(entry, before):
                return False
            before = entry
    except ValueError:  # also of text that is not ASCII
        return False
    return True


def check(ledger: Ledger) -> None:
    """ConfigurationError, with what to do, when file and ledger tell different stories."""
    if ledger.out_dir is None:
        return
    with ledger.read() as connection:
        status = compare(connection, ledger.out_dir / FILE)
    _refuse(status)


def _refuse(status: FileStatus) -> None:
    if status.how in PROBLEMS:
        raise ConfigurationError(PROBLEMS[status.how], file=FILE, line=status.same + 1)


def mirror(ledger: Ledger) -> None:
    """Add to the file what the ledger has more. ConfigurationError as in `check`."""
    path = ledger.out_dir
    if path is None:
        return
    path /= FILE
    with ledger.read() as connection:
        if audit.count(connection) == ledger.mirrored[0] and _size(path) == ledger.mirrored[1]:
            return
    with ledger.write() as connection:
        _alone(connection)
        if _size(path) != ledger.mirrored[1] or not ledger.mirrored[0]:
            status = compare(connection, path)
            _refuse(status)
            _shorten(path, connection, status.same)
            ledger.mirrored = (status.same, _size(path))
        new = "".join(f"{line}\n" for line in audit.lines(connection, ledger.mirrored[0]))
        number = audit.count(connection)
        with disk_guard():
            _add(path, new.encode())
        _remember(connection, number)
    ledger.mirrored = (number, _size(path))


def repair(ledger: Ledger, account: str) -> FileStatus:
    """Let ledger and file tell one story again; what differed is kept beside it, and the log says that this was done.

    Lines that go on where the ledger ends come into the ledger; in all other cases the ledger is what counts.
    """
    assert ledger.out_dir is not None  # noqa: S101  a command line always has one
    path = ledger.out_dir / FILE
    with ledger.write() as connection:
        _alone(connection)
        status = compare(connection, path)
        if status.how is Compared.AHEAD:
            rest = path.read_bytes().decode("ascii").splitlines()[status.same :]
            rows = [{"number": audit.read_line(line).number, "line": line} for line in rest]
            connection.execute(insert(audit_log), rows)
        elif status.how in PROBLEMS and path.exists():
            with disk_guard():
                path.replace(path.with_name(f"{ASIDE}-{now():%Y%m%dT%H%M%S%f}.jsonl"))
        if status.how in PROBLEMS:
            told = {"found": status.how.value, "same-lines": status.same, "file-lines": status.lines}
            audit.append(connection, "audit-repaired", account, told)
        _remember(connection, 0)
    with ledger.read() as connection, disk_guard():
        atomic_write(path, "".join(f"{line}\n" for line in audit.lines(connection)).encode())
    ledger.mirrored = (0, 0)
    mirror(ledger)
    return status


def close(path: Path, what: str, account: str, about: Mapping[str, Any], mark: str) -> None:
    """Add the last line to the file of a log whose ledger is gone; nothing when its last line has this mark already."""
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    if lines and mark in lines[-1] and f'"{what}"' in lines[-1]:
        return
    before = audit.read_line(lines[-1]) if lines else None
    _add(path, f"{audit.next_line(before, what, account, about)}\n".encode())


def _alone(connection: Connection) -> None:
    connection.execute(update(project).where(project.c.key == "schema").values(value=project.c.value))


def _remember(connection: Connection, number: int) -> None:
    connection.execute(delete(project).where(project.c.key == _MIRRORED))
    connection.execute(insert(project).values(key=_MIRRORED, value=str(number)))


def _shorten(path: Path, connection: Connection, lines: int) -> None:
    """Take off the half line that a crash left."""
    whole = sum(len(line) + 1 for line, _ in zip(audit.lines(connection), range(lines), strict=False))
    if _size(path) > whole:
        os.truncate(path, whole)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _add(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, FILE_MODE)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)
