"""Taking what is destroyed out of the ledger, in one transaction: its rows, its part in every count, its past.

All numbers of others stay what they are, and the balance of an export stays the sum of what is left of it.
"""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from dod2oso.base.errors import UsageError
from dod2oso.findings.balance import Balance
from dod2oso.handover.inspected import forget_shown
from dod2oso.ledger.audit import audit_refs, audit_supplied
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.handover_tables import (
    allowed_receivers,
    document_requests,
    handover_log,
    handovers,
    koppelsleutels,
    notifications,
    terugkoppelingen,
)
from dod2oso.ledger.history import GONE
from dod2oso.ledger.progress import ExportCounters
from dod2oso.ledger.tables import (
    dossiers,
    exports,
    field_counts,
    findings,
    history,
    run_states,
    runs,
    target_counts,
)
from dod2oso.trust.doomed import Doomed, pages


def remove(connection: Connection, doomed: Doomed) -> list[str]:
    """Remove all rows of these; the names of exports of which no dossier is left. Again: finds nothing left to do."""
    _from_counts(connection, doomed)
    _from_the_past(connection, doomed.names)
    for page in pages(doomed.names):
        ids = select(dossiers.c.id).where(dossiers.c.dossier_id.in_(page))
        connection.execute(delete(findings).where(findings.c.dossier.in_(ids)))
        connection.execute(delete(dossiers).where(dossiers.c.dossier_id.in_(page)))
        connection.execute(delete(audit_supplied).where(audit_supplied.c.dossier_id.in_(page)))
        connection.execute(delete(audit_refs).where(audit_refs.c.subject.in_(page)))
    _findings_that_name(connection, set(doomed.names))
    _handovers(connection, doomed)
    forget_shown(connection, doomed.pupils)
    for page in pages(doomed.pupils):
        connection.execute(delete(allowed_receivers).where(allowed_receivers.c.pseudonym.in_(page)))
        connection.execute(delete(audit_refs).where(audit_refs.c.subject.in_(page)))
    left = select(dossiers.c.id).where(dossiers.c.export_id == exports.c.id).exists()
    return list(connection.scalars(select(exports.c.name).where(exports.c.destroyed > 0, ~left)))


def _from_counts(connection: Connection, doomed: Doomed) -> None:
    """Take the dossiers out of the counters of their exports, before their rows go."""
    unpack = unpacker(connection)
    rows: dict[int, list[Any]] = defaultdict(list)
    for page in pages(doomed.names):
        for row in connection.execute(select(dossiers).where(dossiers.c.dossier_id.in_(page))):
            rows[row.export_id].append(row)
    for export_id, mine in rows.items():
        export = connection.execute(select(exports).where(exports.c.id == export_id)).one()
        progress = ExportCounters.loads(export.progress)
        for row in mine:
            if row.counts is None:  # a dossier of an older version: only converting it again tells what it counted
                raise UsageError("destroy-run-first")
            progress.remove(row.brin, Balance.from_dict(row._asdict()), unpack(row.counts))
        changed: dict[str, Any] = {"progress": progress.dumps(), "destroyed": exports.c.destroyed + len(mine)}
        if export.status == "done":
            progress.balance.verify(export.name)
            changed["balance"] = progress.balance.as_dict()
            _count_again(connection, field_counts, export_id, progress.field_rows(export_id))
            _count_again(connection, target_counts, export_id, progress.target_rows(export_id))
        connection.execute(update(exports).where(exports.c.id == export_id).values(changed))


def _count_again(connection: Connection, table: Table, export_id: int, counts: list[dict[str, Any]]) -> None:
    connection.execute(delete(table).where(table.c.export_id == export_id))
    if counts:
        connection.execute(insert(table), counts)


def _from_the_past(connection: Connection, names: list[str]) -> None:
    """Forget how they stood after each run, also in the counts per school of those runs."""
    less: Counter[tuple[str, str, str, str]] = Counter()
    order = connection.execute(select(runs.c.id, runs.c.oso, runs.c.overstap, runs.c.number)).all()
    by_id = {run.id: run for run in order}
    for page in pages(names):
        lines = connection.execute(
            select(history).join(runs, runs.c.id == history.c.run_id)
            .where(history.c.dossier_id.in_(page)).order_by(history.c.dossier_id, runs.c.number)
        ).all()  # fmt: skip
        for at, line in enumerate(lines):
            following = lines[at + 1] if at + 1 < len(lines) and lines[at + 1].dossier_id == line.dossier_id else None
            first, until = by_id[line.run_id], by_id[following.run_id].number if following else None
            if line.state == GONE:
                continue
            for run in order:
                same = (run.oso, run.overstap) == (first.oso, first.overstap)
                if same and run.number >= first.number and (until is None or run.number < until):
                    less[run.id, line.brin, line.vestiging, line.state] += 1
        connection.execute(delete(history).where(history.c.dossier_id.in_(page)))
    keys = ("run_id", "brin", "vestiging", "state")
    for key, n in less.items():
        this = [run_states.c[name] == word for name, word in zip(keys, key, strict=True)]
        connection.execute(update(run_states).where(*this).values(count=run_states.c.count - n))
    connection.execute(delete(run_states).where(run_states.c.count <= 0))


def _findings_that_name(connection: Connection, names: set[str]) -> None:
    """Findings about an export that name one of these dossiers."""
    rows = connection.execute(select(findings).where(findings.c.dossier.is_(None)))
    told = [row.id for row in rows if any(name in str(value) for value in row for name in names if value)]
    for page in pages(told):
        connection.execute(delete(findings).where(findings.c.id.in_(page)))


def _handovers(connection: Connection, doomed: Doomed) -> None:
    for page in pages(doomed.numbers):
        _requests(connection, document_requests.c.match_pgn.in_(page))
    for page in pages(doomed.handovers):
        connection.execute(delete(notifications).where(notifications.c.handover_id.in_(page)))
        _requests(connection, document_requests.c.handover_id.in_(page))
        for table in (terugkoppelingen, koppelsleutels, handover_log):
            connection.execute(delete(table).where(table.c.handover_id.in_(page)))
        connection.execute(delete(handovers).where(handovers.c.id.in_(page)))


def _requests(connection: Connection, which: Any) -> None:
    chosen = select(document_requests.c.id).where(which)
    connection.execute(delete(notifications).where(notifications.c.request_id.in_(chosen)))
    connection.execute(delete(document_requests).where(which))


def counted(connection: Connection, doomed: Doomed) -> dict[str, int]:
    """How many rows of each kind will go."""
    found: Counter[str] = Counter(dossiers=len(doomed.dossiers), handovers=len(doomed.handovers))
    for page in pages(doomed.names):
        ids = select(dossiers.c.id).where(dossiers.c.dossier_id.in_(page))
        found["findings"] += _n(connection, findings, findings.c.dossier.in_(ids))
        found["history"] += _n(connection, history, history.c.dossier_id.in_(page))
    for page in pages(doomed.handovers):
        found["handover-steps"] += _n(connection, handover_log, handover_log.c.handover_id.in_(page))
    return dict(found)


def _n(connection: Connection, table: Table, which: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(which)) or 0
