"""The sheets of a spreadsheet as tables. Formulas are never computed: a cell is what the file says its value is."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from dod2oso.source.container.spreadsheet import spreadsheet_bytes
from dod2oso.source.formats.start import HEAD
from dod2oso.source.oddtext import bare, is_blank
from dod2oso.source.tabular.extent import OddCells, check_extent, unreadable
from dod2oso.source.tabular.sheetxml import is_sheet_xml, sheet_rows
from dod2oso.source.tabular.table import FindHeader, Notation, Row, column_names, head_of, header_row, xml_name
from dod2oso.source.tabular.xlserrors import error_cells


class Sheet:
    """One sheet; its column names stand in the first row with text, or below titles (see `header_row`)."""

    def __init__(
        self, title: str, sheet: Any, notation: Notation, odd: OddCells, find_header: FindHeader = header_row
    ) -> None:
        self.title = title
        self.name = xml_name(title)
        self._sheet = sheet
        self._notation = notation
        self._odd: dict[int, dict[int, str]] = {}
        for (row, column), text in odd.items():
            self._odd.setdefault(row, {})[column] = text
        start = sheet.start
        self._given_from = start[1] if start is not None else 0  # the first column that the reader gives
        self.left = min((self._given_from, *(column for _row, column in odd)))
        self._head = head_of(self.lines(), find_header)
        self.header = self._head.names
        self.columns = column_names(self.header)
        self.titles = self._head.titles

    def rows(self) -> Iterator[Row]:
        for _number, row in self.numbered_rows():
            yield row

    def numbered_rows(self) -> Iterator[tuple[int, Row]]:
        """Every row below the header with something in it, with its number as a spreadsheet counts."""
        width = len(self.columns)
        below = self._head.rows
        for number, cells in enumerate(islice(self.lines(), below, None), start=below + 1):
            end = len(cells)
            while end > width and is_blank(cells[end - 1]):
                end -= 1
            if not all(map(is_blank, cells[:end])):
                yield number, cells[:end]

    def lines(self) -> Iterator[Row]:
        """The cells of every row from the first one on, and from column `left` on."""
        text, odd = self._notation.cell, self._odd
        before = ("",) * (self._given_from - self.left)
        number = -1
        for number, cells in enumerate(self._sheet.iter_rows()):
            row = (*before, *(text(cell) for cell in cells))
            yield _with(row, odd[number], self.left) if number in odd else row
        for below in range(number + 1, max(odd, default=-1) + 1):
            yield _with((), odd.get(below, {}), self.left)


def _with(row: Row, odd: Mapping[int, str], left: int) -> Row:
    """A row with the cells that its reader left blank, put where they stand; `left` is the column it begins in."""
    cells = list(row)
    for column, text in odd.items():
        cells += [""] * (column - left + 1 - len(cells))
        cells[column - left] = text
    return tuple(cells)


class _Rows:
    """Rows that are text already, in the place of a sheet of the reader."""

    start = (0, 0)

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def iter_rows(self) -> Iterator[Row]:
        return iter(self._rows)


def sheet_texts(data: bytes) -> list[tuple[str, list[Row]]]:
    """Every sheet with text in it: its title, and all its rows as bare texts. Raises as `sheets`."""
    found = sheets(lambda: io.BytesIO(data), len(data), Notation())
    return [(sheet.title, [tuple(map(bare, row)) for row in sheet.lines()]) for sheet in found]


def sheets(
    open_stream: Callable[[], BinaryIO], size: int, notation: Notation, find_header: FindHeader = header_row
) -> Sequence[Sheet]:
    """Every sheet that has a header. ExportError when this is no readable spreadsheet, or a too large one."""
    from python_calamine import CalamineWorkbook

    with open_stream() as stream:
        head = stream.read(HEAD)
    odd: dict[str, OddCells] = {}
    given: list[tuple[str, Any]]
    if is_sheet_xml(head):
        given = [(name, _Rows(rows)) for name, rows in sheet_rows(open_stream, size, notation)]
    else:
        data = io.BytesIO(spreadsheet_bytes(open_stream, size))
        # The newer kinds are zips.
        odd = check_extent(data) if zipfile.is_zipfile(data) else error_cells(data.getvalue())
        data.seek(0)  # whoever looked has read up to somewhere
        try:
            book = CalamineWorkbook.from_filelike(data)
            given = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException:  # calamine raises its own kinds, none of them public; a panic is no Exception
            raise unreadable() from None
    found = [Sheet(name, rows, notation, odd.get(name, {}), find_header) for name, rows in given]
    return [sheet for sheet in found if sheet.columns]
