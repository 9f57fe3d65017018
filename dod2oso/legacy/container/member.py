"""What an export is made of: members that can be opened again and again, wherever they lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from dod2oso.errors import ExportError

Kind = Literal["xml", "oso", "tables", "spreadsheet", "database"]
HEAD = 4096  # bytes from which the kind of a file is told


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a folder or zip. `name` is its path there, with `/`; `open()` gives a fresh stream of its bytes."""

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)

    @property
    def bare_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    def head(self) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(HEAD)


def file_member(path: Path, name: str) -> Member:
    """A file on disk."""
    return Member(name, path.stat().st_size, lambda: path.open("rb"))


@dataclass(frozen=True, slots=True)
class FoundExport:
    """One export: its unique name for messages, its members, and the loose files that lie beside them.

    `alone`: no other export shares those loose files, so one that matches no pupil is worth telling. `problem`: why it
    cannot even be opened. `protected`: it lay behind a PIN. `url`: of a database; may hold a password, so it is never
    shown.
    """

    name: str
    kind: Kind
    members: tuple[Member, ...] = ()
    loose: tuple[Member, ...] = ()
    alone: bool = True
    problem: ExportError | None = None
    protected: bool = False
    url: str | None = field(default=None, repr=False)
