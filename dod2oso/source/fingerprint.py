"""The fingerprint of an export, taken while it is read for another reason: nothing is read only to be hashed.

Whoever reads a file or table to its end leaves its digest behind. What nobody read to its end (an attachment that no
pupil names) is read when the fingerprint is asked for.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, BinaryIO, Protocol, cast

from dod2oso.source.container.member import Member
from dod2oso.source.tabular.table import Row, SourceTable

_CHUNK = 1 << 20
_BUFFER = 1 << 18


class Hashed(Protocol):
    """A part of an export; `name` and `digest()` say which bytes."""

    @property
    def name(self) -> str: ...

    def digest(self) -> str:
        """SHA-256 in hex; reads the part when nobody did."""


def fingerprint(size: int, parts: Sequence[Hashed]) -> str:
    """Of all parts together; it begins with the size in bytes, so that most changes show without reading anything."""
    lines = "".join(f"{part.name}\0{part.digest()}\n" for part in parts)
    return f"{size}:{sha256(lines.encode()).hexdigest()}"


def same_size(size: int, known: str) -> bool:
    """Whether a fingerprint is of an export of so many bytes."""
    return known.startswith(f"{size}:")


class HashedMember:
    """A file of which the first complete reading leaves its digest."""

    def __init__(self, member: Member) -> None:
        self.name = member.name
        self.member = replace(member, opener=self._open)
        self._plain = member
        self._digest = ""

    def digest(self) -> str:
        if not self._digest:
            with self.member.open() as stream:
                while stream.read(_CHUNK):
                    pass
        return self._digest

    def ended(self, digest: str) -> None:
        """Somebody read all of it."""
        self._digest = digest

    def _open(self) -> BinaryIO:
        stream = self._plain.open()
        if self._digest:
            return stream
        return cast(BinaryIO, io.BufferedReader(_Watched(stream, self), _BUFFER))


class _Watched(io.RawIOBase):
    """A stream that tells its member what its digest is when it has been read to the end."""

    def __init__(self, stream: BinaryIO, member: HashedMember) -> None:
        self._stream = stream
        self._member = member
        self._hash = sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        if data:
            self._hash.update(data)
        elif len(buffer):
            self._member.ended(self._hash.hexdigest())
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


class HashedTable:
    """The same for a table of a database (itself a `SourceTable`)."""

    def __init__(self, table: SourceTable) -> None:
        self.name = table.name
        self.titles = table.titles
        self.columns = table.columns
        self._table = table
        self._digest = ""

    def rows(self) -> Iterator[Row]:
        if self._digest:
            yield from self._table.rows()
            return
        digest = sha256(repr((self.name, self.columns)).encode())
        for row in self._table.rows():
            digest.update(repr(row).encode())
            yield row
        self._digest = digest.hexdigest()

    def digest(self) -> str:
        if not self._digest:
            for _row in self.rows():
                pass
        return self._digest
