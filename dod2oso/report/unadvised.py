"""Dossiers that are ready without the advice of the school, where the law asks for it and OSO lets them through."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.duplicates import merged_away
from dod2oso.ledger.rows import exports_of, in_pages
from dod2oso.ledger.tables import dossiers
from dod2oso.report.osofields import TargetPart

_ADVICE = "huidigeschool/leerling/overstapadvies/advies"
_NOT_ASKED = ("optional", "forbidden")


def ready_without_advice(connection: Connection, run_id: str, targets: Iterable[TargetPart]) -> int:
    """How many; 0 where this transfer does not ask for an advice. `targets`: of the run."""
    asked = any(part.path == _ADVICE and part.lacks and part.level not in _NOT_ASKED for part in targets)
    if not asked:
        return 0
    unpack = unpacker(connection)
    ready = select(dossiers.c.counts).where(
        dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state == "ready", dossiers.c.counts.is_not(None),
        dossiers.c.id.not_in(merged_away()),
    )  # fmt: skip
    return sum(_ADVICE not in unpack(row.counts)[1] for row in in_pages(connection, ready))
