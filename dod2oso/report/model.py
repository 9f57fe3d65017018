"""The gap report as data: every rendering shows these numbers and no others.

Size: schools, fields, causes and exports; never the number of dossiers. Only `waiting` lists dossiers, and it
is capped; renderings that can be long stream the rest from the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from dod2oso.findings import catalogue
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import SEVERITIES
from dod2oso.findings.outcome import EXPIRED, NOT_CHOSEN, STATES
from dod2oso.ledger.exports import ASIDE
from dod2oso.ledger.store import Ledger
from dod2oso.oso.versions import known_versions, outdated
from dod2oso.report import queries
from dod2oso.report.actions import ActionPart, Undelivered, action_parts, to_list, waiting_statuses
from dod2oso.report.deliveries import Delivered, delivered
from dod2oso.report.extras import Extras
from dod2oso.report.facts import RunFacts, run_facts
from dod2oso.report.make_extras import make_extras
from dod2oso.report.osofields import CategoryPart, TargetPart, oso_fields
from dod2oso.report.queries import Waiting
from dod2oso.report.tally import Tally, tally
from dod2oso.report.texts import CauseKey, Lexicon
from dod2oso.report.unadvised import ready_without_advice

CAUSES_PER_SCHOOL = 3
EXAMPLES = 3  # shapes with a finding


@dataclass(slots=True)
class States:
    """Numbers of dossiers."""

    ready: int = 0
    held: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        return self.ready + self.held + self.rejected

    @property
    def waiting(self) -> int:
        return self.held + self.rejected

    def add(self, state: str, n: int) -> None:
        setattr(self, state, getattr(self, state) + n)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why dossiers cannot go yet; `only`: in how many of them nothing else is in the way."""

    key: CauseKey
    text: str
    remedy: str
    dossiers: int
    only: int


@dataclass(frozen=True, slots=True)
class ExportPart:
    """How one export was read and what came of it; `notes` are findings about the export itself."""

    name: str
    profile: str
    status: str
    datum: str
    dossiers: States
    balance: Balance
    notes: tuple["FindingPart", ...]

    @property
    def unread(self) -> bool:
        """Whether nothing of it was read; those come first where a list is cut off."""
        return self.status == "unreadable"


@dataclass(frozen=True, slots=True)
class Unread:
    """An export that cannot be read, and why."""

    export: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """Who must do something (`school`, `bestuur` or `besluit`: somebody who decides), and in how many dossiers."""

    who: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class SchoolPart:
    """One school. `stand`: a key of STANDS; `expected`: how many pupils, None when nobody said; `files`: the exports of
    it that count; `unread`: those that cannot be read, each with why; `over`: dossiers handed over.
    """

    brin: str
    vestiging: str
    dossiers: States
    causes: tuple[Cause, ...]  # the heaviest few
    name: str = ""
    stand: str = ""
    expected: int | None = None
    deadline: str = ""  # one of its own, ISO
    files: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    over: int = 0
    not_chosen: int = 0
    expired: int = 0
    replaced: int = 0
    waits_for: tuple[WaitsFor, ...] = ()

    @property
    def open(self) -> int:
        """How many dossiers are not ready, with those of pupils that still have to come in."""
        return self.dossiers.waiting + max(0, (self.expected or 0) - self.dossiers.total)


# How a school stands, from the worst to the best.
STANDS = ("nothing", "unreadable", "waiting", "incomplete", "ready", "over", "none-chosen")


@dataclass(frozen=True, slots=True)
class ReasonPart:
    """Values of one field that stayed behind for one reason."""

    outcome: str
    reason: str
    text: str
    legal: bool
    ground: str  # the article, where the law forbids the field as such
    count: int


@dataclass(slots=True)
class FieldPart:
    """What became of the values of one source field, or of one path that no profile binds (label "")."""

    name: str
    label: str
    mapped: int = 0
    dropped: int = 0
    unmapped: int = 0
    refused: int = 0
    decided: int = 0  # values of which a person decided what they mean, or that they stay behind
    reasons: list[ReasonPart] = field(default_factory=list)

    @property
    def behind(self) -> int:
        return self.dropped + self.unmapped + self.refused

    @property
    def legal(self) -> int:
        return sum(part.count for part in self.reasons if part.legal)


@dataclass(frozen=True, slots=True)
class FindingPart:
    """Findings with one cause over the whole run."""

    key: CauseKey
    severity: str
    text: str
    remedy: str
    count: int
    dossiers: int
    schools: int
    examples: tuple[str, ...]  # shapes of values (99-99-9999), the commonest first


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """What one decision of a person did: how many values of a field it decided, in how many dossiers.

    `outcome` is a finding code: used, left behind, contradicted, or asked for by nothing (then `count` is 0).
    """

    id: str
    field: str
    label: str
    outcome: str
    count: int
    dossiers: int


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """What came of all exports of one layout, by the source profile that read them."""

    profile: str
    exports: int
    dossiers: States
    balance: Balance


@dataclass(frozen=True, slots=True)
class Report:
    lang: str
    transfer: str  # in words
    notice: str  # what to know of the OSO version: its school year is over; empty when there is nothing to say
    run: RunFacts
    dossiers: States
    balance: Balance
    withheld: int  # of the dropped values: on legal grounds
    left_out: int  # of the dropped values: for another written reason
    exports: tuple[ExportPart, ...]
    schools: tuple[SchoolPart, ...]
    first: tuple[Cause, ...]
    fields: tuple[FieldPart, ...]
    categories: tuple[CategoryPart, ...]
    targets: tuple[TargetPart, ...]
    profiles: tuple[ProfilePart, ...]
    findings: tuple[FindingPart, ...]
    decisions: tuple[DecisionPart, ...]
    handovers: dict[str, int]
    waiting: tuple[Waiting, ...]  # some of them (actions.to_list); dossiers.waiting is their number
    actions: tuple[ActionPart, ...]  # in the order to do them
    extras: Extras  # repairs, changes, trends, versions
    not_chosen: int = 0  # pupils outside the choice
    expired: int = 0  # pupils whose data may not be kept any more
    without_advice: int = 0  # of the ready dossiers, where this transfer asks for the advice of the school
    outbox_for: str = ""  # fingerprint of the certificate for which the outbox is enveloped; "": it is readable
    masked: bool = False  # small counts are hidden (masking.py)


def build(
    ledger: Ledger,
    run_id: str,
    lang: str = "nl",
    *,
    since: str = "",
    versions: bool = False,
    mapping: Path | None = None,
) -> Report:
    """Everything the report says about a run, in one consistent reading of the ledger.

    `since`: the earlier run to compare with (by default the one before); `versions`: compare the six OSO versions too,
    with the user's own `mapping` if there is one. UsageError when there is no such run.
    """
    with ledger.read() as connection:
        run = run_facts(connection, run_id)
        words = Lexicon(lang, run.oso, run.overstap)
        counts = queries.states(connection, run_id)
        exports = _exports(connection, run_id, counts, words)
        told = tally(connection, run_id)
        decisions = _decisions(connection, run_id, told, words)
        fields = _fields(connection, run_id, decisions, words)
        total = Balance()
        for export in exports:
            total.add(export.balance)
        states = _sum_states((row.state, row.n) for row in counts)
        categories, targets = _targets(connection, run_id, run, states.ready + states.held, words)
        withheld = sum(part.legal for part in fields)
        aside = queries.aside(connection, run_id)
        schools = _schools(connection, run_id, counts, told, words)
        return Report(
            lang=lang,
            transfer=words.transfer(),
            notice=_notice(run, lang),
            run=run,
            dossiers=states,
            balance=total,
            withheld=withheld,
            left_out=total.dropped - withheld,
            exports=exports,
            schools=schools,
            first=tuple(_cause(one.cause.key, one.dossiers, one.only, words) for one in told.blocking()),
            fields=fields,
            categories=categories,
            targets=targets,
            profiles=_profiles(exports),
            findings=_findings(told, words),
            decisions=decisions,
            handovers={row.state: row.n for row in queries.handed_over(connection, run_id)},
            waiting=tuple(queries.waiting(connection, run_id, to_list(connection, run_id))),
            actions=action_parts(waiting_statuses(connection, run_id), undelivered(schools), words, run.oso),
            not_chosen=aside.get(NOT_CHOSEN, 0),
            expired=aside.get(EXPIRED, 0),
            outbox_for=queries.outbox_for(connection),
            without_advice=ready_without_advice(connection, run_id, targets),
            extras=make_extras(connection, run_id, words, since=since, versions=versions, mapping=mapping),
        )


def run_and_schools(connection: Connection, run_id: str, lang: str = "nl") -> tuple[RunFacts, tuple[SchoolPart, ...]]:
    """The run and the schools in it, as the report says them but for the causes, without the rest: for who asks often.

    UsageError when there is no such run.
    """
    run = run_facts(connection, run_id)
    words = Lexicon(lang, run.oso, run.overstap)
    return run, _schools(connection, run_id, queries.states(connection, run_id), Tally(), words)


def _notice(run: RunFacts, lang: str) -> str:
    if run.oso not in known_versions():
        return ""  # the version was removed after the run
    found = outdated(run.oso, date.fromisoformat(run.datum))
    return found.text(lang) if found is not None else ""


def _exports(connection: Connection, run_id: str, counts: queries.Rows, words: Lexicon) -> tuple[ExportPart, ...]:
    notes: dict[int, list[FindingPart]] = defaultdict(list)
    for row in queries.export_findings(connection, run_id):
        key = queries.cause_of(row)
        said = words.cause(key)
        notes[row.export_id].append(
            FindingPart(key, catalogue.entry(row.code).severity, said.text, said.remedy, row.n, 0, 0, ())
        )
    states: dict[int, States] = defaultdict(States)
    for count in counts:
        states[count.export_id].add(count.state, count.n)
    return tuple(
        ExportPart(
            row.name,
            row.profile,
            row.status,
            row.datum,
            states[row.id],
            Balance.from_dict(row.balance),
            tuple(notes[row.id]),
        )
        for row in queries.run_exports_of(connection, run_id)
    )


def _schools(
    connection: Connection, run_id: str, counts: queries.Rows, told: Tally, words: Lexicon
) -> tuple[SchoolPart, ...]:
    states: dict[tuple[str, str], States] = defaultdict(States)
    for row in counts:
        states[row.brin, row.vestiging].add(row.state, row.n)
    known = delivered(connection, run_id)
    parts = []
    for school in {*states, *known}:
        facts, numbers = known.get(school, Delivered()), states[school]
        parts.append(
            SchoolPart(
                *school,
                numbers,
                tuple(
                    _cause(one.cause.key, one.dossiers, one.only, words)
                    for one in told.blocking_at(school, CAUSES_PER_SCHOOL)
                ),
                name=facts.name,
                stand=_stand(facts, numbers),
                expected=facts.expected,
                deadline=facts.deadline,
                files=tuple(facts.files),
                unread=tuple(Unread(name, words.cause(CauseKey(code, "", "", "")).text) for name, code in facts.unread),
                over=facts.over,
                not_chosen=facts.not_chosen,
                expired=facts.expired,
                replaced=facts.replaced,
                waits_for=tuple(
                    WaitsFor(who, n) for who, n in sorted(facts.waits_for.items(), key=lambda one: (-one[1], one[0]))
                ),
            )
        )
    return tuple(sorted(parts, key=lambda part: (not part.brin, -part.open, part.brin, part.vestiging)))


def undelivered(schools: Iterable[SchoolPart]) -> list[Undelivered]:
    """The schools of which nothing that can be read was delivered; without a number of pupils they count as none."""
    return [
        Undelivered(part.brin, part.vestiging, part.expected or 0, part.stand == "unreadable")
        for part in schools
        if part.brin and part.stand in ("nothing", "unreadable")
    ]


def _stand(facts: Delivered, numbers: States) -> str:
    if not numbers.total:
        if facts.unread:
            return "unreadable"
        return "none-chosen" if facts.not_chosen + facts.expired else "nothing"
    if numbers.waiting:
        return "waiting"
    if facts.expected is not None and numbers.total < facts.expected:
        return "incomplete"
    return "over" if facts.over >= numbers.ready else "ready"


def _decisions(connection: Connection, run_id: str, told: Tally, words: Lexicon) -> tuple[DecisionPart, ...]:
    if told.codes.isdisjoint(queries.DECIDED):
        return ()
    return tuple(
        DecisionPart(
            row.decision,
            row.field,
            words.field(row.field) if row.field else "",
            row.code,
            0 if row.code == queries.IDLE else row.n,
            row.dossiers,
        )
        for row in queries.decided(connection, run_id)
    )


def _fields(
    connection: Connection, run_id: str, decisions: Iterable[DecisionPart], words: Lexicon
) -> tuple[FieldPart, ...]:
    parts: dict[str, FieldPart] = {}
    for row in queries.fields(connection, run_id):
        part = parts.setdefault(row.field, FieldPart(row.field, words.field(row.field)))
        setattr(part, row.outcome, getattr(part, row.outcome) + row.n)
        if row.outcome != "mapped":
            legal = row.outcome == "dropped" and catalogue.reason(row.reason).legal
            part.reasons.append(
                ReasonPart(
                    row.outcome,
                    row.reason,
                    words.reason(row.reason, row.outcome),
                    legal,
                    words.ground(row.field, row.reason) if legal else "",
                    row.n,
                )
            )
    for decision in decisions:
        if decision.field and decision.count:
            name = decision.field
            parts.setdefault(name, FieldPart(name, words.field(name))).decided += decision.count
    return tuple(parts.values())


def _findings(told: Tally, words: Lexicon) -> tuple[FindingPart, ...]:
    parts = []
    shapes = told.shapes(EXAMPLES)
    for one in told.by_cause():
        key = one.cause.key
        said = words.cause(key)
        examples = shapes.get(key.code, ())
        parts.append(FindingPart(key, one.severity, said.text, said.remedy, one.n, one.dossiers, one.schools, examples))
    return tuple(sorted(parts, key=lambda part: SEVERITIES.index(part.severity)))


def _targets(
    connection: Connection, run_id: str, run: RunFacts, made: int, words: Lexicon
) -> tuple[tuple[CategoryPart, ...], tuple[TargetPart, ...]]:
    return oso_fields(queries.targets(connection, run_id), made, run.oso, run.overstap, words)


def _profiles(exports: Iterable[ExportPart]) -> tuple[ProfilePart, ...]:
    groups: dict[str, list[ExportPart]] = defaultdict(list)
    for export in exports:
        if export.profile and export.profile not in ASIDE:
            groups[export.profile].append(export)
    parts = []
    for name, members in sorted(groups.items()):
        states, balance = States(), Balance()
        for export in members:
            balance.add(export.balance)
            for state in STATES:
                states.add(state, getattr(export.dossiers, state))
        parts.append(ProfilePart(name, len(members), states, balance))
    return tuple(parts)


def _cause(key: CauseKey, dossiers: int, only: int, words: Lexicon) -> Cause:
    said = words.cause(key)
    return Cause(key, said.text, said.remedy, dossiers, only)


def _sum_states(counts: Iterable[tuple[str, int]]) -> States:
    total = States()
    for state, n in counts:
        total.add(state, n)
    return total
