"""What must be done, by whom, and how many dossiers that frees: the causes put together as people work.

The words and what belongs together stand in mappings/actions.yaml. What an action frees is computed from the needs of
each dossier (supplement/needs.py), which were found by filling it in on trial: never by subtracting counts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, func, select

from dod2oso.findings.catalogue import entries
from dod2oso.findings.outcome import UNCOUNTED
from dod2oso.ledger.duplicates import CODE as DOUBLE
from dod2oso.ledger.duplicates import NUMBER
from dod2oso.ledger.rows import exports_of, in_pages
from dod2oso.ledger.tables import dossiers, findings
from dod2oso.report.texts import CauseKey, Lexicon
from dod2oso.supplement.actions import Action, action_of_cause, actions, actions_of, special
from dod2oso.supplement.goals import gain, shortest
from dod2oso.supplement.labels import column_label
from dod2oso.supplement.needs import UNFIXABLE, Needs
from dod2oso.supplement.repairs import EMPTY, repairs

LISTED = 200  # dossiers that the page lists in any case
LISTED_PER_ACTION = 100  # and of each action at least so many, where it has them

School = tuple[str, str]  # BRIN and location


@dataclass(frozen=True, slots=True)
class StepPart:
    """One thing of an action: a value to fill in (`hint`: the columns) or a cause (`hint`: its remedy)."""

    text: str
    hint: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class ActionSchool:
    """How many dossiers of one school need an action; of what was not delivered: how many pupils are expected."""

    brin: str
    vestiging: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class ActionPart:
    """One action. `who`: school, bestuur (once per school) or besluit (who runs the project).

    `dossiers`: how many waiting dossiers need it. `alone`: how many become ready by doing only this; `more`: how many
    when it is done after the actions before it. Both None where nobody can know: of decisions, and of `pupils`, where
    nothing that can be read was delivered and `dossiers` are the pupils that are expected.
    """

    key: str
    text: str
    how: str
    who: str
    pupils: bool
    dossiers: int
    alone: int | None
    more: int | None
    steps: tuple[StepPart, ...]  # most dossiers first
    schools: tuple[ActionSchool, ...]  # most dossiers first


class WaitingStatus(NamedTuple):
    """So many dossiers of a school with the same state and the same needs (None: an older version recorded them).

    `also`: causes that are found over all dossiers of the run.
    """

    brin: str
    vestiging: str
    needs: str | None
    also: tuple[str, ...]
    dossiers: int


class Undelivered(NamedTuple):
    """A school of which pupils are expected and nothing was read; `unread`: there is a file, but it cannot be read."""

    brin: str
    vestiging: str
    pupils: int
    unread: bool


def waiting_statuses(connection: Connection, run_id: str) -> list[WaitingStatus]:
    """The waiting dossiers of a run in groups; never more than there are schools times sorts of needs."""
    inner = _waiting(run_id).subquery()
    keys = [inner.c[name] for name in ("brin", "vestiging", "needs", "double", "numbered")]
    rows = connection.execute(select(*keys, func.count().label("n")).group_by(*keys))
    return [WaitingStatus(row.brin, row.vestiging, row.needs, _also(row), row.n) for row in rows]


def to_list(connection: Connection, run_id: str) -> list[int]:
    """Which waiting dossiers (their row in the ledger) the page lists: the first, and of each action some."""
    listed: list[int] = []
    seen: Counter[str] = Counter()
    by_school = (dossiers.c.brin == "", dossiers.c.brin, dossiers.c.vestiging, dossiers.c.dossier_id)
    rows = _waiting(run_id).order_by(*by_school)
    for row in in_pages(connection, rows):
        keys = [one.key for one in actions_of(row.needs, _also(row))]
        if len(listed) < LISTED or any(seen[key] < LISTED_PER_ACTION for key in keys):
            listed.append(row.id)
            seen.update(keys)
    return listed


def action_parts(
    statuses: Iterable[WaitingStatus], undelivered: Iterable[Undelivered], words: Lexicon, version: str
) -> tuple[ActionPart, ...]:
    """The actions: what must be delivered first, then what frees most in the order to do it, then what to decide."""
    found: defaultdict[str, _Found] = defaultdict(_Found)
    groups: Counter[frozenset[str]] = Counter()
    for one in statuses:
        done = actions_of(one.needs, one.also)
        for action in done:
            found[action.key].add(one, action)
        if one.needs and not Needs.parse(one.needs).stuck and not one.also:
            groups[frozenset(action.key for action in done)] += one.dossiers
    order = sorted((key for key in found if actions()[key].repairs), key=lambda key: -found[key].schools.total())
    [goal] = shortest(groups, order, [groups.total()])
    more = dict(zip(goal.repairs, _steps(goal.gained), strict=True))
    parts = [_part(actions()[key], found[key], words, version, groups, more) for key in found]
    parts.sort(key=lambda part: _place(part, goal.repairs))
    return (*_to_deliver(list(undelivered), words.lang), *parts)


def actions_by_school(
    statuses: Iterable[WaitingStatus], undelivered: Iterable[Undelivered], words: Lexicon, version: str
) -> dict[School, tuple[ActionPart, ...]]:
    """The actions of each school by itself."""
    waiting: defaultdict[School, list[WaitingStatus]] = defaultdict(list)
    missing: defaultdict[School, list[Undelivered]] = defaultdict(list)
    for one in statuses:
        waiting[one.brin, one.vestiging].append(one)
    for each in undelivered:
        missing[each.brin, each.vestiging].append(each)
    return {school: action_parts(waiting[school], missing[school], words, version) for school in {*waiting, *missing}}


class _Found:
    """What one action has gathered."""

    def __init__(self) -> None:
        self.schools: Counter[School] = Counter()
        self.steps: Counter[str] = Counter()  # keys of repairs; causes with UNFIXABLE before them

    def add(self, one: WaitingStatus, action: Action) -> None:
        self.schools[one.brin, one.vestiging] += one.dossiers
        needs = Needs.parse(one.needs or "")
        for key in needs.repairs:
            if key in action.repairs:
                self.steps[key] += one.dossiers
        for cause in dict.fromkeys((*needs.stuck, *one.also)):
            if action_of_cause(cause) is action:
                self.steps[UNFIXABLE + cause] += one.dossiers


def _steps(gained: Sequence[int]) -> list[int]:
    return [now - before for before, now in zip((0, *gained), gained, strict=False)]


def _place(part: ActionPart, order: Sequence[str]) -> tuple[int, int, int]:
    if part.key in order:
        return (0, order.index(part.key), 0)
    return (1 if part.alone is not None else 2, -part.dossiers, actions()[part.key].number)


def _part(
    action: Action, found: _Found, words: Lexicon, version: str, groups: Counter[frozenset[str]], more: dict[str, int]
) -> ActionPart:
    filled = bool(action.repairs)
    return ActionPart(
        key=action.key, text=action.words.text(words.lang), how=action.how.text(words.lang), who=action.who,
        pupils=False, dossiers=found.schools.total(),
        alone=gain(groups, frozenset({action.key})) if filled else None,
        more=more.get(action.key, 0) if filled else None,
        steps=tuple(_step(key, n, words, version) for key, n in found.steps.most_common()),
        schools=_by_school(found.schools),
    )  # fmt: skip


def _step(key: str, count: int, words: Lexicon, version: str) -> StepPart:
    if not key.startswith(UNFIXABLE):
        repair = repairs()[key]
        labels = (column_label(fill.column, version, words.lang) for fill in repair.fill)
        return StepPart(repair.text(words.lang), ", ".join(labels), count)
    said = words.cause(cause_of_need(key.removeprefix(UNFIXABLE)))
    return StepPart(said.text, said.remedy, count)


def cause_of_need(cause: str) -> CauseKey:
    """The cause in the words of the report: the key of a rule, the code of a finding, or an absent element."""
    if cause.startswith(EMPTY):
        return CauseKey("oso-schema", "", cause.removeprefix(EMPTY))
    code = cause.partition("@")[0]
    return CauseKey(code) if code in entries() else CauseKey("oso-regel", code)


def _by_school(schools: Counter[School]) -> tuple[ActionSchool, ...]:
    ordered = sorted(schools.items(), key=lambda item: (not item[0][0], -item[1], item[0]))
    return tuple(ActionSchool(*school, n) for school, n in ordered)


def _to_deliver(undelivered: list[Undelivered], lang: str) -> list[ActionPart]:
    parts = []
    for unread, action in ((False, special("deliver")), (True, special("again"))):
        schools = Counter({(one.brin, one.vestiging): one.pupils for one in undelivered if one.unread == unread})
        said = (action.words.text(lang), action.how.text(lang))
        if schools:
            total, each = schools.total(), _by_school(schools)
            parts.append(ActionPart(action.key, *said, action.who, True, total, None, None, (), each))
    return parts


def _waiting(run_id: str) -> Any:
    return select(
        dossiers.c.id, dossiers.c.brin, dossiers.c.vestiging, dossiers.c.dossier_id, dossiers.c.needs,
        _has(DOUBLE).label("double"), _has(NUMBER).label("numbered"),
    ).where(
        dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.not_in(UNCOUNTED), dossiers.c.state != "ready"
    )  # fmt: skip


def _has(code: str) -> Any:
    return exists().where(findings.c.dossier == dossiers.c.id, findings.c.code == code)


def _also(row: Any) -> tuple[str, ...]:
    return ((DOUBLE,) if row.double else ()) + ((NUMBER,) if row.numbered else ())


def numbering(actions: Sequence[ActionPart]) -> Callable[[Iterable[str]], list[int]]:
    """Gives keys of actions the numbers that these have on a page, in order."""
    numbers = {action.key: number for number, action in enumerate(actions, 1)}
    return lambda keys: sorted(numbers[key] for key in keys)
