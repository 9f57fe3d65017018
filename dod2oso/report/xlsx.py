"""gaps.xlsx: a sheet per view, with filters and frozen headers; waiting dossiers are streamed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from dod2oso.base.files import make_private_dir
from dod2oso.base.wipe import wipe_tree
from dod2oso.ledger.store import Ledger
from dod2oso.report.cells import neutralise, sheet_cell
from dod2oso.report.meanings import CodeLines, meanings
from dod2oso.report.model import Report
from dod2oso.report.rendering import Rendering, register
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.dossiers import waiting
from dod2oso.report.views.value import VIEWS, Code, View, column

MAX_ROWS = 1_048_000  # just under what a sheet can hold
_WIDEST = 50  # characters
_LINE, _TALLEST = 15, 400  # points


def render(ledger: Ledger, report: Report, file: BinaryIO, style: HouseStyle = PLAIN) -> None:
    """Write the workbook: values only, no formulas, no macros, no links but from a code to what it means."""
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    explained = list(meanings(report, words))
    folder = None if ledger.out_dir is None else ledger.out_dir / "report"
    with workbook(file, report.run.started, style, folder) as sheets:
        sheets.explained_on(words.say("view-meanings"), [each.code for each in explained])
        for make in VIEWS.values():
            view = make(report, words)
            if view is not None and any(each.shown != "page" for each in view.columns):
                sheets.add(view.on("sheet"))
        if not report.masked:
            with ledger.read() as connection:
                sheets.add(waiting(connection, report, words))
        if explained:
            sheets.add(_meanings(explained, words))


def _meanings(explained: Sequence[CodeLines], words: Lexicon) -> View:
    """A row per code. Its title is the name to which cells of other sheets link."""
    columns = (column("heading-code", words, 34), column("heading-meaning", words, _WIDEST))
    rows = ((each.code, "\n".join(each.lines)) for each in explained)
    return View("meanings", words.say("view-meanings"), columns, rows)


@contextmanager
def workbook(file: BinaryIO, moment: str, style: HouseStyle, folder: Path | None = None) -> Iterator["Sheets"]:
    """A workbook to which views are added. `moment`: when what it tells was so, ISO: the same bytes each time.

    Its parts lie in `folder` while it is written, private and wiped afterwards; else in the temporary folder of the
    system, for what is about nobody.
    """
    with ExitStack() as after:
        if folder is not None:
            folder = make_private_dir(folder / ".tmp")
            after.callback(wipe_tree, folder)
        yield from _workbook(file, moment, style, folder)


def _workbook(file: BinaryIO, moment: str, style: HouseStyle, parts: Path | None) -> Iterator["Sheets"]:
    options = {
        "constant_memory": True,
        "tmpdir": None if parts is None else str(parts),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        made = datetime.fromisoformat(moment.replace("Z", "+00:00")).replace(tzinfo=None)
        book.set_properties({"title": "dod2oso", "created": made})
        yield Sheets(book, style)


class Sheets:
    """Adds sheets that all look the same."""

    def __init__(self, book: Any, style: HouseStyle) -> None:
        self._book = book
        colour = style.colour or "#1f5673"
        self._head = book.add_format(
            {"bold": True, "bg_color": colour, "font_color": "#ffffff", "valign": "top", "text_wrap": True}
        )
        text = {"valign": "top", "text_wrap": True, "align": "left", "indent": 1}
        self._text = book.add_format(text)
        self._number = book.add_format({"valign": "top", "num_format": "#,##0"})
        self._link = book.add_format(text | {"font_color": "#0b57d0", "underline": 1})
        self._explained: dict[str, str] = {}

    def explained_on(self, title: str, codes: Sequence[str]) -> None:
        """From now on a code links to its row of the sheet of this name, which has these codes below its heading."""
        self._explained = {code: f"internal:'{title}'!A{row}" for row, code in enumerate(codes, 2)}

    def add(self, view: View) -> None:
        sheet = self._book.add_worksheet(view.title)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)  # as wide as the paper, as many pages as it takes
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
        widths = [min(each.width, _WIDEST) for each in view.columns]
        sheet.set_row(0, _height([each.title for each in view.columns], widths))
        for number, heading in enumerate(view.columns):
            sheet.set_column(number, number, widths[number])
            sheet.write_string(0, number, heading.title, self._head)
        last = 0
        for last, row in enumerate(view.rows, 1):
            cells = [sheet_cell(cell) for cell in row]
            sheet.set_row(last, _height(cells, widths))
            for number, cell in enumerate(cells):
                if isinstance(cell, Code) and (place := self._explained.get(cell.about)):
                    sheet.write_url(last, number, place, self._link, neutralise(cell))
                elif isinstance(cell, str):
                    sheet.write_string(last, number, neutralise(cell), self._text)
                else:
                    sheet.write_number(last, number, cell, self._number)
            if last >= MAX_ROWS:
                break
        sheet.autofilter(0, 0, max(last, 1), len(view.columns) - 1)
        sheet.print_area(0, 0, last, len(view.columns) - 1)


def _height(cells: Sequence[str | int], widths: Sequence[int]) -> int:
    """Of a row, in points: said in the file, for not every program finds it by itself. Rather a line too many."""
    texts = ((cell, width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str))
    lines = (sum(max(1, ceil(len(part) / max(1, width - 2))) for part in text.split("\n")) for text, width in texts)
    return min(_TALLEST, _LINE * max(1, *lines, 1))


register(Rendering("xlsx", render))
