"""gaps.csv: one row per finding of a dossier, to sort and filter; streamed from the ledger.

Semicolons and a byte order mark, because that is what a Dutch Excel opens well. The columns are the same in every
language: scripts read them.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

from sqlalchemy import Connection

from dod2oso.base.texts import shown
from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.report.masking import MARK, Hidden, suppress
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
    "shape",
    "count",
    "text",
    "remedy",
)

_BOM = b"\xef\xbb\xbf"
# what makes a spreadsheet take a cell for a formula, full-width forms included
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def render(ledger: Ledger, run_id: str, lang: str, file: BinaryIO, *, masked: bool = False) -> None:
    """Write the findings of a run, in the order of its exports and their records.

    `masked`: not a row per dossier but per school and cause, with the number of times; small numbers are hidden.
    """
    file.write(_BOM)
    writer = csv.writer(_Encoded(file), delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with ledger.read() as connection:
        run = run_facts(connection, run_id)
        words = Lexicon(lang, run.oso, run.overstap)
        for row in _summed(connection, run_id) if masked else queries.finding_lines(connection, run_id):
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
                shown(row.detail, words.lang),
                row.shape,
                MARK if isinstance(row.count, Hidden) else str(row.count),
                said.text,
                said.remedy,
            )
            writer.writerow([neutralise(cell) for cell in cells])


@dataclass(frozen=True, slots=True)
class _Line:
    """The columns of a finding for a whole school instead of for one dossier."""

    brin: str
    vestiging: str
    severity: str
    code: str
    rule: str
    target: str
    detail: str
    count: int
    export: str = ""
    dossier_id: str = ""
    state: str = ""
    field: str = ""
    shape: str = ""


def _summed(connection: Connection, run_id: str) -> Iterator[_Line]:
    """Per cause over the schools; a single hidden number takes a second with it, against subtraction."""
    rows = queries.by_school(connection, run_id)
    for _, group in groupby(
        rows, key=lambda row: (row.severity, *cause_key(row.code, row.rule, row.target, row.detail))
    ):
        lines = list(group)
        for row, count in zip(lines, suppress([int(row.n) for row in lines]), strict=True):
            yield _Line(
                row.brin or "",
                row.vestiging or "",
                row.severity,
                row.code,
                row.rule,
                row.target,
                row.detail,
                count,
            )


def neutralise(cell: str) -> str:
    """A cell that no spreadsheet will calculate: an apostrophe before what looks like a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


class _Encoded:
    """The text side that csv wants, over the bytes side that an atomic file gives."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())
