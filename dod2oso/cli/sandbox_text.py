"""What the sandbox shows: headings, messages as lines, addresses, and the sum at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dod2oso.base.texts import Text

if TYPE_CHECKING:
    from dod2oso.handover.bron.message_log import LogLine
    from dod2oso.sandbox.demo import Shown
    from dod2oso.sandbox.start import Got

_SHOWN = 14  # lines under one heading


class Log:
    """Messages as they come; after the first ones under a heading only how many more there were."""

    def __init__(self, lang: str, every: bool) -> None:
        self._lang = lang
        self._every = every
        self._lines = 0

    def heading(self, text: Text) -> None:
        self.close()
        typer.echo(text.text(self._lang))

    def line(self, line: "LogLine") -> None:
        self._lines += 1
        if self._every or self._lines <= _SHOWN:
            typer.echo(f"   {line.text()}")

    def close(self) -> None:
        """Say how much was left out under the last heading."""
        more = self._lines - _SHOWN
        if more > 0 and not self._every:
            typer.echo(Text("sandbox-more", more=more).text(self._lang))
        self._lines = 0


def as_text(shown: "Shown", lang: str) -> str:
    """The sum of a demonstration."""
    counts = {
        "sandbox-staged": shown.staged,
        "sandbox-fetched": shown.fetched,
        "sandbox-same-bytes": shown.same_bytes,
        "sandbox-valid": shown.valid,
        "sandbox-signed-off": shown.signed_off,
        "sandbox-feedback-kept": shown.feedback,
        "sandbox-faults": shown.faults,
    }
    lines = _table(counts, lang)
    lines.append(f"{Text('sandbox-ledger').text(lang):<34}" + ", ".join(f"{n} {s}" for s, n in shown.states.items()))
    lines.append(Text("sandbox-complete" if shown.complete else "sandbox-incomplete").text(lang))
    return "\n".join(lines)


def how_to_use(folder: Path, rows: Sequence[tuple[Text, str, str]], serial: str, out: Path | None, lang: str) -> str:
    """Where everybody is (rows of who, address and aanleverpunt), and how a source joins in."""
    where = folder.resolve()
    places = {
        "sandbox-certificates": str(where / "pki"),
        "sandbox-own-certificate": f"bron.crt.pem, bron.key.pem (nr. {serial})",
        "sandbox-only-ca": "sandbox-ca.pem",
        "sandbox-search-key": str(where / "pki" / "zoeksleutel.key"),
        "sandbox-settings": str(where / "dod2oso.toml"),
    }
    lines = [
        Text("sandbox-up").text(lang),
        "",
        *(f"{who.text(lang):<24}{url:<32}{ap}".rstrip() for who, url, ap in rows),
        "",
        *(f"{Text(key).text(lang):<24}{place}" for key, place in places.items()),
        "",
        Text("sandbox-dod2oso-as-source").text(lang),
        f'  dod2oso handover serve --config "{where / "dod2oso.toml"}" --out "{out or "dod2oso-out"}"',
        Text("sandbox-another-source").text(lang),
        "",
    ]
    return "\n".join(lines)


def how_it_ended(got: "Got", lang: str) -> str:
    """The sum of a sandbox that was stopped."""
    counts = {
        "sandbox-fetched-school": got.school,
        "sandbox-fetched-swv": got.swv,
        "sandbox-signed-off": got.signed_off,
        "sandbox-feedback": got.feedback,
    }
    return "\n".join(_table(counts, lang))


def _table(counts: dict[str, int], lang: str) -> list[str]:
    return [f"{Text(key).text(lang):<34}{n:>6}" for key, n in counts.items()]
