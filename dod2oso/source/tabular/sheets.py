"""The sheets of a spreadsheet as tables. Formulas are never computed: a cell is what the file says its value is."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from dod2oso.source.container.sniff import HEAD, is_sheet_xml
from dod2oso.source.container.spreadsheet import spreadsheet_bytes
from dod2oso.source.tabular.extent import check_extent, unreadable
from dod2oso.source.tabular.sheetxml import sheet_rows
from dod2oso.source.tabular.table import Notation, Row, column_names, xml_name


class Sheet:
    """One sheet; its first row with text is the header."""

    def __init__(self, name: str, sheet: Any, notation: Notation) -> None:
        self.name = name
        self._sheet = sheet
        self._notation = notation
        self.columns: tuple[str, ...] = ()
        self._above = 0
        for number, cells in enumerate(self._lines()):
            if any(cells):
                titles = list(cells)
                while not titles[-1].strip():
                    titles.pop()
                self.columns, self._above = column_names(titles), number + 1
                break

    def rows(self) -> Iterator[Row]:
        width = len(self.columns)
        for number, cells in enumerate(self._lines()):
            if number >= self._above:
                end = len(cells)
                while end > width and not cells[end - 1]:
                    end -= 1
                yield cells[:end]

    def _lines(self) -> Iterator[Row]:
        text = self._notation.text
        for cells in self._sheet.iter_rows():
            yield tuple(text(cell) for cell in cells)


class _Rows:
    """Rows that are text already, in the place of a sheet of the reader."""

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
        return [sheet for sheet in (Sheet(name, rows, notation) for name, rows in plain) if sheet.columns]
    data = io.BytesIO(spreadsheet_bytes(open_stream, size))
    if zipfile.is_zipfile(data):  # the newer kinds are
        check_extent(data)
    data.seek(0)  # whoever looked has read up to somewhere
    try:
        book = CalamineWorkbook.from_filelike(data)
        found = [Sheet(xml_name(name), book.get_sheet_by_name(name), notation) for name in book.sheet_names]
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException:  # calamine raises its own kinds, none of them public; a panic is no Exception
        raise unreadable() from None
    return [sheet for sheet in found if sheet.columns]
