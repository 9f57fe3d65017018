"""`dod2oso init`: make a project folder."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.oso_options import overstap_name
from dod2oso.cli.run import Lang


def init(
    directory: Annotated[Path, typer.Argument(metavar="MAP", help="De map van het project; zij wordt gemaakt.")],
    overstap: Annotated[
        list[str] | None,
        typer.Option(parser=overstap_name, metavar="OVERSTAP", help="De soort overstap (anders POVO); mag vaker."),
    ] = None,
    deadline: Annotated[str | None, typer.Option(metavar="JJJJ-MM-DD", help="De laatste dag.")] = None,
    name: Annotated[str, typer.Option(help="De naam van het project, zoals die van het samenwerkingsverband.")] = "",
    lang: Annotated[Lang, typer.Option(help="Taal van de uitleg in de map.")] = Lang.nl,
) -> None:
    """Maak een projectmap: mappen voor exports en aanvullingen, scholen.csv, dod2oso.toml en LEESMIJ.txt."""
    from dod2oso.base.clock import run_date
    from dod2oso.oso.transfers import most_asked
    from dod2oso.project.init import make_project

    last = run_date(deadline) if deadline is not None else None
    made = make_project(directory, overstap or [most_asked()], name=name, deadline=last, lang=lang.value)
    if made.made:
        typer.echo(Text("project-made", folder=directory, files=", ".join(made.made)).text(lang.value))
    if made.kept:
        typer.echo(Text("project-kept", files=", ".join(made.kept)).text(lang.value), err=True)
    typer.echo(Text("project-next", folder=directory).text(lang.value))
