"""What `sandbox demo` shows: headings, messages as lines, and the sum at the end."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from dod2oso.handover.bron.trail import Line
    from dod2oso.sandbox.demo import Shown

_SHOWN = 14  # lines under one heading


class Log:
    """Messages as they come; after the first ones under a heading only how many more there were."""

    def __init__(self, lang: str, every: bool) -> None:
        self._english = lang == "en"
        self._every = every
        self._lines = 0

    def heading(self, nl: str, en: str) -> None:
        self.close()
        typer.echo(en if self._english else nl)

    def line(self, line: "Line") -> None:
        self._lines += 1
        if self._every or self._lines <= _SHOWN:
            typer.echo(f"   {line.text()}")

    def close(self) -> None:
        """Say how much was left out under the last heading."""
        more = self._lines - _SHOWN
        if more > 0 and not self._every:
            typer.echo(f"   ... {more} more (--alles)" if self._english else f"   ... nog {more} (--alles toont ze)")
        self._lines = 0


def as_text(shown: "Shown", lang: str) -> str:
    """The sum of a demonstration."""
    english = lang == "en"
    rows = [
        ("klaargezet", "staged", shown.staged),
        ("opgehaald", "fetched", shown.fetched),
        ("byte voor byte gelijk", "same to the byte", shown.same_bytes),
        ("geldig volgens dod2oso validate", "valid says dod2oso validate", shown.valid),
        ("sessies geslaagd afgemeld", "sessions signed off as succeeded", shown.signed_off),
        ("terugkoppelingen bewaard", "feedback kept", shown.feedback),
        ("opzettelijke fouten", "faults on purpose", shown.faults),
    ]
    lines = [f"{en if english else nl:<34}{n:>6}" for nl, en, n in rows]
    lines.append(f"{'ledger' if english else 'grootboek':<34}" + ", ".join(f"{n} {s}" for s, n in shown.states.items()))
    if shown.complete:
        lines.append("Everything arrived." if english else "Alles is aangekomen.")
    else:
        lines.append("Not everything arrived." if english else "Niet alles is aangekomen.")
    return "\n".join(lines)
