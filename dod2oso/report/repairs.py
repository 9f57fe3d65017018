"""What filling in would bring: from what each waiting dossier needs, as found when it was converted."""

from collections import Counter, defaultdict
from itertools import combinations
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from dod2oso.findings.outcome import UNCOUNTED
from dod2oso.ledger.duplicates import CODE as DOUBLE
from dod2oso.ledger.duplicates import NUMBER
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.tables import dossiers, findings
from dod2oso.report.actions import cause_of_need
from dod2oso.report.extras import CombinationPart, GoalPart, RepairPart, Simulation, StuckPart
from dod2oso.report.texts import Lexicon
from dod2oso.supplement.goals import gain, shortest
from dod2oso.supplement.labels import column_label
from dod2oso.supplement.needs import Needs
from dod2oso.supplement.repairs import Repair, repairs

PERCENTS = (50, 80, 95)
COMBINATIONS = 10  # the best pairs are shown


def simulation(connection: Connection, run_id: str, words: Lexicon, version: str) -> Simulation:
    """What each repair, the best pairs, and the shortest lists would bring to this run."""
    groups: Counter[frozenset[str]] = Counter()
    stuck: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    schools: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    total = ready = unknown = 0
    for row in _waiting(connection, run_id):
        total += row.n
        if row.state == "ready":
            ready += row.n
            continue
        if row.needs is None:
            unknown += row.n
            continue
        needs = Needs.parse(row.needs)
        causes = {*needs.stuck, *([DOUBLE] if row.double else []), *([NUMBER] if row.numbered else [])}
        stuck.update(dict.fromkeys(causes, row.n))
        for key in needs.repairs:
            waiting[key] += row.n
            schools[key].add((row.brin, row.vestiging))
        if not causes:
            groups[frozenset(needs.repairs)] += row.n
    known = repairs()
    keys = sorted((key for key in waiting if key in known), key=lambda key: (-waiting[key], known[key].number))
    lang = words.lang
    return Simulation(
        total=total,
        ready=ready,
        reachable=groups.total(),
        unknown=unknown,
        repairs=tuple(
            RepairPart(
                key, known[key].text(lang), known[key].who, _labels(known[key], version, lang),
                waiting[key], len(schools[key]), gain(groups, frozenset({key})),
            )
            for key in keys
        ),
        combinations=_pairs(groups, keys, known, lang),
        goals=_goals(groups, known, total, ready, lang),
        stuck=tuple(
            _stuck(cause, n, words) for cause, n in sorted(stuck.items(), key=lambda item: (-item[1], item[0]))
        ),
    )  # fmt: skip


def _waiting(connection: Connection, run_id: str) -> list[Row[Any]]:
    double, numbered = (
        exists().where(findings.c.dossier == dossiers.c.id, findings.c.code == code) for code in (DOUBLE, NUMBER)
    )
    rows = select(
        dossiers.c.state,
        dossiers.c.needs,
        dossiers.c.brin,
        dossiers.c.vestiging,
        double.label("double"),
        numbered.label("numbered"),
    ).where(dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.not_in(UNCOUNTED))
    inner = rows.subquery()
    return list(connection.execute(select(inner, func.count().label("n")).group_by(*inner.c)))


def _pairs(
    groups: Counter[frozenset[str]], keys: list[str], known: dict[str, Repair], lang: str
) -> tuple[CombinationPart, ...]:
    """The pairs that make most dossiers ready, of those that bring more than their parts."""
    found = []
    for pair in combinations(keys, 2):
        surplus = groups[frozenset(pair)]
        if surplus:
            texts = tuple(known[key].text(lang) for key in pair)
            found.append(CombinationPart(pair, texts, gain(groups, frozenset(pair)), surplus))
    found.sort(key=lambda part: (-part.dossiers, -part.surplus, part.keys))
    return tuple(found[:COMBINATIONS])


def _goals(
    groups: Counter[frozenset[str]], known: dict[str, Repair], total: int, ready: int, lang: str
) -> tuple[GoalPart, ...]:
    wanted = [max(0, ceil(total * percent / 100) - ready) for percent in PERCENTS]
    found = shortest(groups, list(known), wanted)
    return tuple(
        GoalPart(
            percent, goal.reached, goal.exact, goal.repairs, tuple(known[key].text(lang) for key in goal.repairs),
            tuple(ready + n for n in goal.gained),
        )
        for percent, goal in zip(PERCENTS, found, strict=True)
    )  # fmt: skip


def _labels(repair: Repair, version: str, lang: str) -> tuple[str, ...]:
    return tuple(column_label(fill.column, version, lang) for fill in repair.fill)


def _stuck(cause: str, n: int, words: Lexicon) -> StuckPart:
    key = cause_of_need(cause)
    said = words.cause(key)
    return StuckPart(key, said.text, said.remedy, n)
