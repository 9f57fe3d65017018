"""By school, by layout and by export; and what changed since an earlier run."""

from collections import defaultdict

from dod2oso.base.texts import Text
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_word
from dod2oso.ledger.exports import LEFT_FILES_PROFILE, SUPPLEMENT_PROFILE
from dod2oso.report.deliveries import DECIDE
from dod2oso.report.hidden import MARK, Hidden
from dod2oso.report.model import ExportPart, Report, SchoolPart, States
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.overview import balance_cells, balance_columns
from dod2oso.report.views.value import (
    Badge,
    Column,
    Counted,
    Note,
    Place,
    Row,
    View,
    column,
    severity_words,
    state_columns,
    view,
)


def _school_columns(words: Lexicon) -> tuple[Column, ...]:
    return (
        column("heading-school", words, 16, shown="page"),
        column("heading-brin", words, 8, shown="sheet"),
        column("heading-vestiging", words, 10, shown="sheet"),
    )


def _school(brin: str, vestiging: str, name: str = "") -> Row:
    return Place(brin, vestiging, name), brin, vestiging


def _states(states: States) -> Row:
    return states.ready, states.held, states.rejected


@view("schools")
def schools(report: Report, words: Lexicon) -> View:
    columns = (
        *_school_columns(words),
        column("heading-school-name", words, 28, shown="sheet"),
        column("heading-school-stand", words, 18, filter=True),
        column("heading-dossiers", words, 10, shown="page"),
        column("heading-came", words, 11, under="dossiers"),
        *state_columns(words),
        column("heading-over", words, 13),
        column("heading-not-chosen", words, 9, shown="sheet"),
        column("heading-expired", words, 10, shown="sheet"),
        column("heading-replaced", words, 11, shown="sheet"),
        column("heading-waits-for", words, 18, shown="sheet"),
        column("heading-remedy", words, 44),
    )
    to_do = _to_do(report)
    rows = [
        (
            *_school(part.brin, part.vestiging, part.name),
            part.name,
            Badge(part.stand, words.say(STANDS[part.stand])),
            part.dossiers,
            _came(part, words),
            *_states(part.dossiers),
            part.over,
            part.not_chosen,
            part.expired,
            part.replaced,
            [words.say(_WHO[each.who]) for each in part.waits_for],
            [*(Counted(1, each.text) for each in part.unread), *to_do[part.brin, part.vestiging]],
        )
        for part in report.schools
    ]
    return View("schools", words.say("view-schools"), columns, rows)


STANDS = {
    "nothing": "school-nothing",
    "unreadable": "school-unreadable",
    "waiting": "school-waiting",
    "incomplete": "school-incomplete",
    "ready": "school-ready",
    "over": "school-over",
    "none-chosen": "school-none-chosen",
}
_WHO = {"school": "waits-school", "bestuur": "waits-bestuur", DECIDE: "waits-decide"}


def _came(part: SchoolPart, words: Lexicon) -> str:
    """How many pupils came, of how many that are expected."""
    total = part.dossiers.total
    if isinstance(total, Hidden) or isinstance(part.expected, Hidden):
        return MARK
    if part.expected is None:
        return str(total)
    return Text("came-of-expected", count=total, expected=part.expected).text(words.lang)


def _to_do(report: Report) -> defaultdict[tuple[str, str], list[Counted]]:
    """Per school what must be done, and in how many of its dossiers."""
    found: defaultdict[tuple[str, str], list[Counted]] = defaultdict(list)
    for action in report.actions:
        for school in action.schools:
            found[school.brin, school.vestiging].append(Counted(school.dossiers, action.text))
    return found


@view("layouts")
def layouts(report: Report, words: Lexicon) -> View:
    columns = (
        column("heading-profile", words, 26),
        column("heading-exports", words, 9),
        *state_columns(words),
        *balance_columns(words),
    )
    rows = [
        (part.profile, part.exports, *_states(part.dossiers), *balance_cells(part.balance)) for part in report.profiles
    ]
    return View("layouts", words.say("view-layouts"), columns, rows)


@view("exports")
def exports(report: Report, words: Lexicon) -> View:
    """In the order of reading; the page, which is cut off somewhere, has those that were not read first."""
    columns = (
        column("heading-export", words, 36),
        column("heading-notes", words, 60, under="export"),
        column("heading-profile", words, 26),
        column("heading-status", words, 12),
        *state_columns(words),
        *balance_columns(words),
    )
    severities = severity_words(words)
    rows = [
        (
            part.name,
            [Note(severities[note.severity], note.text, note.remedy, note.count) for note in part.notes],
            _read_as(part, words),
            Badge(part.status, words.say(_STATUS[part.status])),
            *_states(part.dossiers),
            *balance_cells(part.balance),
        )
        for part in report.exports
    ]
    return View("exports", words.say("view-exports"), columns, rows)


def _read_as(part: ExportPart, words: Lexicon) -> str:
    if part.status in ("unreadable", "superseded") or part.profile == LEFT_FILES_PROFILE:
        return words.say("export-status-unreadable")
    return words.say("supplement") if part.profile == SUPPLEMENT_PROFILE else part.profile


_STATUS = {
    "done": "export-status-done",
    "reading": "export-status-reading",
    "amending": "export-status-amending",
    "unreadable": "export-status-unreadable",
    "superseded": "export-status-superseded",
}


@view("moves")
def moves(report: Report, words: Lexicon) -> View | None:
    """From which state to which, since the earlier run."""
    changes = report.extras.changes
    if changes is None or not changes.moves:
        return None
    names = {state: state_word(state).text(words.lang) for state in (*STATES, "")}
    columns = (
        column("heading-before", words, 14),
        column("heading-after", words, 14),
        column("heading-dossiers", words),
    )
    rows = [(names[move.before], names[move.after], move.dossiers) for move in changes.moves]
    return View("moves", words.say("view-moves"), columns, rows)


@view("changed-causes")
def changed_causes(report: Report, words: Lexicon) -> View | None:
    changes = report.extras.changes
    if changes is None:
        return None
    columns = (
        column("heading-cause", words, 60),
        column("heading-before", words, 9),
        column("heading-after", words, 9),
        column("heading-solved", words, 10),
        column("heading-new", words, 9),
    )
    rows = [(item.text, item.before, item.after, item.solved, item.new) for item in changes.causes]
    return View("changed-causes", words.say("view-changed-causes"), columns, rows)


@view("changed-schools")
def changed_schools(report: Report, words: Lexicon) -> View | None:
    changes = report.extras.changes
    if changes is None:
        return None
    columns = (
        *_school_columns(words),
        column("heading-became-ready", words, 12),
        column("heading-fell-back", words, 12),
        column("heading-arrived", words, 12),
        column("heading-left", words, 12),
    )
    names = {(part.brin, part.vestiging): part.name for part in report.schools}
    rows = [
        (
            *_school(item.brin, item.vestiging, names.get((item.brin, item.vestiging), "")),
            item.became_ready,
            item.fell_back,
            item.arrived,
            item.left,
        )
        for item in changes.schools
    ]
    return View("changed-schools", words.say("view-changed-schools"), columns, rows)


@view("trend")
def trend(report: Report, words: Lexicon) -> View | None:
    """A row per school and run; the page says it in a line per school."""
    if not report.extras.trends:
        return None
    columns = (
        *_school_columns(words),
        column("heading-run", words, 26),
        column("heading-started", words, 22),
        *state_columns(words),
    )
    rows = [
        (*_school(one.brin, one.vestiging), point.run, point.started, point.ready, point.held, point.rejected)
        for one in report.extras.trends
        for point in one.points
    ]
    return View("trend", words.say("view-trend"), columns, rows)
