"""Read a table that people made (CSV or spreadsheet) as text, and nothing but text.

The reader of exports does the reading; nothing is turned into numbers or dates, so `010` stays `010` and a postcode
stays one. What a cell holds that is no text of a person is told apart (`TableRow.odd`).
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError, ExportError
from dod2oso.base.texts import Text
from dod2oso.source.cleantext import text_stream
from dod2oso.source.oddtext import BLANK, MOMENT, NO_TEXT, NUMBER, NUMBER_CELL, look_at, without_notes
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.sheets import Sheet as SourceSheet
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import BadRow, Notation, Row, header_row

SPREADSHEETS = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})
MAX_TABLE_BYTES = 200 << 20  # a supplement or register is a list, not a database


HEADER_MARK = "#dod2oso"  # stands in the header row of sheets that we wrote, which have explanation above and below
BESIDE = frozenset({"Uitleg", "Explanation", "Lijsten", "Lists"})  # sheets of ours without such a row
_HEADER_WITHIN = 20  # rows
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where rows stand: the file, the sheet ("" in CSV), and the letter of each column."""

    file: str
    name: str
    letters: dict[str, str]

    def row(self, number: int) -> Text:
        """A row, in words for a person."""
        if self.name:
            return Text("sheet-row", sheet=self.name, row=number, file=self.file)
        return Text("file-row", row=number, file=self.file)

    def cell(self, number: int, column: str) -> Text:
        """A cell; in CSV its row, for there the column has a name and no letter."""
        letter = self.letters.get(column)
        if not self.name or letter is None:
            return self.row(number)
        return Text("sheet-cell", sheet=self.name, cell=f"{letter}{number}", file=self.file)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, `number` as a spreadsheet counts; `cells` are the non-blank cells by column.

    `odd`: which of those cannot be believed, with the finding code that says why: an error of the spreadsheet, text in
    another encoding, a sign for "no value", a number or date where text may be asked for (see oddtext).
    """

    sheet: Sheet
    number: int
    cells: dict[str, str]
    odd: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Text:
        """Where a person finds it."""
        return self.sheet.row(self.number)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its file name, its column names (lower case, stripped) and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


class TableStream(NamedTuple):
    """The same, of which the rows can be taken once, before the next table is asked for."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[TableRow]


def read_tables(path: Path) -> tuple[Table, ...]:
    """The table in a CSV file, or one per sheet of a spreadsheet.

    Raises ConfigurationError when the file is absent, too large, no table, or has two columns of the same name.
    """
    return tuple(Table(one.name, one.columns, tuple(one.rows)) for one in stream_tables(path))


def stream_tables(path: Path) -> Iterator[TableStream]:
    """The same tables, without keeping their rows; the same errors, those of rows while they are taken."""
    if not path.is_file():
        raise ConfigurationError("file-absent", file=path.name)
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ConfigurationError("table-too-large", file=path.name, limit=MAX_TABLE_BYTES >> 20)
    if path.suffix.lower() in SPREADSHEETS:
        yield from _spreadsheet(path)
    else:
        yield _csv(path)


def _csv(path: Path) -> TableStream:
    encoding = _encoding(path)
    table = CsvTable(path.name, lambda: text_stream(atrest.stream(path), encoding), _header)
    try:
        if not table.header:
            raise ConfigurationError("table-no-csv", file=path.name)
        return _table(path.name, "", table.header, _told(path.name, table.numbered_rows()))
    except ExportError as error:
        raise _unreadable(path.name, error) from None


def _told(file: str, rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    try:
        yield from rows
    except ExportError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: str, error: ExportError) -> ConfigurationError:
    return ConfigurationError("table-unreadable", file=file, problem=error)


def _encoding(path: Path) -> str:
    """What a CSV without byte order mark is in: UTF-8, or else what Excel on a Dutch Windows writes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with atrest.stream(path) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _spreadsheet(path: Path) -> Iterator[TableStream]:
    try:
        found = sheets(lambda: atrest.stream(path), atrest.size(path), Notation(), _header)
    except ExportError as error:
        raise _unreadable(path.name, error) from None
    ours = any(_is_marked(sheet.header) for sheet in found) or _explains(found)
    for sheet in found:
        if ours and not _is_marked(sheet.header):  # beside our own sheets there are others, that explain
            if sheet.title not in BESIDE:
                raise ConfigurationError("workbook-key-row-gone", file=path.name, sheet=sheet.title)
        else:
            yield _table(path.name, sheet.title, sheet.header, sheet.numbered_rows(), sheet.left)


def _explains(found: Sequence[SourceSheet]) -> bool:
    """Whether a sheet of ours without a header is there: then the others were ours too, whatever became of them."""
    return any(
        "--supplement" in cell
        for sheet in found
        if sheet.title in BESIDE
        for row in islice(sheet.lines(), _HEADER_WITHIN)
        for cell in row
    )


def _is_marked(row: Sequence[str]) -> bool:
    return any(cell.strip(BLANK) == HEADER_MARK for cell in row[:3])


def _header(rows: Sequence[Row]) -> int:
    """The row with our mark, which need not be the first; else where any table has its column names."""
    return next((number for number, row in enumerate(rows) if _is_marked(row)), header_row(rows))


def _table(file: str, name: str, header: Row, rows: Iterator[tuple[int, Row]], left: int = 0) -> TableStream:
    where = f"{file}, blad {name}" if name else file
    columns = tuple(without_notes(cell).strip(BLANK).lower() for cell in header)
    for number, column in enumerate(columns):  # by number: without a header row these are values
        if column and column in columns[:number]:
            first = columns.index(column) + 1
            raise ConfigurationError("table-double-column", place=where, first=first, second=number + 1)
    from xlsxwriter.utility import xl_col_to_name

    letters = {column: xl_col_to_name(left + number) for number, column in enumerate(columns) if column}
    taken = _rows(Sheet(file, name, letters), columns, rows)
    return TableStream(file, tuple(column for column in columns if column), taken)


def _rows(sheet: Sheet, columns: Sequence[str], rows: Iterator[tuple[int, Row]]) -> Iterator[TableRow]:
    for number, row in rows:
        if isinstance(row, BadRow):
            raise ConfigurationError("table-row-cells", place=Text("table-line", table=sheet.file, line=row.lines))
        cells: dict[str, str] = {}
        odd: dict[str, str] = {}
        for column, cell in zip(columns, row, strict=False):
            text = cell.strip(BLANK)
            if column and text:
                look = look_at(text)
                cells[column] = without_notes(look.text) or text
                code = look.refused or {NUMBER: NUMBER_CELL, MOMENT: NO_TEXT}.get(look.kind, "")
                if code:
                    odd[column] = code
        if cells:
            yield TableRow(sheet, number, cells, odd)
