"""The school register (`--schools`): what no export knows about a school, such as its aanleverpunt."""

from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.brin import MAIN, typed_brin, typed_vestiging
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.xml import UNWRITABLE
from dod2oso.source.record import Group, own_group
from dod2oso.source.user_tables import read_tables

FIELDS = ("naam", "aanleverpunt", "soort", "type", "naamdirecteur", "website")
_VISIT = ("straat", "nummer", "toevoeging", "postcode", "plaats", "gemeente")
COLUMNS = frozenset({"brin", "vestiging", "telefoon", "email", *FIELDS, *_VISIT, *(f"post_{name}" for name in _VISIT)})


@dataclass(frozen=True, slots=True)
class Register:
    """Schools by BRIN and vestiging, as groups that the mapping reads under `register.`"""

    schools: dict[tuple[str, str], Group]

    def find(self, brin: str, vestiging: str) -> Group | None:
        """The location, else the school's main location (00)."""
        return self.schools.get((brin, vestiging)) or self.schools.get((brin, MAIN))


EMPTY = Register({})


def read_register(path: Path) -> Register:
    """Read the register; ConfigurationError, naming the row, when a column is unknown or a school stands twice."""
    schools: dict[tuple[str, str], Group] = {}
    for table in read_tables(path):
        if "brin" not in table.columns:
            raise ConfigurationError(
                f"{table.name}: de kolom 'brin' ontbreekt. Staan de kolomnamen op de eerste rij?",
                f"{table.name}: the column 'brin' is missing. Are the column names in the first row?",
            )
        unknown = [name for name in table.columns if name not in COLUMNS and not name.startswith("#")]
        if unknown:
            raise ConfigurationError(
                f"{table.name}: onbekende kolom(men): {', '.join(unknown)}. Toegestaan: {', '.join(sorted(COLUMNS))}.",
                f"{table.name}: unknown column(s): {', '.join(unknown)}. Allowed: {', '.join(sorted(COLUMNS))}.",
            )
        for row in table.rows:
            cells = row.cells
            if any(UNWRITABLE.search(text) for text in cells.values()):
                raise ConfigurationError(
                    f"{row.place}: bevat stuurtekens die niet in een dossier kunnen staan.",
                    f"{row.place}: holds control characters that cannot stand in a dossier.",
                )
            key = (typed_brin(cells.get("brin", "")), typed_vestiging(cells.get("vestiging", MAIN)))
            if not key[0]:
                raise ConfigurationError(f"{row.place}: geen BRIN.", f"{row.place}: no BRIN.")
            if key in schools:
                raise ConfigurationError(
                    f"{row.place}: BRIN {key[0]} vestiging {key[1]} staat er twee keer.",
                    f"{row.place}: BRIN {key[0]} location {key[1]} stands there twice.",
                )
            schools[key] = _school(key, cells)
    return Register(schools)


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
