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

# what each state means for a person, and what to do about it
WORDS = {
    "staging": ("in voorbereiding", "being prepared"),
    "staged": ("klaargezet, nog niet weg", "staged, not gone yet"),
    "offered": ("onderweg", "on its way"),
    "fetched": ("opgehaald", "fetched"),
    "acknowledged": ("ontvangst bevestigd", "acknowledged"),
    "refused": ("geweigerd: zie het antwoord, herstel het en geef 'handover retry'", "refused: mend it, then 'retry'"),
    "sent-unknown": (
        "misschien aangekomen: vraag de ontvanger, dan 'handover confirm' of 'handover retry --niet-aangekomen'",
        "may have arrived: ask the receiver, then 'handover confirm' or 'handover retry --niet-aangekomen'",
    ),
    "withdrawn": ("teruggetrokken", "withdrawn"),
    "expired": ("verlopen: 'handover retry' zet het weer klaar", "expired: 'handover retry' stages it again"),
    "recall": (
        "weg, maar niet meer juist: laat de ontvanger weten dat het dossier vervalt",
        "gone, but no longer right: tell the receiver that the dossier lapses",
    ),
}
_LISTED = ("dossier_id", "id", "state", "at", "sender", "brin", "overstap", "oso", "attempts", "answer", "receiver")
_LOGGED = ("at", "state", "sender", "account", "reason", "attempt", "answer", "receiver", "wire_sha256")


def totals(ledger: Ledger) -> dict[str, Any]:
    """{"handovers": {state: n}}"""
    return {"handovers": states(ledger)}


def totals_text(found: dict[str, Any], lang: str) -> str:
    lines = [f"{n:>8}  {state}: {WORDS[state][lang == 'en']}" for state, n in found["handovers"].items()]
    return "\n".join(lines) or ("Nothing handed over yet." if lang == "en" else "Nog niets overgedragen.")


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
    english = lang == "en"
    lines = []
    for each in found["handovers"]:
        lines.append(f"{each['dossier_id']}: {each['state']} ({WORDS[each['state']][english]})")
        lines.append(f"  {'handover' if english else 'overdracht'} {each['id']}, verzameldatum {each['verzameldatum']}")
        schools = ", ".join(each["receivers"]) or ("none" if english else "geen")
        lines.append(f"  {'may be fetched by' if english else 'mag worden opgehaald door'}: {schools}")
        for row in each["log"]:
            extra = " ".join(filter(None, (row["reason"], row["answer"], row["receiver"])))
            lines.append(f"  {row['at']}  {row['state']:<13}{row['sender']:<7} {row['account']}  {extra}".rstrip())
    return "\n".join(lines)
