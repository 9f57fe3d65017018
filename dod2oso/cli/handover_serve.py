"""`dod2oso handover serve`: be the source system; receivers fetch staged dossiers here until Ctrl-C."""

import typer

from dod2oso.cli.handover_start import account_of, asker, opened_ledger
from dod2oso.cli.options import OUT, Account, Config, Lang, Out, Url


def serve(out: Out = OUT, ledger: Url = "", config: Config = None, account: Account = "", lang: Lang = Lang.nl) -> None:
    """Be the source system: receivers fetch staged dossiers here, until Ctrl-C."""
    import asyncio

    from dod2oso.base.errors import ConfigurationError
    from dod2oso.base.extras import needs
    from dod2oso.cli.settings import load_settings

    needs("aiohttp", "cryptography", extra="sender")
    settings = load_settings(config).handover
    if settings.bron is None or settings.tls is None:
        raise ConfigurationError("bron-settings-absent")
    from dod2oso.base.folderlock import SERVE, held
    from dod2oso.handover.bron.run import serve_forever
    from dod2oso.trust.audit import note

    def say(text: str) -> None:
        typer.echo(text, err=True)

    with held(out, "handover serve", SERVE), opened_ledger(ledger, out) as opened:
        who = account_of(account)
        note(opened, "serving-begun", who)
        asyncio.run(serve_forever(opened, out, settings.bron, settings.tls, who, say, asker(lang), lang.value))
