"""The sheets of a spreadsheet as tables. Formulas are never computed: a cell is what the file says its value is."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from dod2oso.source.container.sniff import HEAD, is_sheet_xml
from dod2oso.source.container.spreadsheet import spreadsheet_bytes
from dod2oso.source.oddtext import is_blank
from dod2oso.source.tabular.extent import OddCells, check_extent, unreadable
from dod2oso.source.tabular.sheetxml import sheet_rows
from dod2oso.source.tabular.table import Notation, Row, column_names, head_of, header_row, xml_name
from dod2oso.source.tabular.xlserrors import error_cells


class Sheet:
    """One sheet; its column names stand in the first row with text, or below titles (see `header_row`)."""

    def __init__(self, name: str, sheet: Any, notation: Notation, odd: OddCells) -> None:
        self.name = name
        self._sheet = sheet
        self._notation = notation
        self._odd: dict[int, dict[int, str]] = {}
        for (row, column), text in odd.items():
            self._odd.setdefault(row, {})[column] = text
        head = head_of(self._lines())
        at = header_row(head)
        names = list(head[at]) if at >= 0 else []
        while names and is_blank(names[-1]):
            names.pop()
        self.columns = column_names(names)
        self.titles = sum(1 for row in head[: max(at, 0)] if any(not is_blank(cell) for cell in row))
        self._below = at + 1

    def rows(self) -> Iterator[Row]:
        width = len(self.columns)
        for cells in islice(self._lines(), self._below, None):
            end = len(cells)
            while end > width and not cells[end - 1]:
                end -= 1
            if any(map(str.strip, cells[:end])):
                yield cells[:end]

    def _lines(self) -> Iterator[Row]:
        """The cells of every row, from the first one and from the first column with anything in it."""
        text, odd = self._notation.cell, self._odd
        start = self._sheet.start
        left = start[1] if start is not None else 0
        first = min((min(row) for row in odd.values()), default=left)
        before = ("",) * (left - first)
        number = -1
        for number, cells in enumerate(self._sheet.iter_rows()):
            row = (*before, *(text(cell) for cell in cells))
            yield _with(row, odd[number], min(first, left)) if number in odd else row
        for below in range(number + 1, max(odd, default=-1) + 1):
            yield _with((), odd.get(below, {}), min(first, left))


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


def sheets(open_stream: Callable[[], BinaryIO], size: int, notation: Notation) -> Sequence[Sheet]:
    """Every sheet that has a header. ExportError when this is no readable spreadsheet, or a too large one."""
    from python_calamine import CalamineWorkbook

    with open_stream() as stream:
        head = stream.read(HEAD)
    if is_sheet_xml(head):
        plain = [(xml_name(name), _Rows(rows)) for name, rows in sheet_rows(open_stream, size, notation)]
        return [sheet for sheet in (Sheet(name, rows, notation, {}) for name, rows in plain) if sheet.columns]
    data = io.BytesIO(spreadsheet_bytes(open_stream, size))
    odd = check_extent(data) if zipfile.is_zipfile(data) else error_cells(data.getvalue())  # the newer kinds are zips
    data.seek(0)  # whoever looked has read up to somewhere
    try:
        book = CalamineWorkbook.from_filelike(data)
        found = [
            Sheet(xml_name(name), book.get_sheet_by_name(name), notation, odd.get(name, {}))
            for name in book.sheet_names
        ]
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException:  # calamine raises its own kinds, none of them public; a panic is no Exception
        raise unreadable() from None
    return [sheet for sheet in found if sheet.columns]
