"""The same pupil twice in one run: neither dossier may leave until a person has chosen.

A pupil is the same by personal number, or within one school by name and birth date, unless all of those have numbers of
their own (twins); both only as HMACs. The check looks at the whole run, so it can change what an unchanged export said:
dossiers are held, and released when the double is gone. Records that were merged into another one do not count.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, tuple_, update

from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.ledger import tables
from dod2oso.ledger.moves import move_files
from dod2oso.ledger.rows import exports_of, finding_rows
from dod2oso.ledger.store import Ledger

CODE, MERGED = "leerling-dubbel", "leerling-samengevoegd"
_SHOWN = 5  # places named in one finding


def hold_duplicates(ledger: Ledger, run_id: str, out_dir: Path) -> int:
    """Hold every ready dossier of a pupil who occurs more than once in this run; return how many are held for
    it.

    Each dossier concerned has the finding `leerling-dubbel` exactly once, however often this is called.
    """
    dossiers, findings = tables.dossiers, tables.findings
    ours = dossiers.c.export_id.in_(exports_of(run_id))
    double = _is_double(ours)
    flagged = dossiers.c.id.in_(select(findings.c.dossier).where(findings.c.code == CODE))
    with ledger.write() as connection:
        released = select(dossiers.c.id).where(ours, flagged, ~double)
        connection.execute(
            update(dossiers)
            .where(dossiers.c.id.in_(released), dossiers.c.state != dossiers.c.converted)
            .values(state=dossiers.c.converted, placed=False)
        )
        connection.execute(
            update(dossiers).where(ours, double, dossiers.c.state == "ready").values(state="held", placed=False)
        )
        known = select(dossiers.c.id).where(ours)
        connection.execute(delete(findings).where(findings.c.code == CODE, findings.c.dossier.in_(known)))
        told = _candidates(connection, ours, double)
        if told:
            connection.execute(insert(findings), told)
        held = connection.scalar(
            select(func.count()).select_from(dossiers).where(ours, double, dossiers.c.state == "held")
        )
    move_files(ledger, out_dir)
    return held or 0


def _is_double(ours: ColumnElement[bool]) -> ColumnElement[bool]:
    dossiers, findings = tables.dossiers, tables.findings
    merged = select(findings.c.dossier).where(findings.c.code == MERGED, findings.c.dossier.is_not(None))
    alone = and_(ours, dossiers.c.id.not_in(merged))
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
    return and_(double, dossiers.c.id.not_in(merged))


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
        others: str | Text = "…" if len(places) > _SHOWN else ""
        for place in reversed(places[:_SHOWN]):
            others = Text("also", first=place, other=others) if others else place
        found += finding_rows(row.export_id, row.id, [Finding(CODE, note=others)])
    return found
