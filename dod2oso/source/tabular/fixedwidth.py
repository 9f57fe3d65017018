"""Text in which every field has a fixed number of characters, as in EDEX2000; the widths stand in the profile."""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from dod2oso.base.xml import writable
from dod2oso.source.oddtext import BLANK, WRONG_ENCODING, is_blank, is_utf8_misread
from dod2oso.source.tabular.csvtable import OpenText
from dod2oso.source.tabular.lines import Lines
from dod2oso.source.tabular.table import BadRow, Row, column_names


class FixedWidthTable:
    """One file. What stands behind the last field of a line counts as a cell of its own."""

    def __init__(self, name: str, open_text: OpenText, widths: Mapping[str, int]) -> None:
        self.name = name
        self.titles = 0
        self.columns = column_names(widths)
        self._open = open_text
        ends = list(accumulate(widths.values()))
        self._slices = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        self._end = ends[-1]

    def rows(self) -> Iterator[Row]:
        with self._open() as stream:
            lines = Lines(stream)
            for number, line in enumerate(lines, start=1):
                lines.taken = 0
                text = writable(line.rstrip("\r\n\0\x1a"))  # DOS ends a file with Ctrl-Z
                if is_blank(text):
                    continue
                cells = tuple(text[part].strip(BLANK) for part in self._slices)
                rest = text[self._end :].strip(BLANK)
                row = (*cells, rest) if rest else cells
                # A letter that takes two bytes moves all fields behind it.
                yield BadRow.of(row, str(number), WRONG_ENCODING) if is_utf8_misread(text) else row
