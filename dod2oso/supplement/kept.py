"""Rows of a supplement and by what they are found: a few in memory, and all that come after those on disk.

A supplement may have a row for every pupil of a region. What waits on disk nobody can read (source/sealed.py); by what
rows are found is hashed under the project key before it comes here. Memory so stays the same from `LIMIT` rows on.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from dod2oso.source.sealed import Sealer, temporary_database
from dod2oso.supplement.pupil import Keys

LIMIT = 5_000  # in memory: most supplements have fewer, and none of theirs waits on disk
_AT_ONCE = 1_000

T = TypeVar("T")


class KeptList(Sequence[T], Generic[T]):
    """A list that only grows. `pack` makes JSON of an entry, `unpack` the same entry of that again.

    It is no longer changed once it is shared between threads.
    """

    def __init__(self, pack: Callable[[T], Any], unpack: Callable[[Any], T], limit: int | None = None) -> None:
        self._pack, self._unpack = pack, unpack
        self._limit = LIMIT if limit is None else limit
        self._near: list[T] = []
        self._far: _FarList | None = None

    def append(self, entry: T) -> None:
        """Add an entry at the end."""
        if len(self._near) < self._limit:
            self._near.append(entry)
            return
        if self._far is None:
            self._far = _FarList()
        self._far.append(json.dumps(self._pack(entry)).encode())

    def __len__(self) -> int:
        return len(self._near) + (0 if self._far is None else len(self._far))

    @overload
    def __getitem__(self, number: int) -> T: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[T]: ...
    def __getitem__(self, number: int | slice) -> T | Sequence[T]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        place = range(len(self))[number]  # also from the end; IndexError where there is none
        if place < len(self._near):
            return self._near[place]
        assert self._far is not None  # noqa: S101  the place is beyond those in memory
        return self._unpack(json.loads(self._far.get(place - len(self._near))))

    def __iter__(self) -> Iterator[T]:
        yield from self._near
        if self._far is not None:
            yield from (self._unpack(json.loads(data)) for data in self._far)


class _FarList:
    """Entries on disk, by their number from 0."""

    def __init__(self) -> None:
        self._sealer = Sealer()
        self._database = temporary_database()
        self._database.execute("CREATE TABLE entries (n INTEGER PRIMARY KEY, data BLOB)")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, data: bytes) -> None:
        values = (self._count, self._sealer.sealed(self._count, data))
        self._database.execute("INSERT INTO entries VALUES (?, ?)", values)
        self._count += 1

    def get(self, number: int) -> bytes:
        (data,) = self._database.execute("SELECT data FROM entries WHERE n = ?", (number,)).fetchone()
        return self._sealer.opened(number, data)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self._count, _AT_ONCE):  # no cursor stays open while the caller asks for others
            chosen = "SELECT n, data FROM entries WHERE n >= ? AND n < ? ORDER BY n"
            for number, data in self._database.execute(chosen, (start, start + _AT_ONCE)).fetchall():
                yield self._sealer.opened(number, data)


class KeptKeys:
    """By what numbered rows are found (`Keys.found_by`), all given at once in the order of the rows."""

    def __init__(self, keys: Iterator[Keys], limit: int | None = None) -> None:
        limit = LIMIT if limit is None else limit
        self._near: list[Keys] = []
        self._by_key: dict[str, list[int]] = {}
        self._far: _FarKeys | None = None
        for number, one in enumerate(keys):
            if number < limit:
                self._near.append(one)
                for key in filter(None, one.found_by):
                    self._by_key.setdefault(key, []).append(number)
            else:
                if self._far is None:
                    self._far = _FarKeys()
                self._far.add(number, one)
        if self._far is not None:
            self._far.finish()

    def candidates(self, pupil: Keys) -> list[tuple[int, Keys]]:
        """The rows that share something with this pupil, in their order, each with its own keys."""
        asked = list(filter(None, pupil.found_by))
        near = sorted({number for key in asked for number in self._by_key.get(key, ())})
        found = [(number, self._near[number]) for number in near]
        return found if self._far is None else found + self._far.candidates(asked)


class _FarKeys:
    """The same on disk."""

    def __init__(self) -> None:
        self._database = temporary_database()
        self._database.execute("CREATE TABLE keys (n INTEGER PRIMARY KEY, keys TEXT)")
        self._database.execute("CREATE TABLE found_by (key TEXT, n INTEGER)")
        self._waiting: list[tuple[int, Keys]] = []

    def add(self, number: int, keys: Keys) -> None:
        self._waiting.append((number, keys))
        if len(self._waiting) == _AT_ONCE:
            self._write()

    def finish(self) -> None:
        """All rows were added; from now on they are found."""
        self._write()
        self._database.execute("CREATE INDEX by_key ON found_by (key, n)")

    def candidates(self, asked: Sequence[str]) -> list[tuple[int, Keys]]:
        marks = ", ".join("?" * len(asked))
        chosen = (
            f"SELECT n, keys FROM keys WHERE n IN (SELECT n FROM found_by WHERE key IN ({marks})) "  # noqa: S608
            "ORDER BY n"
        )
        return [(number, Keys(*json.loads(keys))) for number, keys in self._database.execute(chosen, asked)]

    def _write(self) -> None:
        rows = [(number, json.dumps(keys)) for number, keys in self._waiting]
        self._database.executemany("INSERT INTO keys VALUES (?, ?)", rows)
        found = [(key, number) for number, keys in self._waiting for key in keys.found_by if key]
        self._database.executemany("INSERT INTO found_by VALUES (?, ?)", found)
        self._waiting.clear()
