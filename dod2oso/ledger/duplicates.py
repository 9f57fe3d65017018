"""The same pupil twice in one run: neither dossier may leave until a person has chosen.

A pupil is the same by personal number, or within one school by name; both only as HMACs. The check looks at
the whole run, so it can change what an unchanged export said: dossiers are held, and released when the double
is gone.
"""

from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select, tuple_, update

from dod2oso.findings import catalogue
from dod2oso.ledger import tables
from dod2oso.ledger.moves import settle_moves
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.store import Ledger

CODE = "leerling-dubbel"


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
        connection.execute(delete(findings).where(findings.c.code == CODE, findings.c.dossier.in_(released)))
        connection.execute(
            update(dossiers).where(ours, double, dossiers.c.state == "ready").values(state="held", placed=False)
        )
        columns = ("export_id", "dossier", "code", "severity", "field", "target", "rule", "detail", "shape", "count")
        severity = catalogue.entry(CODE).severity
        words = [literal(word) for word in (CODE, severity, "", "", "", "", "")]
        connection.execute(
            insert(findings).from_select(
                columns,
                select(dossiers.c.export_id, dossiers.c.id, *words, literal(1)).where(ours, double, ~flagged),
            )
        )
        held = connection.scalar(
            select(func.count()).select_from(dossiers).where(ours, double, dossiers.c.state == "held")
        )
    settle_moves(ledger, out_dir)
    return held or 0


def _is_double(ours: ColumnElement[bool]) -> ColumnElement[bool]:
    dossiers = tables.dossiers
    by_number = (
        select(dossiers.c.match_pgn)
        .where(ours, dossiers.c.match_pgn != "")
        .group_by(dossiers.c.match_pgn)
        .having(func.count() > 1)
    )
    by_name = (
        select(dossiers.c.brin, dossiers.c.match_name)
        .where(ours, dossiers.c.match_name != "")
        .group_by(dossiers.c.brin, dossiers.c.match_name)
        .having(func.count() > 1)
    )
    return or_(dossiers.c.match_pgn.in_(by_number), tuple_(dossiers.c.brin, dossiers.c.match_name).in_(by_name))
