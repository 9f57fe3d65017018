"""What goes with generated exports: the school register and the supplement that makes most dossiers ready."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from dod2oso.generate.layout import BASIC
from dod2oso.generate.school import REGISTER_COLUMNS, School
from dod2oso.generate.tree import Tree
from dod2oso.generate.words import STREETS, TOWNS

CONSENT = {
    "inzage/inzage": "ja",
    "inzage/inzagedatum": "02-06-2025",
    "inzage/akkoord": "Ja",
    "inzage/toestemming": "Ja",
}
# What basic administration does not know and a transfer dossier must have.
_MISSING = (
    "leerling.voornamen", "leerling.adresgeheim", "leerling.verzorgersaansprakelijk", "leerling.adressen[1].straat",
    "leerling.adressen[1].nummer", "leerling.adressen[1].postcode", "leerling.adressen[1].plaats", "advies.code",
    "advies.contactnodig", "verzorgers[1].achternaam", "verzorgers[1].wettigevertegenwoordiger",
    "zorg.arrangementen[1].datum",
)  # fmt: skip
_BY_NUMBER = ("brin", "vestiging", "leerlingid", *CONSENT)
_BY_NAME = ("brin", "vestiging", "achternaam", "geboortedatum", *CONSENT, *_MISSING)


def columns(format: str) -> tuple[str, ...]:
    """The columns of a supplement for exports of this format."""
    return _BY_NAME if format.startswith(BASIC) else _BY_NUMBER


def supplement_row(school: School, pupil: Tree) -> dict[str, str]:
    """The row that makes this pupil's dossier complete, whichever way its export names pupils."""
    fields = pupil.fields
    row = {"brin": school.brin, "vestiging": school.vestiging, **CONSENT}
    if "leerling.leerlingid" in fields:
        return {**row, "leerlingid": fields["leerling.leerlingid"]}
    born = fields["leerling.geboortedatum"]
    number = int(fields["leerling.sleutel"])
    missing = (
        fields["leerling.voornamen"], "nee", "ja", STREETS[number % len(STREETS)], str(number % 200 + 1),
        fields["leerling.postcode"], TOWNS[number % len(TOWNS)][0], "52" if school.kind == "po" else "", "nee",
        fields["leerling.achternaam"], "ja", "01-08-2024",
    )  # fmt: skip
    return {
        **row,
        "achternaam": fields["leerling.achternaam"],
        "geboortedatum": f"{born[8:]}-{born[5:7]}-{born[:4]}",
        **dict(zip(_MISSING, missing, strict=True)),
    }


def write_schools(path: Path, schools: Iterable[School]) -> None:
    """The school register, as `--schools` reads it."""
    with table(path, REGISTER_COLUMNS) as writer:
        writer.writerows(school.register_row() for school in schools)


@contextmanager
def table(path: Path, names: Sequence[str]) -> "Iterator[csv.DictWriter[str]]":
    """A CSV file to write rows to, by column name; a column without a value stays empty."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = _writer(stream, names)
        writer.writeheader()
        yield writer


def _writer(stream: TextIO, names: Sequence[str]) -> "csv.DictWriter[str]":
    return csv.DictWriter(stream, names, restval="", delimiter=";", lineterminator="\n")
