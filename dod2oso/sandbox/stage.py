"""Puts every ready dossier of a ledger on the shelf of the source, for the sandbox."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select

from dod2oso.handover.receivers import allow
from dod2oso.handover.store import BRON
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.handovers import STAGED, Step, log_entry, precise
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports


class Staged(NamedTuple):
    """One dossier on the shelf."""

    handover_id: str
    sha256: str


def stage(ledger: Ledger, doel_brin: str, account: str) -> list[Staged]:
    """Every ready dossier goes to sender `bron`, and `doel_brin` may fetch those for a school; what was staged."""
    chosen = (
        select(dossiers, exports.c.oso, exports.c.overstap)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.state == "ready", dossiers.c.placed)
    )
    moment, collected = timestamp(), precise()
    with ledger.write() as connection:
        rows = connection.execute(chosen).all()
        values = [
            {
                "dossier_id": row.dossier_id,
                "sha256": row.sha256,
                "sender": BRON,
                "state": STAGED,
                "at": moment,
                "id": f"sandbox-{row.dossier_id}",
                "pseudonym": row.pseudonym,
                "match_pgn": row.match_pgn,
                "brin": row.brin,
                "vestiging": row.vestiging,
                "oso": row.oso,
                "overstap": row.overstap,
                "verzameldatum": collected,
                "staged_at": moment,
                "account": account,
            }
            for row in rows
        ]
        # in the ledger of a sandbox nobody takes anything from the outbox, where the conversion staged them
        connection.execute(delete(handovers).where(handovers.c.dossier_id.in_([row.dossier_id for row in rows])))
        connection.execute(insert(handovers), values)
        log = [log_entry(str(value["id"]), BRON, STAGED, moment, Step(account, "klaargezet")) for value in values]
        connection.execute(insert(handover_log), log)
    allow(ledger, [(row.pseudonym, doel_brin) for row in rows if row.overstap not in ("POSWV", "VOSWV")], account)
    return [Staged(str(value["id"]), str(value["sha256"])) for value in values]
