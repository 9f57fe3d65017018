"""The result of a run in the shape of `run --json`; part of the stable outside."""

from typing import Any

from sqlalchemy import select

from dod2oso.findings.model import SEVERITIES
from dod2oso.findings.outcome import STATES
from dod2oso.findings.pages import page_of
from dod2oso.ledger.exports import ASIDE
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import runs
from dod2oso.report import queries
from dod2oso.report.facts import run_facts


def summary(ledger: Ledger, run_id: str) -> dict[str, Any]:
    """The numbers of a run: exports with their balance, dossiers by state, findings by severity and code."""
    with ledger.read() as connection:
        run = run_facts(connection, run_id)
        seconds = connection.scalar(select(runs.c.seconds).where(runs.c.id == run_id))
        states = queries.states(connection, run_id)
        codes = queries.by_code(connection, run_id)
        exports = queries.run_exports_of(connection, run_id)
    return {
        "format": 1,
        "run": run.id,
        "oso": run.oso,
        "overstap": run.overstap,
        "exports": [
            {
                "name": export.name,
                "profile": export.profile,
                "dossiers": sum(row.n for row in states if row.export_id == export.id),
                "balance": export.balance,
            }
            for export in exports
            if export.profile not in ASIDE
        ],
        "dossiers": {state: sum(row.n for row in states if row.state == state) for state in STATES},
        "findings": {
            **{severity: sum(row.n for row in codes if row.severity == severity) for severity in SEVERITIES},
            "by_code": {row.code: row.n for row in codes},
            "pages": {row.code: page_of(row.code) for row in codes},
        },
        "seconds": round(seconds or 0.0, 3),
    }
