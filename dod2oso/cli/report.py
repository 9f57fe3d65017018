"""`dod2oso report`: write the gap report of the last run again, in the formats and language asked for."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.errors import ExitCode, FileInUseError
from dod2oso.cli.handover_options import account_of
from dod2oso.cli.out_option import OUT, Out
from dod2oso.cli.run import Lang


def report(
    out: Out = OUT,
    ledger: Annotated[
        str, typer.Option("--ledger", metavar="URL", help="Grootboek, als dat niet in de uitvoermap staat.")
    ] = "",
    formats: Annotated[
        str,
        typer.Option(
            "--format", metavar="LIJST", help="Een of meer van html, xlsx, csv, json, pdf; met komma's ertussen."
        ),
    ] = "html,xlsx,csv,json",
    since: Annotated[
        str,
        typer.Option("--since", metavar="RUN", help="Vergelijk met deze eerdere run (id, begin ervan, of 'previous')."),
    ] = "",
    compare_versions: Annotated[
        bool, typer.Option("--compare-versions", help="Vergelijk ook de zes OSO-versies.")
    ] = False,
    mapping: Annotated[Path | None, typer.Option(help="De eigen mapping van de run, voor --compare-versions.")] = None,
    with_names: Annotated[
        bool, typer.Option("--names", help="Zet in aanvulling.xlsx ook naam en geboortedatum van elke leerling.")
    ] = False,
    mask_small: Annotated[
        bool,
        typer.Option(
            "--mask-small",
            help="Scherm aantallen onder 5 af en laat losse dossiers weg, om te delen (in DIR/report-delen).",
        ),
    ] = False,
    config: Annotated[
        Path | None, typer.Option(metavar="BESTAND", help="Huisstijl (anders dod2oso.toml in deze map, als dat er is).")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Schrijf het rapport van de laatste run: DIR/report/gaps.html (.xlsx, .csv, .json, .pdf) en aanvulling.xlsx."""
    from dod2oso.ledger.engine import no_ledger
    from dod2oso.ledger.safety import ledger_to_write_in
    from dod2oso.report.style import load_style
    from dod2oso.report.write import write
    from dod2oso.supplement.workbook import write_workbook
    from dod2oso.trust.audit import note

    wanted = [name.strip().lower() for name in formats.split(",") if name.strip()]
    style = load_style(config)
    in_use: list[FileInUseError] = []
    with ledger_to_write_in(ledger or out, out, "report") as opened:
        run_id = opened.last_run()
        if run_id is None:
            raise no_ledger()
        paths = write(
            opened, run_id, out, wanted, lang.value, since=since, versions=compare_versions, mapping=mapping,
            masked=mask_small, style=style, in_use=in_use.append,
        )  # fmt: skip
        workbook = None if mask_small else write_workbook(opened, run_id, out, lang.value, names=with_names)
        paths += [workbook] if workbook is not None else []
        names = with_names and workbook is not None
        note(opened, "report-written", account_of(""), run=run_id, formats=wanted, masked=mask_small, names=names)
    for path in paths:
        typer.echo(path)
    for error in in_use:
        typer.echo(error.text(lang.value), err=True)
    if in_use:
        raise typer.Exit(int(ExitCode.TRY_LATER))
