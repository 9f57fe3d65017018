"""Of which pupils a run makes dossiers, and of whom it may not any more.

Whoever is not chosen is counted as such, and is no refusal: nothing of that pupil leaves, and nobody is asked anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import EXPIRED, NOT_CHOSEN, State
from dod2oso.mapping.apply import find
from dod2oso.oso.transfers import Transfer
from dod2oso.run.misfits import present_groups
from dod2oso.source.record import Group
from dod2oso.source.user_tables import stream_tables
from dod2oso.supplement.claims import RowFinder
from dod2oso.supplement.pupil import COLUMNS, Keys, Named
from dod2oso.supplement.rows import Row, Supplement

LEFT, YEAR_UNKNOWN = "leerling.datumuitschrijving", "jaargroep-onbekend"
CODES: dict[State, str] = {NOT_CHOSEN: "leerling-niet-gekozen", EXPIRED: "bewaartermijn-voorbij"}
REASONS: dict[State, str] = {NOT_CHOSEN: "niet-gekozen", EXPIRED: "bewaartermijn"}  # keys of reasons.yaml
_CAREER = ("huidigeschool", "leerling", "schoolloopbaanlijst")
_GROUPS = ("groep.naam", "leerling.groep", "groep.sleutel", "groep.omschrijving")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked: a pupil is chosen when all that is said here holds. Nothing said: every pupil.

    `by_default`: where nobody said whom, take what the transfer itself implies. `keep_years`: how long after leaving a
    pupil's data may be converted, None for always.
    """

    jaargroep: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    pupils: Path | None = None
    left_after: date | None = None
    by_default: bool = False
    keep_years: int | None = None

    @property
    def says_whom(self) -> bool:
        return bool(self.jaargroep or self.groups or self.pupils)


EVERYBODY = Selection()


class Aside(NamedTuple):
    """What to do with a record: its state when no dossier is made ("" when one is), and what keeps a dossier home."""

    state: State | str
    finding: Finding | None = None


@dataclass(slots=True)
class Chooser:
    """Decides of each record, for one transfer on one day."""

    selection: Selection
    kind: Transfer
    today: date
    finder: RowFinder | None = None
    listed: Supplement = field(default_factory=Supplement)
    _groups: frozenset[str] = frozenset()
    _years: frozenset[str] = frozenset()
    _nobody: bool = False

    @classmethod
    def of(cls, selection: Selection, kind: Transfer, today: date, pseudonyms: Pseudonyms) -> "Chooser":
        """ConfigurationError when the list of pupils cannot be read or names nobody."""
        listed = read_pupils(selection.pupils) if selection.pupils is not None else Supplement()
        chooser = cls(selection, kind, today, RowFinder(listed, pseudonyms) if selection.pupils else None, listed)
        default = selection.by_default and not selection.says_whom
        chooser._groups = frozenset(name.casefold() for name in selection.groups)
        chooser._years = frozenset(selection.jaargroep or (kind.chosen_groups if default else ()))
        chooser._nobody = selection.by_default and kind.named_only and selection.pupils is None
        return chooser

    @property
    def takes_everybody(self) -> bool:
        return not (
            self._nobody or self._years or self._groups or self.finder is not None or self.selection.left_after
            or self.selection.keep_years is not None
        )  # fmt: skip

    def decide(self, root: Group, keys: Keys, nodes: Sequence[Any]) -> Aside:
        """What to do with a record, of which `nodes` are the dossier that would be made."""
        left = _date(root.value(LEFT))
        years = self.selection.keep_years
        if years is not None and left is not None and ended(left, years, self.today):
            return Aside(EXPIRED)
        if self._nobody or (self.selection.left_after and left is not None and left <= self.selection.left_after):
            return Aside(NOT_CHOSEN)
        if self.finder is not None and not self.finder.find(keys).rows:
            return Aside(NOT_CHOSEN)
        if self._groups and _groups_of(root).isdisjoint(self._groups):
            return Aside(NOT_CHOSEN)
        if self._years:
            present = present_groups(find(list(nodes), _CAREER) or [], self.today) - {"S"}  # that is no year group
            if not present:
                return Aside("", Finding(YEAR_UNKNOWN, "leerling.jaargroep", note=" ".join(sorted(self._years))))
            if present.isdisjoint(self._years):
                return Aside(NOT_CHOSEN)
        return Aside("")


def ended(left: date, years: int, today: date) -> bool:
    """Whether a term of so many years that began when a pupil left is over."""
    try:
        last = left.replace(year=left.year + years)
    except ValueError:  # 29 February
        last = date(left.year + years, 3, 1)
    return today > last


def read_pupils(path: Path) -> Supplement:
    """A list of pupils: rows that name them as a supplement does; whatever other columns say, they give nothing."""
    listed = Supplement()
    for table in stream_tables(path):
        if not set(COLUMNS) & set(table.columns):
            raise ConfigurationError("supplement-no-keys", file=table.name, known=", ".join(COLUMNS))
        for row in table.rows:
            named = Named.of(row.cells)
            if not named.names_pupil:
                raise ConfigurationError("pupils-row-nobody", place=row.place)
            listed.pupils.append(Row(row.sheet, row.number, named, (), "", {}, row.odd))
    if not listed.pupils:
        raise ConfigurationError("pupils-empty", file=path.name)
    return listed


def _groups_of(root: Group) -> set[str]:
    """The names and codes of the group that a pupil is in: of the pupil, or of the last school year of the career."""
    career = root.lists.get("loopbaan", [])
    last = max((step.value("schooljaar") or "" for step in career), default="")
    steps = [step for step in career if (step.value("schooljaar") or "") == last]
    said = [root.value(name) for name in _GROUPS]
    said += [step.value(name) for step in steps for name in ("groepsnaam", "groepscode")]
    return {text.casefold() for text in said if text}


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
