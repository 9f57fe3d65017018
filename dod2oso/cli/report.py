"""`dod2oso report`: write the gap report of the last run again, in the formats and language asked for."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.cli.run import Lang

OUT = Path("dod2oso-out")


def report(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Uitvoermap van de run.")] = OUT,
    ledger: Annotated[
        str, typer.Option("--ledger", metavar="URL", help="Grootboek, als dat niet in de uitvoermap staat.")
    ] = "",
    formats: Annotated[
        str, typer.Option("--format", metavar="LIJST", help="Een of meer van html, csv, json; met komma's ertussen.")
    ] = "html,csv,json",
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Schrijf het rapport van de laatste run: DIR/report/gaps.html, gaps.csv en gaps.json."""
    from dod2oso.ledger.engine import no_ledger
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.write import write

    wanted = [name.strip().lower() for name in formats.split(",") if name.strip()]
    with Ledger.open(ledger or out, out, create=False) as opened:
        run_id = opened.last_run()
        if run_id is None:
            raise no_ledger()
        paths = write(opened, run_id, out, wanted, lang.value)
    for path in paths:
        typer.echo(path)
