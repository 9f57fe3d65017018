"""How handovers stand, for `dod2oso handover status`: pseudonyms, BRINs, moments and words from fixed lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import true

from dod2oso.base.errors import UsageError
from dod2oso.handover.orders import named
from dod2oso.handover.receivers import receivers_of
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import STATES, history, pages, states
from dod2oso.ledger.store import Ledger

_LISTED = ("dossier_id", "id", "state", "at", "sender", "brin", "overstap", "oso", "attempts", "answer", "receiver")
_LOGGED = ("at", "state", "sender", "account", "reason", "attempt", "answer", "receiver", "wire_sha256")


def totals(ledger: Ledger) -> dict[str, Any]:
    """{"handovers": {state: n}}"""
    return {"handovers": states(ledger)}


def listing(ledger: Ledger, state: str) -> dict[str, Any]:
    """{"handovers": [{dossier_id, id, state, …}]}, all of them or those in one state."""
    if state and state not in STATES:
        raise UsageError("state-unknown", known=", ".join(STATES))
    chosen = handovers.c.state == state if state else true()
    rows = [each for page in pages(ledger, chosen) for each in page]
    return {"handovers": [{name: getattr(each, name) for name in _LISTED} for each in rows]}


def histories(ledger: Ledger, names: Sequence[str]) -> dict[str, Any]:
    """{"handovers": [{dossier_id, id, …, receivers: [BRIN], log: [{at, state, …}]}]}"""
    return {
        "handovers": [
            {
                **{name: getattr(each, name) for name in (*_LISTED, "verzameldatum", "receipt", "sha256")},
                "receivers": sorted(receivers_of(ledger, each)),
                "log": [{name: row._mapping[name] for name in _LOGGED} for row in history(ledger, each.id)],
            }
            for each in sorted(named(ledger, names), key=lambda each: (each.dossier_id, each.verzameldatum))
        ]
    }
