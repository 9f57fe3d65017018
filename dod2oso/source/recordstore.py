"""Records of exports, kept while they are read for the first time, so that nobody has to read those exports again.

Merging must see the records of one pupil together, wherever they stand. Compressed and encrypted (see sealed.py).
"""

import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.source.record import LegacyDossier
from dod2oso.source.sealed import Sealer, temporary_database


class RecordStore:
    """Record elements by the name of their export and their number in it."""

    def __init__(self) -> None:
        self._sealer = Sealer()
        self._database = temporary_database()
        self._database.execute("CREATE TABLE records (n INTEGER PRIMARY KEY, export TEXT, record INTEGER, data BLOB)")
        self._database.execute("CREATE UNIQUE INDEX by_place ON records (export, record)")
        self._last = 0

    def close(self) -> None:
        self._database.close()

    def forget(self, export: str) -> None:
        """Remove what was kept of this export, before it is read once more."""
        self._database.execute("DELETE FROM records WHERE export = ?", (export,))

    def keep(self, export: str, record: int, element: Any) -> None:
        """Keep one record element."""
        self._last += 1
        packed = zlib.compress(etree.tostring(element, encoding="utf-8", with_tail=False), 1)
        values = (self._last, export, record, self._sealer.sealed(self._last, packed))
        self._database.execute("INSERT INTO records VALUES (?, ?, ?, ?)", values)

    def get(self, export: str, record: int) -> bytes:
        """One record, as bytes."""
        chosen = "SELECT n, data FROM records WHERE export = ? AND record = ?"
        return self._opened(*self._database.execute(chosen, (export, record)).fetchone())

    def all(self, export: str) -> Iterator[bytes]:
        """The records of an export, in order."""
        rows = self._database.execute("SELECT n, data FROM records WHERE export = ? ORDER BY record", (export,))
        for number, data in rows:
            yield self._opened(number, data)

    def _opened(self, number: int, data: bytes) -> bytes:
        return zlib.decompress(self._sealer.opened(number, data))


class KeptRecords:
    """An export whose records were all kept (an `Origin`, after the survey)."""

    rest: Any = None  # what stands outside the records was read when they were kept

    def __init__(self, store: RecordStore, export: str) -> None:
        self._store = store
        self._export = export

    def __iter__(self) -> Iterator[Any]:
        return map(parse_bytes, self._store.all(self._export))

    def lenient(self) -> bool:
        return False

    def leftovers(self, outside: LegacyDossier) -> None:
        """Nothing: told when they were kept."""
