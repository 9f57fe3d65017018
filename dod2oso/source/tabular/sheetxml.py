"""Spreadsheets that are one XML document: "XML Spreadsheet 2003", which Excel 2002 and 2003 and many packages write."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lxml import etree

from dod2oso.base.xml import LARGE_TEXT, pull_parser
from dod2oso.source.cleantext import clean_xml
from dod2oso.source.container import limits
from dod2oso.source.container.head import decoded_start, starts_as_xml
from dod2oso.source.container.problems import problem
from dod2oso.source.oddtext import ERROR
from dod2oso.source.tabular.table import MAX_COLUMNS, Notation, Row

_URN = "urn:schemas-microsoft-com:office:spreadsheet"
_NS = f"{{{_URN}}}"
_CHUNK = 1 << 18
_MOST_BLANK = 1 << 20  # rows of a sheet


def is_sheet_xml(head: bytes) -> bool:
    """Whether this is the start of such a document."""
    return starts_as_xml(head) and _URN in decoded_start(head)


def sheet_rows(open_stream: Callable[[], BinaryIO], size: int, notation: Notation) -> list[tuple[str, list[Row]]]:
    """Every sheet with its rows from the top, blank ones too. ExportError when it is damaged or too large."""
    if size > limits.MAX_SPREADSHEET_BYTES:
        raise problem("export-te-groot.spreadsheet")
    sheets: list[tuple[str, list[Row]]] = []
    try:
        for element in _elements(open_stream, size):
            if element.tag == f"{_NS}Worksheet":
                sheets.append((element.get(f"{_NS}Name", ""), []))
            elif sheets:
                _add(sheets[-1][1], element, notation)
    except (etree.XMLSyntaxError, ValueError, InvalidOperation, OverflowError):
        raise problem("export-beschadigd.spreadsheet") from None
    return sheets


def _elements(open_stream: Callable[[], BinaryIO], size: int) -> Iterator[Any]:
    """The start of each worksheet and the end of each row, in the order of the document."""
    parser = pull_parser(events=("start", "end"), huge=size > LARGE_TEXT)
    with clean_xml(open_stream()) as stream:
        ended = False
        while not ended:
            chunk = stream.read(_CHUNK)
            ended = not chunk
            if ended:
                parser.close()
            else:
                parser.feed(chunk)
            for event, element in parser.read_events():
                if event == "start" and element.tag == f"{_NS}Worksheet":
                    yield element
                elif event == "end" and element.tag == f"{_NS}Row":
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        element.getparent().remove(element.getprevious())


def _add(rows: list[Row], row: Any, notation: Notation) -> None:
    """A row, behind the blank ones that its number says are left out."""
    number = int(row.get(f"{_NS}Index", len(rows) + 1)) - 1
    if not len(rows) <= number <= _MOST_BLANK:
        raise ValueError
    cells: list[str] = []
    for cell in row.iterchildren(f"{_NS}Cell"):
        column = int(cell.get(f"{_NS}Index", len(cells) + 1)) - 1
        if not len(cells) <= column < MAX_COLUMNS:
            raise ValueError
        cells += [""] * (column - len(cells))
        data = cell.find(f"{_NS}Data")
        cells.append("" if data is None else _noted(data, notation))
        cells += [""] * min(int(cell.get(f"{_NS}MergeAcross", 0)), MAX_COLUMNS - len(cells))
    if any(cells):
        rows.extend([()] * (number - len(rows)))
        rows.append(tuple(cells))
    elif number > len(rows):
        rows.extend([()] * (number - len(rows)))


def _noted(data: Any, notation: Notation) -> str:
    if data.get(f"{_NS}Type") == "Error":
        return ERROR + "".join(data.itertext())
    return notation.cell(_value(data))


def _value(data: Any) -> object:
    """What a cell holds, by the type that it says it has; text when that does not fit."""
    text = "".join(data.itertext())
    kind = data.get(f"{_NS}Type")
    if kind == "Number" and text.strip():
        number = Decimal(text.strip())
        return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else number
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        moment = datetime.fromisoformat(text.strip())
        return moment.date() if moment.time() == time() else moment
    return text
