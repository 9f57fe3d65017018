"""regio.html: the region against its deadline. One page for a board, and behind it every school and a heat map.

It needs the planning of a project, so it is written by `dod2oso remind`, beside the gap report. It holds counts only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup, escape
from sqlalchemy import Connection, select

from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_heading
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.duplicates import merged_away
from dod2oso.ledger.rows import exports_of, in_pages
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.project.pace import Point
from dod2oso.project.planning import Planning, SchoolPlan, pace_said, until_said, who_said
from dod2oso.report.cells import state_bar, state_counts
from dod2oso.report.charts import COLOURS
from dod2oso.report.model import Report, build
from dod2oso.report.numbers import number
from dod2oso.report.osofields import counted_as
from dod2oso.report.page import counted, environment, hash_of, style_sheet
from dod2oso.report.style import HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.schools import STANDS
from dod2oso.report.write import FOLDER

NAME = "regio.html"
_WIDE, _HIGH, _EDGE = 700, 170, 30
_STEPS = 5  # shades of the heat map, from nothing lacks to all lack
_ACTIONS = 6  # on the page of the board; all of them stand in the gap report

School = tuple[str, str]


class Heat(NamedTuple):
    """A cell of the heat map: how many of its dossiers lack the category, and the shade; None: no dossiers."""

    lacking: int
    shade: int | None


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school as the page shows it."""

    plan: SchoolPlan
    code: str
    stand: str
    bar: Markup
    who: str
    until: str  # "" where it is the deadline of all
    pace: str  # "" where nothing can be said of it yet
    heat: tuple[Heat, ...]


class Content(NamedTuple):
    """What the dossiers of each school have: how many were made, and of those how many have each category."""

    made: Mapping[School, int]
    having: Mapping[School, Mapping[str, int]]


def write_board(
    ledger: Ledger, run_id: str, plan: Planning, name: str, out_dir: Path, style: HouseStyle, lang: str
) -> Path:
    """Write the page; where it stands. `name`: of the project."""
    report = build(ledger, run_id, lang)
    with ledger.read() as connection:
        content = _content(connection, run_id)
    html = render_board(report, plan, content, name, style, lang)
    with disk_guard():
        path = make_private_dir(out_dir / FOLDER) / NAME
        atomic_write(path, html.encode())
    return path


def render_board(report: Report, plan: Planning, content: Content, name: str, style: HouseStyle, lang: str) -> str:
    """The page as one HTML document without links to anything."""
    words = Lexicon(lang, report.run.oso, report.run.overstap)
    asked = [
        part for part in report.categories if part.level in ("required", "optional") and part.dossiers + part.lacks
    ]
    lacking = [part for part in asked if part.lacks]
    schools = [_row(school, plan, content, [part.key for part in lacking], words) for school in _sorted(plan)]
    style_text = style_sheet(style)
    stands = Counter(row.plan.part.stand for row in schools)
    return (
        environment()
        .get_template("board.html.j2")
        .render(
            lang=lang,
            name=name,
            plan=plan,
            report=report,
            states=report.dossiers,
            state_titles=[(state, state_heading(state, lang)) for state in STATES],
            counts=partial(state_counts, words=words),
            bar=state_bar(report.dossiers, words),
            line=_line(plan, words),
            until=until_said(plan.deadline, plan.today).text(lang),
            pace=pace_said(plan.line, plan.forecast, plan.deadline).text(lang),
            stands=[(words.say(STANDS[key]), stands[key]) for key in STANDS if stands[key]],
            actions=report.actions[:_ACTIONS],
            more_actions=max(0, len(report.actions) - _ACTIONS),
            names={(part.brin, part.vestiging): part.name for part in report.schools},
            who=lambda action: words.say(f"who-{action.who}"),
            without_advice=report.without_advice,
            schools=schools,
            timed=any(row.until or (row.pace and row.plan.open) for row in schools),
            categories=[part.label for part in lacking],
            complete=[part.label for part in asked if part not in lacking],
            style=style,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=words.say,
            counted=partial(counted, lang),
            n=partial(number, lang=lang),
        )
    )


def _sorted(plan: Planning) -> list[SchoolPlan]:
    """What is open most comes first."""
    return sorted(plan.schools, key=lambda one: (-one.open, one.part.brin, one.part.vestiging))


def _row(school: SchoolPlan, plan: Planning, content: Content, keys: list[str], words: Lexicon) -> SchoolRow:
    part = school.part
    at = (part.brin, part.vestiging)
    made, having = content.made.get(at, 0), content.having.get(at, {})
    return SchoolRow(
        school,
        f"{part.brin}-{part.vestiging}",
        words.say(STANDS[part.stand]),
        state_bar(part.dossiers, words, 10),
        who_said(school, words.lang) if school.open else "",
        until_said(school.deadline, plan.today).text(words.lang) if school.deadline != plan.deadline else "",
        pace_said(school.line, school.forecast, school.deadline).text(words.lang) if school.forecast else "",
        tuple(_heat(made, having.get(counted_as(key), 0)) for key in keys),
    )


def _heat(made: int, having: int) -> Heat:
    lacking = made - having
    return Heat(lacking, None if not made else -(-lacking * _STEPS // made))


def _content(connection: Connection, run_id: str) -> Content:
    """Counted from what each dossier counts as: the counts per export know no location."""
    unpack = unpacker(connection)
    made: Counter[School] = Counter()
    having: defaultdict[School, Counter[str]] = defaultdict(Counter)
    for row in _made(connection, run_id):
        school, targets = (row.brin, row.vestiging), unpack(row.counts)[1]
        made[school] += 1
        having[school].update(targets)
    return Content(made, having)


def _made(connection: Connection, run_id: str) -> Iterator[Any]:
    chosen = select(dossiers.c.brin, dossiers.c.vestiging, dossiers.c.counts).where(
        dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.in_(("ready", "held")),
        dossiers.c.counts.is_not(None), dossiers.c.id.not_in(merged_away()),
    )  # fmt: skip
    yield from in_pages(connection, chosen)


def _line(plan: Planning, words: Lexicon) -> Markup:
    """What was open, by day, to the deadline; "" when there was one run only."""
    points = plan.line
    last = max(filter(None, (points[-1].day if points else None, plan.today, plan.deadline)))
    if len(points) < 2 or last <= points[0].day:
        return Markup("")
    most = max(point.open for point in points) or 1
    first = points[0].day

    def x(day: date) -> float:
        return _EDGE + (_WIDE - 2 * _EDGE) * (day - first).days / (last - first).days

    def y(count: int) -> float:
        return _HIGH - _EDGE - (_HIGH - 2 * _EDGE) * count / most

    drawn = " ".join(f"{x(point.day):.1f},{y(point.open):.1f}" for point in points)
    ink, accent = COLOURS["ink"], COLOURS["ready"]
    base = _HIGH - _EDGE
    parts = [
        f'<line stroke="{COLOURS["dropped"]}" x1="{_EDGE}" x2="{_WIDE - _EDGE}" y1="{base}" y2="{base}"/>',
        f'<polyline fill="none" class="line" stroke="{accent}" stroke-width="3" points="{drawn}"/>',
        _text(_EDGE, _HIGH - 8, f"{first:%d-%m}", "start", ink),
        _text(x(points[-1].day), y(points[-1].open) - 8, number(points[-1].open, words.lang), "middle", ink),
        _text(_EDGE, y(points[0].open) - 8, number(points[0].open, words.lang), "start", ink),
    ]
    if plan.deadline is not None and first <= plan.deadline <= last:
        at = x(plan.deadline)
        parts.append(f'<line class="rejected-line" stroke="{COLOURS["rejected"]}" stroke-width="2" x1="{at:.1f}" '
                     f'x2="{at:.1f}" y1="{_EDGE - 10}" y2="{_HIGH - _EDGE}"/>')  # fmt: skip
        parts.append(_text(at, _HIGH - 8, f"{plan.deadline:%d-%m}", "end", ink))
    said = words.say("board-line", first=_said(points[0], words), last=_said(points[-1], words))
    return Markup(  # noqa: S704  every text in it is escaped
        f'<svg class="wideline" role="img" aria-label="{escape(said)}" viewBox="0 0 {_WIDE} {_HIGH}" width="100%" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _said(point: Point, words: Lexicon) -> str:
    return f"{point.day:%d-%m-%Y}: {number(point.open, words.lang)}"


def _text(x: float, y: float, text: str, anchor: str, ink: str) -> str:
    return (
        f'<text class="ink" fill="{ink}" x="{x:.1f}" y="{y:.1f}" font-size="13" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
