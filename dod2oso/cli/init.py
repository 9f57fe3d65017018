"""`dod2oso init`: make a project folder."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.options import Lang, overstap_name


def init(
    directory: Annotated[Path, typer.Argument(metavar="FOLDER")],
    overstap: Annotated[list[str] | None, typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP")] = None,
    deadline: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME")] = "",
    lang: Lang = Lang.nl,
) -> None:
    """Make a project folder: folders for exports and supplements, scholen.csv, dod2oso.toml and LEESMIJ.txt."""
    from dod2oso.base.clock import run_date
    from dod2oso.oso.transfers import most_asked
    from dod2oso.project.init import make_project

    last = run_date(deadline) if deadline is not None else None
    made = make_project(directory, overstap or [most_asked()], name=name, deadline=last, lang=lang.value)
    if made.made:
        typer.echo(Text("project-made", folder=directory, files=", ".join(made.made)).text(lang.value))
    if made.kept:
        typer.echo(Text("project-kept", files=", ".join(made.kept)).text(lang.value), err=True)
    if last is not None and last < run_date(None):
        typer.echo(Text("project-deadline-past", day=f"{last:%d-%m-%Y}").text(lang.value), err=True)
    typer.echo(Text("project-next", folder=directory).text(lang.value))
