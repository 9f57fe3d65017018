"""`dod2oso sandbox`: an OSO chain on this machine, to see a source at work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.cli.run import Lang
from dod2oso.sandbox.faultkind import FaultKind

if TYPE_CHECKING:
    from dod2oso.sandbox.chain import Around

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Een OSO-keten op deze machine om mee te oefenen. Niets hiervan is de echte OSO.",
)


@app.command("demo")
def demo(
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="MAP", help="Bewaar alles in deze map (anders een tijdelijke).")
    ] = None,
    fault: Annotated[
        FaultKind | None, typer.Option("--fault", help="Laat een op de drie uitwisselingen zo misgaan.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Toon elk bericht, in plaats van de eerste.")] = False,
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Toon de hele keten op de voorbeelden: klaarzetten, melden, ophalen, controleren, afmelden."""
    import tempfile

    from dod2oso.base.errors import ExitCode
    from dod2oso.base.files import make_private_dir
    from dod2oso.cli.extras import needs
    from dod2oso.cli.sandbox_text import Log, as_text

    needs("aiohttp", "cryptography", extra="sender")
    from dod2oso.sandbox.demo import demo as show_chain
    from dod2oso.sandbox.demo import samples

    log = Log(lang.value, every)
    with tempfile.TemporaryDirectory(prefix="dod2oso-sandbox-") as temporary:
        place = make_private_dir(folder, tighten=False) if folder is not None else Path(temporary)
        shown = show_chain(place, samples(place), fault, log.heading, log.line)
    log.close()
    typer.echo(as_text(shown, lang.value))
    raise typer.Exit(int(ExitCode.DONE if shown.complete else ExitCode.HANDED_OVER_PARTLY))


@app.command("start")
def start(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="MAP", help="Bewaar certificaten en instellingen hier (anders tijdelijk)."),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="URL", help="Waar uw bronsysteem luistert, op deze machine.")
    ] = "https://localhost:8443/",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="De school vraagt om elk klaar dossier in deze uitvoermap."),
    ] = None,
    pupils: Annotated[
        Path | None,
        typer.Option("--pupils", metavar="BESTAND", help="De school vraagt om deze (kolommen brin en pgn)."),
    ] = None,
    brins: Annotated[
        list[str] | None, typer.Option("--brin", metavar="BRIN", help="School van het bronsysteem; mag vaker.")
    ] = None,
    receiver: Annotated[str, typer.Option("--receiver", metavar="BRIN", help="De ontvangende school.")] = "99ZZ",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Poort van het Traffic Center (0: een vrije).")
    ] = 0,
    fault: Annotated[
        FaultKind | None, typer.Option("--fault", help="Laat een op de drie uitwisselingen zo misgaan.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Houd Traffic Center, school en samenwerkingsverband in de lucht om een bronsysteem te proberen, tot Ctrl-C."""
    import asyncio
    import tempfile

    from dod2oso.base.errors import ExitCode, UsageError
    from dod2oso.base.files import make_private_dir
    from dod2oso.cli.extras import needs
    from dod2oso.cli.sandbox_text import how_it_ended, how_to_use
    from dod2oso.handover.receivers import check_brin

    needs("aiohttp", "cryptography", extra="sender")
    from dod2oso.sandbox import start as sandbox

    own, wanted = (sandbox.wanted_from_ledger(out)) if out is not None else ([], [])
    if pupils is not None:
        wanted += sandbox.wanted_from_table(pupils)
    schools = sorted({*own, *(each.bron_brin for each in wanted), *map(check_brin, brins or [])})
    doel = check_brin(receiver)
    if not schools or doel in schools:
        raise UsageError("sandbox-schools-needed")
    url = sandbox.check_url(source)
    with tempfile.TemporaryDirectory(prefix="dod2oso-sandbox-") as temporary:
        place = make_private_dir(folder, tighten=False) if folder is not None else Path(temporary)

        def ready(made: "Around") -> None:
            typer.echo(how_to_use(place, sandbox.addresses(made, url), sandbox.source_serial(), out, lang.value))

        got = asyncio.run(
            sandbox.start(
                place, schools, doel, wanted, url, fault, port, ready, lambda line: typer.echo(f"   {line.text()}")
            )
        )
    typer.echo(how_it_ended(got, lang.value))
    raise typer.Exit(int(ExitCode.INTERRUPTED))
