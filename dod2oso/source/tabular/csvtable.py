"""CSV and TSV as text, row by row: the cells are split, and nothing is made of them.

A row with more cells than there are columns, or one that a line end without quotes has cut in pieces, would put values
under the wrong names: such a row is given as a `BadRow`.
"""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TextIO

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import writable
from dod2oso.source.oddtext import bare, is_blank
from dod2oso.source.tabular.lines import MAX_ROW, Lines
from dod2oso.source.tabular.table import MAX_COLUMNS, BadRow, FindHeader, Head, Row, column_names, head_of, header_row

OpenText = Callable[[], TextIO]  # a fresh stream of the decoded text, each call

BAD_ROW = "rij-geweigerd"
_PIECES = 200  # of a row that line ends have cut
_SEPARATOR_WITHIN = 20  # lines
_SEPARATORS = ";,\t|"
_HINT = re.compile(rf"sep=([{_SEPARATORS}])\s*\Z")  # Excel's own first line

csv.field_size_limit(MAX_ROW)  # a row is bounded as a whole


class _Habits(NamedTuple):
    """How a file is written. `fills`: blank cells at the end stand there too; `counts`: rows begin with a number."""

    fills: bool
    counts: bool


class _Line(NamedTuple):
    """A row as it stands in the file, with the number of its first line."""

    cells: list[str]
    number: int


class CsvTable:
    """One file of a bundle. The separator comes from its first line, or from the header when titles stand above it."""

    def __init__(self, name: str, open_text: OpenText, find_header: FindHeader = header_row) -> None:
        self.name = name
        self._open = open_text
        self._find_header = find_header

    @cached_property
    def _head(self) -> Head:
        return head_of((tuple(line.cells) for line in self._split()), self._find_header)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The header, as XML names; none in a file with nothing in it. ExportError when there are too many."""
        return column_names(self._head.names)

    @property
    def header(self) -> tuple[str, ...]:
        """The header as it stands there."""
        return self._head.names

    @property
    def titles(self) -> int:
        return self._head.titles

    def rows(self) -> Iterator[Row]:
        """Every row with something in it, as long as the header; one that is longer or cut in pieces as a BadRow.

        ExportError with the line when the file is damaged.
        """
        for _number, row in self.numbered_rows():
            yield row

    def numbered_rows(self) -> Iterator[tuple[int, Row]]:
        """The same, each with the number of its first line."""
        width = len(self.columns)
        held: list[_Line] = []  # a whole row and short ones, which may be pieces of one row
        for line in islice(self._split(), self._head.rows, None):
            cells = line.cells
            if len(cells) == 1 and not cells[0].strip("\0\x1a"):
                continue  # what DOS and crashes leave at the end of a file
            while len(cells) > width and is_blank(cells[-1]):
                cells.pop()
            if len(cells) >= width:
                yield from self._whole(held, width)
                held = [line]
                continue
            start = _start(held, line, width)
            if start is not None and self._is_rest(cells):
                yield from self._whole(held[:start], width)
                yield line.number, _bad([*held[start:], line])
                held = []
                continue
            held.append(line)
            if len(held) > _PIECES:
                yield from self._whole([held.pop(0)], width)
        yield from self._whole(held, width)

    def _whole(self, lines: list[_Line], width: int) -> Iterator[tuple[int, Row]]:
        """Rows that turned out not to be pieces of one."""
        for line in lines:
            cells = line.cells
            if all(map(is_blank, cells)):
                continue
            if len(cells) > width or (len(cells) < width and self._habits.fills):
                yield line.number, _bad([line])
            else:
                yield line.number, tuple(map(writable, (*cells, *[""] * (width - len(cells)))))

    def _is_rest(self, cells: list[str]) -> bool:
        """Whether a short row may be the rest of the one above, and not simply a row with nothing at its end."""
        habits = self._habits
        return habits.fills or not (habits.counts and bare(cells[0]).isdigit())

    @cached_property
    def _habits(self) -> _Habits:
        """What the whole rows tell of their writer; looked for only when some row is not whole."""
        width = len(self.columns)
        whole = numbered = 0
        fills = False
        for line in islice(self._split(), self._head.rows, None):
            if len(line.cells) >= width:
                whole += 1
                numbered += bare(line.cells[0]).isdigit()
                fills = fills or (is_blank(line.cells[width - 1]) and not all(map(is_blank, line.cells)))
        return _Habits(fills, counts=numbered == whole)

    def _split(self) -> Iterator[_Line]:
        """Every line that is not empty, from the top on."""
        with self._open() as stream:
            lines = Lines(stream)
            above = 0
            separator = ""
            hint = _HINT.match("".join(lines.ahead(1)))
            if hint is not None:
                separator, above = hint[1], 1
                next(lines)
            reader = csv.reader(lines, delimiter=separator or _separator(lines.ahead(_SEPARATOR_WITHIN)))
            number = above
            lines.taken = 0
            try:
                for cells in reader:
                    start, number = number + 1, above + reader.line_num
                    if len(cells) > MAX_COLUMNS:
                        raise ExportError("export-te-groot.columns", limit=MAX_COLUMNS)
                    if lines.ended:  # a row that asked for more lines than there are
                        raise _damaged(number)
                    if cells:
                        yield _Line(cells, start)
                    lines.taken = 0
            except csv.Error:
                raise _damaged(above + reader.line_num) from None


def _separator(lines: list[str]) -> str:
    """The separator of a file that begins with these lines: that of its first line, unless that is a title."""
    found = [line for line in lines if line.strip()]
    if not found:
        return _SEPARATORS[0]
    best = max(_SEPARATORS, key=found[0].count)
    n = found[0].count(best)
    if n > 1 or (n and (len(found) == 1 or found[1].count(best) >= n)):
        return best
    return max(_SEPARATORS, key=lambda one: max(line.count(one) for line in found))


def _start(held: list[_Line], rest: _Line, width: int) -> int | None:
    """From which row on the held ones and `rest` are together as long as one whole row; None when from none."""
    cells = len(rest.cells)
    for number in range(len(held) - 1, -1, -1):
        cells += len(held[number].cells) - 1
        if cells == width:
            # A whole row with one more cell below it: only when something stands at its end, to go on with.
            alone = len(held[number].cells) == width
            if not alone or (not is_blank(held[number].cells[-1]) and rest.number == held[-1].number + 1):
                return number
        if cells > width:
            return None
    return None


def _bad(lines: list[_Line]) -> BadRow:
    first, last = lines[0].number, lines[-1].number
    cells = [cell for line in lines for cell in map(writable, line.cells)]
    return BadRow.of(cells, f"{first}" if first == last else f"{first}-{last}", BAD_ROW)


def _damaged(line: int) -> ExportError:
    return ExportError("export-beschadigd.csv", line=line)
