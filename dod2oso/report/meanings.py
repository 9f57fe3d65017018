"""What the codes of a report mean, for the end of the page and a sheet of the workbook."""

from collections.abc import Iterator
from typing import NamedTuple

from dod2oso.base.errors import Dod2osoError
from dod2oso.oso.transfers import transfer
from dod2oso.report.explained import explain_code
from dod2oso.report.model import Report
from dod2oso.report.texts import Lexicon


class CodeLines(NamedTuple):
    """A code of the report and what it means, in sentences."""

    code: str
    lines: list[str]


def meanings(report: Report, words: Lexicon) -> Iterator[CodeLines]:
    """Every code that the report names; one that this version of dod2oso no longer knows says only that."""
    named = {cause.key.about for cause in report.first} | {finding.key.about for finding in report.findings}
    try:
        within = (report.run.oso, transfer(report.run.overstap).layer)
    except Dod2osoError:  # of a ledger that another version filled
        within = None
    for code in sorted(named):
        try:
            yield CodeLines(code, list(explain_code(code, words.lang, within).lines(words.lang)))
        except Dod2osoError as error:
            yield CodeLines(code, [error.text(words.lang)])
