"""Which records may be about the same pupil, over all exports of a run; cheap, and only by HMACs.

The keys stand in a temporary SQLite database that goes to disk when it grows: memory does not grow with the number of
pupils. An export that the ledger knows with this content is not read again: its keys stand there.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from sqlalchemy import select

from dod2oso.ledger import tables
from dod2oso.run.doubles.record_ref import RecordRef
from dod2oso.run.session import Session
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.opening import OpenExport

SEPARATOR = "+"  # between the config of a run and what an export has to do with others


class Candidates:
    """Keys of records, and the groups that share one."""

    def __init__(self) -> None:
        self._keys = sqlite3.connect("")  # private, and on disk when it grows
        self._keys.execute("create table keys (key text, export text, record integer)")
        self.contents: dict[str, str] = {}  # export -> fingerprint

    def add(self, session: Session, found: FoundExport) -> None:
        """Note the keys of an export. Raises ExportError or OSError when it cannot be read."""
        export = OpenExport(found)
        try:
            content = export.fingerprint()
            keys = _known(session, found.name, content) or _read(session, export)
            self._keys.executemany(
                "insert into keys values (?, ?, ?)",
                ((key, found.name, record) for record, *both in keys for key in both if key),
            )
            self.contents[found.name] = content
        finally:
            export.close()

    def groups(self) -> list[tuple[RecordRef, ...]]:
        """Records that share a number, or a name and birth date at one school; each record in one group at most."""
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


def surveyed(session: Session, export: OpenExport) -> Export:
    """The records of an export under the profile that fits."""
    profile = export.recognise(session.profiles)
    bound = session.bound.get(profile.name) or BoundProfile(profile, load_dictionary())
    session.bound[profile.name] = bound
    records = export.export(bound)
    records.survey()
    return records


def _known(session: Session, name: str, content: str) -> list[tuple[int, str, str]]:
    """The keys of an export that was converted with this content and config, from the ledger; else nothing."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    if row is None or row.status != "done" or row.fingerprint != content:
        return []
    if row.config.partition(SEPARATOR)[0] != session.config:
        return []
    dossiers = tables.dossiers
    columns = (dossiers.c.record, dossiers.c.match_pgn, dossiers.c.brin, dossiers.c.match_name)
    with session.ledger.read() as connection:
        rows = connection.execute(select(*columns).where(dossiers.c.export_id == row.id)).all()
    return [(record, pgn, _with_school(brin, name)) for record, pgn, brin, name in rows]


def _read(session: Session, export: OpenExport) -> Iterator[tuple[int, str, str]]:
    for record in surveyed(session, export).dossiers():
        pgn, brin, name = session.converter.match(record)
        yield record.number, pgn, _with_school(brin, name)


def _with_school(brin: str, name: str) -> str:
    return f"{brin} {name}" if name else ""
