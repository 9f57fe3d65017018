"""How handovers stand, for `dod2oso handover status`: pseudonyms, BRINs, moments and words from fixed lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import true

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
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


def totals_text(found: dict[str, Any], lang: str) -> str:
    lines = [f"{n:>8}  {state}: {Text(f'handover-{state}').text(lang)}" for state, n in found["handovers"].items()]
    return "\n".join(lines) or (Text("handover-none").text(lang))


def listing(ledger: Ledger, state: str) -> dict[str, Any]:
    """{"handovers": [{dossier_id, id, state, …}]}, all of them or those in one state."""
    if state and state not in STATES:
        raise UsageError("state-unknown", known=", ".join(STATES))
    chosen = handovers.c.state == state if state else true()
    rows = [each for page in pages(ledger, chosen) for each in page]
    return {"handovers": [{name: getattr(each, name) for name in _LISTED} for each in rows]}


def listing_text(found: dict[str, Any]) -> str:
    shown = ("dossier_id", "state", "at", "sender", "brin", "overstap", "oso", "answer")
    return "\n".join("\t".join(str(row[name]) for name in shown) for row in found["handovers"])


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


def histories_text(found: dict[str, Any], lang: str) -> str:
    lines = []
    for each in found["handovers"]:
        words = Text(f"handover-{each['state']}")
        schools = ", ".join(each["receivers"])
        head = (
            Text("handover-history", dossier=each["dossier_id"], state=each["state"], words=words),
            Text("handover-history-of", handover=each["id"], verzameldatum=each["verzameldatum"]),
            Text("handover-history-receivers", schools=schools) if schools else Text("handover-history-no-receivers"),
        )
        lines += [line.text(lang) for line in head]
        for row in each["log"]:
            extra = " ".join(filter(None, (row["reason"], row["answer"], row["receiver"])))
            lines.append(f"  {row['at']}  {row['state']:<13}{row['sender']:<7} {row['account']}  {extra}".rstrip())
    return "\n".join(lines)
