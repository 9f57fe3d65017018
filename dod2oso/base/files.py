"""Files that only their owner can read, and that are whole or absent.

Promise: a directory made here is 0700 and a file 0600 whatever the umask; `atomic_write` and `atomic_open`
show either the old content or all of the new content under the final name. On Windows the modes mean little
and the folder's own permissions apply; the atomic part holds there too.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dod2oso.base.errors import ConfigurationError, FileInUseError, TryLaterError
from dod2oso.base.wipe import overwrite, wipe

DIR_MODE = 0o700
FILE_MODE = 0o600

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def make_private_dir(path: Path, *, tighten: bool = True) -> Path:
    """Make `path` and its missing parents 0700; an existing `path` is tightened too unless told otherwise.

    `tighten=False` is for the output directory itself: when it already exists it is the user's own.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=DIR_MODE, exist_ok=True)
        folder.chmod(DIR_MODE)
    if tighten and not missing and path.stat().st_mode & 0o077:
        path.chmod(DIR_MODE)
    return path


def own_dir(path: Path) -> Path:
    """As `make_private_dir`, for a folder whose content is ours to remove; ConfigurationError when it is a link."""
    if path.is_symlink():
        raise ConfigurationError("folder-is-link", folder=path.name)
    return make_private_dir(path)


def remove_empty(folder: Path) -> None:
    """Remove a folder of ours when nothing is left in it; one that holds something, or is not there, is left alone."""
    with suppress(OSError):
        folder.rmdir()


def write_private(path: Path | str, data: bytes) -> None:
    """Write a 0600 file in place; for temporary names only, a crash can leave it half written."""
    write_parts(path, (data,))


def write_parts(path: Path | str, parts: Iterable[bytes]) -> None:
    """As `write_private`, part by part as they come."""
    descriptor = os.open(path, _FLAGS, FILE_MODE)
    try:  # without a file object: a run does this three times per dossier
        _force_mode(descriptor)
        for part in parts:
            view = memoryview(part)
            while view:  # a raw write may be short when the disk is nearly full
                view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


@contextmanager
def atomic_open(path: Path) -> Iterator[BinaryIO]:
    """A 0600 file to stream into; it appears under `path` only when the block ends without an error.

    Raises FileInUseError when another program does not let `path` be replaced.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, _FLAGS, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _force_mode(descriptor)
            yield file
            file.flush()
            os.fsync(descriptor)
        _put_in_place(temporary, path)
    except BaseException:
        wipe(temporary)
        raise


def _put_in_place(temporary: Path, path: Path) -> None:
    """Give a file its name. A virus scanner of Windows holds a new file for a moment, and a synchroniser an old one."""
    for pause in (*(_PAUSES if os.name == "nt" else ()), None):
        try:
            temporary.replace(path)
            return
        except (PermissionError, IsADirectoryError):
            if pause is None:
                raise FileInUseError("file-in-use", file=path.name) from None
            time.sleep(pause)


def write_each(
    paths: Iterable[Path],
    write: Callable[[Path, BinaryIO], object],
    in_use: Callable[[FileInUseError], object] | None = None,
) -> list[Path]:
    """Write each file, 0600 and whole or not at all; those that were written.

    `in_use` is told of each that another program has open: it stays as it was, and the others are written. Without it
    FileInUseError is raised.
    """
    written = []
    for path in paths:
        try:
            with atomic_open(path) as file:
                write(path, file)
        except FileInUseError as error:
            if in_use is None:
                raise
            in_use(error)
        else:
            written.append(path)
    return written


def atomic_write(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step, 0600."""
    with atomic_open(path) as file:
        file.write(data)


def replace_wiping(path: Path, data: bytes) -> None:
    """As `atomic_write`, and what stood there is overwritten, where the system lets a file be replaced that is open."""
    with replacing_wiping(path) as file:
        file.write(data)


@contextmanager
def replacing_wiping(path: Path) -> Iterator[BinaryIO]:
    """As `atomic_open`, and `replace_wiping`."""
    old = path.open("r+b", buffering=0) if os.name == "posix" and path.exists() else None
    try:
        with atomic_open(path) as file:
            yield file
        if old is not None:
            overwrite(old)
    finally:
        if old is not None:
            old.close()


@contextmanager
def disk_guard() -> Iterator[None]:
    """Turn 'disk full' and 'over quota' into the TryLaterError that says what to do; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise disk_full() from None


def disk_full() -> TryLaterError:
    """The message for a full disk, without any path: a path can hold more than the reader may see."""
    return TryLaterError("disk-full")


def _force_mode(descriptor: int) -> None:
    if hasattr(os, "fchmod"):  # a strange umask must not decide who can read a dossier, nor lock us out
        os.fchmod(descriptor, FILE_MODE)
