"""What an export is made of: files that can be opened again and again, wherever they lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from dod2oso.base.errors import ExportError


@dataclass(frozen=True, slots=True)
class Member:
    """A file to read. `name` is its path inside the folder or zip, with `/` and no control characters; `size` in bytes.

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
    def bare_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The suffix of the name, lower case, with its dot."""
        return Path(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class FoundExport:
    """One export: its unique name, safe to print; its members, sorted by name; the loose files that lie beside them.

    `kind`: the source format that opens it. `alone`: no other export shares those loose files, so one that matches no
    pupil is worth telling. `problem`: why it cannot even be opened; raise that where it would be read. `protected`: it
    lay behind a PIN. `url`: of a database; may hold a password, so it is never shown.
    """

    name: str
    kind: str
    members: tuple[Member, ...] = ()
    loose: tuple[Member, ...] = ()
    alone: bool = True
    problem: ExportError | None = None
    protected: bool = False
    url: str | None = field(default=None, repr=False)


def file_member(path: Path, name: str) -> Member:
    """A file on disk."""
    return Member(safe_name(name), path.stat().st_size, lambda: path.open("rb"), path)


def safe_name(name: str) -> str:
    """A name that can be printed: what is no character or steers a terminal becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)
