"""`dod2oso proof`: show that nothing was lost, to an auditor or to a school, and check such a proof."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of, ledger_in_hand, opened_ledger
from dod2oso.cli.help import Commands
from dod2oso.cli.options import OUT, Account, Lang, Out, Url

if TYPE_CHECKING:
    from dod2oso.trust.proof import Verified

app = Commands()


@app.command("run")
def prove_run(out: Out = OUT, ledger: Url = "", account: Account = "", lang: Lang = Lang.nl) -> None:
    """Write the proof of the last run."""
    from dod2oso.trust import proof

    with ledger_in_hand(ledger, out, "proof") as opened:
        path = proof.prove_run(opened, out, account_of(account))
    typer.echo(path)
    _say(proof.verify_file(path), lang)


@app.command("dossier")
def prove_dossier(
    dossier: Annotated[str, typer.Argument(metavar="DOSSIER")],
    target: Annotated[Path, typer.Argument(metavar="FILE")],
    out: Out = OUT,
    ledger: Url = "",
    lang: Lang = Lang.nl,
) -> None:
    """Write the proof of one dossier, for its school."""
    from dod2oso.base.errors import UsageError
    from dod2oso.base.files import atomic_write, disk_guard
    from dod2oso.trust import proof

    if target.exists():
        raise UsageError("output-exists", file=target.name)
    with opened_ledger(ledger, out) as opened, disk_guard():
        atomic_write(target, proof.prove_dossier(opened, out, dossier))
    _say(proof.verify_file(target), lang)


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    dossier: Annotated[Path | None, typer.Option("--dossier", metavar="FILE")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Check proofs; several must be of one run. Needs no project."""
    from dod2oso.base import atrest
    from dod2oso.base.errors import ConfigurationError
    from dod2oso.trust.proof import DOSSIER, verify_file

    found = [verify_file(path) for path in files]
    if len({each.seal for each in found}) != 1:
        raise ConfigurationError("proof-other-run")
    if dossier is not None:
        try:
            digest = atrest.digest(dossier)
        except OSError:
            raise ConfigurationError("file-absent", file=dossier.name) from None
        if digest not in {each.sha256 for each in found if each.kind == DOSSIER}:
            raise ConfigurationError("proof-other-dossier", file=dossier.name)
    for each in found:
        _say(each, lang)


def _say(found: "Verified", lang: Lang) -> None:
    """What a proof proves."""
    from dod2oso.trust.proof import DOSSIER

    n = found.totals
    total = n["mapped"] + n["dropped"] + n["unmapped"] + n["refused"]
    text = Text("proof-of-run", run=found.run, total=total, mapped=n["mapped"], dropped=n["dropped"],
                unmapped=n["unmapped"], refused=n["refused"], ready=n["ready"], seal=found.seal)  # fmt: skip
    typer.echo(text.text(lang.value))
    if found.kind == DOSSIER:
        typer.echo(Text("proof-of-dossier", count=sum(found.counts), state=found.state).text(lang.value))
        for key, count in zip(found.values, found.counts, strict=True):
            typer.echo(f"  {key.field}: {count} {key.outcome} {key.reason}".rstrip())
