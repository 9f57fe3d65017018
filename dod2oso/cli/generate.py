"""`dod2oso generate`: synthetic exports with a school register and a supplement."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


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
    directory: Annotated[Path, typer.Argument(metavar="MAP", help="De map waarin de bestanden komen.")],
    format: Annotated[Format, typer.Option(help="De indeling van de exports.")] = Format.dod_referentie,
    pupils: Annotated[int, typer.Option(min=1, help="Aantal leerlingen, over alle scholen samen.")] = 100,
    schools: Annotated[int, typer.Option(min=1, help="Aantal scholen; elke school krijgt een eigen export.")] = 1,
    seed: Annotated[int, typer.Option(help="Hetzelfde getal geeft dezelfde bestanden.")] = 1,
    vo: Annotated[bool, typer.Option("--vo", help="Scholen voor vo in plaats van basisscholen.")] = False,
    typical: Annotated[
        bool, typer.Option("--typical", help="Dossiers van gewone omvang in plaats van kleine.")
    ] = False,
) -> None:
    """Maak synthetische exports, met scholenregister en aanvulling. Niemand die erin staat bestaat."""
    from dod2oso.generate.region import write_region

    made = write_region(directory, format.value, pupils, schools, seed, "vo" if vo else "po", typical)
    typer.echo(
        f"Gemaakt in {directory}: {len(made)} export(s) met {pupils} leerlingen, scholen.csv, aanvulling.csv.", err=True
    )
