"""What became of every source value of a record: its balance, and its counts per field."""

from collections import Counter
from operator import attrgetter

from dod2oso.findings.balance import Balance
from dod2oso.findings.outcome import FieldCount
from dod2oso.mapping.plan import Plan
from dod2oso.run.named import unnamed
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, UNREAD, CellSource, LegacyDossier

_REMEMBERED = 50_000  # a bound on what is remembered, however odd the exports
_END = attrgetter("bound", "state", "reason")  # how a cell ended
_OUTCOMES = {UNREAD: "unmapped", DROPPED: "dropped", REFUSED: "refused", MAPPED: "mapped", LOSSY: "mapped"}


class Books:
    """Counts the cells of records by how they ended, under one mapping plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ends: dict[tuple[CellSource, int, str], FieldCount] = {}

    def settle(self, record: LegacyDossier) -> tuple[Balance, dict[FieldCount, int]]:
        """The balance of a record and its counts per field; unread values get the mapping's written reason."""
        fields: dict[FieldCount, int] = {}
        totals = dict.fromkeys(("mapped", "dropped", "unmapped", "refused"), 0)
        lossy = 0
        known = self._ends
        for end, n in Counter(map(_END, record.cells)).items():
            key = known.get(end) or self._end(*end)
            fields[key] = fields.get(key, 0) + n
            totals[key.outcome] += n
            if end[1] == LOSSY:
                lossy += n
        for outcome, known_ends in (("dropped", record.ignored), ("refused", record.refused)):
            for (path, reason), n in known_ends.items():
                fields[FieldCount(str(path), outcome, reason)] = n
                totals[outcome] += n
        for path, n in record.unread.items():
            fields[FieldCount(path, "unmapped", "")] = n
            totals["unmapped"] += n
        return Balance(source_values=record.source_values, lossy=lossy, **totals), fields

    def settle_shared(self, outside: LegacyDossier) -> tuple[Balance, dict[FieldCount, int]]:
        """After the last record: what became of the values that the export's records share."""
        readers = self._plan.readers
        for cell in outside.cells:
            if cell.bound.field in readers:  # what ended otherwise already stands higher, and stays
                cell.settle(DROPPED, "geen-leerling")
        outside.findings += unnamed(outside.cells, outside.findings)
        return self.settle(outside)

    def _end(self, bound: CellSource, state: int, reason: str) -> FieldCount:
        """What to count a cell under that ended like this; remembered, for most pupils' cells end alike."""
        dropped = self._plan.dropped
        if state == UNREAD and bound.field in dropped:
            key = FieldCount(bound.field, "dropped", dropped[bound.field])
        else:
            key = FieldCount(bound.field, _OUTCOMES[state], reason if state in (DROPPED, REFUSED) else "")
        if len(self._ends) < _REMEMBERED:
            self._ends[bound, state, reason] = key
        return key
