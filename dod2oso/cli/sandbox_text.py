"""What the sandbox shows: headings, messages as lines, addresses, and the sum at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from dod2oso.handover.bron.message_log import LogLine
    from dod2oso.sandbox.demo import Shown
    from dod2oso.sandbox.start import Got

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

    def line(self, line: "LogLine") -> None:
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


def how_to_use(
    folder: Path, rows: Sequence[tuple[str, str, str, str]], serial: str, out: Path | None, lang: str
) -> str:
    """Where everybody is, and how a source joins in."""
    english = lang == "en"
    where = folder.resolve()
    lines = [
        "The sandbox is up. Nothing of it is the real OSO. Stop with Ctrl-C."
        if english
        else "De sandbox draait. Niets hiervan is de echte OSO. Stoppen met Ctrl-C.",
        "",
        *(f"{en if english else nl:<24}{url:<32}{ap}".rstrip() for nl, en, url, ap in rows),
        "",
        f"{'certificates' if english else 'certificaten':<24}{where / 'pki'}",
        f"{'  of your source' if english else '  van uw bronsysteem':<24}bron.crt.pem, bron.key.pem (nr. {serial})",
        f"{'  the only CA' if english else '  de enige CA':<24}sandbox-ca.pem",
        f"{'search key' if english else 'zoeksleutel':<24}{where / 'pki' / 'zoeksleutel.key'}",
        f"{'settings' if english else 'instellingen':<24}{where / 'dod2oso.toml'}",
        "",
        "With dod2oso as the source, in another window:" if english else "Met dod2oso als bron, in een ander venster:",
        f'  dod2oso handover serve --config "{where / "dod2oso.toml"}" --out "{out or "dod2oso-out"}"',
        "Another source: give it these certificates, aanleverpunten and addresses; see docs/overdragen.md."
        if english
        else "Een ander bronsysteem: geef het deze certificaten, aanleverpunten en adressen; zie docs/overdragen.md.",
        "",
    ]
    return "\n".join(lines)


def how_it_ended(got: "Got", lang: str) -> str:
    """The sum of a sandbox that was stopped."""
    english = lang == "en"
    rows = (
        ("opgehaald door de school", "fetched by the school", got.school),
        ("opgehaald door een SWV", "fetched by an SWV", got.swv),
        ("sessies geslaagd afgemeld", "sessions signed off as succeeded", got.signed_off),
        ("terugkoppelingen", "feedback", got.feedback),
    )
    return "\n".join(f"{en if english else nl:<34}{n:>6}" for nl, en, n in rows)
