"""Plain data that follows from one of our own files, kept between runs so that they need not be worked out again.

They stand as JSON in a cache folder of this user, each with the hash of the file it follows from and of itself. Nothing
in there is needed: where the folder cannot be made or written, is open to others, or holds something damaged or of
another version, the data are made again. It never holds anything of a user, and nothing in it is executed.
"""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dod2oso import __version__
from dod2oso.base.files import make_private_dir, write_private
from dod2oso.base.resources import user_cache_folder


def kept(path: Path, content: bytes, make: Callable[[], Any]) -> Any:
    """The JSON data that `make` gives for the file at `path` with this content, or gave in an earlier run."""
    folder = _folder(user_cache_folder())
    if folder is None:
        return make()
    place = folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"
    follows_from = hashlib.sha256(__version__.encode() + b"\0" + content).hexdigest().encode()
    try:
        said, own, data = place.read_bytes().split(b"\n", 2)
        if said == follows_from and own == hashlib.sha256(data).hexdigest().encode():
            return json.loads(data)
    except (OSError, ValueError):
        pass
    made = make()
    data = json.dumps(made, ensure_ascii=True, separators=(",", ":")).encode()
    _write(place, b"\n".join((follows_from, hashlib.sha256(data).hexdigest().encode(), data)))
    return made


@cache
def _folder(path: Path) -> Path | None:
    """The folder, made when it is not there; None when it cannot be, or when others may write in it."""
    try:
        make_private_dir(path, tighten=False)
        found = path.lstat()
    except OSError:
        return None
    ours = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
    return path if path.is_dir() and not path.is_symlink() and ours else None


def _write(place: Path, data: bytes) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        write_private(temporary, data)
        temporary.replace(place)
    except OSError:  # full, read-only, or in use: the next run makes it again
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
