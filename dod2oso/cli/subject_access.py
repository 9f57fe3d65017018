"""`dod2oso subject-access`: all that is kept of one pupil, for a request of access."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of, opened_ledger
from dod2oso.cli.options import OUT, Account, Lang, Out, Url


def subject_access(
    dossier: Annotated[str, typer.Argument(metavar="DOSSIER")],
    target: Annotated[Path, typer.Argument(metavar="FOLDER")],
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Gather all that is kept of a pupil, readable, for a request of access."""
    from dod2oso.cli.settings import typed_for
    from dod2oso.trust.audit import note
    from dod2oso.trust.subject import gather

    with opened_ledger(ledger, out) as opened:
        count = gather(opened, out, dossier, target, lang.value, typed_for(out))
        note(opened, "subject-access", account_of(account), dossiers=count)
    typer.echo(Text("access-done", count=count, folder=target).text(lang.value), err=True)
