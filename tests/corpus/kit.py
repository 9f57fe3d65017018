"""A small synthetic school to convert: exports as text, a run in one call, and what it left behind.

Nobody in here exists. BSNs start with 9999, schools with 99; both are ranges that are never given out.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from dod2oso.base.texts import Text
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.report.summary import summary
from dod2oso.run.pipeline import Options, Result, run
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins
from dod2oso.source.export import Export
from dod2oso.source.opening import OpenExport

DATUM = "2019-03-02"
PAIRS = [(version, name) for name in TRANSFERS for version in transfer(name).versions]

SCHOOLS = """brin;vestiging;naam;aanleverpunt;soort;type;straat;nummer;postcode;plaats;telefoon;email
99XX;00;De Verzonnen School;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;school@example.org
"""
# What no export can tell: consent, and whether a person should be called.
CONSENT = {
    "inzage/inzage": "ja",
    "inzage/inzagedatum": "01-02-2019",
    "inzage/akkoord": "Ja",
    "leerling.verzorgersaansprakelijk": "ja",
    "advies.contactnodig": "nee",
}


def opened(path: Path, *pins: str) -> OpenExport:
    """The first export at this path."""
    return OpenExport(find_exports([path], Pins(pins)).exports[0])


def read_export(path: Path, profile: BoundProfile) -> Export:
    """The export at this path under this profile, not yet surveyed."""
    return opened(path).export(profile)


class Quiet:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.done = 0

    def export(self, name: str, number: int, total: int, records: int) -> None:
        pass

    def dossiers(self, done: int) -> None:
        self.done += done

    def message(self, text: Text) -> None:
        self.messages.append(text.text("nl"))


def bsn(number: int) -> str:
    """The number-th BSN in the range 9999xxxxx that passes the 11-test."""
    return _BSNS[number]


def _passes(digits: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


_BSNS = [digits for digits in (f"9999{tail:05}" for tail in range(20_000)) if _passes(digits)]


def pupil(number: int, extra: str = "", **fields: str) -> str:
    """A pupil in the reference layout with all that a dossier needs; a field set to "" is left out."""
    values = {
        "Leerlingnummer": str(number),
        "Voornamen": "Test Proef",
        "Achternaam": f"Voorbeeld{number}",
        "Geboortedatum": f"{number % 28 + 1:02}-05-2007",
        "Geslacht": "V",
        "AdresGeheim": "nee",
        "Bsn": bsn(number),
        "Ingeschreven": "01-08-2011",
    } | fields
    lines = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if value)
    return f"<Leerling>{lines}{ADDRESS}{CAREER}{ADVICE}{TEST}{CARER}{extra}</Leerling>"


ADDRESS = (
    "<Adressen><Adres><Soort>woon</Soort><Straat>Teststraat</Straat><Huisnummer>2</Huisnummer>"
    "<Postcode>1234 ab</Postcode><Plaats>Teststad</Plaats></Adres></Adressen>"
)
CAREER = (
    '<Loopbaan><Stap schooljaar="2018-2019"><Groep code="8A">Groep 8</Groep><Jaargroep>8</Jaargroep>'
    "<Brin>99XX</Brin><Vestiging>0</Vestiging></Stap></Loopbaan>"
)
ADVICE = "<Advies><Code>60</Code></Advies>"
TEST = (
    '<Toetsen><Toets code="RW-M8"><Datum>15-01-2019</Datum><Vaardigheid schaal="RW">80,5</Vaardigheid></Toets>'
    "</Toetsen>"
)
CARER = (
    "<Verzorgers><Verzorger><Achternaam>Voorbeeld</Achternaam><Relatie>moeder</Relatie>"
    "<WettelijkVertegenwoordiger>ja</WettelijkVertegenwoordiger></Verzorger></Verzorgers>"
)
SCHOOL = "<School><Naam>De Verzonnen School</Naam><Brin>99xx</Brin><Vestiging>0</Vestiging></School>"


def reference(*pupils: str, school: str = SCHOOL, before: str = "", after: str = "") -> str:
    """An export in the reference layout."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<DodReferentie versie="1">{before}{school}'
        f"<Leerlingen>{''.join(pupils)}</Leerlingen>{after}</DodReferentie>"
    )


def edex(*pupils: str, version: str = "2.0", after: str = "") -> str:
    """An export in EDEXML."""
    return (
        f"<EDEX><school><schooljaar>2016-2017</schooljaar><brincode>99XX</brincode><xsdversie>{version}</xsdversie>"
        f"</school><leerlingen>{''.join(pupils)}</leerlingen>{after}</EDEX>"
    )


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def schools(folder: Path) -> Path:
    return write(folder / "scholen.csv", SCHOOLS)


def supplement(folder: Path, *rows: dict[str, str], name: str = "aanvulling.csv") -> Path:
    """A supplement with these rows; columns in order of appearance."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [";".join(columns), *(";".join(row.get(column, "") for column in columns) for row in rows)]
    return write(folder / name, "\n".join(lines) + "\n")


def convert(out: Path, exports: Sequence[Path] | Path, transfer: str = "POVO", **options: Any) -> Result:
    """Run the whole pipeline, with only the supplements that are given here.

    The pupils of this kit are in group 8, so between secondary schools only the validator counts.
    """
    paths = [exports] if isinstance(exports, Path) else list(exports)
    given = {
        "exports": paths,
        "transfer": transfer,
        "out_dir": out,
        "datum": DATUM,
        "remember": False,
        "file_names": True,
    }
    given |= {"validator_only": transfer.startswith("VO")} | options
    return run(Options(**given), Quiet())


def totals(out: Path, result: Result) -> dict[str, Any]:
    """The numbers of a run, as `run --json` gives them."""
    with Ledger.open(out) as ledger:
        return summary(ledger, result.run_id)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def dossiers(out: Path) -> dict[str, bytes]:
    """Every dossier file by state/BRIN/name."""
    return tree(out / "dossiers")


def digest(files: dict[str, bytes]) -> str:
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
