"""The same pupil twice in one run, or two pupils with one number: no such dossier may leave until a person has chosen.

A pupil is the same by personal number, or within one school by name and birth date, unless all of those have numbers of
their own (twins); both only as HMACs. The check looks at the whole run, so it can change what an unchanged export said:
dossiers are held, and released when the double is gone. Records that were merged into another one do not count.

The number that a school gives a pupil should be one pupil's at its location. It is not when two records of one export
have it, or records of two exports that are not known to be one pupil: then nothing is known by that number.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from dod2oso.base.texts import Text, listed
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import MERGED, REPLACED, UNCOUNTED
from dod2oso.ledger import tables
from dod2oso.ledger.moves import move_files
from dod2oso.ledger.rows import exports_of, finding_rows
from dod2oso.ledger.store import Ledger

CODE, NUMBER = "leerling-dubbel", "leerlingnummer-dubbel"
_SHOWN = 5  # places named in one finding


def hold_duplicates(ledger: Ledger, run_id: str, out_dir: Path) -> int:
    """Hold every ready dossier of a pupil who occurs more than once in this run, or whose number is not theirs alone.

    Returns how many are held for it. Each dossier concerned has the finding exactly once, however often this is called.
    """
    with ledger.write() as connection:
        held = _hold(connection, tables.dossiers.c.export_id.in_(exports_of(run_id)))
    move_files(ledger, out_dir)
    return held


def _hold(connection: Connection, ours: ColumnElement[bool]) -> int:
    """The same in the tables alone, of the dossiers that are `ours`."""
    dossiers, findings = tables.dossiers, tables.findings
    double, numbered = _is_double(ours), _shares_number(ours)
    wrong = or_(double, numbered)
    told_before = (findings.c.code.in_((CODE, NUMBER)), findings.c.dossier.in_(select(dossiers.c.id).where(ours)))
    if not any(connection.scalar(select(exists().where(*each))) for each in (told_before, (ours, wrong))):
        return 0  # as in most runs, and then what follows only takes time
    flagged = dossiers.c.id.in_(select(findings.c.dossier).where(findings.c.code.in_((CODE, NUMBER))))
    released = select(dossiers.c.id).where(ours, flagged, ~wrong)
    connection.execute(
        update(dossiers)
        .where(dossiers.c.id.in_(released), dossiers.c.state != dossiers.c.converted)
        .values(state=dossiers.c.converted, placed=False)
    )
    connection.execute(
        update(dossiers).where(ours, wrong, dossiers.c.state == "ready").values(state="held", placed=False)
    )
    connection.execute(delete(findings).where(*told_before))
    told = [*_candidates(connection, ours, double), *_same_number(connection, ours, numbered)]
    if told:
        connection.execute(insert(findings), told)
    held = select(func.count()).select_from(dossiers).where(ours, wrong, dossiers.c.state == "held")
    return connection.scalar(held) or 0


def merged_away() -> Select[Any]:
    """The ids of dossiers whose record went into that of another one, or was delivered anew, as a subquery."""
    dossiers = tables.dossiers
    return select(dossiers.c.id).where(dossiers.c.state.in_((MERGED, REPLACED)))


def _aside() -> Select[Any]:
    """The ids of records that are no dossier of the run, as a subquery."""
    dossiers = tables.dossiers
    return select(dossiers.c.id).where(dossiers.c.state.in_(UNCOUNTED))


def _is_double(ours: ColumnElement[bool]) -> ColumnElement[bool]:
    dossiers = tables.dossiers
    alone = and_(ours, dossiers.c.id.not_in(_aside()))
    by_number = (
        select(dossiers.c.match_pgn)
        .where(alone, dossiers.c.match_pgn != "")
        .group_by(dossiers.c.match_pgn)
        .having(func.count() > 1)
    )
    by_name = (
        select(dossiers.c.brin, dossiers.c.match_name)
        .where(alone, dossiers.c.match_name != "")
        .group_by(dossiers.c.brin, dossiers.c.match_name)
        .having(func.count() > 1, func.min(dossiers.c.match_pgn) == "")
    )
    double = or_(dossiers.c.match_pgn.in_(by_number), tuple_(dossiers.c.brin, dossiers.c.match_name).in_(by_name))
    return and_(double, dossiers.c.id.not_in(_aside()))


def _shares_number(ours: ColumnElement[bool]) -> ColumnElement[bool]:
    """Dossiers whose number, at their location, is that of another record that is not known to be the same pupil."""
    dossiers = tables.dossiers
    number = (dossiers.c.key_school, dossiers.c.key_number)
    alone = and_(ours, dossiers.c.key_number != "", dossiers.c.id.not_in(_aside()))
    in_one_export = select(*number).where(alone).group_by(*number, dossiers.c.export_id).having(func.count() > 1)
    known = func.nullif(dossiers.c.match_pgn, "")
    names = (func.min(dossiers.c.match_name), func.max(dossiers.c.match_name))
    unlike = or_(
        func.count(known.distinct()) > 1,
        and_(func.min(dossiers.c.match_pgn) == "", or_(names[0] != names[1], names[0] == "")),
    )
    in_several = (
        select(*number).where(alone).group_by(*number).having(func.count(dossiers.c.export_id.distinct()) > 1, unlike)
    )
    which = tuple_(*number)
    return and_(alone, or_(which.in_(in_one_export), which.in_(in_several)))


def same_pupil(one: Any, other: Any) -> bool:
    """Whether two dossiers are of one pupil who stands in two exports; in one export two records are two pupils.

    By personal number; where one of them has none by school, name and date of birth.
    """
    if one.export_id == other.export_id:
        return False
    if one.match_pgn and other.match_pgn:
        return bool(one.match_pgn == other.match_pgn)
    return bool(one.match_name and (one.brin, one.match_name) == (other.brin, other.match_name))


def _same_number(
    connection: Connection, ours: ColumnElement[bool], numbered: ColumnElement[bool]
) -> Iterator[dict[str, Any]]:
    """A finding for each dossier that shares its number: in which other exports and records it stands."""
    dossiers, exports = tables.dossiers, tables.exports
    rows = connection.execute(
        select(dossiers, exports.c.name)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(ours, numbered)
        .order_by(dossiers.c.key_school, dossiers.c.key_number, exports.c.name, dossiers.c.record)
    )
    for _number, group in groupby(rows, key=lambda row: (row.key_school, row.key_number)):
        same = list(group)
        for row in same:
            places = [f"{other.name}, record {other.record}" for other in same[: _SHOWN + 2] if other.id != row.id]
            yield from finding_rows(row.export_id, row.id, [Finding(NUMBER, place=listed(places, _SHOWN))])


def _candidates(connection: Connection, ours: ColumnElement[bool], double: ColumnElement[bool]) -> list[dict[str, Any]]:
    """A finding for each double: in which other exports and records the pupil stands, and how that was seen."""
    dossiers, exports = tables.dossiers, tables.exports
    who = (dossiers.c.id, dossiers.c.export_id, dossiers.c.record, dossiers.c.brin)
    rows = connection.execute(
        select(*who, dossiers.c.match_pgn, dossiers.c.match_name, exports.c.name)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(ours, double)
        .order_by(exports.c.name, dossiers.c.record)
    ).all()
    by_number: dict[str, list[Any]] = {}
    by_name: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row.match_pgn:
            by_number.setdefault(row.match_pgn, []).append(row)
        if row.match_name:
            by_name.setdefault((row.brin, row.match_name), []).append(row)
    found = []
    for row in rows:
        same = {other.id: (other, "same-number") for other in by_number.get(row.match_pgn, ())[: _SHOWN + 2]}
        for other in by_name.get((row.brin, row.match_name), ())[: _SHOWN + 2]:
            if not (row.match_pgn and other.match_pgn):
                same.setdefault(other.id, (other, "same-name"))
        same.pop(row.id, None)
        places = [Text(how, name=other.name, record=other.record) for other, how in same.values()]
        others = listed(places, _SHOWN)
        found += finding_rows(row.export_id, row.id, [Finding(CODE, note=others)])
    return found
