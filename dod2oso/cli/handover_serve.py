"""`dod2oso handover serve`: be the source system; receivers fetch staged dossiers here until Ctrl-C."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.cli.run import Lang

OUT = Path("dod2oso-out")


def serve(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Uitvoermap van de run.")] = OUT,
    ledger: Annotated[
        str, typer.Option("--ledger", metavar="URL", help="Grootboek, als dat niet in de uitvoermap staat.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option("--config", metavar="BESTAND", help="Instellingen (anders dod2oso.toml).")
    ] = None,
    account: Annotated[
        str, typer.Option("--account", help="Wie de opdracht geeft, voor de logging (anders de gebruiker van nu).")
    ] = "",
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Wees het bronsysteem: ontvangers halen klaargezette dossiers hier op, tot Ctrl-C."""
    import asyncio
    import getpass
    import sys

    from dod2oso.cli.extras import needs
    from dod2oso.cli.handover import asker
    from dod2oso.errors import ConfigurationError
    from dod2oso.ledger.store import Ledger
    from dod2oso.settings import load_settings

    needs("aiohttp", "cryptography", extra="sender")
    settings = load_settings(config).handover
    if settings.bron is None or settings.tls is None:
        raise ConfigurationError(
            "In dod2oso.toml ontbreekt [handover.bron] of [handover.tls]. Zie docs/overdragen.md voor een voorbeeld.",
            "dod2oso.toml has no [handover.bron] or no [handover.tls]. See docs/overdragen.md for an example.",
        )
    from dod2oso.handover.bron.run import serve_forever

    def say(text: str) -> None:
        typer.echo(text, err=True)

    with Ledger.open(ledger or out, out, create=False) as opened:
        who = account or getpass.getuser()
        ask = asker(lang) if sys.stdin.isatty() else None
        asyncio.run(serve_forever(opened, out, settings.bron, settings.tls, who, say, ask, lang.value))
