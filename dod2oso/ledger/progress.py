"""The running counters of an export, as they are kept in memory and, after every batch, in the ledger.

They stay when the export is done, so that some of its dossiers can be converted anew. Bounded by fields times schools,
never by the number of dossiers.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from dod2oso.findings.balance import Balance
from dod2oso.findings.outcome import FieldCount, Outcome

Counts = tuple[dict[FieldCount, int], list[str]]  # per field, and the OSO fields that are there


@dataclass(slots=True)
class ExportCounters:
    """How far an export is and what was counted so far.

    `records`: leading records done; `outside`: values that belong to no record, apart so that counting them again after
    a resume replaces them; `reader`: whatever the caller wants back on a resume.
    """

    records: int = 0
    inside: Balance = field(default_factory=Balance)
    outside: Balance = field(default_factory=Balance)
    outside_fields: dict[FieldCount, int] = field(default_factory=dict)
    fields: dict[str, dict[FieldCount, int]] = field(default_factory=dict)  # by brin
    targets: dict[str, Counter[str]] = field(default_factory=dict)  # by brin
    reader: dict[str, Any] = field(default_factory=dict)

    @property
    def balance(self) -> Balance:
        total = Balance()
        total.add(self.inside)
        total.add(self.outside)
        return total

    def add(self, outcome: Outcome) -> None:
        self.records = outcome.record
        self.inside.add(outcome.balance)
        counts = self.fields.setdefault(outcome.brin, {})  # no Counter: setting an item of one is a call of Python's
        for key, n in outcome.fields.items():
            counts[key] = counts.get(key, 0) + n
        if outcome.targets:
            self.targets.setdefault(outcome.brin, Counter()).update(outcome.targets)

    def replace(self, brin: str, balance: Balance, counts: Counts, new: Outcome) -> None:
        """Take out what a dossier added before, and add what it adds now."""
        self.remove(brin, balance, counts)
        records = self.records
        self.add(new)
        self.records = records

    def remove(self, brin: str, balance: Balance, counts: Counts) -> None:
        """Take out what a dossier added; how far the export is stays."""
        fields, targets = counts
        self.inside.subtract(balance)
        left = Counter(self.fields[brin])
        left.subtract(fields)
        self.fields[brin] = dict(+left)
        if targets:
            self.targets[brin].subtract(targets)
            self.targets[brin] = +self.targets[brin]

    def set_outside(self, fields: dict[FieldCount, int], balance: Balance) -> None:
        self.outside_fields = dict(fields)
        self.outside = balance

    def all_fields(self) -> dict[str, Counter[FieldCount]]:
        """Counts by brin; values outside every record stand under the empty brin."""
        merged = {brin: Counter(counts) for brin, counts in self.fields.items()}
        merged[""] = Counter(self.fields.get("", {}))
        for key, n in self.outside_fields.items():
            merged[""][key] += n
        return merged

    def unmapped_fields(self) -> set[str]:
        """The fields and paths with values that nothing read."""
        counted = self.all_fields().values()
        return {key.field for counts in counted for key, n in counts.items() if key.outcome == "unmapped" and n}

    def read_fields(self) -> set[str]:
        """The dictionary fields that had values, whatever became of those."""
        counted = self.all_fields().values()
        return {key.field for counts in counted for key, n in counts.items() if key.outcome != "unmapped" and n}

    def totals(self) -> dict[str, int]:
        """Source values by outcome, over all fields; outcomes that did not occur are absent."""
        totals: Counter[str] = Counter()
        for counts in self.all_fields().values():
            for key, n in counts.items():
                totals[key.outcome] += n
        return {outcome: n for outcome, n in totals.items() if n}

    def field_rows(self, export_id: int) -> list[dict[str, Any]]:
        return [
            {"export_id": export_id, "brin": brin, **key._asdict(), "count": n}
            for brin, counts in self.all_fields().items()
            for key, n in counts.items()
        ]

    def target_rows(self, export_id: int) -> list[dict[str, Any]]:
        return [
            {"export_id": export_id, "brin": brin, "path": path, "count": n}
            for brin, counts in self.targets.items()
            for path, n in counts.items()
        ]

    def dumps(self) -> str:
        data = {
            "records": self.records,
            "inside": self.inside.as_dict(),
            "outside": self.outside.as_dict(),
            "outside_fields": _listed(self.outside_fields),
            "fields": {brin: _listed(counts) for brin, counts in self.fields.items()},
            "targets": self.targets,
            "reader": self.reader,
        }
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        if not text:
            return cls()
        data = json.loads(text)
        return cls(
            records=data["records"],
            inside=Balance.from_dict(data["inside"]),
            outside=Balance.from_dict(data["outside"]),
            outside_fields=_counted(data["outside_fields"]),
            fields={brin: dict(_counted(counts)) for brin, counts in data["fields"].items()},
            targets={brin: Counter(counts) for brin, counts in data["targets"].items()},
            reader=data["reader"],
        )


def _listed(counts: dict[FieldCount, int]) -> list[list[str | int]]:
    return [[*key, n] for key, n in counts.items()]


def _counted(items: list[list[Any]]) -> Counter[FieldCount]:
    return Counter({FieldCount(*key): n for *key, n in items})
