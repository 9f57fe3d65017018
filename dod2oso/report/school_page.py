"""The report for one school: a page with what it must do, and behind it which of its dossiers wait.

It holds nothing of another school, and of its pupils no more than the gap report does.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from markupsafe import Markup
from sqlalchemy import Connection

from dod2oso.findings.states import state_heading
from dod2oso.report import queries
from dod2oso.report.actions import ActionPart, actions_by_school, numbering, waiting_statuses
from dod2oso.report.cells import state_bar
from dod2oso.report.model import Report, SchoolPart, undelivered
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
    statuses = waiting_statuses(connection, report.run.id)
    actions = actions_by_school(statuses, undelivered(report.schools), words, report.run.oso)
    waiting: defaultdict[School, list[Waiting]] = defaultdict(list)
    for item in queries.waiting(connection, report.run.id):
        waiting[item.brin, item.vestiging].append(item)
    for part in report.schools:
        if part.brin:
            school = (part.brin, part.vestiging)
            last = part.deadline or deadline
            yield (
                part,
                render_school(report, part, actions.get(school, ()), waiting.pop(school, []), style, words, last),
            )


def render_school(
    report: Report,
    part: SchoolPart,
    actions: Sequence[ActionPart],
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
            actions=actions,
            waiting=sorted(waiting, key=lambda item: (item.export, item.record)),
            numbered=numbering(actions),
            who=lambda action: words.say(f"who-{action.who}"),
            deadline=deadline,
            title=part.name or f"{part.brin} {part.vestiging}",
            stand=words.say(STANDS[part.stand]),
            bar=state_bar(part.dossiers, words),
            style=style,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=words.say,
            state_title=partial(state_heading, lang=report.lang),
            n=partial(number, lang=report.lang),
            date=partial(date, lang=report.lang),
        )
    )
