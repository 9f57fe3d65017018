"""What every kind of table is to us: a name, columns, and rows of text. Nothing is guessed into numbers or dates."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from dod2oso.base.xml import writable
from dod2oso.source.datestyle import DATE_FORMS, DateStyle

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.\-À-ÖØ-öø-ɏ]")  # XML allows more letters, but no school writes those
_START = re.compile(r"[A-Za-z_À-ÖØ-öø-ɏ]")

MAX_COLUMNS = 16_384  # MAX_COLUMNS: as many as a spreadsheet can have

Row = tuple[str, ...]


class SourceTable(Protocol):
    """One table of an export. Column names are XML names, each once; a row may be longer than the header."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...

    def rows(self) -> Iterator[Row]:
        """Every row below the header, as text; a blank cell is "". Always the same rows in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class Notation:
    """How a typed cell (of a spreadsheet or database) is written as text: as the source profile says values are."""

    dates: DateStyle = "jjjj-mm-dd"
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
            return value.isoformat(timespec="seconds") if value.time() != time() else self._date(value.date())
        if isinstance(value, date):
            return self._date(value)
        if isinstance(value, float | Decimal):
            return self._number(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return base64.b64encode(bytes(value)).decode("ascii")
        if isinstance(value, int | time | timedelta):
            return str(value)
        return writable(str(value))

    def _number(self, value: float | Decimal) -> str:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))  # 12.0 in a sheet is a person's 12
        text = format(value, "f") if isinstance(value, Decimal) else repr(value)
        return text.replace(".", self.decimal)

    def _date(self, value: date) -> str:
        return DATE_FORMS[self.dates].format(y=f"{value.year:04}", m=f"{value.month:02}", d=f"{value.day:02}")


def xml_name(name: str) -> str:
    """A table or column name as an element name: every character that XML does not allow there becomes `_`."""
    safe = _NOT_IN_A_NAME.sub("_", name.strip())
    return safe if _START.match(safe) else f"_{safe}"


def column_names(header: Iterable[str]) -> tuple[str, ...]:
    """Column names as XML names, each once: a column without a name is `kolom_7`, a second `naam` is `naam_2`."""
    names: dict[str, int] = {}  # with the number that a next one of the same name begins to look at
    for number, title in enumerate(header, start=1):
        name = candidate = xml_name(title) if title.strip() else extra_column(number)
        while candidate in names:
            names[name] = names.get(name, 1) + 1
            candidate = f"{name}_{names[name]}"
        names[candidate] = 1
    return tuple(names)


def extra_column(number: int) -> str:
    """The name of a column without a title; columns count from 1."""
    return f"kolom_{number}"
