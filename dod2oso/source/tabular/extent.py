"""How large the grid of a spreadsheet is, found out before its reader makes that grid.

The reader lays out every cell between the first and the last one with a value, so a file of a few kB with a value in
the last cell of a sheet would take all memory, and with it the whole process. Sheets are streamed here; what is no
well-formed XML is refused, so that no other parser sees another sheet than we do.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import pull_parser
from dod2oso.source.container import limits
from dod2oso.source.container.problems import problem

MAX_CELLS = 20_000_000  # MAX_CELLS: of all sheets together, blank ones between filled ones too; 32 bytes of memory each

_CHUNK = 1 << 18
_SHEET, _TABLE = b"sheetData", b"opendocument:xmlns:table"  # a part without its word holds no cells
_WORD = re.compile(re.escape(_SHEET) + b"|" + re.escape(_TABLE))
_LONGEST = len(_TABLE)
_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_MOST_COLUMNS, _MOST_ROWS = 1 << 14, 1 << 20  # of a sheet; repetitions in .ods go no further
_REFERENCE = re.compile(r"([A-Z]{1,7})([0-9]{1,9})", re.IGNORECASE)


def check_extent(data: BinaryIO) -> None:
    """Refuse a zipped spreadsheet above the limits, or one of which a sheet is no XML. ExportError.

    Every part is read to its end, so that its size and checksum in the directory are true.
    """
    cells = 0
    try:
        with zipfile.ZipFile(data) as archive:
            if sum(info.file_size for info in archive.infolist()) > limits.MAX_SPREADSHEET_BYTES:
                raise problem("export-te-groot.spreadsheet")
            for info in archive.infolist():
                with archive.open(info) as stream:
                    word = _word(stream)
                if word is not None:
                    with archive.open(info) as stream:
                        cells += _cells(stream, _xlsx_row if word == _SHEET else _ods_row)
                if cells > MAX_CELLS:
                    raise _too_many_cells()
    except (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, OSError, EOFError, ValueError, RuntimeError):
        raise unreadable() from None


def _word(stream: Any) -> bytes | None:
    """The word that tells which kind of sheet is in this part; None when it holds none."""
    before = b""
    while chunk := stream.read(_CHUNK):
        found = _WORD.search(before + chunk)
        if found is not None:
            return found[0]
        before = chunk[-_LONGEST:]
    return None


class _Grid:
    """The rectangle around the cells that have a value; rows and columns count from 0."""

    __slots__ = ("columns", "row", "rows")

    def __init__(self) -> None:
        self.row = 0  # the next one, when it does not say its number
        self.rows: tuple[int, int] | None = None
        self.columns: tuple[int, int] | None = None

    def see(self, row: int, column: int) -> None:
        self.rows, self.columns = _with(self.rows, row), _with(self.columns, column)

    @property
    def cells(self) -> int:
        if self.rows is None or self.columns is None:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)


def _with(span: tuple[int, int] | None, place: int) -> tuple[int, int]:
    return (place, place) if span is None else (min(span[0], place), max(span[1], place))


def _cells(stream: Any, see_row: Callable[[Any, _Grid], None]) -> int:
    parser = pull_parser(tag="{*}row" if see_row is _xlsx_row else f"{_ODS}table-row", huge=True)
    grid = _Grid()
    while chunk := stream.read(_CHUNK):
        parser.feed(chunk)
        for _event, row in parser.read_events():
            see_row(row, grid)
            row.clear()
            while row.getprevious() is not None:
                row.getparent().remove(row.getprevious())
    parser.close()
    return grid.cells


def _xlsx_row(row: Any, grid: _Grid) -> None:
    number = int(row.get("r")) - 1 if row.get("r") else grid.row
    column = 0
    for cell in row.iterchildren("{*}c"):
        at, reference = number, cell.get("r")
        if reference is not None:
            found = _REFERENCE.fullmatch(reference)
            if found is None:
                raise unreadable()
            at, column = int(found[2]) - 1, _column(found[1])
        if len(cell):  # else it has only a style
            grid.see(at, column)
        column += 1
    grid.row = number + 1


def _column(letters: str) -> int:
    """A -> 0, AA -> 26"""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _ods_row(row: Any, grid: _Grid) -> None:
    rows = min(int(row.get(f"{_ODS}number-rows-repeated", 1)), _MOST_ROWS)
    column = 0
    for cell in row.iterchildren("{*}table-cell"):
        columns = min(int(cell.get(f"{_ODS}number-columns-repeated", 1)), _MOST_COLUMNS)
        if len(cell) or any("value" in name for name in cell.attrib):
            grid.see(grid.row, column)
            grid.see(grid.row + rows - 1, column + columns - 1)
        column += columns
    grid.row += rows


def _too_many_cells() -> ExportError:
    return ExportError("export-te-groot.cells", limit=MAX_CELLS)


def unreadable() -> ExportError:
    return ExportError("export-beschadigd.workbook")
