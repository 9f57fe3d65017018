"""Where the last run stands, in the shape of `status --json`."""

from typing import Any

from dod2oso.findings.outcome import STATES
from dod2oso.ledger.exports import ASIDE
from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.report.facts import run_facts


def ledger_status(ledger: Ledger) -> dict[str, Any]:
    """The last run with its exports, dossiers by state and handovers by state; `run` is None without one."""
    run_id = ledger.last_run()
    if run_id is None:
        return {"format": 1, "run": None, "exports": [], "dossiers": dict.fromkeys(STATES, 0), "handovers": {}}
    with ledger.read() as connection:
        run = run_facts(connection, run_id)
        states = queries.states(connection, run_id)
        exports = queries.run_exports_of(connection, run_id)
        handovers = queries.handed_over(connection, run_id)
    return {
        "format": 1,
        "run": {
            "id": run.id,
            "oso": run.oso,
            "overstap": run.overstap,
            "datum": run.datum,
            "status": run.status,
            "started": run.started,
            "finished": run.finished,
        },
        "exports": [
            {
                "name": export.name,
                "status": export.status,
                "dossiers": sum(row.n for row in states if row.export_id == export.id),
            }
            for export in exports
            if export.profile not in ASIDE
        ],
        "dossiers": {state: sum(row.n for row in states if row.state == state) for state in STATES},
        "handovers": {row.state: row.n for row in handovers},
    }
