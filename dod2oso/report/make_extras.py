"""Everything of extras.py for one run, in the language of the report."""

from pathlib import Path

from sqlalchemy import Connection, select

from dod2oso.ledger.tables import run_states, runs
from dod2oso.report.compare_versions import compare_versions
from dod2oso.report.extras import Extras
from dod2oso.report.repairs import simulation
from dod2oso.report.since import changes, find_run, previous_run, trends
from dod2oso.report.texts import Lexicon


def make_extras(
    connection: Connection,
    run_id: str,
    words: Lexicon,
    *,
    since: str = "",
    versions: bool = False,
    mapping: Path | None = None,
) -> Extras:
    """The extras of a run. `since`: an earlier run (see find_run), by default the one before, if any.

    Raises UsageError when there is no such earlier run. `mapping` is only read for `versions`.
    """
    run = connection.execute(select(runs).where(runs.c.id == run_id)).one()
    earlier = find_run(connection, since, run_id) if since else previous_run(connection, run_id)
    known = connection.scalar(select(run_states.c.run_id).where(run_states.c.run_id == run_id).limit(1))
    return Extras(
        simulation=simulation(connection, run_id, words, run.oso),
        changes=changes(connection, earlier, run_id, words) if earlier and known else None,
        trends=trends(connection, run_id),
        versions=compare_versions(connection, run_id, run.oso, run.overstap, words, mapping) if versions else None,
    )
