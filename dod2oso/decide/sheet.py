"""Questions as a spreadsheet, to be answered elsewhere, and the answers back in.

A row per question, with the likeliest answers beside it; somebody types what it becomes, or that it stays behind. All
cells are text, so that a code such as 010 stays what it is.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from pydantic import ValidationError

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_open
from dod2oso.base.models import first_of, what_is_wrong
from dod2oso.base.texts import Text
from dod2oso.decide.candidates import candidates
from dod2oso.decide.facets import Question
from dod2oso.decide.person import Signature
from dod2oso.decide.testlist import ListedTest
from dod2oso.source.decisions import ANY, AnyRow, Decision, Decisions, add, objection, read_decisions
from dod2oso.source.user_tables import HEADER_MARK, TableRow, read_tables

_KEY = ("about", "name", "version", "area", "profile", "field", "value", "tail", "own")
_ANSWER = ("becomes", "leave", "who", "when", "why")
_OFFERED = ("candidate 1", "candidate 2", "candidate 3")
COLUMNS = (*_KEY, "count", *_OFFERED, *_ANSWER)
_WIDTHS = {"name": 40, "area": 20, "field": 30, "value": 16, "becomes": 18, "why": 40, **dict.fromkeys(_OFFERED, 44)}
_YES = frozenset({"ja", "j", "yes", "y", "true", "x"})
YAML = frozenset({".yaml", ".yml"})


def write_sheet(path: Path, questions: Sequence[Question], tests: Sequence[ListedTest], lang: str) -> None:
    """Write the questions as an .xlsx; it replaces a file of that name only when it is whole."""
    with atomic_open(path) as file:
        book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        sheet = book.add_worksheet("vragen")
        sheet.write_string(0, 1, Text("decide-sheet-title").text(lang), head)
        sheet.write_string(1, 1, Text("decide-sheet-how").text(lang))
        sheet.write_string(2, 0, HEADER_MARK, head)
        sheet.set_column(0, 0, 2, text)
        for number, column in enumerate(COLUMNS, start=1):
            sheet.set_column(number, number, _WIDTHS.get(column, 12), text)
            sheet.write_string(2, number, column, head)
        for line, question in enumerate(questions, start=3):
            cells = _cells(question, tests)
            for number, column in enumerate(COLUMNS, start=1):
                if column in cells:
                    sheet.write_string(line, number, cells[column], text)
        sheet.freeze_panes(3, 0)
        book.close()


def _cells(question: Question, tests: Sequence[ListedTest]) -> dict[str, str]:
    cells = {"count": str(question.count)}
    if question.test is not None:
        cells |= {"about": "test", **question.test._asdict()}
    elif question.name is not None:
        cells |= {"about": "name", "profile": question.profile, **question.name._asdict()}
    else:
        cells |= {"about": "value", "profile": question.profile, "field": question.field, "value": question.value}
    for column, one in zip(_OFFERED, candidates(question, tests), strict=False):
        cells[column] = f"{one.becomes} ({one.said}, {one.score})"
    return cells


class Answers(NamedTuple):
    """What came back: the decisions, each with its place, and how many questions have no answer yet."""

    decisions: list[Decision]
    open: int


def read_answers(path: Path, by: Signature) -> Answers:
    """The answers in a sheet, or the decisions in another file of decisions.

    `by` is who, when and why where a row does not say. ConfigurationError, with the cell or line, when a row cannot be
    a decision; then none of them counts.
    """
    if path.suffix.lower() in YAML:
        return Answers(list(read_decisions([path]).all), 0)
    found: dict[tuple[str, ...], Decision] = {}
    unanswered = 0
    for table in read_tables(path):
        if lacking := [column for column in ("about", "becomes") if column not in table.columns]:
            raise ConfigurationError("decide-sheet-columns", file=path.name, lacking=", ".join(lacking))
        for row in table.rows:
            if not row.cells.get("becomes") and not row.cells.get("leave"):
                unanswered += 1
                continue
            add(found, Decision(_decision(row, by), row.place.text("nl")))
    return Answers(list(found.values()), unanswered)


def _decision(row: TableRow, by: Signature) -> AnyRow:
    cells = row.cells
    data: dict[str, Any] = {key: cells[key] for key in (*_KEY, *_ANSWER) if key in cells}
    data = {"who": by.who, "when": by.when, "why": by.why, **data}
    if "leave" in data:
        if data["leave"].lower() not in _YES:
            raise ConfigurationError("decision-wrong", place=row.place, problem=Text("decision-says-nothing"))
        data["leave"] = True
    if odd := [column for column in row.odd if column in ("becomes", "value")]:
        raise ConfigurationError("decide-cell-odd", place=row.sheet.cell(row.number, odd[0]))
    try:
        decision = ANY.validate_python(data)
    except ValidationError as error:
        first = first_of(error)
        key = ".".join(map(str, first["loc"][1:])) or "about"
        raise ConfigurationError(
            "decision-wrong",
            place=row.place,
            problem=Text("decision-part-wrong", part=key, problem=what_is_wrong(first)),
        ) from None
    if problem := objection(decision):
        raise ConfigurationError("decision-wrong", place=row.place, problem=problem)
    return decision


class Merged(NamedTuple):
    """What taking answers in did to the decisions there were."""

    rows: list[AnyRow]
    new: int
    same: int
    replaced: int


def merge(there: Decisions, answers: Sequence[Decision], *, replace: bool) -> Merged:
    """The decisions with the answers. ConfigurationError when one contradicts what was decided before."""
    rows = {one.row.key: one for one in there.all}
    new = same = replaced = 0
    for answer in _each_once(answers):
        known = rows.get(answer.row.key)
        if known is None:
            new += 1
        elif (known.row.becomes, known.row.leave) == (answer.row.becomes, answer.row.leave):
            same += 1
            continue
        elif replace:
            replaced += 1
        else:
            raise ConfigurationError("decision-contradicts", place=answer.place, other=known.place)
        rows[answer.row.key] = answer
    return Merged([one.row for one in rows.values()], new, same, replaced)


def _each_once(answers: Sequence[Decision]) -> Iterator[Decision]:
    found: dict[tuple[str, ...], Decision] = {}
    for answer in answers:
        if add(found, answer):
            yield answer
