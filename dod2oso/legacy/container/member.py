"""One file, wherever it is: on disk, in a zip, or in a zip in a zip."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Member:
    """A file to read. `name` is its posix path inside the folder or zip, without control characters; `size` in bytes.

    `path` is where it is on disk, None for a file in a zip. Two members are equal when name and size are.
    """

    name: str
    size: int
    opener: Callable[[], BinaryIO] = field(repr=False, compare=False)
    path: Path | None = field(default=None, repr=False, compare=False)

    def open(self) -> BinaryIO:
        """A fresh stream of the decrypted, decompressed bytes; nothing is written to disk.

        Reading past the last byte checks checksum and authentication: whoever needs to know that the content is whole
        reads to the end. Opening and reading raise ExportError when the file is damaged, too large or locked, and
        OSError when the disk does not give it.
        """
        return self.opener()

    def head(self, size: int) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)

    @property
    def suffix(self) -> str:
        """The suffix of the name, lower case, with its dot."""
        return Path(self.name).suffix.lower()


def file_member(path: Path, name: str) -> Member:
    """A file on disk."""
    return Member(safe_name(name), path.stat().st_size, lambda: path.open("rb"), path)


def bytes_member(name: str, content: bytes) -> Member:
    """A file in memory."""
    return Member(safe_name(name), len(content), lambda: io.BytesIO(content))


def safe_name(name: str) -> str:
    """A name that can be printed: what is no character or steers a terminal becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)
