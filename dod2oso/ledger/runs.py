"""Which run is the last one: the only place that says so.

Runs are numbered as they begin. A clock can be set back, two runs can begin in one second, and an id ends in chance, so
none of those tells which was first. A run whose row is missing has no number: whatever else there is, is newer.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from dod2oso.ledger.tables import run_exports, runs


def last_run(connection: Connection) -> Row[Any] | None:
    """The row of the run that began last; None when there was none."""
    return connection.execute(select(runs).order_by(runs.c.number.desc()).limit(1)).first()


def newest_run(export_id: ColumnElement[Any]) -> ColumnElement[int]:
    """The number of the last run that an export counted for; 0 when no run is known that it counted for."""
    chosen = select(func.max(runs.c.number)).join(run_exports, run_exports.c.run_id == runs.c.id)
    return func.coalesce(_of_export(chosen, export_id), 0)


def of_finished_run(export_id: ColumnElement[Any], ending: str | None = None) -> ColumnElement[bool]:
    """Whether the last run that an export counted for came to its end; `ending` is a run that is at its end now."""
    chosen = select(runs.c.id).join(run_exports, run_exports.c.run_id == runs.c.id).order_by(runs.c.number.desc())
    last: ColumnElement[Any] = func.coalesce(_of_export(chosen.limit(1), export_id), "")
    return last.in_(select(runs.c.id).where((runs.c.status == "done") | (runs.c.id == (ending or ""))))


def _of_export(chosen: Any, export_id: ColumnElement[Any]) -> Any:
    return chosen.where(run_exports.c.export_id == export_id).correlate_except(run_exports, runs).scalar_subquery()
