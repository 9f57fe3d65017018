"""What is known of a run itself."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from dod2oso.base.errors import UsageError
from dod2oso.ledger.tables import runs


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run the report is about."""

    id: str
    oso: str
    overstap: str
    datum: str
    started: str
    finished: str
    status: str
    tool_version: str


def run_facts(connection: Connection, run_id: str) -> RunFacts:
    """The run by its id; UsageError when the ledger does not know it."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).first()
    if row is None:
        raise UsageError("run-absent")
    return RunFacts(
        row.id,
        row.oso,
        row.overstap,
        row.datum,
        row.started,
        row.finished or "",
        row.status,
        row.tool_version,
    )
