"""Who a pupil is: by what a record, a row of a table and the ledger are known to be about the same one.

The only module that answers "whose is it". A pupil is known by school and number, else by school, name and date of
birth; outside memory (the ledger) all of that but the school stands as HMAC. No key is believed to be unique: that is
seen over all records of a run (see `whose`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from dod2oso.base.brin import MAIN, brin_of, typed_brin, typed_vestiging, vestiging_of
from dod2oso.base.pseudonym import LENGTH, Pseudonyms
from dod2oso.source.normalise import Unreadable, typed_date
from dod2oso.source.record import Group

# The columns with which a row of a user's table says whom it is about; `dossier` is what aanvulling.xlsx wrote there.
COLUMNS = ("brin", "vestiging", "leerlingid", "achternaam", "geboortedatum", "dossier")

# The fields of a record that say who it is about.
PGN_FIELDS = ("leerling.bsn", "leerling.onderwijsnummer", "leerling.pgn")
IDENTIFYING = frozenset(
    {"school.brin", "school.vestiging", "leerling.leerlingid", "leerling.sleutel", "leerling.achternaam"}
    | {"leerling.roepnaam", "leerling.geboortedatum"}
)
# What tells who a pupil is.
_WHO = ("leerling.achternaam", "leerling.roepnaam", "leerling.voornamen", "leerling.geboortedatum", *PGN_FIELDS)

_PASSING = "#"  # a key of EDEXML that begins so does not last


class Keys(NamedTuple):
    """By what somebody is found: the school as it is, all else as HMAC; "" where that is not known or not said.

    `apart`, of a row only: the name that its hidden key holds, because two pupils have one pseudonym (see hidden_key).
    """

    brin: str = ""
    vestiging: str = ""
    pseudonym: str = ""
    number: str = ""
    name: str = ""
    apart: str = ""

    @property
    def found_by(self) -> tuple[str, str, str]:
        """What a row or dossier is looked up by."""
        return self.pseudonym, self.number, self.name


NOBODY = Keys()


class Pupil(NamedTuple):
    """Who a record is about; of all this only the school is written down as it is."""

    brin: str
    vestiging: str
    leerlingid: str
    name: str
    born: str
    pgn: str

    @classmethod
    def of(cls, root: Group) -> "Pupil":
        """Who a record says that it is about."""

        def value(*names: str) -> str:
            return next((found for name in names if (found := root.value(name))), "")

        key = value("leerling.sleutel")  # goes into OSO as leerlingid
        return cls(
            brin=brin_of(value("school.brin")),
            vestiging=vestiging_of(value("school.vestiging")),
            leerlingid=value("leerling.leerlingid") or ("" if key.startswith(_PASSING) else key),
            name=value("leerling.achternaam", "leerling.roepnaam"),
            born=value("leerling.geboortedatum"),
            pgn=value(*PGN_FIELDS),
        )

    def keys(self, pseudonyms: Pseudonyms, record: int) -> Keys:
        """By what rows find this pupil; `record` is the number of the record, when nothing else tells who it is."""
        return Keys(
            self.brin,
            self.vestiging,
            self._pseudonym(pseudonyms, record),
            number_key(pseudonyms, self.leerlingid),
            name_key(pseudonyms, self.name, self.born),
        )

    def _pseudonym(self, pseudonyms: Pseudonyms, record: int) -> str:
        """The same pupil keeps the same pseudonym over exports: by the school's own number, else PGN, else name.

        A number is only a location's own; the main one is left out, for most exports do not name it.
        """
        at = (self.brin,) if self.vestiging == MAIN else (self.brin, self.vestiging)
        if self.leerlingid:
            return pseudonyms.of("leerling", *at, self.leerlingid)
        if self.pgn:
            return pseudonyms.of("leerling-pgn", self.pgn)
        if self.name:
            return pseudonyms.of("leerling-naam", *at, self.name.lower(), self.born)
        return pseudonyms.of("record", self.brin, str(record))


UNKNOWN = Pupil("", "", "", "", "", "")


def names_nobody(root: Group) -> bool:
    """Whether a record tells of a pupil no more than a number of the school: results of tests, without who it is."""
    return not any(root.value(name) for name in _WHO)


class Named(NamedTuple):
    """Whom a row of a user's table names, as typed; "" where a cell is empty."""

    brin: str
    vestiging: str
    leerlingid: str
    name: str
    born: str
    dossier: str

    @classmethod
    def of(cls, cells: Mapping[str, str]) -> "Named":
        """Read the key cells of a row. A date that is none finds nobody."""
        born = cells.get("geboortedatum", "")
        try:
            born = typed_date(born)
        except Unreadable:
            pass
        return cls(
            brin=typed_brin(cells.get("brin", "")),
            vestiging=typed_vestiging(cells["vestiging"]) if "vestiging" in cells else "",
            leerlingid=cells.get("leerlingid", ""),
            name=cells.get("achternaam", ""),
            born=born,
            dossier=cells.get("dossier", "").lower(),
        )

    @property
    def names_pupil(self) -> bool:
        """Whether it is about a pupil at all; else about a school, or about nobody."""
        return bool(self.dossier or self.leerlingid or (self.name and self.born))

    def keys(self, pseudonyms: Pseudonyms) -> Keys:
        """What a pupil's own keys are compared with."""
        return Keys(
            self.brin,
            self.vestiging,
            self.dossier[:LENGTH],
            number_key(pseudonyms, self.leerlingid),
            name_key(pseudonyms, self.name, self.born),
            self.dossier[LENGTH:],
        )


class Whose(Enum):
    """What a row has to do with a pupil."""

    OTHER = "other"
    OWN = "own"
    DISPUTED = "disputed"  # one thing that the row names is this pupil's, another is not


def whose(row: Keys, pupil: Keys) -> Whose:
    """Whether a row is about a pupil: everything that it names is theirs.

    The pseudonym is the strongest claim, then the number, then name and date of birth. Without a pseudonym of this
    folder (a sheet of another one) the number decides. A row of another school or location is about somebody else, and
    so is one whose hidden key tells this pupil from the other of the same number.
    """
    if row.apart and (row.pseudonym, row.apart) != (pupil.pseudonym, pupil.name):
        return Whose.OTHER
    if row.brin not in ("", pupil.brin) or row.vestiging not in ("", pupil.vestiging):
        return Whose.DISPUTED if row.pseudonym and row.pseudonym == pupil.pseudonym else Whose.OTHER
    claims = [own == said for said, own in zip(row.found_by, pupil.found_by, strict=True) if said]
    if row.pseudonym and not claims[0]:
        claims = claims[1:]
    if not claims or not any(claims):
        return Whose.OTHER
    if all(claims):
        return Whose.OWN
    return Whose.DISPUTED if row.pseudonym == pupil.pseudonym or row.number == pupil.number != "" else Whose.OTHER


def hidden_key(pseudonym: str, key_name: str, *, shared: bool) -> str:
    """What aanvulling.xlsx writes to find this dossier again, and no other.

    The pseudonym is enough and outlives a corrected name; only where pupils share it (one number on two records) the
    name is added. Where that does not tell them apart either the row will be refused as that of several pupils.
    """
    return pseudonym + key_name if shared else pseudonym


def number_key(pseudonyms: Pseudonyms, leerlingid: str) -> str:
    """The school's own number of a pupil, without the school."""
    return pseudonyms.of("nummer", leerlingid) if leerlingid else ""


def name_key(pseudonyms: Pseudonyms, name: str, born: str) -> str:
    """Surname and date of birth (ISO)."""
    return pseudonyms.of("naam", name.lower(), born) if name and born else ""


def pgn_key(pseudonyms: Pseudonyms, pgn: str | None) -> str:
    """The personal number, by which doubles and a request from a receiver find a pupil."""
    return pseudonyms.of("pgn", pgn) if pgn else ""
