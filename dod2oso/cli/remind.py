"""`dod2oso remind`: who must do what by when, the mails of this week to remind schools, and an agenda."""

import json
from typing import Annotated

import typer

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.options import OUT, AsJson, Lang, Out


def remind(
    out: Out = OUT,
    show: Annotated[bool, typer.Option("--show")] = False,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show the schools against their deadline and write the reminder mails of this week. Only in a project folder."""
    from dod2oso.base.clock import run_date
    from dod2oso.cli.settings import here
    from dod2oso.ledger.engine import no_ledger
    from dod2oso.ledger.store import Ledger
    from dod2oso.project import planning as plans
    from dod2oso.project.board import write_board
    from dod2oso.project.reminders import write_reminders
    from dod2oso.project.sender import contacts, sender_of
    from dod2oso.project.settings import TransferSettings
    from dod2oso.report.style import load_style

    project = here()
    if project is None:
        raise UsageError("remind-without-project")
    with Ledger.open(out, create=False) as ledger:
        run_id = ledger.last_run()
        if run_id is None:
            raise no_ledger()
        transfer = next((name for name in project.transfers if project.out(name).resolve() == out.resolve()), "")
        settings = project.transfers.get(transfer, TransferSettings())
        plan = plans.planning(ledger, run_id, settings, run_date(None), lang.value)
        sender = sender_of(project, ledger, run_id)
        if not show:
            board = write_board(ledger, run_id, plan, project.project.name, out, load_style(), lang.value)
            typer.echo(Text("board-made", path=board).text(lang.value), err=True)
    if as_json:
        typer.echo(json.dumps({"format": 1} | plans.as_json(plan), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(plans.lines(plan, lang.value)))
    if not show:
        made = write_reminders(
            plan, out, sender, contacts(project), lang.value, lambda text: typer.echo(text.text(lang.value), err=True)
        )
        typer.echo(Text("reminders-made", count=len(made.drafts), agenda=made.agenda).text(lang.value), err=True)
        if not as_json:
            for path in made.drafts:
                typer.echo(path)
