"""The questions the report asks the ledger. All counting is done by the database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, case, distinct, func, or_, select, true

from dod2oso.findings import catalogue
from dod2oso.findings.model import detail_of
from dod2oso.findings.outcome import UNCOUNTED
from dod2oso.handover.envelope import recipient
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.duplicates import CODE as DOUBLE
from dod2oso.ledger.duplicates import NUMBER
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.rows import REASON, exports_of, in_pages
from dod2oso.ledger.tables import (
    dossiers,
    exports,
    field_counts,
    findings,
    run_exports,
    target_counts,
)
from dod2oso.report.texts import REASONED, CauseKey
from dod2oso.supplement.actions import actions_of

Rows = list[Row[Any]]

# What findings say of decisions of people (source/decisions.py): used, left behind, contradicted, not asked for.
DECIDED = (USED, LEFT, CONTRADICTED, IDLE) = (
    "besluit-toegepast", "besluit-achtergelaten", "besluit-tegenstrijdig", "besluit-ongebruikt",
)  # fmt: skip


class Waiting(NamedTuple):
    """A dossier that cannot go yet, and why."""

    dossier_id: str
    state: str
    brin: str
    vestiging: str
    export: str
    record: int
    causes: tuple[CauseKey, ...]
    actions: tuple[str, ...]  # keys of what must be done (mappings/actions.yaml)


def cause_of(row: Row[Any]) -> CauseKey:
    """The cause in a row that has its columns."""
    return CauseKey(row.code, row.rule, row.target, detail_of(row.note, row.place))


def states(connection: Connection, run_id: str) -> Rows:
    """(export_id, brin, vestiging, state, n): every other count of dossiers is a sum of these."""
    group = (dossiers.c.export_id, dossiers.c.brin, dossiers.c.vestiging, dossiers.c.state)
    return _all(
        connection,
        select(*group, func.count().label("n")).where(_ours(run_id)).group_by(*group).order_by(*group),
    )


def aside(connection: Connection, run_id: str) -> dict[str, int]:
    """How many records are no dossier of the run, by why (findings/outcome.UNCOUNTED)."""
    chosen = select(dossiers.c.state, func.count().label("n")).where(
        dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.in_(UNCOUNTED)
    )
    return {row.state: int(row.n) for row in connection.execute(chosen.group_by(dossiers.c.state))}


def run_exports_of(connection: Connection, run_id: str) -> Rows:
    """The exports of the run in its order."""
    return _all(
        connection,
        select(exports)
        .join(run_exports, run_exports.c.export_id == exports.c.id)
        .where(run_exports.c.run_id == run_id)
        .order_by(run_exports.c.position, exports.c.id),
    )


def export_findings(connection: Connection, run_id: str) -> Rows:
    """(export_id, cause, count) of findings about an export as a whole."""
    lines = _lines().where(findings.c.export_id.in_(exports_of(run_id)), findings.c.dossier.is_(None)).subquery()
    group = (lines.c.export_id, *_keys(lines))
    return _all(connection, select(*group, func.sum(lines.c.count).label("n")).group_by(*group).order_by(*group))


def by_code(connection: Connection, run_id: str) -> Rows:
    """(severity, code, n)."""
    return _all(
        connection,
        select(findings.c.severity, findings.c.code, func.sum(findings.c.count).label("n"))
        .where(findings.c.export_id.in_(exports_of(run_id)))
        .group_by(findings.c.severity, findings.c.code)
        .order_by(findings.c.code),
    )


def by_school(connection: Connection, run_id: str) -> Rows:
    """(severity, cause, brin, vestiging, n), ordered by cause; findings about an export stand under no school."""
    lines = _lines().where(findings.c.export_id.in_(exports_of(run_id))).subquery()
    group = (lines.c.severity, *_keys(lines), dossiers.c.brin, dossiers.c.vestiging)
    return _all(
        connection,
        select(*group, func.sum(lines.c.count).label("n"))
        .select_from(lines.outerjoin(dossiers, dossiers.c.id == lines.c.dossier))
        .group_by(*group)
        .order_by(*group),
    )


def fields(connection: Connection, run_id: str) -> Rows:
    """(field, outcome, reason, n)."""
    keys = (field_counts.c.field, field_counts.c.outcome, field_counts.c.reason)
    return _all(
        connection,
        select(*keys, func.sum(field_counts.c.count).label("n"))
        .where(field_counts.c.export_id.in_(exports_of(run_id)))
        .group_by(*keys)
        .order_by(*keys),
    )


def decided(connection: Connection, run_id: str) -> Rows:
    """(decision, field, code, n, dossiers): what decisions of people did, by their id, idle ones too."""
    keys = (findings.c.cause.label("decision"), findings.c.field, findings.c.code)
    dossiers_told = func.count(distinct(findings.c.dossier)).label("dossiers")
    return _all(
        connection,
        select(*keys, func.sum(findings.c.count).label("n"), dossiers_told)
        .where(findings.c.export_id.in_(exports_of(run_id)), findings.c.code.in_(DECIDED))
        .group_by(*keys)
        .order_by(*keys),
    )


def targets(connection: Connection, run_id: str) -> Counter[str]:
    """By OSO field, and by category, how many dossiers that were made (ready or held) have a value there.

    The counts of an export hold all that was converted; records that are no dossier any more (delivered anew, say) are
    taken out again. Those of a ledger from before it kept what a dossier counted cannot be, and stay in.
    """
    ours = exports_of(run_id)
    total = func.sum(target_counts.c.count).label("n")
    rows = select(target_counts.c.path, total).where(target_counts.c.export_id.in_(ours))
    found = Counter({row.path: int(row.n) for row in connection.execute(rows.group_by(target_counts.c.path))})
    unpack = unpacker(connection)
    aside = select(dossiers.c.counts).where(
        dossiers.c.export_id.in_(ours), dossiers.c.state.not_in(("ready", "held")), dossiers.c.counts.is_not(None)
    )
    for row in in_pages(connection, aside):
        found.subtract(unpack(row.counts)[1])
    return +found


def handed_over(connection: Connection, run_id: str) -> Rows:
    """(state, n) of the handovers of this run's dossiers, as they are now."""
    mine = select(dossiers.c.dossier_id).where(_ours(run_id))
    return _all(
        connection,
        select(handovers.c.state, func.count().label("n"))
        .where(handovers.c.dossier_id.in_(mine))
        .group_by(handovers.c.state)
        .order_by(handovers.c.state),
    )


def outbox_for(connection: Connection) -> str:
    """The fingerprint of the certificate for which the outbox is enveloped; "" when it is readable."""
    found = recipient(connection)
    return "" if found is None else found.fingerprint


def waiting(connection: Connection, run_id: str, only: Sequence[int] | None = None) -> Iterator[Waiting]:
    """Dossiers that are not ready, by school (unknown ones last), streamed; `only` those rows of the ledger."""
    chosen = (
        select(dossiers, exports.c.name.label("export"))
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(_ours(run_id), dossiers.c.state != "ready")
        .where(true() if only is None else dossiers.c.id.in_(only))
        .subquery()
    )
    lines = _lines().where(findings.c.severity == "error").subquery()
    rows = (
        select(chosen, *_keys(lines))
        .select_from(chosen.outerjoin(lines, lines.c.dossier == chosen.c.id))
        .order_by(chosen.c.brin == "", chosen.c.brin, chosen.c.vestiging, chosen.c.dossier_id, *_keys(lines))
    )
    found = in_pages(connection, rows)
    for _, group in groupby(found, key=lambda row: row.dossier_id):
        per_cause = list(group)
        first = per_cause[0]
        causes = dict.fromkeys(cause_of(row) for row in per_cause if row.code)
        yield Waiting(
            first.dossier_id,
            first.state,
            first.brin,
            first.vestiging,
            first.export,
            first.record,
            tuple(causes),
            tuple(one.key for one in actions_of(first.needs, _over_all(causes))),
        )


def _over_all(causes: Iterable[CauseKey]) -> tuple[str, ...]:
    """The causes that are found over all dossiers of a run, not by trying what one needs."""
    return tuple(cause.code for cause in causes if cause.code in (DOUBLE, NUMBER))


def finding_lines(connection: Connection, run_id: str) -> Iterator[Any]:
    """Every finding of the run in the order of exports and records, streamed.

    As rows of export, brin, vestiging, dossier id, state, severity, code, field, target, reason, note, place, shape and
    how many times: there are as many as can be, so nobody looks a column up by its name.
    """
    rows = (
        select(
            exports.c.name, dossiers.c.brin, dossiers.c.vestiging, dossiers.c.dossier_id, dossiers.c.state,
            findings.c.severity, findings.c.code, findings.c.field, findings.c.target, REASON,
            findings.c.note, findings.c.place, findings.c.shape, findings.c.count,
        )
        .join(exports, exports.c.id == findings.c.export_id)
        .join(run_exports, run_exports.c.export_id == exports.c.id)
        .outerjoin(dossiers, dossiers.c.id == findings.c.dossier)
        .where(run_exports.c.run_id == run_id)
        .order_by(run_exports.c.position, exports.c.id, func.coalesce(dossiers.c.record, 0), findings.c.id)
    )  # fmt: skip
    yield from in_pages(connection, rows)


def _ours(run_id: str) -> ColumnElement[bool]:
    return and_(dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.not_in(UNCOUNTED))


def _lines() -> Select[Any]:
    """Findings with what they have in common: those of the OSO layer are told apart by rule, or else by what the
    schema says (see `cause_key`).

    To be used as a subquery: PostgreSQL cannot group by an expression that holds parameters.
    """
    oso = [entry.code for entry in catalogue.entries().values() if entry.layer == "oso"]
    in_oso = findings.c.code.in_(oso)
    unruled = and_(in_oso, REASON == "")
    reasoned = and_(findings.c.code.in_(REASONED), REASON != "")
    return select(
        findings.c.export_id,
        findings.c.dossier,
        findings.c.severity,
        findings.c.count,
        findings.c.code,
        case((or_(in_oso, reasoned), REASON), else_="").label("rule"),
        case((unruled, findings.c.target), else_="").label("target"),
        case((or_(unruled, reasoned), findings.c.note), else_="").label("note"),
        case((or_(unruled, reasoned), findings.c.place), else_="").label("place"),
    )


def _keys(of: FromClause) -> tuple[ColumnElement[str], ...]:
    return tuple(of.c[name] for name in ("code", "rule", "target", "note", "place"))


def _all(connection: Connection, statement: Select[Any]) -> Rows:
    return list(connection.execute(statement))
