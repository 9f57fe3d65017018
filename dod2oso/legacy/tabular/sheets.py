"""The sheets of a spreadsheet as tables. Formulas are never computed: a cell is what the file says its value is."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from dod2oso.errors import ExportError
from dod2oso.legacy.container.archive import check_limits
from dod2oso.legacy.tabular.table import Notation, Row, column_names, xml_name

MAX_SPREADSHEET_BYTES = 200 << 20  # MAX_SPREADSHEET_BYTES: a spreadsheet is read into memory whole


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


def sheets(open_stream: Callable[[], BinaryIO], size: int, notation: Notation) -> Sequence[Sheet]:
    """Every sheet that has a header. ExportError when this is no readable spreadsheet, or a too large one."""
    from python_calamine import CalamineWorkbook

    if size > MAX_SPREADSHEET_BYTES:
        raise ExportError(
            "export-te-groot",
            f"Het spreadsheet is groter dan MAX_SPREADSHEET_BYTES ({MAX_SPREADSHEET_BYTES >> 20} MB). "
            "Bewaar de bladen als CSV.",
            f"The spreadsheet is larger than MAX_SPREADSHEET_BYTES ({MAX_SPREADSHEET_BYTES >> 20} MB). "
            "Save the sheets as CSV.",
        )
    with open_stream() as stream:
        data = io.BytesIO(stream.read())
    if zipfile.is_zipfile(data):  # the newer kinds are
        _check_zip(data)
    try:
        book = CalamineWorkbook.from_filelike(data)
        found = [Sheet(xml_name(name), book.get_sheet_by_name(name), notation) for name in book.sheet_names]
    except Exception:  # calamine raises its own kinds, none of them public
        raise _unreadable() from None
    return [sheet for sheet in found if sheet.columns]


def _check_zip(data: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(data) as archive:
            check_limits(archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise _unreadable() from None
    data.seek(0)


def _unreadable() -> ExportError:
    return ExportError(
        "export-beschadigd",
        "Dit is geen leesbaar spreadsheet, of er staat een wachtwoord op. Bewaar het opnieuw als .xlsx zonder "
        "wachtwoord.",
        "This is no readable spreadsheet, or it has a password. Save it again as .xlsx without password.",
    )
