"""How large the grid of a spreadsheet is, and which cells its reader leaves blank: found out before it makes that grid.

The reader lays out every cell between the first and the last one with a value, so a file of a few kB with a value in
the last cell of a sheet would take all memory, and with it the whole process. It also gives an error (#N/A), and a
formula of which the result is not in the file, as a blank cell. Sheets are streamed here; what is no well-formed XML is
refused, so that no other parser sees another sheet than we do.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import parse_bytes, pull_parser
from dod2oso.source.container import limits
from dod2oso.source.container.problems import problem
from dod2oso.source.oddtext import ERROR, UNCOMPUTED

MAX_CELLS = 20_000_000  # of all sheets together, blank ones between filled ones too; 32 bytes of memory each

_CHUNK = 1 << 18
_SHEET, _TABLE = b"sheetData", b"opendocument:xmlns:table"  # a part without its word holds no cells
_WORD = re.compile(re.escape(_SHEET) + b"|" + re.escape(_TABLE))
_LONGEST = len(_TABLE)
_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ODD_AT_MOST = 20  # characters of the name of an error
_MOST_COLUMNS, _MOST_ROWS = 1 << 14, 1 << 20  # of a sheet; repetitions in .ods go no further
_REFERENCE = re.compile(r"([A-Z]{1,7})([0-9]{1,9})", re.IGNORECASE)


OddCells = dict[tuple[int, int], str]  # row and column, from 0 -> the text with its note (see oddtext)


def check_extent(data: BinaryIO) -> dict[str, OddCells]:
    """Refuse a zipped spreadsheet above the limits, or one of which a sheet is no XML. ExportError.

    Gives by sheet name the cells that its reader gives as blank though they are not. Every part is read to its end, so
    that its size and checksum in the directory are true.
    """
    cells = 0
    odd: dict[str, OddCells] = {}
    try:
        with zipfile.ZipFile(data) as archive:
            if sum(info.file_size for info in archive.infolist()) > limits.MAX_SPREADSHEET_BYTES:
                raise problem("export-te-groot.spreadsheet")
            book = _Book(archive)
            for info in archive.infolist():
                with archive.open(info) as stream:
                    word = _word(stream)
                if word is None:
                    continue
                with archive.open(info) as stream:
                    grids = _grids(stream, _xlsx_row if word == _SHEET else _ods_row, book.recalculates)
                cells += sum(grid.cells for grid in grids)
                if cells > MAX_CELLS:
                    raise _too_many_cells()
                for grid in grids:
                    if grid.odd:
                        odd[grid.name if word == _TABLE else book.sheet(info.filename)] = grid.odd
    except (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, OSError, EOFError, ValueError, RuntimeError):
        raise unreadable() from None
    return odd


class _Book:
    """What the workbook of an .xlsx says of its sheets. `recalculates`: results of formulas may be stand-ins."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.recalculates = False
        self._sheets: dict[str, str] = {}  # part -> name of the sheet
        for part in archive.namelist():
            folder, name = posixpath.split(part)
            rels = f"{folder}/_rels/{name}.rels".lstrip("/")
            if name != "workbook.xml" or rels not in archive.NameToInfo:
                continue
            targets = {
                one.get("Id"): posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
                for one in parse_bytes(archive.read(rels))
            }
            book = parse_bytes(archive.read(part))
            for sheet in book.iterfind("{*}sheets/{*}sheet"):
                key = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
                self._sheets[targets.get(str(key), "")] = sheet.get("name", "")
            settings = book.find("{*}calcPr")
            self.recalculates = settings is not None and settings.get("fullCalcOnLoad") in ("1", "true")

    def sheet(self, part: str) -> str:
        """The name of the sheet in a part; a sheet that the workbook does not know is damage."""
        if part not in self._sheets:
            raise unreadable()
        return self._sheets[part]


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
    """The rectangle around the cells of a sheet that have a value; rows and columns count from 0."""

    __slots__ = ("columns", "name", "odd", "recalculates", "row", "rows", "table")

    def __init__(self, table: Any = None, *, recalculates: bool = False) -> None:
        self.table = table
        self.name = "" if table is None else table.get(f"{_ODS}name", "")
        self.recalculates = recalculates
        self.row = 0  # the next one, when it does not say its number
        self.rows: tuple[int, int] | None = None
        self.columns: tuple[int, int] | None = None
        self.odd: OddCells = {}

    def see(self, row: int, column: int) -> None:
        self.rows, self.columns = _with(self.rows, row), _with(self.columns, column)

    @property
    def cells(self) -> int:
        if self.rows is None or self.columns is None:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)


def _with(span: tuple[int, int] | None, place: int) -> tuple[int, int]:
    return (place, place) if span is None else (min(span[0], place), max(span[1], place))


def _grids(stream: Any, see_row: Callable[[Any, _Grid], None], recalculates: bool) -> list[_Grid]:
    """The sheets in one part of the file: one in .xlsx, all of them in .ods."""
    parser = pull_parser(tag="{*}row" if see_row is _xlsx_row else f"{_ODS}table-row", huge=True)
    grids = [_Grid(recalculates=recalculates)]
    while chunk := stream.read(_CHUNK):
        parser.feed(chunk)
        for _event, row in parser.read_events():
            table = next(row.iterancestors(f"{_ODS}table"), None)
            if table is not grids[-1].table:
                grids.append(_Grid(table))
            see_row(row, grids[-1])
            row.clear()
            while row.getprevious() is not None:
                row.getparent().remove(row.getprevious())
    parser.close()
    return grids


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
            odd = _xlsx_odd(cell, grid.recalculates)
            if odd:
                grid.odd[at, column] = odd
        column += 1
    grid.row = number + 1


def _xlsx_odd(cell: Any, recalculates: bool) -> str:
    kind = cell.get("t", "n")
    if kind == "e":
        return ERROR + (cell.findtext("{*}v") or "")[:_ODD_AT_MOST]
    if kind in ("n", "b") and cell.find("{*}f") is not None:
        value = cell.findtext("{*}v")
        if not value or (recalculates and value == "0"):  # 0 is what programs write that do not compute
            return UNCOMPUTED + "="
    return ""


def _column(letters: str) -> int:
    """A -> 0, AA -> 26"""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _ods_row(row: Any, grid: _Grid) -> None:
    rows = min(int(row.get(f"{_ODS}number-rows-repeated", 1)), _MOST_ROWS)
    column = 0
    for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        columns = min(int(cell.get(f"{_ODS}number-columns-repeated", 1)), _MOST_COLUMNS)
        if len(cell) or any("value" in name for name in cell.attrib):
            grid.see(grid.row, column)
            grid.see(grid.row + rows - 1, column + columns - 1)
        odd = _ods_odd(cell)
        if odd:
            if rows * columns > MAX_CELLS:
                raise _too_many_cells()
            places = (
                (at, beside) for at in range(grid.row, grid.row + rows) for beside in range(column, column + columns)
            )
            grid.odd.update(dict.fromkeys(places, odd))
        column += columns
    grid.row += rows


def _ods_odd(cell: Any) -> str:
    if cell.get(f"{_CALC}value-type") == "error":
        return ERROR + "".join(cell.itertext())[:_ODD_AT_MOST]
    if cell.get(f"{_ODS}formula") is not None and not len(cell) and cell.get(f"{_OFFICE}value-type") is None:
        return UNCOMPUTED + "="
    return ""


def _too_many_cells() -> ExportError:
    return ExportError("export-te-groot.cells", limit=MAX_CELLS)


def unreadable() -> ExportError:
    return ExportError("export-beschadigd.workbook")
