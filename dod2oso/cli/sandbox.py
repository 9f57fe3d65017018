"""`dod2oso sandbox`: an OSO chain on this machine, to see a source at work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.cli.help import Commands
from dod2oso.cli.options import Lang
from dod2oso.sandbox.faultkind import FaultKind

if TYPE_CHECKING:
    from dod2oso.sandbox.chain import Around

app = Commands()


@app.command("demo")
def demo(
    folder: Annotated[Path | None, typer.Option("--folder", metavar="FOLDER")] = None,
    fault: Annotated[FaultKind | None, typer.Option("--fault")] = None,
    every: Annotated[bool, typer.Option("--all")] = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show the whole chain on the samples: stage, announce, fetch, check, sign off."""
    import tempfile

    from dod2oso.base.errors import ExitCode
    from dod2oso.base.extras import needs
    from dod2oso.base.files import make_private_dir
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
    folder: Annotated[Path | None, typer.Option("--folder", metavar="FOLDER")] = None,
    source: Annotated[str, typer.Option("--source", metavar="URL")] = "https://localhost:8443/",
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER")] = None,
    pupils: Annotated[Path | None, typer.Option("--pupils", metavar="FILE")] = None,
    brins: Annotated[list[str] | None, typer.Option("--brin", metavar="BRIN")] = None,
    receiver: Annotated[str, typer.Option("--receiver", metavar="BRIN")] = "99ZZ",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 0,
    fault: Annotated[FaultKind | None, typer.Option("--fault")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Keep Traffic Center, school and samenwerkingsverband up to try a source system, until Ctrl-C."""
    import asyncio
    import tempfile

    from dod2oso.base.errors import ExitCode, UsageError
    from dod2oso.base.extras import needs
    from dod2oso.base.files import make_private_dir
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
