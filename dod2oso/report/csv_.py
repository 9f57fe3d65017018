"""gaps.csv: one row per finding of a dossier, to sort and filter; streamed from the ledger.

Semicolons and a byte order mark, because that is what a Dutch Excel opens well. The columns are the same in every
language: scripts read them.
"""

import csv
from functools import lru_cache
from typing import BinaryIO

from dod2oso.ledger.store import Ledger
from dod2oso.report.cells import neutralise, sheet_cell
from dod2oso.report.model import Report
from dod2oso.report.rendering import Rendering, register
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.dossiers import finding_lines

_BOM = b"\xef\xbb\xbf"


def render(ledger: Ledger, report: Report, file: BinaryIO, _style: HouseStyle = PLAIN) -> None:
    """Write the findings of a run, in the order of its exports and their records."""
    file.write(_BOM)
    writer = csv.writer(_Encoded(file), delimiter=";", lineterminator="\r\n")
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    with ledger.read() as connection:
        view = finding_lines(connection, report, words)
        writer.writerow([column.title for column in view.columns])
        safe = lru_cache(maxsize=1 << 14)(neutralise)  # most cells are the same in many rows
        for row in view.rows:
            writer.writerow([safe(cell if type(cell) is str else str(sheet_cell(cell))) for cell in row])


class _Encoded:
    """The text side that csv wants, over the bytes side that an atomic file gives."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())


register(Rendering("csv", render))
