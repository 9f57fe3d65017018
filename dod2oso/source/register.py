"""The school register (`--schools`): what no export knows about a school, such as its aanleverpunt.

The first file says which schools are expected to deliver. A file of DUO (source/duo.py) holds all schools of the
country: it tells about them, and expects none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dod2oso.base.brin import MAIN, typed_brin, typed_vestiging
from dod2oso.base.clock import run_date
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.base.xml import MARK
from dod2oso.findings.catalogue import entry
from dod2oso.source.duo import as_ours, is_duo
from dod2oso.source.normalise import Unreadable, typed_date
from dod2oso.source.oddtext import NO_TEXT, NO_VALUE, NUMBER_CELL
from dod2oso.source.plausible import Plausibility
from dod2oso.source.record import Group, own_group
from dod2oso.source.user_tables import TableRow, read_tables

FIELDS = ("naam", "aanleverpunt", "soort", "type", "naamdirecteur", "website")
_VISIT = ("straat", "nummer", "toevoeging", "postcode", "plaats", "gemeente")
# about the work on its dossiers; none of this stands in a dossier
WORK = ("verwacht", "contactpersoon", "contactmail", "leverancier", "deadline")
COLUMNS = frozenset(
    {*WORK, "brin", "vestiging", "telefoon", "email", *FIELDS, *_VISIT, *(f"post_{name}" for name in _VISIT)}
)
_NUMBERS = frozenset(
    {"vestiging", "nummer", "post_nummer", "naam", "verwacht"}
)  # columns that a number cell does no harm


Key = tuple[str, str]  # BRIN and location


@dataclass(frozen=True, slots=True)
class Expected:
    """A school that is to deliver. `pupils`: how many, None when nobody said; `deadline`: one of its own; `unlisted`:
    it stands in none of the files of DUO that were given: closed, or a BRIN that is wrong.
    """

    brin: str
    vestiging: str
    name: str = ""
    pupils: int | None = None
    contact: str = ""
    mail: str = ""
    vendor: str = ""
    deadline: date | None = None
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """Schools by BRIN and vestiging, as groups that the mapping reads under `register.`; and which are expected."""

    schools: dict[Key, Group]
    expected: Mapping[Key, Expected] = field(default_factory=dict)

    def find(self, brin: str, vestiging: str) -> Group | None:
        """The location; another one of the same school is another address, and never stands in for it."""
        return self.schools.get((brin, vestiging))


EMPTY = Register({})


def read_register(path: Path, directories: Iterable[Path] = ()) -> Register:
    """Read the register, and what `directories` (files of DUO) know besides of its schools and of others.

    ConfigurationError, naming the row, when a column is unknown or a school stands twice and not with the same.
    """
    own, listed = _read(path)
    for directory in directories:
        more, also = _read(directory)
        listed = {**also, **more, **listed}
    schools = {key: _school(key, {**listed.get(key, {}), **own.get(key, {})}) for key in {**listed, **own}}
    expected = {key: _expected(key, listed.get(key, {}), cells, bool(listed)) for key, cells in own.items()}
    return Register(schools, expected)


Rows = dict[Key, dict[str, str]]


def _read(path: Path) -> tuple[Rows, Rows]:
    """The rows of a register of our own, and those of a file of DUO."""
    own: Rows = {}
    listed: Rows = {}
    plausible = Plausibility(run_date(None))
    for table in read_tables(path):
        if is_duo(table.columns):
            listed.update(_of_duo(table.rows, plausible))
            continue
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
            cells |= {"brin": key[0], "vestiging": key[1]}  # however they were written
            if own.get(key, cells) != cells:
                raise ConfigurationError("register-double", place=row.place, brin=key[0], vestiging=key[1])
            _judge(row, cells, plausible)
            own[key] = cells
    return own, listed


def _of_duo(rows: Sequence[TableRow], plausible: Plausibility) -> Iterable[tuple[Key, dict[str, str]]]:
    """What can be believed of each row: thousands of other schools must not stop the work on ours."""
    for row in rows:
        cells = {name: text for name, text in as_ours(row.cells).items() if MARK not in text}
        try:
            key = _key(row, cells)
        except ConfigurationError:
            continue
        wrong = {
            column
            for column, (name, kind) in _LIKE.items()
            if column in cells and plausible.problem(name, cells[column], kind=kind) is not None
        }
        yield key, {name: text for name, text in cells.items() if name not in wrong}


def _expected(key: Key, listed: Mapping[str, str], cells: Mapping[str, str], any_listed: bool) -> Expected:
    """What the register says of the work; the dates and numbers in it were judged."""
    return Expected(
        *key,
        name=cells.get("naam", "") or listed.get("naam", ""),
        pupils=int(cells["verwacht"]) if "verwacht" in cells else None,
        contact=cells.get("contactpersoon", ""),
        mail=cells.get("contactmail", "") or cells.get("email", ""),
        vendor=cells.get("leverancier", ""),
        deadline=date.fromisoformat(typed_date(cells["deadline"])) if "deadline" in cells else None,
        unlisted=any_listed and not listed,
    )


# Which rules a column of the register is under; the kind of number is in the name of its column.
_LIKE = {"telefoon": ("school.communicatie[].nummer", "telefoon"), "email": ("school.communicatie[].nummer", "e-mail")}
_LIKE |= {prefix + name: (f"school.adressen[].{name}", "") for prefix in ("", "post_") for name in _VISIT}


def _believed(row: TableRow) -> dict[str, str]:
    """The cells without signs for "no value". ConfigurationError, naming the cell, for one that is no text.

    A number is fine where it is no more than a number; else zeros in front of it may be lost.
    """
    for column, code in row.odd.items():
        if (
            code != NO_VALUE
            and not (code == NUMBER_CELL and column in _NUMBERS)
            and not (code in (NO_TEXT, NUMBER_CELL) and column == "deadline")
            and not column.startswith("#")
        ):
            place = row.sheet.cell(row.number, column)
            raise ConfigurationError("register-cell-odd", place=place, column=column, problem=entry(code))
    return {column: text for column, text in row.cells.items() if row.odd.get(column) != NO_VALUE}


def _key(row: TableRow, cells: Mapping[str, str]) -> Key:
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
    for column in ("verwacht", "deadline"):
        if column in cells and not _fits(column, cells[column]):
            place = row.sheet.cell(row.number, column)
            wanted_here = Text("expected-number") if column == "verwacht" else Text("expected-date")
            raise ConfigurationError("register-value-implausible", place=place, column=column, wanted=wanted_here)


def _fits(column: str, text: str) -> bool:
    if column == "verwacht":
        return text.isascii() and text.isdigit() and len(text) < 6
    try:
        date.fromisoformat(typed_date(text))
    except (Unreadable, ValueError):
        return False
    return True


def _school(key: Key, cells: dict[str, str]) -> Group:
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
