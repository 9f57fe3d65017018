"""Which records may be about the same pupil, over all exports of a run; cheap, and only by HMACs.

The keys stand in a temporary SQLite database that goes to disk when it grows: memory does not grow with the number of
pupils. An export that the ledger knows with this content is not read again: its keys stand there.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from sqlalchemy import select

from dod2oso.ledger import tables
from dod2oso.run.doubles.kept import KeptReader
from dod2oso.run.doubles.record_ref import RecordRef
from dod2oso.run.session import FirstPass, Session

Keyed = tuple[int, str, str, str]  # the number of a record, and what it may share with others: "" for nothing


class Candidates:
    """Keys of records, and the groups that share one."""

    def __init__(self) -> None:
        self._keys = sqlite3.connect("")  # private, and on disk when it grows
        self._keys.execute("create table keys (key text, export text, record integer)")
        self.contents: dict[str, str] = {}  # export -> fingerprint

    def add(self, export: str, fingerprint: str, keys: Iterable[Keyed]) -> None:
        """Note the keys of an export: for each record its number and what it may share with others, "" for nothing."""
        self._keys.executemany(
            "insert into keys values (?, ?, ?)",
            ((key, export, record) for record, *both in keys for key in both if key),
        )
        self.contents[export] = fingerprint

    def groups(self) -> list[tuple[RecordRef, ...]]:
        """Records that share a number, or at one school name and birth date or its number; each in one group."""
        self._keys.execute("create index by_key on keys (key)")
        above: dict[RecordRef, RecordRef] = {}

        def top(place: RecordRef) -> RecordRef:
            while above[place] != place:
                place = above[place] = above[above[place]]
            return place

        previous: tuple[str, RecordRef] | None = None
        for key, export, record in self._keys.execute(
            "select key, export, record from keys where key in "
            "(select key from keys group by key having count(*) > 1) order by key, export, record"
        ):
            place = RecordRef(export, record)
            above.setdefault(place, place)
            if previous is not None and previous[0] == key:
                above[top(place)] = top(previous[1])
            previous = (key, place)
        found: dict[RecordRef, list[RecordRef]] = {}
        for place in sorted(above):
            found.setdefault(top(place), []).append(place)
        return [tuple(group) for group in found.values()]

    def signature(self, group: Iterable[RecordRef], rule: str) -> str:
        """Changes when anything does that decides how the group is merged."""
        lines = "".join(f"{place.export}\0{place.record}\0{self.contents[place.export]}\n" for place in group)
        return hashlib.sha256(f"{rule}\n{lines}".encode()).hexdigest()

    def close(self) -> None:
        self._keys.close()


def keys_of(session: Session, first: FirstPass, export: str) -> Iterator[Keyed]:
    """The keys of an export after its first pass: from the ledger, or from its records when those were kept."""
    if first.export is None:
        yield from _in_ledger(session, export)
        return
    for record in KeptReader(first.export, session.store).all():
        found = session.converter.match(record)
        yield _keyed(record.number, found.pgn, found.brin, found.name, found.school, found.number)


def _in_ledger(session: Session, name: str) -> list[Keyed]:
    """The keys of an export as it was converted before."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    assert row is not None  # noqa: S101  only such exports are merely hashed
    dossiers = tables.dossiers
    columns = (
        dossiers.c.record, dossiers.c.match_pgn, dossiers.c.brin, dossiers.c.match_name, dossiers.c.key_school,
        dossiers.c.key_number,
    )  # fmt: skip
    with session.ledger.read() as connection:
        rows = connection.execute(select(*columns).where(dossiers.c.export_id == row.id)).all()
    return [_keyed(*row) for row in rows]


def _keyed(record: int, pgn: str, brin: str, name: str, school: str, number: str) -> Keyed:
    """The record with its keys: a name, and the school's own number, only mean something at one school."""
    return record, pgn, f"{brin} {name}" if name else "", f"{school} {number}" if number else ""
