"""`dod2oso sandbox`: an OSO chain on this machine, to see a source at work."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.cli.run import Lang
from dod2oso.sandbox.faultkind import FaultKind

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Een OSO-keten op deze machine om mee te oefenen. Niets hiervan is de echte OSO.",
)


@app.callback()
def _sandbox() -> None:
    """Keeps `demo` a command of its own, also while it is the only one."""


@app.command("demo")
def demo(
    folder: Annotated[
        Path | None, typer.Option("--map", metavar="MAP", help="Bewaar alles in deze map (anders een tijdelijke).")
    ] = None,
    fault: Annotated[
        FaultKind | None, typer.Option("--fault", help="Laat een op de drie uitwisselingen zo misgaan.")
    ] = None,
    every: Annotated[bool, typer.Option("--alles", help="Toon elk bericht, in plaats van de eerste.")] = False,
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Toon de hele keten op de voorbeelden: klaarzetten, melden, ophalen, controleren, afmelden."""
    import tempfile

    from dod2oso.cli.extras import needs
    from dod2oso.cli.sandbox_text import Log, as_text
    from dod2oso.errors import ExitCode
    from dod2oso.privacy.files import make_private_dir

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
