"""Rows of nested tables, kept until their pupil comes by: on disk, because there may be millions.

Keys are keyed hashes and rows are encrypted (see sealed.py).
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from dod2oso.source.sealed import Sealer, temporary_database
from dod2oso.source.tabular.table import Row


class RowStore:
    """Rows by table number and key, and how many parents have a key.

    `expect` all parents first: a key that several have is nobody's. `meet` a parent's key then; the rows that no parent
    met are orphans.
    """

    def __init__(self) -> None:
        self._sealer = Sealer()
        self._database = temporary_database()
        self._database.execute("CREATE TABLE rows (n INTEGER PRIMARY KEY, t INTEGER, k BLOB, data BLOB)")
        self._database.execute("CREATE TABLE parents (t INTEGER, k BLOB, n INTEGER)")
        self._database.execute("CREATE TABLE met (t INTEGER, k BLOB, PRIMARY KEY (t, k)) WITHOUT ROWID")
        self._last = 0

    def fill(self, table: int, rows: Iterable[tuple[str, Row]]) -> None:
        """Keep the rows of one table, each with the key of its parent."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", self._sealed(table, rows))
        self._database.execute("COMMIT")

    def expect(self, table: int, parents: Iterable[tuple[str, int]]) -> None:
        """The keys by which parents ask for rows of `table`, each with the number of its parent."""
        self._database.execute("BEGIN")
        hashed = ((table, self._sealer.hashed(key), number) for key, number in parents)
        self._database.executemany("INSERT INTO parents VALUES (?, ?, ?)", hashed)
        self._database.execute("COMMIT")

    def index(self) -> None:
        """After the last `fill` and `expect`."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_key ON rows (t, k)")
        self._database.execute("CREATE INDEX IF NOT EXISTS by_parent ON parents (t, k)")

    def shared(self, table: int) -> Iterator[list[int]]:
        """The numbers of the parents that have a key in common, a list per key."""
        found = self._database.execute(
            "SELECT k, n FROM parents WHERE t = ? AND k IN "
            "(SELECT k FROM parents WHERE t = ? GROUP BY k HAVING count(*) > 1) ORDER BY k, n",
            (table, table),
        )
        for _key, group in groupby(found.fetchall(), key=itemgetter(0)):
            yield [number for _k, number in group]

    def is_shared(self, table: int, key: str) -> bool:
        """Whether more than one parent has this key."""
        asked = "SELECT count(*) FROM (SELECT 1 FROM parents WHERE t = ? AND k = ? LIMIT 2)"
        return bool(self._database.execute(asked, (table, self._sealer.hashed(key))).fetchone()[0] > 1)

    def has(self, table: int, key: str) -> bool:
        """Whether there are rows with this key."""
        asked = "SELECT 1 FROM rows WHERE t = ? AND k = ? LIMIT 1"
        return self._database.execute(asked, (table, self._sealer.hashed(key))).fetchone() is not None

    def firsts(self, table: int) -> Iterator[Row]:
        """The first row of `table` for each key, in the order of the file; rows without a key are passed over."""
        none = self._sealer.hashed("")
        for number, data in self._database.execute(
            "SELECT n, data FROM rows WHERE n IN (SELECT min(n) FROM rows WHERE t = ? AND k <> ? GROUP BY k) "
            "ORDER BY n",
            (table, none),
        ):
            yield self._opened(number, data)

    def forget_parents(self) -> None:
        """Begin a new pass over the records, in one transaction: nobody else looks, and nothing is kept."""
        if self._database.in_transaction:
            self._database.execute("COMMIT")
        self._database.execute("DELETE FROM met")
        self._database.execute("BEGIN")

    def meet(self, table: int, key: str) -> Iterator[Row]:
        """The rows of `table` with this key, in the order of the file; none when it was met in this pass before."""
        hashed = self._sealer.hashed(key)
        new = self._database.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (table, hashed)).rowcount
        if new:
            found = self._database.execute("SELECT n, data FROM rows WHERE t = ? AND k = ? ORDER BY n", (table, hashed))
            for number, data in found.fetchall():
                yield self._opened(number, data)

    def orphans(self, table: int) -> Iterator[tuple[Row, bool]]:
        """The rows of `table` that no parent met in this pass, and whether several parents have their key."""
        for number, data, shared in self._database.execute(
            "SELECT n, data, (SELECT count(*) > 1 FROM parents WHERE parents.t = rows.t AND parents.k = rows.k) "
            "FROM rows WHERE t = ? AND NOT EXISTS "
            "(SELECT 1 FROM met WHERE met.t = rows.t AND met.k = rows.k) ORDER BY n",
            (table,),
        ):
            yield self._opened(number, data), bool(shared)

    def _sealed(self, table: int, rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[int, int, bytes, bytes]]:
        for key, row in rows:
            self._last += 1
            yield self._last, table, self._sealer.hashed(key), self._sealer.sealed(self._last, json.dumps(row).encode())

    def _opened(self, number: int, data: bytes) -> Row:
        return tuple(json.loads(self._sealer.opened(number, data)))
