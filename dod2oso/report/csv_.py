"""gaps.csv: one row per finding of a dossier, to sort and filter; streamed from the ledger.

Semicolons and a byte order mark, because that is what a Dutch Excel opens well. The columns are the same in every
language: scripts read them.
"""

import csv
from typing import BinaryIO

from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.report.model import run_facts
from dod2oso.report.texts import Lexicon, cause_key

COLUMNS = (
    "export",
    "brin",
    "vestiging",
    "dossier",
    "state",
    "severity",
    "code",
    "field",
    "target",
    "rule",
    "detail",
    "count",
    "text",
    "remedy",
)

_BOM = b"\xef\xbb\xbf"
# what makes a spreadsheet take a cell for a formula, full-width forms included
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def render(ledger: Ledger, run_id: str, lang: str, file: BinaryIO) -> None:
    """Write the findings of a run, in the order of its exports and their records."""
    file.write(_BOM)
    writer = csv.writer(_Encoded(file), delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with ledger.read() as connection:
        run = run_facts(connection, run_id)
        words = Lexicon(lang, run.oso, run.overstap)
        for row in queries.finding_lines(connection, run_id):
            said = words.cause(cause_key(row.code, row.rule, row.target, row.detail))
            cells = (
                row.export,
                row.brin or "",
                row.vestiging or "",
                row.dossier_id or "",
                row.state or "",
                row.severity,
                row.code,
                row.field,
                row.target,
                row.rule,
                row.detail,
                str(row.count),
                said.text,
                said.remedy,
            )
            writer.writerow([neutralise(cell) for cell in cells])


def neutralise(cell: str) -> str:
    """A cell that no spreadsheet will calculate: an apostrophe before what looks like a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


class _Encoded:
    """The text side that csv wants, over the bytes side that an atomic file gives."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())
