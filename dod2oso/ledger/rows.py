"""Findings and moments as they stand in the tables, and the exports of a run."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Result, Select, case, select

from dod2oso.base.clock import now
from dod2oso.base.texts import stored
from dod2oso.findings import catalogue
from dod2oso.findings.model import Finding
from dod2oso.ledger.tables import findings, run_exports

# What reports show of a finding as its rule: that of OSO, else the cause.
REASON = case((findings.c.rule != "", findings.c.rule), else_=findings.c.cause)


def timestamp(moment: datetime | None = None) -> str:
    """UTC to the second, ISO 8601."""
    return (moment or now()).strftime("%Y-%m-%dT%H:%M:%SZ")


def finding_rows(export_id: int, dossier: int | None, found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Rows for the table of findings, equal ones taken together, severity from the catalogue."""
    counts: Counter[tuple[str, ...]] = Counter(
        (one.code, one.field, one.target, one.rule, one.cause, stored(one.place), stored(one.note), one.shape)
        for one in found
    )
    return [
        {
            "export_id": export_id,
            "dossier": dossier,
            "code": code,
            "severity": catalogue.entry(code).severity,
            "field": field,
            "target": target,
            "rule": rule,
            "cause": cause,
            "place": place,
            "note": note,
            "shape": shape,
            "count": count,
        }
        for (code, field, target, rule, cause, place, note, shape), count in counts.items()
    ]


def exports_of(run_id: str) -> Select[Any]:
    """The ids of the exports that count for a run, as a subquery."""
    return select(run_exports.c.export_id).where(run_exports.c.run_id == run_id)


def in_pages(connection: Connection, chosen: Select[Any]) -> Result[Any]:
    """The rows of a query, fetched page by page.

    An option of this query alone: one of the connection stays with it, and PostgreSQL then refuses to write.
    """
    return connection.execute(chosen, execution_options={"yield_per": 1000})
