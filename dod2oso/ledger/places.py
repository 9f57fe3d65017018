"""Where dossier files stand: DIR/dossiers/<state>/<BRIN>/<dossier-id>.xml.

Of a rejected dossier the file holds no dossier, only whom it is about: then aanvulling.xlsx can name the pupil.

The only module that turns words from an export (a BRIN) into a path; anything unexpected becomes a fixed
word.
"""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from dod2oso.base import atrest
from dod2oso.base.brin import is_brin
from dod2oso.ledger.rows import in_pages
from dod2oso.ledger.tables import dossiers

ROOT = "dossiers"
PACKAGES = "scholen"  # for each school its part, sealed
INSPECTION = "inzage"  # what parents inspect
SEEN = "gezien.json"  # what lay in the folders of a project at the last run
AGENDA = "planning.ics"
PARTS = "delen"  # of a run in parts, until they are joined (run/parts)
RECEIVED = "ontvangen"  # copies of supplements, each in a folder named after its content
ARRIVED = "binnengekomen"  # OSO dossiers that were received, a folder each (ledger/arrived.py)
TO_DESTROY = "vernietigen.csv"  # in the folder of the report: whose term is over
TEMPORARY = ".tmp"
UNKNOWN_SCHOOL = "onbekend"
STATES_WITH_FILE = ("ready", "held", "rejected")
ANYWHERE = (*STATES_WITH_FILE, "replaced")  # where a file of a dossier can have come

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_ONCE = 1 << 18  # bytes: more than nearly every dossier
_DOSSIER_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def school_folder(brin: str) -> str:
    """The BRIN as a folder name; whatever does not look like one (it comes from an export) shares one folder."""
    return brin if is_brin(brin) else UNKNOWN_SCHOOL


def dossier_name(dossier_id: str) -> str:
    if not _DOSSIER_ID.match(dossier_id):
        raise ValueError("a dossier id has only lowercase letters, digits and single hyphens")
    return f"{dossier_id}.xml"


def dossier_path(out_dir: Path, state: str, brin: str, dossier_id: str) -> Path:
    return out_dir.joinpath(ROOT, state, school_folder(brin), dossier_name(dossier_id))


def temporary_dir(out_dir: Path) -> Path:
    """On the same file system as the final places, so that a rename is atomic."""
    return out_dir / ROOT / TEMPORARY


def rehearsal_dir(out_dir: Path) -> Path:
    """Where a rehearsal works on copies (sandbox/rehearsal.py); it is gone as soon as that is over."""
    return out_dir / ROOT / ".oefening"


def read_intact(path: Path, digest: str) -> bytes | None:
    """The bytes of a file when they are still those of the ledger, `digest` their SHA-256; else, or unreadable, None.

    Everything that asks whether a file is what was converted and checked asks it here.
    """
    try:
        data = atrest.read(path)
    except (OSError, atrest.NotAsWritten):
        return None
    return data if sha256(data).hexdigest() == digest else None


class _Known(Protocol):
    """A dossier as the ledger knows it."""

    @property
    def brin(self) -> str: ...
    @property
    def dossier_id(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def read_ready(out_dir: Path, dossier: _Known) -> bytes | None:
    """The bytes of a ready dossier, to stage or to deliver; None when they are not (any more) what was checked."""
    return read_intact(dossier_path(out_dir, "ready", dossier.brin, dossier.dossier_id), dossier.sha256)


def is_intact(path: str, digest: str) -> bool:
    """Whether `read_intact` would give the bytes; for who asks it of thousands of files, without making paths.

    However large the file, one part of it is in memory.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return False
    try:
        part = os.read(descriptor, _AT_ONCE)
        sealed, found = part.startswith(atrest.MAGIC), sha256(part)
        while part and not sealed:
            part = os.read(descriptor, _AT_ONCE)
            found.update(part)
    except OSError:  # a folder, or a disk that fails
        return False
    finally:
        os.close(descriptor)
    return _is_sealed_intact(path, digest) if sealed else found.hexdigest() == digest


def read_at_once(path: str) -> bytes:
    """The bytes of a small file; for who asks it of thousands. OSError as with any file."""
    descriptor = os.open(path, _READ)
    try:
        return b"".join(iter(lambda: os.read(descriptor, _AT_ONCE), b""))
    finally:
        os.close(descriptor)


def _is_sealed_intact(path: str, digest: str) -> bool:
    try:
        return atrest.digest(Path(path)) == digest
    except (OSError, atrest.NotAsWritten):
        return False


def all_present(connection: Connection, out_dir: Path, export_id: int) -> bool:
    """Whether every placed dossier file of the export stands there as it was written."""
    folders: dict[tuple[str, str], str] = {}
    for row in _with_file(connection, export_id):
        if not row.placed:
            continue
        folder = folders.get((row.state, row.brin))
        if folder is None:
            folder = folders[row.state, row.brin] = str(dossier_path(out_dir, row.state, row.brin, "x").parent)
        if not is_intact(f"{folder}{os.sep}{dossier_name(row.dossier_id)}", row.sha256):
            return False
    return True


def remove_files(connection: Connection, out_dir: Path, export_id: int, *, placed: bool | None = None) -> None:
    """Remove the dossier files of an export, wherever a stopped run left them; `placed` limits which."""
    for row in _with_file(connection, export_id):
        if placed is None or row.placed == placed:
            for state in ANYWHERE:
                dossier_path(out_dir, state, row.brin, row.dossier_id).unlink(missing_ok=True)


def _with_file(connection: Connection, export_id: int) -> Iterator[Any]:
    rows = select(dossiers.c.dossier_id, dossiers.c.state, dossiers.c.brin, dossiers.c.sha256, dossiers.c.placed).where(
        dossiers.c.export_id == export_id, dossiers.c.sha256.is_not(None)
    )
    yield from in_pages(connection, rows)
