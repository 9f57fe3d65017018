"""Read a table that people made (CSV or spreadsheet) as text, and nothing but text.

pandas does the reading; nothing is turned into numbers or dates, so `010` stays `010` and a postcode stays one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter.utility import xl_col_to_name

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text

SPREADSHEETS = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})
MAX_TABLE_BYTES = 200 << 20  # MAX_TABLE_BYTES: a supplement or register is a list, not a database


HEADER_MARK = "#dod2oso"  # stands in the header row of sheets that we wrote, which have explanation above and below
BESIDE = frozenset({"Uitleg", "Explanation", "Lijsten", "Lists"})  # sheets of ours without such a row
_HEADER_WITHIN = 20  # rows


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
    """One row, `number` as a spreadsheet counts; `cells` are the non-blank cells by column."""

    sheet: Sheet
    number: int
    cells: dict[str, str]

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


def read_tables(path: Path) -> tuple[Table, ...]:
    """The table in a CSV file, or one per sheet of a spreadsheet.

    Raises ConfigurationError when the file is absent, too large, no table, or has two columns of the same name.
    """
    if not path.is_file():
        raise ConfigurationError("file-absent", file=path.name)
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ConfigurationError("table-too-large", file=path.name, limit=MAX_TABLE_BYTES >> 20)
    if path.suffix.lower() in SPREADSHEETS:
        return tuple(_spreadsheet(path))
    return (_csv(path),)


def _csv(path: Path) -> Table:
    import pandas as pd

    data = path.read_bytes()
    encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"  # what Excel on a Dutch Windows writes
        text = data.decode(encoding, errors="replace")
    header = text.split("\n", 1)[0]
    separator = max(";,\t", key=header.count)
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            header=None,
            encoding=encoding,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise ConfigurationError("table-no-csv", file=path.name) from None
    return _table(path.name, "", frame.values.tolist())


def _spreadsheet(path: Path) -> Iterator[Table]:
    import pandas as pd

    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=str, keep_default_na=False, engine="calamine")
    except Exception as error:  # calamine raises its own kinds, none of them public
        raise ConfigurationError("table-no-spreadsheet", file=path.name, kind=type(error).__name__) from None
    found = {str(sheet): frame.values.tolist() for sheet, frame in sheets.items()}
    headers = {sheet: _header_row(rows) for sheet, rows in found.items()}
    ours = any(header is not None for header in headers.values()) or _explains(found)
    for sheet, rows in found.items():
        header = headers[sheet]
        if header is None and ours:  # beside our own sheets there are others, that explain
            if sheet not in BESIDE and any(_text(cell) for row in rows for cell in row):
                raise ConfigurationError("workbook-key-row-gone", file=path.name, sheet=sheet)
        elif rows:
            yield _table(path.name, sheet, rows, header or 0)


def _explains(sheets: Mapping[str, list[list[object]]]) -> bool:
    """Whether a sheet of ours without a header is there: then the others were ours too, whatever became of them."""
    texts = [str(cell) for name in BESIDE & sheets.keys() for row in sheets[name][:_HEADER_WITHIN] for cell in row]
    return any("--supplement" in text for text in texts)


def _header_row(rows: list[list[object]]) -> int | None:
    """The row with our mark, which need not be the first; None when this is no sheet of ours."""
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        if any(str(cell).strip() == HEADER_MARK for cell in row[:3]):
            return number
    return None


def _table(file: str, name: str, rows: list[list[object]], header: int = 0) -> Table:
    where = f"{file}, blad {name}" if name else file
    columns = tuple(str(cell).strip().lower() for cell in rows[header])
    for number, column in enumerate(columns):  # by number: without a header row these are values
        if column and column in columns[:number]:
            first = columns.index(column) + 1
            raise ConfigurationError("table-double-column", place=where, first=first, second=number + 1)
    sheet = Sheet(file, name, {column: xl_col_to_name(number) for number, column in enumerate(columns) if column})
    found = []
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = {column: _text(cell) for column, cell in zip(columns, row, strict=True) if column and _text(cell)}
        if cells:
            found.append(TableRow(sheet, number, cells))
    return Table(file, tuple(column for column in columns if column), tuple(found))


def _text(cell: object) -> str:
    text = str(cell).strip()
    # A date cell of a spreadsheet comes as a moment at midnight.
    return text.removesuffix(" 00:00:00")
