"""CSV and TSV as text, in chunks: pandas splits the cells and makes nothing of them."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TextIO

from dod2oso.errors import ExportError
from dod2oso.legacy.tabular.table import Row, column_names
from dod2oso.xmlsafe import writable

OpenText = Callable[[], TextIO]  # a fresh stream of the decoded text, each call

_CHUNK = 5_000  # rows at a time
_SPARE = 24  # a row may have so many cells more than the header; beyond that the file is damaged
_SEPARATORS = ";,\t|"
_HINT = re.compile(r"sep=(.)\s*\Z")  # Excel's own first line


class CsvTable:
    """One file of a bundle. The separator comes from its first line."""

    def __init__(self, name: str, open_text: OpenText) -> None:
        self.name = name
        self._open = open_text

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The header, as XML names; none in a file with nothing in it."""
        for frame in self._frames(1):
            titles = [str(cell) for cell in frame.iloc[0].tolist()] if len(frame) else []
            while titles and not titles[-1].strip():
                titles.pop()
            return column_names(titles)
        return ()

    def rows(self) -> Iterator[Row]:
        """Every row, as long as the header or longer. ExportError with the line when the file is damaged."""
        width, first = len(self.columns), True
        for frame in self._frames(_CHUNK):
            for cells in frame.itertuples(index=False, name=None):
                if first:  # the header itself
                    first = False
                    continue
                row = tuple(writable(cell) for cell in cells)
                end = len(row)
                while end > width and not row[end - 1]:
                    end -= 1
                yield row[:end]

    def _frames(self, chunk: int) -> Iterator[Any]:
        import pandas as pd

        with self._text() as (stream, separator, width):
            try:
                yield from pd.read_csv(
                    stream,
                    sep=separator,
                    header=None,
                    names=list(range(width + _SPARE)),
                    dtype=str,
                    keep_default_na=False,
                    na_filter=False,
                    index_col=False,
                    chunksize=chunk,
                )
            except pd.errors.EmptyDataError:
                return
            except pd.errors.ParserError as error:
                raise _damaged(str(error)) from None

    @contextmanager
    def _text(self) -> Iterator[tuple[TextIO, str, int]]:
        """The text from the header on, the separator, and how many columns the header has."""
        with self._open() as stream:
            line = stream.readline()
            hint = _HINT.match(line)
            if hint is not None:
                start, line = len(line), stream.readline()
            else:
                start = 0
            separator = hint[1] if hint is not None else max(_SEPARATORS, key=line.count)
            width = len(next(csv.reader([line], delimiter=separator), []))
        with self._open() as stream:
            stream.read(start)
            yield stream, separator, width


def _damaged(message: str) -> ExportError:
    """What pandas said, without a value: only its line number."""
    found = re.search(r"(?:line|row) (?:starting at row )?([0-9]+)", message) or re.search(r"row ([0-9]+)", message)
    line = found[1] if found else "?"
    return ExportError(
        "export-beschadigd",
        f"De tabel is beschadigd bij regel {line}: een aanhalingsteken blijft open, of er zijn veel meer cellen dan "
        "kolommen. Maak de export opnieuw; hiervan is niets omgezet.",
        f"The table is damaged at line {line}: a quote is never closed, or there are many more cells than columns. "
        "Export again; nothing of this was converted.",
    )
