"""The lists that are as long as there are dossiers: streamed from the ledger, never in the model."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from dod2oso.base.texts import shown
from dod2oso.findings.model import detail_of
from dod2oso.findings.pages import page_of_cause
from dod2oso.findings.states import state_word
from dod2oso.report import queries
from dod2oso.report.masking import suppress
from dod2oso.report.model import Report
from dod2oso.report.texts import REASONED, Lexicon, cause_key
from dod2oso.report.views.value import Badge, Cell, Column, View, column
from dod2oso.supplement.actions import actions

_REMEMBERED = 10_000  # causes: of the schema and of an official stylesheet there may be very many
LINE_KEYS = (
    *("export", "brin", "vestiging", "dossier", "state", "severity", "code", "field", "target", "rule", "detail"),
    *("shape", "count", "text", "remedy", "page"),
)


def waiting(connection: Connection, report: Report, words: Lexicon) -> View:
    """The dossiers that wait, with their causes; the page shows the first of them."""
    columns = (
        column("heading-dossier", words, 44),
        column("heading-state", words, 12),
        column("heading-brin", words, 8),
        column("heading-vestiging", words, 10),
        column("heading-export", words, 30),
        column("heading-record", words, 11),
        column("heading-actions", words, 50),
        column("heading-causes", words, 60),
    )
    said = actions()
    rows = (
        (
            item.dossier_id,
            Badge(item.state, state_word(item.state).text(words.lang)),
            item.brin,
            item.vestiging,
            item.export,
            item.record,
            [said[key].words.text(words.lang) for key in item.actions],
            [words.cause(key).text for key in item.causes],
        )
        for item in queries.waiting(connection, report.run.id)
    )
    return View("waiting", words.say("view-waiting"), columns, rows)


def finding_lines(connection: Connection, report: Report, words: Lexicon) -> View:
    """A row per finding of a dossier, in the order of exports and records. Its keys are for scripts: no headings.

    In a masked report not per dossier but per school and cause, with the number of times; small numbers are hidden.
    """
    columns = tuple(Column(key, key) for key in LINE_KEYS)
    found = _summed(connection, report.run.id) if report.masked else _single(connection, report.run.id)
    return View("finding-lines", words.say("view-findings"), columns, _explained(found, words))


def _explained(found: Iterable["_Line"], words: Lexicon) -> Iterator[tuple[Cell, ...]]:
    """Each line with text, remedy and page of its cause; what many lines say is looked up once."""
    known: dict[tuple[str, str, str, str], tuple[str, str, str]] = {}
    for each in found:
        cause = each.code, each.rule, each.target, each.detail
        told = known.get(cause)
        if told is None:
            told = (*words.cause(cause_key(*cause)), page_of_cause(each.code, each.rule))
            if len(known) < _REMEMBERED:
                known[cause] = told
        yield (*_readable(each, words.lang), *told)


def _readable(line: "_Line", lang: str) -> "_Line":
    """The line with what is stored for the ledger said as for people: causes by their code, texts in their language."""
    if line.code in REASONED and line.rule:  # the text of the finding says it whole
        return line._replace(rule=line.rule.partition(".")[0], detail="")
    detail = shown(line.detail, lang)
    return line if detail == line.detail else line._replace(detail=detail)


class _Line(NamedTuple):
    """A finding of one dossier, or (masked) of a whole school; in the order of LINE_KEYS."""

    export: str
    brin: str
    vestiging: str
    dossier: str
    state: str
    severity: str
    code: str
    field: str
    target: str
    rule: str
    detail: str
    shape: str
    times: int


def _single(connection: Connection, run_id: str) -> Iterator[_Line]:
    for row in queries.finding_lines(connection, run_id):
        export, brin, vestiging, dossier, state, severity, code, field, target, reason, note, place, shape, times = row
        whose = export, brin or "", vestiging or "", dossier or "", state or ""
        yield _Line(*whose, severity, code, field, target, reason, detail_of(note, place), shape, times)


def _summed(connection: Connection, run_id: str) -> Iterator[_Line]:
    """Per cause over the schools; a single hidden number takes a second with it, against subtraction."""
    rows = queries.by_school(connection, run_id)
    for _, group in groupby(rows, key=lambda row: (row.severity, *queries.cause_of(row))):
        lines = list(group)
        for row, count in zip(lines, suppress([int(row.n) for row in lines]), strict=True):
            yield _Line(
                "", row.brin or "", row.vestiging or "", "", "", row.severity, row.code, "", row.target, row.rule,
                detail_of(row.note, row.place), "", count,
            )  # fmt: skip
