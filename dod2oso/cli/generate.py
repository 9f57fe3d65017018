"""`dod2oso generate`: synthetic exports with a school register and a supplement."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.options import Lang


class Format(StrEnum):
    dod_referentie = "dod-referentie"
    edexml_2_1 = "edexml-2.1"
    edex2000 = "edex2000"
    xml_with_pin = "xml-with-pin"
    xml_attributes = "xml-attributes"
    csv_bundle = "csv-bundle"
    spreadsheet = "spreadsheet"
    database = "database"


def generate(
    directory: Annotated[Path, typer.Argument(metavar="FOLDER")],
    format: Format = Format.dod_referentie,
    pupils: Annotated[int, typer.Option(min=1)] = 100,
    schools: Annotated[int, typer.Option(min=1)] = 1,
    seed: int = 1,
    vo: Annotated[bool, typer.Option("--vo")] = False,
    typical: Annotated[bool, typer.Option("--typical")] = False,
    lang: Lang = Lang.nl,
) -> None:
    """Make synthetic exports, with a school register and a supplement. Nobody in them exists."""
    from dod2oso.generate.region import write_region

    made = write_region(directory, format.value, pupils, schools, seed, "vo" if vo else "po", typical)
    typer.echo(Text("generated", folder=directory, exports=len(made), pupils=pupils).text(lang.value), err=True)
