"""What the findings of a run come to, from one reading of them: by cause, by school, what blocks, how values look.

A region has millions of findings and a few hundred kinds of them. The database puts the kinds of one dossier together
in a line of text, by its index; here each kind is taken apart once, and for a dossier only sets of numbers are added.
To group the rows themselves the database would sort all of them, several times.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Label, String, case, cast, func, literal, select

from dod2oso.findings import catalogue
from dod2oso.findings.model import detail_of
from dod2oso.findings.outcome import STATES
from dod2oso.ledger.rows import REASON, exports_of, in_pages
from dod2oso.ledger.tables import dossiers, findings
from dod2oso.report.texts import REASONED, CauseKey

School = tuple[str, str]  # brin, vestiging

_BETWEEN, _WITHIN = "\x1e", "\x1f"  # kinds, and the words of one: no name and no path holds these


class Common(NamedTuple):
    """What findings have in common, as a ledger holds it; `key`: what it is called by."""

    code: str
    rule: str
    target: str
    note: str
    place: str

    @property
    def key(self) -> CauseKey:
        return CauseKey(self.code, self.rule, self.target, detail_of(self.note, self.place))


class Counted(NamedTuple):
    """Findings with one cause: how many, in how many dossiers and schools."""

    severity: str
    cause: Common
    n: int
    dossiers: int
    schools: int


class Blocking(NamedTuple):
    """What keeps so many dossiers from going; `only`: in how many nothing else does."""

    cause: Common
    dossiers: int
    only: int


@dataclass(slots=True)
class Tally:
    """The counts of one run; of schools and kinds, never of dossiers."""

    causes: list[tuple[str, Common]] = field(default_factory=list)  # severity and cause, by number
    _numbers: dict[tuple[str, Common], int] = field(default_factory=dict)
    _kinds: "_Kinds" = field(init=False)
    _found: Counter[str] = field(default_factory=Counter)  # by kind
    _dossiers: Counter[int] = field(default_factory=Counter)  # by cause
    _alone: Counter[int] = field(default_factory=Counter)
    _schools: dict[School, set[int]] = field(default_factory=dict)
    _blocked: dict[School, Counter[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds = _Kinds(self)

    @property
    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {cause.code for _severity, cause in self.causes}

    def number_of(self, severity: str, cause: Common) -> int:
        """The number of a cause, given when it is first met."""
        known = self._numbers.setdefault((severity, cause), len(self.causes))
        if known == len(self.causes):
            self.causes.append((severity, cause))
        return known

    def add(self, kinds: Sequence[str], school: School | None = None, *, waits: bool = False) -> None:
        """The findings of one dossier of a school, or (without one) those about exports."""
        self._found.update(kinds)
        causes = set(map(self._kinds.__getitem__, kinds))
        if school is None:
            return
        self._dossiers.update(causes)
        if school[0]:
            self._schools.setdefault(school, set()).update(causes)
        if waits:
            errors = {number for number in causes if self.causes[number][0] == "error"}
            self._blocked.setdefault(school, Counter()).update(errors)
            if len(errors) == 1:
                self._alone.update(errors)

    def by_cause(self) -> list[Counted]:
        """Every cause, that of the most dossiers first."""
        n: Counter[int] = Counter()
        for kind, times in self._found.items():
            n[self._kinds[kind]] += self._kinds.looks[kind][1] * times
        schools: Counter[int] = Counter()
        for causes in self._schools.values():
            schools.update(causes)
        counted = [
            Counted(severity, cause, n[number], self._dossiers[number], schools[number])
            for number, (severity, cause) in enumerate(self.causes)
        ]
        return sorted(counted, key=lambda one: (-one.dossiers, -one.n, one.cause))

    def shapes(self, most: int) -> dict[str, tuple[str, ...]]:
        """By code what the values behind its findings look like, the commonest first."""
        seen: dict[str, Counter[str]] = {}
        for kind, times in self._found.items():
            shape, n = self._kinds.looks[kind]
            if shape:
                seen.setdefault(self.causes[self._kinds[kind]][1].code, Counter())[shape] += n * times
        return {
            code: tuple(shape for shape, _n in sorted(shapes.items(), key=lambda each: (-each[1], each[0]))[:most])
            for code, shapes in seen.items()
        }

    def blocking(self) -> list[Blocking]:
        """What keeps dossiers from going, the heaviest first."""
        total: Counter[int] = Counter()
        for counted in self._blocked.values():
            total.update(counted)
        found = [Blocking(self.causes[number][1], n, self._alone[number]) for number, n in total.items()]
        return sorted(found, key=lambda one: (-one.dossiers, -one.only, one.cause))

    def blocking_at(self, school: School, most: int) -> list[Blocking]:
        """The heaviest few of a school; `only` is not counted there."""
        counted = self._blocked.get(school, Counter())
        found = sorted((-n, self.causes[number][1]) for number, n in counted.items())
        return [Blocking(cause, -n, 0) for n, cause in found[:most]]


class _Kinds(dict[str, int]):
    """The cause of each kind, taken apart when it is first met; besides, of each how its value looks and how many."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally
        self.looks: dict[str, tuple[str, int]] = {}

    def __missing__(self, said: str) -> int:
        severity, code, count, reason, shape, target, note, place = said.split(_WITHIN, 7)
        self.looks[said] = shape, int(count)
        cause = self[said] = self._tally.number_of(severity, common(code, reason, target, note, place))
        return cause


def common(code: str, reason: str, target: str, note: str, place: str) -> Common:
    """What a finding has in common with others: those of OSO their rule, or else what the schema says of which place;
    those about an export that was not read why; all others their code. `queries` groups in the same way.
    """
    in_oso, reasoned = catalogue.entry(code).layer == "oso", code in REASONED and reason != ""
    unruled = in_oso and not reason
    told = unruled or reasoned
    return Common(
        code,
        reason if in_oso or reasoned else "",
        target if unruled else "",
        note if told else "",
        place if told else "",
    )


def tally(connection: Connection, run_id: str) -> Tally:
    """Of a run, in one reading."""
    found = Tally()
    ours = exports_of(run_id)
    kind = _kind()
    about_exports = select(kind).where(findings.c.export_id.in_(ours), findings.c.dossier.is_(None))
    found.add(list(connection.scalars(about_exports)))
    told = select(func.aggregate_strings(kind.element, _BETWEEN)).where(findings.c.dossier == dossiers.c.id)
    rows = select(dossiers.c.brin, dossiers.c.vestiging, dossiers.c.state, told.scalar_subquery().label("told"))
    for row in in_pages(connection, rows.where(dossiers.c.export_id.in_(ours))):
        if row.told:
            waits = row.state in STATES and row.state != "ready"
            found.add(row.told.split(_BETWEEN), (row.brin, row.vestiging), waits=waits)
    return found


def _kind() -> Label[Any]:
    """All that is counted of a finding, in one text."""
    one = findings.c
    said = [code for code, entry in catalogue.entries().items() if entry.layer == "oso" or code in REASONED]
    between = literal(_WITHIN)
    where = case((one.code.in_(said), one.target + between + one.note + between + one.place), else_=_WITHIN + _WITHIN)
    text = one.severity + between + one.code + between + cast(one.count, String)
    return (text + between + REASON + between + one.shape + between + where).label("kind")
