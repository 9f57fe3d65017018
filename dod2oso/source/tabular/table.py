"""What every kind of table is to us: a name, columns, and rows of text. Nothing is guessed into numbers or dates."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, Protocol

from dod2oso.base.xml import writable
from dod2oso.source.datestyle import DATE_FORMS, ISO
from dod2oso.source.oddtext import BLANK, MOMENT, NUMBER, is_blank, without_notes

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.\-À-ÖØ-öø-ɏ]")  # XML allows more letters, but no school writes those
_START = re.compile(r"[A-Za-z_À-ÖØ-öø-ɏ]")

MAX_COLUMNS = 16_384  # as many as a spreadsheet can have

_DURATION = re.compile(r"-?PT[0-9]+H[0-9]+M[0-9.,]+S\Z")  # a duration of 24 hours or more in .ods
_TITLE_WITHIN = 20  # rows at the top of a table, in which titles may stand above the column names
_NAME_AT_MOST = 80  # characters of a column name

Row = tuple[str, ...]


class BadRow(tuple[str, ...]):
    """The cells of a row of which it is not sure under which column they stand: nobody may take them for values.

    `lines`: where it stands, in words of the file; `code`: the finding that says what is wrong.
    """

    lines: str
    code: str

    @classmethod
    def of(cls, cells: Iterable[str], lines: str, code: str) -> "BadRow":
        row = cls(cells)
        row.lines, row.code = lines, code
        return row


class SourceTable(Protocol):
    """One table of an export. Column names are XML names, each once; a row may be longer than the header."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def titles(self) -> int:
        """How many rows with text stand above the column names."""
        ...

    def rows(self) -> Iterator[Row]:
        """Every row below the header that holds anything, as text; a blank cell is "". Some are a `BadRow`.

        Always the same rows in the same order.
        """
        ...


def header_row(rows: Sequence[Row]) -> int:
    """Which of the first rows of a table holds the column names; -1 when none has text.

    That is the first one with text, or the first below titles: rows of one or two cells, above a row of names that is
    at least three times as wide and as wide as most of what follows.
    """
    filled = [sum(1 for cell in row if not is_blank(cell)) for row in rows]
    first = next((number for number, n in enumerate(filled) if n), -1)
    for number, n in enumerate(filled):
        if n > 2:
            below = [width for width in filled[number + 1 :] if width]
            names = first >= 0 and n >= 3 * max(filled[:number], default=0) and all(map(_may_be_a_name, rows[number]))
            return number if names and sum(1 for width in below if n <= 2 * width <= 2 * n) * 2 >= len(below) else first
    return first


def _may_be_a_name(cell: str) -> bool:
    text = without_notes(cell).strip()
    return not text or (len(text) <= _NAME_AT_MOST and not text[0].isdigit() and "@" not in text)


def header_at(number: int | None) -> "FindHeader":
    """What finds the column names: the row of that number, counted from 1, or what looks like them."""
    if number is None:
        return header_row
    return lambda rows: number - 1 if number <= len(rows) else -1


FindHeader = Callable[[Sequence[Row]], int]  # as header_row does


class Head(NamedTuple):
    """The top of a table: its column names as they stand there, how many rows those take up, titles among them."""

    names: tuple[str, ...]
    rows: int
    titles: int


def head_of(rows: Iterable[Row], find_header: FindHeader = header_row) -> Head:
    """The top of a table with these rows."""
    top = list(islice(rows, _TITLE_WITHIN))
    at = find_header(top)
    names = list(top[at]) if at >= 0 else []
    while names and is_blank(names[-1]):
        names.pop()
    titles = sum(1 for row in top[: max(at, 0)] if any(not is_blank(cell) for cell in row))
    return Head(tuple(names), at + 1, titles)


class TitledTable:
    """A table with a column more, that holds the table's own title in every row."""

    def __init__(self, table: SourceTable, column: str) -> None:
        self._table = table
        self.name = table.name
        self.titles = table.titles
        self.columns = (*table.columns, xml_name(column))
        self._title = getattr(table, "title", table.name)

    def rows(self) -> Iterator[Row]:
        width = len(self.columns) - 1
        for row in self._table.rows():
            if isinstance(row, BadRow) or len(row) > width:
                yield row if isinstance(row, BadRow) else BadRow.of(row, self._title, "rij-geweigerd")
            else:
                yield (*row, *[""] * (width - len(row)), self._title)


@dataclass(frozen=True, slots=True)
class Notation:
    """How a typed cell (of a spreadsheet or database) is written as text: as the source profile says values are."""

    dates: str = ISO
    decimal: str = "."
    true: str = "true"
    false: str = "false"

    def text(self, value: object) -> str:
        """The text of a cell; dates and decimals as the profile writes them, bytes as Base64, nothing as ""."""
        if value is None:
            return ""
        if isinstance(value, str):
            return writable(value)
        if isinstance(value, bool):
            return self.true if value else self.false
        if isinstance(value, datetime):
            moment = value.time()
            day = self._date(value.date())
            return day if moment == time() else f"{day} {moment.isoformat(timespec='seconds')}"
        if isinstance(value, date):
            return self._date(value)
        if isinstance(value, float | Decimal):
            return self._number(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return base64.b64encode(bytes(value)).decode("ascii")
        if isinstance(value, int | time | timedelta):
            return str(value)
        return writable(str(value))

    def cell(self, value: object) -> str:
        """The text of a cell of a spreadsheet, with a note before it when the cell is no text itself (see oddtext)."""
        text = self.text(value)
        if isinstance(value, date | time | timedelta) or (isinstance(value, str) and _DURATION.match(value)):
            return MOMENT + text
        return NUMBER + text if isinstance(value, int | float | Decimal) else text

    def _number(self, value: float | Decimal) -> str:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))  # 12.0 in a sheet is a person's 12
        text = format(value, "f") if isinstance(value, Decimal) else repr(value)
        return text.replace(".", self.decimal)

    def _date(self, value: date) -> str:
        return DATE_FORMS.get(self.dates, DATE_FORMS[ISO]).format(
            y=f"{value.year:04}", m=f"{value.month:02}", d=f"{value.day:02}"
        )


def xml_name(name: str) -> str:
    """A table or column name as an element name: every character that XML does not allow there becomes `_`."""
    safe = _NOT_IN_A_NAME.sub("_", without_notes(name).strip(BLANK))
    return safe if _START.match(safe) else f"_{safe}"


def column_names(header: Iterable[str]) -> tuple[str, ...]:
    """Column names as XML names, each once: a column without a name is `kolom_7`, a second `naam` is `naam_2`."""
    names: dict[str, int] = {}  # with the number that a next one of the same name begins to look at
    for number, title in enumerate(header, start=1):
        name = candidate = xml_name(title) if not is_blank(title) else extra_column(number)
        while candidate in names:
            names[name] = names.get(name, 1) + 1
            candidate = f"{name}_{names[name]}"
        names[candidate] = 1
    return tuple(names)


def extra_column(number: int) -> str:
    """The name of a column without a title; columns count from 1."""
    return f"kolom_{number}"
