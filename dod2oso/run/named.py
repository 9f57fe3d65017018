"""Every value that was refused or lost something is named by a finding.

Most are where it happens. A value can also stay behind with others, because the part it stood in could not be made; the
finding about that part does not name all that was in it. Those values are named here, one by one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dod2oso.findings.model import Finding
from dod2oso.source.record import LOSSY, REFUSED, Cell, LegacyDossier

STAYED = "waarde-niet-mee"  # its cause: the code of the finding that says why
LOST = "waarde-verlies"
_LOSING = frozenset({LOST, "tekst-ingekort"})


def staying(record: LegacyDossier, told: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for every value of a field that the mapping leaves out and tells of (dictionary name -> its code).

    A value of the supplement is none of the record's own, and stays behind all the same.
    """
    supplied = [cell for cell in record.root.fields.values() if cell.bound.supplied]
    for cell in (*record.cells, *supplied):
        if cell.bound.field in told and cell.state != REFUSED:
            yield Finding(told[cell.bound.field], cell.bound.field, place=cell.bound.place)


def unnamed(cells: Iterable[Cell], told: Sequence[Finding]) -> Iterator[Finding]:
    """A finding for every refused or lossy cell that none of `told` names."""
    ended = [cell for cell in cells if cell.state == REFUSED or cell.state == LOSSY]
    if not ended:
        return
    ends = Counter([(cell.state, cell.bound.field, cell.reason) for cell in ended])
    named = {(finding.code, finding.field) for finding in told}
    losing = {finding.field for finding in told if finding.code in _LOSING}
    for (state, field, reason), n in ends.items():
        if state == REFUSED and (reason, field) not in named:
            yield from [Finding(STAYED, field, cause=reason)] * n
        elif state == LOSSY and field not in losing:
            yield from [Finding(LOST, field)] * n
