"""`dod2oso inspection`: what parents inspect and sign, a page per pupil, made from the very bytes that would leave."""

import json
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, AsJson, Config, Lang, Out, Url


def inspection(
    school: Annotated[str, typer.Option("--school", metavar="BRIN")] = "",
    pupil: Annotated[str, typer.Option("--pupil", metavar="DOSSIER")] = "",
    pdf: Annotated[bool, typer.Option("--pdf")] = False,
    out: Out = OUT,
    ledger: Url = "",
    config: Config = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Make for every pupil the page that parents inspect and sign."""
    from dod2oso.base.clock import run_date
    from dod2oso.base.errors import UsageError
    from dod2oso.cli.settings import here
    from dod2oso.handover.receivers import check_brin
    from dod2oso.ledger.engine import no_ledger
    from dod2oso.ledger.safety import ledger_to_write_in
    from dod2oso.report.inspection import write_inspection
    from dod2oso.report.style import load_style
    from dod2oso.trust.audit import note

    brin, style, project = check_brin(school) if school else "", load_style(config), here()
    with ledger_to_write_in(ledger or out, out, "inspection") as opened:
        run_id = opened.last_run()
        if run_id is None:
            raise no_ledger()
        made = write_inspection(
            opened, run_id, out, run_date(None), style, lang.value, project.project.contact if project else "",
            as_pdf=pdf, brin=brin, pupil=pupil.removesuffix(".xml"),
        )  # fmt: skip
        pages = sum(made.schools.values())
        if (school or pupil) and not pages and not made.incomplete:
            raise UsageError("inspection-nobody")
        note(opened, "inspection-made", account_of(""), run=run_id, dossiers=pages)
    if as_json:
        document = {
            "format": 1,
            "pages": pages,
            "schools": [{"brin": at, "vestiging": v, "pages": n} for (at, v), n in made.schools.items()],
            "incomplete": made.incomplete,
            "changed": made.changed,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    for path in made.documents:
        typer.echo(path)
    said = [Text("inspection-made", count=pages, schools=len(made.schools))]
    said += [Text("inspection-incomplete", count=made.incomplete)] if made.incomplete else []
    said += [Text("sent-file-changed", count=made.changed)] if made.changed else []
    for line in said:
        typer.echo(line.text(lang.value), err=True)
