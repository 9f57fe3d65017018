"""`dod2oso purge`: destroy what is kept of a pupil, a school, all until a day, or everything; with a proof."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_options import Account, Language, Url, account_of
from dod2oso.cli.out_option import OUT, Out
from dod2oso.cli.run import Lang

if TYPE_CHECKING:
    from dod2oso.trust.destroy import Plan


def purge(
    until: Annotated[
        datetime | None,
        typer.Option("--until", metavar="JJJJ-MM-DD", formats=["%Y-%m-%d"], help="Alles van runs tot en met deze dag."),
    ] = None,
    pupil: Annotated[str, typer.Option("--pupil", metavar="DOSSIER", help="Alles van deze leerling.")] = "",
    school: Annotated[str, typer.Option("--school", metavar="BRIN", help="Alles van deze school.")] = "",
    project: Annotated[bool, typer.Option("--project", help="De hele uitvoermap; de sleutel eerst.")] = False,
    also: Annotated[
        list[Path] | None,
        typer.Option(
            "--also", metavar="BESTAND", help="Vernietig ook dit bestand (een export, een aanvulling); mag vaker."
        ),
    ] = None,
    ground: Annotated[str, typer.Option("--ground", metavar="GROND", help="Waarom (dod2oso retention toont ze).")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Vraag niets.")] = False,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Language = Lang.nl,
) -> None:
    """Vernietig wat er bewaard is, met een bewijs. Zonder meer: maak een afgebroken vernietiging af."""
    from dod2oso.base.errors import UsageError
    from dod2oso.base.folderlock import held
    from dod2oso.ledger.safety import check
    from dod2oso.ledger.store import Ledger
    from dod2oso.trust.destroy import Plan, prepare

    given = {
        "until": until and f"{until:%Y-%m-%d}",
        "pupil": pupil,
        "school": school,
        "project": "-" if project else "",
    }
    chosen = [(kind, which) for kind, which in given.items() if which]
    with held(out, "purge"):
        plan = Plan.read(out)
        if plan is not None:
            typer.echo(Text("destroy-resumed").text(lang.value), err=True)
            _done(out, plan, ledger, lang)
            if not chosen:
                return
        if len(chosen) != 1:
            raise UsageError("destroy-what")
        kind, which = chosen[0]
        why = ground or ("verzoek-betrokkene" if kind == "pupil" else "doel-bereikt")
        with Ledger.open(ledger or out, out, create=False) as opened:
            check(opened)
            plan = prepare(opened, kind, which, account=account_of(account), why=why, also=also or ())
        if not yes and not _agreed(plan, lang):
            return
        _done(out, plan, ledger, lang)


def _agreed(plan: "Plan", lang: Lang) -> bool:
    """Show what goes and ask; UsageError where nobody can answer."""
    from dod2oso.base.errors import UsageError

    typer.echo(Text("destroy-plan", kind=Text(f"destroyed-kind-{plan.kind}")).text(lang.value), err=True)
    for name, count in plan.counts.items():
        if count:
            typer.echo(
                Text("destroyed-count", what=Text(f"destroyed-of-{name}"), count=count).text(lang.value), err=True
            )
    if not sys.stdin.isatty():
        raise UsageError("destroy-needs-yes")
    if typer.confirm(Text("destroy-question").text(lang.value), err=True):
        return True
    typer.echo(Text("destroy-stopped").text(lang.value), err=True)
    return False


def _done(out: Path, plan: "Plan", ledger: str, lang: Lang) -> None:
    from dod2oso.trust.destroy import destroy

    done = destroy(out, plan, lang.value, ledger=ledger)
    for left in (*done.left, Text("destroyed-disk")):
        typer.echo(left.text(lang.value), err=True)
    typer.echo(Text("destroyed-done", file=done.proof).text(lang.value))
