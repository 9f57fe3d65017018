"""The report for one school: a page with what it must do, and behind it which of its dossiers wait.

It holds nothing of another school, and of its pupils no more than the gap report does.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from markupsafe import Markup
from sqlalchemy import Connection

from dod2oso.report import queries
from dod2oso.report.cells import state_bar
from dod2oso.report.model import Cause, Report, SchoolPart
from dod2oso.report.numbers import date, number
from dod2oso.report.page import environment, hash_of, style_sheet
from dod2oso.report.queries import Waiting
from dod2oso.report.style import HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.schools import STANDS

School = tuple[str, str]


def school_pages(
    connection: Connection, report: Report, style: HouseStyle, deadline: str = ""
) -> Iterator[tuple[SchoolPart, str]]:
    """Each school of the report that has a BRIN, with its page. `deadline` (ISO): of who has none of its own."""
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    causes: defaultdict[School, list[Cause]] = defaultdict(list)
    for row in queries.blocking_by_school(connection, report.run.id):
        said = words.cause(queries.cause_of(row))
        causes[row.brin, row.vestiging].append(Cause(queries.cause_of(row), said.text, said.remedy, row.dossiers, 0))
    waiting: defaultdict[School, list[Waiting]] = defaultdict(list)
    for item in queries.waiting(connection, report.run.id):
        waiting[item.brin, item.vestiging].append(item)
    for part in report.schools:
        if part.brin:
            school = (part.brin, part.vestiging)
            last = part.deadline or deadline
            yield part, render_school(report, part, causes[school], waiting.pop(school, []), style, words, last)


def render_school(
    report: Report,
    part: SchoolPart,
    causes: list[Cause],
    waiting: list[Waiting],
    style: HouseStyle,
    words: Lexicon,
    deadline: str,
) -> str:
    """The page of one school as an HTML document."""
    style_text = style_sheet(style)
    return (
        environment()
        .get_template("school.html.j2")
        .render(
            report=report,
            part=part,
            causes=causes,
            waiting=waiting,
            numbers={cause.key: place for place, cause in enumerate(causes, 1)},
            deadline=deadline,
            title=part.name or f"{part.brin} {part.vestiging}",
            stand=words.say(STANDS[part.stand]),
            bar=state_bar(part.dossiers, words),
            style=style,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=words.say,
            n=partial(number, lang=report.lang),
            date=partial(date, lang=report.lang),
        )
    )
