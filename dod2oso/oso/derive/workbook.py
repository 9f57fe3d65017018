"""Code lists in a workbook that came along with the official files.

How those workbooks are laid out is not public, so a list is known by what stands in it: a column of codes with a column
of descriptions beside it, and a number or a name on the sheet, above the list or in a column of its own. What comes of
it is a guess, and is told as one; it never stands against a stylesheet.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from dod2oso.oso.codelists import codelists
from dod2oso.oso.derive.problem import Problem

Row = Sequence[str]
Sheets = Callable[[bytes], Iterable[tuple[str, Iterable[Row]]]]  # a workbook -> title and rows of each sheet

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})

_HEADER_WITHIN = 40  # rows
_LONGEST_CODE = 24
_FEWEST = 2  # codes, where no column says that it holds codes
_NUMBER = re.compile(r"(?:code)?lijst\s*(\d{1,3})\b|\bcl\s*(\d{1,3})\b|\A\W*(\d{1,3})\b(?![.,]\d)", re.IGNORECASE)
_TITLE = re.compile(r"\W*\d{1,3}[\s.:)\u2013-]+[^\W\d].*|(?:codelijst|lijst|cl)\W*\S.*", re.IGNORECASE)
_CODE_HEADS = ("code", "codes", "codewaarde", "waarde", "value", "key")
_SAID_HEADS = (
    "omschrijving",
    "betekenis",
    "beschrijving",
    "naam",
    "label",
    "description",
    "toelichting",
    "tekst",
    "waarde",
)
_LIST_HEADS = ("codelijst", "codelijstnummer", "lijst", "lijstnummer", "nummer", "nr", "codelijstnaam")


@dataclass(slots=True)
class Listed:
    """One list as a workbook has it. title: what it is called there; number: None when nothing tells it.

    codes: code -> description, in the order of the rows.
    """

    sheet: str  # with the name of its file
    title: str
    number: int | None
    codes: dict[str, str] = field(default_factory=dict)


class _Columns(NamedTuple):
    """Where codes, descriptions and, if there is one, the name or number of the list stand."""

    code: int
    said: int
    of: int | None = None
    header: int = -1  # the row above the first code


def is_workbook(name: str) -> bool:
    """Is this the name of a file that may hold code lists?"""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def read_lists(file: str, sheets: Iterable[tuple[str, Iterable[Row]]]) -> tuple[list[Listed], list[Problem]]:
    """The lists in the workbook `file`, and the sheets in which none was recognised."""
    found, problems = list[Listed](), list[Problem]()
    for title, rows in sheets:
        where = f"{file}, {title}"
        here = [one for one in _sheet(where, title, [[cell.strip() for cell in row] for row in rows]) if one.codes]
        found += here
        if not here:
            problems.append(Problem("codes-workbook-no-list", file, title))
    return found, problems


def _sheet(where: str, title: str, rows: list[list[str]]) -> Iterator[Listed]:
    columns = _by_heads(rows) or _by_content(rows)
    if columns is None:
        return
    current = Listed(where, title, number_in(title))
    for number, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        if len(filled) == 1 and _TITLE.fullmatch(filled[0]):
            yield current
            current = Listed(where, filled[0], number_in(filled[0]))
        elif number <= columns.header or not filled:
            continue
        elif (again := _heads(row)) is not None:  # the head of a next list on the same sheet
            columns = again
        elif columns.of is not None and (name := _cell(row, columns.of)) and name != current.title:
            yield current
            current = Listed(where, name, number_in(name))
            _put(current, row, columns)
        else:
            _put(current, row, columns)
    yield current


def _put(into: Listed, row: Row, columns: _Columns) -> None:
    code = _cell(row, columns.code)
    if code and len(code) <= _LONGEST_CODE:
        into.codes.setdefault(code, _cell(row, columns.said))


def _by_heads(rows: list[list[str]]) -> _Columns | None:
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        found = _heads(row)
        if found is not None:
            return found._replace(header=number)
    return None


def _heads(row: Row) -> _Columns | None:
    words = [re.sub(r"[^a-z]", "", cell.lower()) for cell in row]
    code = next((i for head in _CODE_HEADS for i, word in enumerate(words) if word == head), None)
    if code is None:
        return None
    said = next((i for head in _SAID_HEADS for i, word in enumerate(words) if word == head and i != code), None)
    taken = (code, said)
    of = next((i for head in _LIST_HEADS for i, word in enumerate(words) if word == head and i not in taken), None)
    return None if said is None else _Columns(code, said, of)


def _by_content(rows: list[list[str]]) -> _Columns | None:
    """Two neighbouring columns without heads: short texts without spaces, each once, beside longer ones in words."""
    width = max(map(len, rows), default=0)
    for left in range(width - 1):
        pairs = [(_cell(row, left), _cell(row, left + 1)) for row in rows]
        both = [(code, said) for code, said in pairs if code and said]
        codes = [code for code, _ in both]
        shaped = all(len(code) <= _LONGEST_CODE and not re.search(r"\s", code) for code in codes)
        worded = all(re.search(r"[^\W\d_]{2}", said) for _, said in both)
        longer = sum(len(said) for _, said in both) > 2 * sum(map(len, codes))
        if len(both) >= _FEWEST and shaped and worded and longer and len(set(codes)) == len(codes):
            return _Columns(left, left + 1)
    return None


def number_in(title: str) -> int | None:
    """The number of a code list that a title names ("19. Soort adres", "Codelijst 19"), or whose name it is."""
    said = _NUMBER.search(title)
    if said is not None:
        return int(next(part for part in said.groups() if part is not None))
    words = _letters(title)
    named = [number for number, one in codelists().items() if _letters(one.name) == words]
    return named[0] if len(named) == 1 else None


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text.lower().removeprefix("codelijst"))


def _cell(row: Row, column: int) -> str:
    return row[column] if column < len(row) else ""
