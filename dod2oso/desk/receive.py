"""Files that are dropped on a page: streamed into the project, whole or not at all, under a name that harms nothing."""

import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO

from dod2oso.base.errors import UsageError
from dod2oso.base.files import FILE_MODE, atomic_open, disk_guard, make_private_dir
from dod2oso.base.wipe import wipe
from dod2oso.source.container.limits import MAX_MEMBER_BYTES, amount

HALL = ".ontvangst"  # in the project, for what is coming in
_SPARE = 256 << 20  # bytes of the disk that stay free
_PART = 120  # signs of a name
_lock = Lock()


def safe_parts(name: str) -> tuple[str, ...]:
    """A name as a browser gave it, as folders and a file of ours: nothing that climbs, hides or steers."""
    parts = []
    for part in PurePosixPath(name.replace("\\", "/")).parts:
        plain = "".join(sign if sign.isprintable() and sign not in '<>:"|?*/\\' else "_" for sign in part).strip(" .")
        if plain:
            stem, dot, suffix = plain.rpartition(".")
            parts.append(plain if len(plain) <= _PART else f"{stem[: _PART - 9]}{dot}{suffix[:8]}")
    return tuple(parts[-4:])


async def receive(name: str, chunks: AsyncIterator[bytes], home: Path, folder: Path) -> Path:
    """One file into `folder`; where it lies. The same content under the same name counts once; other content under
    the same name gets a number. UsageError for a file that is too large, TryLaterError when the disk is full.
    """
    parts = safe_parts(name)
    if not parts:
        raise UsageError("desk-file-nameless")
    hall = make_private_dir(home / HALL)
    coming = hall / f"{secrets.token_hex(8)}.part"
    try:
        with disk_guard(), atomic_open(coming) as file:
            await _stream(chunks, file, hall)
        with _lock, disk_guard():
            return settle(coming, folder.joinpath(*parts))
    finally:
        if coming.exists():
            wipe(coming)
        _leave(hall)


def room(home: Path) -> int:
    """How many bytes may come in before the disk is too full to work on."""
    return max(0, shutil.disk_usage(home).free - _SPARE)


def room_for(size: int, home: Path) -> None:
    """UsageError, before anything comes in, when so many bytes do not fit."""
    if size > room(home):
        raise UsageError("desk-drop-too-much", size=amount(size), free=amount(room(home)))


async def _stream(chunks: AsyncIterator[bytes], file: BinaryIO, hall: Path) -> None:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_MEMBER_BYTES:
            raise UsageError("desk-file-large", limit=amount(MAX_MEMBER_BYTES))
        if size % (16 << 20) < len(chunk) and shutil.disk_usage(hall).free < _SPARE:
            raise UsageError("desk-disk-low")
        file.write(chunk)


def settle(coming: Path, wanted: Path) -> Path:
    """Give a file its place, or a number behind its name where another has it; where it lies."""
    place, number = wanted, 2
    while place.exists():
        if place.is_file() and _same(coming, place):
            wipe(coming)
            return place
        place = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        number += 1
    make_private_dir(place.parent, tighten=False)
    coming.rename(place)
    place.chmod(FILE_MODE)
    return place


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while chunk := first.read(1 << 20):
            if second.read(1 << 20) != chunk:
                return False
    return True


def _leave(hall: Path) -> None:
    try:
        hall.rmdir()
    except OSError:  # something else is coming in
        pass
