"""CSV and TSV as text, row by row: the cells are split, and nothing is made of them."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import TextIO

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import writable
from dod2oso.source.tabular.lines import MAX_ROW, Lines
from dod2oso.source.tabular.table import MAX_COLUMNS, Row, column_names

OpenText = Callable[[], TextIO]  # a fresh stream of the decoded text, each call

_SPARE = 24  # a row may have so many cells more than the header; beyond that the file is damaged
_SEPARATORS = ";,\t|"
_HINT = re.compile(rf"sep=([{_SEPARATORS}])\s*\Z")  # Excel's own first line

csv.field_size_limit(MAX_ROW)  # a row is bounded as a whole


class CsvTable:
    """One file of a bundle. The separator comes from its first line."""

    def __init__(self, name: str, open_text: OpenText) -> None:
        self.name = name
        self._open = open_text

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The header, as XML names; none in a file with nothing in it. ExportError when there are too many."""
        titles = next(self._split(), [])
        while titles and not titles[-1].strip():
            titles.pop()
        if len(titles) > MAX_COLUMNS:
            raise ExportError("export-te-groot.columns", limit=MAX_COLUMNS)
        return column_names(titles)

    def rows(self) -> Iterator[Row]:
        """Every row, as long as the header or longer. ExportError with the line when the file is damaged."""
        width = len(self.columns)
        rows = self._split()
        next(rows, None)  # the header itself
        for cells in rows:
            end = len(cells)
            while end > width and not cells[end - 1]:
                end -= 1
            cells += [""] * (width - end)
            yield tuple(map(writable, cells[: max(end, width)]))

    def _split(self) -> Iterator[list[str]]:
        """The cells of every line that is not empty, from the header on."""
        with self._open() as stream:
            lines = Lines(stream)
            line, above = next(lines, ""), 0
            hint = _HINT.match(line)
            if hint is not None:
                line, above = next(lines, ""), 1
            while line and not line.strip("\r\n"):
                line, above = next(lines, ""), above + 1
            separator = hint[1] if hint is not None else max(_SEPARATORS, key=line.count)
            reader = csv.reader(chain([line] if line else (), lines), delimiter=separator)
            most = 0
            try:
                for cells in reader:
                    most = most or len(cells) + _SPARE
                    if lines.ended or len(cells) > most:  # a row that asked for more lines than there are
                        raise _damaged(above + reader.line_num)
                    if cells:
                        yield cells
                    lines.taken = 0
            except csv.Error:
                raise _damaged(above + reader.line_num) from None


def _damaged(line: int) -> ExportError:
    return ExportError("export-beschadigd.csv", line=line)
