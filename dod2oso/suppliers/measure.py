"""How full an export is, field by field: of how many dossiers each OSO field is filled. No value is kept or told."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dod2oso.base.clock import run_date
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.plan import Plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.guard import reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile

SMALL = 5  # a share of fewer pupils, or of all but so few, could tell something of one of them


@dataclass(frozen=True, slots=True)
class Fill:
    """Of `records` dossiers of one layout: OSO path -> in how many it was filled from the export.

    unread: values that the profile does not read, so of which this says nothing.
    """

    profile: str
    version: str
    transfer: str
    records: int
    filled: dict[str, int]
    unread: int

    def share(self, path: str) -> str:
        """The share of a field in whole percents; `<`, `>` and `-` hide what is about fewer than five pupils."""
        if self.records < SMALL:
            return "-"
        n = self.filled.get(path, 0)
        if n in (0, self.records):
            return "0%" if n == 0 else "100%"
        if n < SMALL:
            return f"<{_percent(SMALL, self.records)}%"
        if self.records - n < SMALL:
            return f">{_percent(self.records - SMALL, self.records)}%"
        return f"{_percent(n, self.records)}%"


def _percent(part: int, whole: int) -> int:
    return min(100, max(0, round(100 * part / whole)))


def measure(found: FoundExport, profiles: tuple[LoadedProfile, ...], plan: Plan) -> Fill:
    """How full this export is under the profile that fits. ExportError when it cannot be read."""
    today = run_date(None)
    run = run_group(plan.version, plan.transfer, today.isoformat(), "", "")
    mapper, filled, records, unread = Mapper(plan, run, today), Counter[str](), 0, 0
    with OpenExport(found) as opened, reading():
        profile = opened.recognise(profiles)
        export = opened.export(BoundProfile(profile, load_dictionary()))
        export.survey()
        for record in export.dossiers():
            records += 1
            _nodes, here = mapper.map(record, None, Supplied())
            filled.update({path for cell, _before, path in here.journal if not _ours(cell)})
            unread += sum(record.unread.values())
    return Fill(profile.name, plan.version, plan.transfer, records, dict(filled), unread)


def _ours(cell: Any) -> bool:
    return str(cell.bound.field).startswith(("run.", "register.", "uitlevering."))
