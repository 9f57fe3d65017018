"""What follows from one of our own files, kept between runs so that it need not be worked out again.

It stands in a cache folder of this user, each with the hash of the file it follows from and of itself. Nothing in there
is needed: where the folder cannot be made or written, is open to others, or holds something damaged or of another
version, it is made again. It never holds anything of a user.

Plain data stand as JSON (`kept`). What was compiled (`kept_code`) is executed, as Python does with what it compiled
itself, so that is believed only where the system tells that nobody else can have written it: the file and its folder
are of this user (or root) and only he may write there. Where it does not tell (Windows) nothing is kept of it.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dod2oso import __version__
from dod2oso.base.files import make_private_dir, write_private
from dod2oso.base.resources import user_cache_folder

_ONLY_OURS = 0o022  # who else may write


def kept(path: Path, content: bytes, make: Callable[[], Any]) -> Any:
    """The JSON data that `make` gives for the file at `path` with this content, or gave in an earlier run."""
    folder = _folder(user_cache_folder())
    if folder is None:
        return make()
    place = folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"
    try:
        data = _believed(place.read_bytes(), content)
        if data is not None:
            return json.loads(data)
    except (OSError, ValueError):
        pass
    made = make()
    _write(place, content, json.dumps(made, ensure_ascii=True, separators=(",", ":")).encode())
    return made


def kept_code(name: str, content: bytes) -> bytes | None:
    """What `keep_code` kept under this name for this content; None when it did not, or it cannot be believed."""
    place = _code_place(name)
    if place is None:
        return None
    try:
        opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(opened)  # of the file that was opened, so nobody can put another in its place
        if found.st_uid not in (os.geteuid(), 0) or found.st_mode & _ONLY_OURS:
            return None
        try:
            return _believed(file.read(), content)
        except (OSError, ValueError):
            return None


def keep_code(name: str, content: bytes, code: bytes) -> None:
    """Keep what was compiled from something of ours with this content; it must be the same for every run."""
    place = _code_place(name)
    if place is not None:
        _write(place, content, code)


def _code_place(name: str) -> Path | None:
    folder = _folder(user_cache_folder()) if os.name != "nt" else None
    of = f"{name} {sys.implementation.cache_tag} {sys.hexversion}"  # another Python compiles to something else
    return None if folder is None else folder / f"{hashlib.sha256(of.encode()).hexdigest()[:32]}.code"


def _believed(found: bytes, content: bytes) -> bytes | None:
    """The data in a file of ours, when they are whole and follow from this content; ValueError: it is none of ours."""
    said, own, data = found.split(b"\n", 2)
    right = said == _follows_from(content) and own == hashlib.sha256(data).hexdigest().encode()
    return data if right else None


def _follows_from(content: bytes) -> bytes:
    return hashlib.sha256(__version__.encode() + b"\0" + content).hexdigest().encode()


@cache
def _folder(path: Path) -> Path | None:
    """The folder, made when it is not there; None when it cannot be, or when others may write in it."""
    try:
        make_private_dir(path, tighten=False)
        found = path.lstat()
    except OSError:
        return None
    ours = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & _ONLY_OURS)
    return path if path.is_dir() and not path.is_symlink() and ours else None


def _write(place: Path, content: bytes, made: bytes) -> None:
    data = b"\n".join((_follows_from(content), hashlib.sha256(made).hexdigest().encode(), made))
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        write_private(temporary, data)
        temporary.replace(place)
    except OSError:  # full, read-only, or in use: the next run makes it again
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
