"""Tables in a web page: what some packages write under the name of a spreadsheet.

A page is meant to be looked at, so only a table that says plainly what stands under which column is read: no cell over
several rows or columns below the header, no table within a table, no row that is wider than the header. Else the page
is refused with the reason.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from dod2oso.base.xml import html_document, writable
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.problems import problem
from dod2oso.source.tabular.table import MAX_COLUMNS, Row, column_names, xml_name

MAX_PAGE = 64 << 20  # bytes of a page; it is read whole

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)""", re.IGNORECASE)
_HEAD = 4096
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = "\ufdd0"  # stands for <br> until space is joined; no character, so no text has it


class HtmlTable:
    """One table of a page; its first row with two or more cells of text is the header."""

    def __init__(self, name: str, lines: list[Row], header: int, above: int) -> None:
        titles = list(lines[header])
        while not titles[-1].strip():
            titles.pop()
        self.name = name
        self.columns = column_names(titles)
        self.titles = above
        self._lines = lines[header + 1 :]

    def rows(self) -> Iterator[Row]:
        return iter(self._lines)


def html_tables(name: str, open_stream: Callable[[], BinaryIO], encoding: str | None) -> list[HtmlTable]:
    """The tables of a page that hold rows; `encoding` when the page names none. ExportError when it is not plain."""
    with open_stream() as stream:
        data = stream.read(MAX_PAGE + 1)
    if len(data) > MAX_PAGE:
        raise problem("html-tabel", what=f"MAX_PAGE {MAX_PAGE >> 20} MB")
    charset = _CHARSET.search(data[:_HEAD])
    declared = charset[1].decode("ascii") if charset is not None else encoding
    with text_stream(io.BytesIO(data), declared) as text:
        page = html_document(writable(text.read()))
    found: list[HtmlTable] = []
    for table in page.iter("table") if page is not None else ():
        if table.find(".//table") is not None:
            raise problem("html-tabel", what="<table> in <table>")
        lines, header, above = _lines(table)
        if header is not None:
            title = name if not found else f"{name}_{len(found) + 1}"
            found.append(HtmlTable(xml_name(title), lines, header, above))
    if not found:
        raise problem("html-tabel", what="<table>: 0")
    return found


def _lines(table: Any) -> tuple[list[Row], int | None, int]:
    """Every row with its cells, which one is the header, and how many titles stand above that."""
    lines: list[Row] = []
    header: int | None = None
    width = above = 0
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        texts = tuple(_text(cell) for cell in cells)
        filled = sum(1 for text in texts if text.strip())
        if header is None and filled < 2:
            above += filled
            lines.append(())  # a title, or blank
            continue
        if any(cell.get(name, "1").strip() not in ("", "1") for cell in cells for name in ("colspan", "rowspan")):
            if filled:
                raise problem("html-tabel", what="colspan, rowspan")
            texts = ()
        if header is None:
            header, width = len(lines), len(texts)
        while len(texts) > width and not texts[-1].strip():
            texts = texts[:-1]
        if len(texts) > min(width, MAX_COLUMNS):
            raise problem("html-tabel", what=f"<tr> {len(lines) + 1}: {len(texts)} > {width}")
        if filled or header == len(lines):
            lines.append(texts)
    return lines, header, above


def _text(cell: Any) -> str:
    """The text as a browser shows it: white space joined, a break as a new line."""
    for inner in cell.iter("br"):
        inner.tail = _BREAK + (inner.tail or "")
    joined = _SPACE.sub(" ", "".join(cell.itertext()))
    return "\n".join(part.strip(" ") for part in joined.split(_BREAK)).strip("\n")
