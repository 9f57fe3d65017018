"""`dod2oso validate`: check OSO dossiers, whoever made them."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.options import AsJson, Lang


class LayerChoice(StrEnum):
    ov = "ov"
    swv = "swv"


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    layer: LayerChoice | None = None,
    official: Annotated[bool, typer.Option("--official")] = False,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Check OSO dossiers: schema, rules and attachments. Nothing is changed or sent."""
    from dod2oso.base.collector import calm_collector
    from dod2oso.oso.check_files import find_files, validate_file, worst
    from dod2oso.oso.check_text import as_json_text, as_lines, totals

    checker = None
    if official:
        from dod2oso.oso.official import official_checker

        checker = official_checker()
    paths = find_files(files)
    if not paths:
        typer.echo(Text("no-xml-files").text(lang.value), err=True)
    busy = sys.stderr.isatty() and not sys.stdout.isatty() and len(paths) > 1
    if busy:  # on a terminal that shows the results themselves a bar would only be in the way
        from tqdm import tqdm

        listed = tqdm(paths, unit=Text("unit-file").text(lang.value), file=sys.stderr)
    counts: dict[str, int] = {}
    codes = set()
    if as_json:
        typer.echo('{"format": 1, "files": [', nl=False)
    with calm_collector():
        for number, path in enumerate(listed if busy else paths):
            report = validate_file(path, layer.value if layer else None, checker)
            codes.add(report.exit_code)
            counts[report.verdict] = counts.get(report.verdict, 0) + 1
            if as_json:
                typer.echo((",\n" if number else "\n") + as_json_text(report, lang.value), nl=False)
            else:
                typer.echo("\n".join(as_lines(report, lang.value)))
    if as_json:
        typer.echo("\n]}")
    elif len(paths) > 1:
        typer.echo(totals(counts, lang.value), err=True)
    if not paths:
        raise typer.Exit(4)
    raise typer.Exit(int(worst(codes)))
