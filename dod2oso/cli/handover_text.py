"""What `dod2oso handover status` shows of what handover/status.py found."""

from typing import Any

from dod2oso.base.texts import Text


def totals_text(found: dict[str, Any], lang: str) -> str:
    """How many handovers are in which state, and what that means."""
    lines = [f"{n:>8}  {state}: {Text(f'handover-{state}').text(lang)}" for state, n in found["handovers"].items()]
    return "\n".join(lines) or (Text("handover-none").text(lang))


def listing_text(found: dict[str, Any]) -> str:
    """A handover on each line."""
    shown = ("dossier_id", "state", "at", "sender", "brin", "overstap", "oso", "answer")
    return "\n".join("\t".join(str(row[name]) for name in shown) for row in found["handovers"])


def histories_text(found: dict[str, Any], lang: str) -> str:
    """All that happened to some dossiers."""
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
