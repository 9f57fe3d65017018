"""Destroying a file: its bytes are overwritten before its name goes.

On an SSD, a file system that copies on write, or a network folder, old blocks may stay where no program can read them;
only an encrypted disk helps there. That is said to whoever destroys something (docs/vernietigen.md).
"""

import os
import stat
from io import FileIO
from pathlib import Path

_CHUNK = 1 << 20


def wipe(path: Path) -> int:
    """Overwrite and remove one file; how many files that were (0: it was not there). Of a link only the link goes."""
    try:
        seen = path.lstat()
        if stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1:
            descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                overwrite(file)
    except FileNotFoundError:
        return 0
    path.unlink(missing_ok=True)
    return 1


def overwrite(file: FileIO) -> None:
    """Overwrite what stands in an open file, and leave it empty."""
    left = file.seek(0, os.SEEK_END)
    file.seek(0)
    while left > 0:
        left -= file.write(bytes(min(left, _CHUNK)))
    os.fsync(file.fileno())
    file.truncate(0)


def wipe_tree(folder: Path) -> int:
    """Everything below a folder, and the folder; links in it are not followed."""
    if folder.is_symlink() or not folder.is_dir():
        return wipe(folder)
    count = sum(wipe_tree(each) for each in sorted(folder.iterdir()))
    folder.rmdir()
    return count
