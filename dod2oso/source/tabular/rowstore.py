"""Rows of nested tables, kept until their pupil comes by: on disk, because there may be millions.

Keys are keyed hashes and rows are encrypted (see sealed.py).
"""

import json
from collections.abc import Iterable, Iterator

from dod2oso.source.sealed import Sealer, temporary_database
from dod2oso.source.tabular.table import Row


class RowStore:
    """Rows by table number and key. `meet` a parent's key first; the rows that no parent met are orphans."""

    def __init__(self) -> None:
        self._sealer = Sealer()
        self._database = temporary_database()
        self._database.execute("CREATE TABLE rows (n INTEGER PRIMARY KEY, t INTEGER, k BLOB, data BLOB)")
        self._database.execute("CREATE TABLE met (t INTEGER, k BLOB, PRIMARY KEY (t, k)) WITHOUT ROWID")
        self._last = 0

    def fill(self, table: int, rows: Iterable[tuple[str, Row]]) -> None:
        """Keep the rows of one table, each with the key of its parent."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", self._sealed(table, rows))
        self._database.execute("COMMIT")

    def index(self) -> None:
        """After the last `fill`."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_key ON rows (t, k)")

    def forget_parents(self) -> None:
        """Begin a new pass over the records, in one transaction: nobody else looks, and nothing is kept."""
        if self._database.in_transaction:
            self._database.execute("COMMIT")
        self._database.execute("DELETE FROM met")
        self._database.execute("BEGIN")

    def meet(self, table: int, key: str) -> Iterator[Row]:
        """The rows of `table` with this key, in the order of the file; none when its parent came by before."""
        hashed = self._sealer.hashed(key)
        new = self._database.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (table, hashed)).rowcount
        if new:
            found = self._database.execute("SELECT n, data FROM rows WHERE t = ? AND k = ? ORDER BY n", (table, hashed))
            for number, data in found.fetchall():
                yield self._opened(number, data)

    def orphans(self, table: int) -> Iterator[Row]:
        """The rows of `table` that no parent met in this pass."""
        for number, data in self._database.execute(
            "SELECT n, data FROM rows WHERE t = ? AND NOT EXISTS "
            "(SELECT 1 FROM met WHERE met.t = rows.t AND met.k = rows.k) ORDER BY n",
            (table,),
        ):
            yield self._opened(number, data)

    def _sealed(self, table: int, rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[int, int, bytes, bytes]]:
        for key, row in rows:
            self._last += 1
            yield self._last, table, self._sealer.hashed(key), self._sealer.sealed(self._last, json.dumps(row).encode())

    def _opened(self, number: int, data: bytes) -> Row:
        return tuple(json.loads(self._sealer.opened(number, data)))
