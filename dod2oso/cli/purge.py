"""`dod2oso purge`: destroy what is kept of a pupil, a school, all until a day, or everything; with a proof."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, Account, Lang, Out, Url

if TYPE_CHECKING:
    from dod2oso.trust.destroy import Plan


def purge(
    until: Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD")] = None,
    pupil: Annotated[str, typer.Option("--pupil", metavar="DOSSIER")] = "",
    school: Annotated[str, typer.Option("--school", metavar="BRIN")] = "",
    project: Annotated[bool, typer.Option("--project")] = False,
    also: Annotated[list[Path] | None, typer.Option("--also", metavar="FILE")] = None,
    ground: Annotated[str, typer.Option("--ground", metavar="NAME")] = "",
    yes: Annotated[bool, typer.Option("--yes")] = False,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Destroy what is kept, with a proof. By itself: finish a destruction that was broken off."""
    from dod2oso.base.clock import run_date
    from dod2oso.base.errors import UsageError
    from dod2oso.base.folderlock import held
    from dod2oso.cli.settings import typed_for
    from dod2oso.ledger.safety import check
    from dod2oso.ledger.store import Ledger
    from dod2oso.trust.destroy import Plan, prepare

    given = {
        "until": until and run_date(until).isoformat(),
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
        typed = typed_for(out)
        with Ledger.open(ledger or out, out, create=False) as opened:
            check(opened)
            plan = prepare(
                opened, kind, which, account=account_of(account), why=why, also=also or (), typed=typed
            )  # fmt: skip
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
