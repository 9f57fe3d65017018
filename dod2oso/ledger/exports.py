"""The row of an export: what a run needs to know to skip, resume or redo it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from dod2oso.findings.balance import Balance
from dod2oso.ledger import tables
from dod2oso.ledger.progress import ExportCounters

SUPPLEMENT_PROFILE = "aanvulling"  # findings about the supplement stand under this, as if it were an export
LEFT_FILES_PROFILE = "overige bestanden"  # and those about files that nobody read under this
DECISIONS_PROFILE = "beslissingen"  # about decisions that nothing asked for
ASIDE = frozenset({SUPPLEMENT_PROFILE, LEFT_FILES_PROFILE, DECISIONS_PROFILE})  # no exports


class ExportRow(NamedTuple):
    """One export in the ledger; `reader` is what the caller last gave the recorder to remember."""

    id: int
    name: str
    oso: str
    overstap: str
    profile: str
    fingerprint: str
    config: str
    datum: str
    status: str
    records: int
    balance: dict[str, int]
    progress: str
    destroyed: int = 0

    @property
    def reader(self) -> dict[str, Any]:
        return ExportCounters.loads(self.progress).reader


def blank(name: str, oso: str, overstap: str) -> dict[str, Any]:
    return {
        "name": name,
        "oso": oso,
        "overstap": overstap,
        "profile": "",
        "fingerprint": "",
        "config": "",
        "datum": "",
        "status": "reading",
        "records": 0,
        "balance": Balance().as_dict(),
        "progress": "",
        "destroyed": 0,
    }


def find(connection: Connection, name: str, oso: str, overstap: str) -> ExportRow | None:
    exports = tables.exports
    same = (exports.c.name == name, exports.c.oso == oso, exports.c.overstap == overstap)
    row = connection.execute(select(exports).where(*same)).first()
    return None if row is None else ExportRow(**row._mapping)


def found(connection: Connection, name: str, oso: str, overstap: str) -> ExportRow:
    row = find(connection, name, oso, overstap)
    assert row is not None  # noqa: S101  written in this very transaction
    return row


def link(connection: Connection, run_id: str, position: int, export_id: int) -> None:
    links = tables.run_exports
    connection.execute(delete(links).where(links.c.run_id == run_id, links.c.export_id == export_id))
    connection.execute(insert(links).values(run_id=run_id, export_id=export_id, position=position))
