"""`--out`: the output folder that a command works on; in a project that of its transfer."""

from pathlib import Path
from typing import Annotated

import typer

OUT = Path("dod2oso-out")


def _in_project(ctx: typer.Context, out: Path) -> Path:
    """The folder as given; when nobody gave one, in a project that of its only transfer, or of `--overstap`.

    UsageError when the project has several transfers and nobody said which.
    """
    if out != OUT or ctx.resilient_parsing:
        return out
    from dod2oso.base.errors import ConfigurationError, UsageError
    from dod2oso.cli.settings import here

    try:
        project = here()
    except ConfigurationError:  # the command tells it: of doctor it is the answer
        return out
    if project is None:
        return out
    transfers = project.chosen(None)
    if len(transfers) > 1:
        raise UsageError("project-several-transfers", known=", ".join(transfers), example=f"{OUT}/{transfers[0]}")
    return project.out(transfers[0])


Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Uitvoermap van de run.", callback=_in_project, show_default=False)
]
