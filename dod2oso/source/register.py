"""The school register (`--schools`): what no export knows about a school, such as its aanleverpunt."""

from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.brin import MAIN, typed_brin, typed_vestiging
from dod2oso.base.clock import run_date
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.xml import MARK
from dod2oso.findings.catalogue import entry
from dod2oso.source.oddtext import NO_VALUE, NUMBER_CELL
from dod2oso.source.plausible import Plausibility
from dod2oso.source.record import Group, own_group
from dod2oso.source.user_tables import TableRow, read_tables

FIELDS = ("naam", "aanleverpunt", "soort", "type", "naamdirecteur", "website")
_VISIT = ("straat", "nummer", "toevoeging", "postcode", "plaats", "gemeente")
COLUMNS = frozenset({"brin", "vestiging", "telefoon", "email", *FIELDS, *_VISIT, *(f"post_{name}" for name in _VISIT)})
_NUMBERS = frozenset({"vestiging", "nummer", "post_nummer", "naam"})  # columns that a number cell does no harm


@dataclass(frozen=True, slots=True)
class Register:
    """Schools by BRIN and vestiging, as groups that the mapping reads under `register.`"""

    schools: dict[tuple[str, str], Group]

    def find(self, brin: str, vestiging: str) -> Group | None:
        """The location; another one of the same school is another address, and never stands in for it."""
        return self.schools.get((brin, vestiging))


EMPTY = Register({})


def read_register(path: Path) -> Register:
    """Read the register; ConfigurationError, naming the row, when a column is unknown or a school stands twice."""
    schools: dict[tuple[str, str], Group] = {}
    plausible = Plausibility(run_date(None))
    for table in read_tables(path):
        if "brin" not in table.columns:
            raise ConfigurationError("register-no-brin", file=table.name)
        unknown = [name for name in table.columns if name not in COLUMNS and not name.startswith("#")]
        if unknown:
            raise ConfigurationError(
                "register-columns", file=table.name, columns=", ".join(unknown), known=", ".join(sorted(COLUMNS))
            )
        for row in table.rows:
            cells = row.cells
            if any(MARK in text for text in cells.values()):
                raise ConfigurationError("register-control-characters", place=row.place)
            cells = _believed(row)
            key = _key(row, cells)
            if key in schools:
                raise ConfigurationError("register-double", place=row.place, brin=key[0], vestiging=key[1])
            _judge(row, cells, plausible)
            schools[key] = _school(key, cells)
    return Register(schools)


# Which rules a column of the register is under; the kind of number is in the name of its column.
_LIKE = {"telefoon": ("school.communicatie[].nummer", "telefoon"), "email": ("school.communicatie[].nummer", "e-mail")}
_LIKE |= {prefix + name: (f"school.adressen[].{name}", "") for prefix in ("", "post_") for name in _VISIT}


def _believed(row: TableRow) -> dict[str, str]:
    """The cells without signs for "no value". ConfigurationError, naming the cell, for one that is no text.

    A number is fine where it is no more than a number; else zeros in front of it may be lost.
    """
    for column, code in row.odd.items():
        if code != NO_VALUE and not (code == NUMBER_CELL and column in _NUMBERS) and not column.startswith("#"):
            place = row.sheet.cell(row.number, column)
            raise ConfigurationError("register-cell-odd", place=place, column=column, problem=entry(code))
    return {column: text for column, text in row.cells.items() if row.odd.get(column) != NO_VALUE}


def _key(row: TableRow, cells: dict[str, str]) -> tuple[str, str]:
    """BRIN and location: also from a BRIN with its location behind it (99XX01), as DUO writes those."""
    brin, location = typed_brin(cells.get("brin", "")), cells.get("vestiging", "").upper()
    if not brin:
        raise ConfigurationError("register-row-no-brin", place=row.place)
    found = {typed_vestiging(text) for text in (brin[4:], location.removeprefix(brin[:4])) if text}
    if len(brin) not in (4, 6) or len(found) > 1 or any(len(text) > 2 for text in found):
        raise ConfigurationError("register-location", place=row.place)
    return brin[:4], next(iter(found), MAIN)


def _judge(row: TableRow, cells: dict[str, str], plausible: Plausibility) -> None:
    """ConfigurationError, naming the cell, for a value that cannot be."""
    for column, (name, kind) in _LIKE.items():
        wanted = plausible.problem(name, cells[column], kind=kind) if column in cells else None
        if wanted is not None:
            place = row.sheet.cell(row.number, column)
            raise ConfigurationError("register-value-implausible", place=place, column=column, wanted=wanted)


def _school(key: tuple[str, str], cells: dict[str, str]) -> Group:
    values = {name: cells.get(name, "") for name in FIELDS}
    school = own_group({"brin": key[0], "vestiging": key[1], **values}, "register")
    addresses = []
    for kind, prefix in (("bezoek", ""), ("post", "post_")):
        address = {name: cells[prefix + name] for name in _VISIT if prefix + name in cells}
        if address:
            addresses.append(own_group({"soort": kind, **address}, "register.adressen[]"))
    school.lists["adressen"] = addresses
    school.lists["communicatie"] = [
        own_group({"soort": kind, "aanduiding": "werk", "nummer": cells[column]}, "register.communicatie[]")
        for column, kind in (("telefoon", "telefoon"), ("email", "e-mail"))
        if column in cells
    ]
    return school
