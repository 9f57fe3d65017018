"""How it stands: states, balance, causes, and what filling in would bring."""

from dod2oso.base.texts import Text
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_heading
from dod2oso.report.hidden import MARK
from dod2oso.report.model import Report
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.value import Badge, Cell, Column, Counted, Row, Share, View, column, view


@view("front")
def front(report: Report, words: Lexicon) -> View:
    run = report.run
    rows: list[Row] = [
        (words.say("heading-transfer"), f"{run.overstap}, {report.transfer}"),
        ("OSO", run.oso),
        (words.say("heading-datum"), run.datum),
        ("Run", run.id),
        *((state.text, count) for state, _, count in states(report, words)),
        *((label, count) for label, count in _balance_lines(report, words)),
    ]
    reader = words.say("outbox-for", fingerprint=report.outbox_for[:16])
    rows.append((words.say("heading-outbox"), reader if report.outbox_for else words.say("outbox-clear")))
    if report.masked:
        rows.append((words.say("hidden-numbers"), MARK))
    columns = (column("heading-what", words, 45), column("heading-count", words, 30))
    return View("front", words.say("view-front"), columns, rows)


def states(report: Report, words: Lexicon) -> list[tuple[Badge, str, int]]:
    """The states with what each means and how many dossiers are in it."""
    d = report.dossiers
    return [
        (Badge(state, state_heading(state, words.lang)), Text(f"state-{state}").text(words.lang), getattr(d, state))
        for state in STATES
    ]


@view("balance")
def balance(report: Report, words: Lexicon) -> View:
    """What became of all values; only on the page, the front sheet has the same lines."""
    b = report.balance
    lines = [
        (Badge("mapped", words.say("balance-mapped")), words.say("balance-mapped-means"), b.mapped),
        (Badge("legal", words.say("balance-legal")), words.say("balance-legal-means"), report.withheld),
        (Badge("dropped", words.say("balance-dropped")), words.say("balance-dropped-means"), report.left_out),
        (Badge("unmapped", words.say("balance-unmapped")), words.say("balance-unmapped-means"), b.unmapped),
        (Badge("refused", words.say("balance-refused")), words.say("balance-refused-means"), b.refused),
        (Badge("total", words.say("balance-total")), "", b.source_values),
    ]
    columns = (
        column("heading-became", words, 40, shown="page"),
        column("heading-meaning", words, 40, shown="page", under="became"),
        column("heading-values", words, 12, shown="page"),
        column("heading-share", words, 12, shown="page"),
    )
    rows = [(badge, means, count, Share(count, b.source_values)) for badge, means, count in lines]
    return View("balance", words.say("view-balance"), columns, rows)


def _balance_lines(report: Report, words: Lexicon) -> list[tuple[str, int]]:
    b = report.balance
    return [
        (words.say("balance-total"), b.source_values),
        (words.say("balance-mapped"), b.mapped),
        (words.say("balance-lossy"), b.lossy),
        (words.say("balance-legal"), report.withheld),
        (words.say("balance-dropped"), report.left_out),
        (words.say("balance-unmapped"), b.unmapped),
        (words.say("balance-refused"), b.refused),
    ]


def balance_columns(words: Lexicon) -> tuple[Column, ...]:
    """The columns of a row's own balance; `balance_cells` fills them."""
    return (
        column("heading-values", words, 11),
        column("heading-along", words, 10),
        column("heading-left-out", words, 12, shown="sheet"),
        column("heading-unmapped", words, 12),
        column("heading-refused", words, 14),
        column("heading-lossy", words, 12, shown="sheet"),
    )


def balance_cells(balance: object) -> tuple[Cell, ...]:
    return tuple(
        getattr(balance, name) for name in ("source_values", "mapped", "dropped", "unmapped", "refused", "lossy")
    )


@view("actions")
def actions(report: Report, words: Lexicon) -> View:
    """What must be done, by whom; the page lays these out as a list of things to do."""
    columns = (
        column("heading-action", words, 40),
        column("heading-who", words, 22, filter=True),
        column("heading-dossiers", words, 10),
        column("heading-schools", words, 9),
        column("heading-alone", words, 12),
        column("heading-more", words, 14),
        column("heading-remedy", words, 50),
        column("heading-steps", words, 50),
    )
    rows = [
        (
            item.text,
            words.say(f"who-{item.who}"),
            item.dossiers,
            len(item.schools),
            "" if item.alone is None else item.alone,
            "" if item.more is None else item.more,
            item.how,
            [Counted(step.dossiers, step.text) for step in item.steps],
        )
        for item in report.actions
    ]
    return View("actions", words.say("view-actions"), columns, rows)


@view("first")
def first(report: Report, words: Lexicon) -> View:
    """The causes that keep most dossiers from going, as the check names them."""
    columns = (
        column("heading-cause", words, 60),
        column("heading-remedy", words, 60),
        column("heading-dossiers", words, 10),
        column("heading-only", words, 14),
        column("heading-code", words, 28),
    )
    rows = [(item.text, item.remedy, item.dossiers, item.only, item.key.code) for item in report.first]
    return View("first", words.say("view-first"), columns, rows)


@view("repairs")
def repairs(report: Report, words: Lexicon) -> View:
    columns = (
        column("heading-repair", words, 50),
        column("heading-columns", words, 50, under="repair"),
        column("heading-who", words, 24, filter=True),
        column("heading-needed", words, 12),
        column("heading-schools", words, 10),
        column("heading-alone", words, 16, sign=True),
    )
    who = {"school": words.say("by-school"), "bestuur": words.say("by-board")}
    rows = [
        (item.text, ", ".join(item.columns), who[item.who], item.dossiers, item.schools, item.alone)
        for item in report.extras.simulation.repairs
    ]
    return View("repairs", words.say("view-repairs"), columns, rows)


@view("goals")
def goals(report: Report, words: Lexicon) -> View:
    """The shortest lists, a row per step; the page shows them beside each other."""
    columns = (
        column("heading-goal", words, 10),
        column("heading-step", words, 8),
        column("heading-repair", words, 50),
        column("heading-then-ready", words, 12),
        column("heading-reached", words, 16),
    )
    yes, no = Text("yes").text(words.lang), Text("no").text(words.lang)
    rows = [
        (goal.percent, step, text, goal.ready[step - 1], yes if goal.reached else no)
        for goal in report.extras.simulation.goals
        for step, text in enumerate(goal.texts, 1)
    ]
    return View("goals", words.say("view-goals"), columns, rows)
