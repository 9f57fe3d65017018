"""How fast what is open becomes less, and when it would be nothing at that pace: from the history of the ledger.

Open is what is expected, or came when that is more, less what is ready. The pace is the mean over all days since the
first run; how uncertain it is shows from the pace without the best and without the worst stretch between two days.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from sqlalchemy import Connection, select

from dod2oso.findings.outcome import STATES
from dod2oso.ledger.tables import run_states, runs

School = tuple[str, str]
_FEWEST = 3  # days with a run: two give a line, and no idea how uncertain it is
_FURTHEST = 3650  # days; beyond that a date says nothing


class Point(NamedTuple):
    """What was open at the end of a day with a run."""

    day: date
    open: int


class Forecast(NamedTuple):
    """When nothing would be open at the pace so far; `latest` None: with the best stretch left out, never."""

    day: date
    earliest: date
    latest: date | None


def burn_down(connection: Connection, run_id: str, expected: Mapping[School, int]) -> dict[School, list[Point]]:
    """Of every school, by day, what was open; a day counts by its last run. Runs of one version and transfer."""
    this = select(runs.c.oso, runs.c.overstap, runs.c.number).where(runs.c.id == run_id).subquery()
    ours = connection.execute(
        select(runs.c.id, runs.c.started)
        .join(this, (this.c.oso == runs.c.oso) & (this.c.overstap == runs.c.overstap))
        .where(runs.c.status == "done", runs.c.number <= this.c.number)
        .order_by(runs.c.number)
    ).all()
    by_day = {_day_of(row.started): row.id for row in ours}  # the last of a day
    counts: dict[str, dict[School, Counter[str]]] = {id_: defaultdict(Counter) for id_ in by_day.values()}
    schools = set(expected)
    columns = (run_states.c.run_id, run_states.c.brin, run_states.c.vestiging, run_states.c.state)
    states = select(*columns, run_states.c.count.label("n"))  # `count` is a method of a row
    for row in connection.execute(states.where(run_states.c.run_id.in_(list(counts)))):
        if row.state in STATES:
            counts[row.run_id][row.brin, row.vestiging][row.state] += row.n
            schools.add((row.brin, row.vestiging))
    points: dict[School, list[Point]] = {}
    for school in sorted(schools):
        line = points[school] = []
        for day, id_ in sorted(by_day.items()):
            found = counts[id_].get(school, Counter())
            line.append(Point(day, max(expected.get(school, 0), found.total()) - found["ready"]))
    return points


def together(lines: Mapping[School, Sequence[Point]]) -> list[Point]:
    """All schools as one."""
    total: Counter[date] = Counter()
    for line in lines.values():
        for point in line:
            total[point.day] += point.open
    return [Point(day, total[day]) for day in sorted(total)]


def forecast(line: Sequence[Point]) -> Forecast | None:
    """When nothing would be open; None when nothing is, when too little is known, or when it does not become less."""
    if len(line) < _FEWEST or not line[-1].open:
        return None
    stretches = [(before.open - after.open, (after.day - before.day).days) for before, after in pairwise(line)]
    by_pace = sorted(stretches, key=lambda one: one[0] / one[1])
    day = _reached(line[-1], stretches)
    if day is None:
        return None
    earliest = _reached(line[-1], by_pace[1:]) or day
    return Forecast(day, min(earliest, day), _reached(line[-1], by_pace[:-1]))


def _reached(now: Point, stretches: Sequence[tuple[int, int]]) -> date | None:
    done, days = sum(one[0] for one in stretches), sum(one[1] for one in stretches)
    if done <= 0:
        return None
    left = ceil(now.open * days / done)
    return now.day + timedelta(days=left) if left <= _FURTHEST else None


def _day_of(started: str) -> date:
    return datetime.fromisoformat(started).astimezone().date()
