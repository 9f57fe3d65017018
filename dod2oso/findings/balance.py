"""The balance: every source value of an export is accounted for exactly once.

source_values = mapped + dropped + unmapped + refused, always; `lossy` counts mapped values that lost something.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from dod2oso.base.errors import BalanceError


@dataclass(slots=True)
class Balance:
    """Counts of source values (see interface: an element with own text, a non-blank attribute, a cell)."""

    source_values: int = 0
    mapped: int = 0
    dropped: int = 0
    unmapped: int = 0
    refused: int = 0
    lossy: int = 0

    def add(self, other: "Balance") -> None:
        self.source_values += other.source_values
        self.mapped += other.mapped
        self.dropped += other.dropped
        self.unmapped += other.unmapped
        self.refused += other.refused
        self.lossy += other.lossy

    def subtract(self, other: "Balance") -> None:
        """Take out what `add` put in."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) - getattr(other, one.name))

    def verify(self, where: str) -> None:
        """Raise BalanceError unless the independently counted source values equal the sum of the outcomes."""
        accounted = self.mapped + self.dropped + self.unmapped + self.refused
        if accounted != self.source_values or self.lossy > self.mapped:
            raise BalanceError("balance-wrong", name=where, values=self.source_values, accounted=accounted)

    def as_dict(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, int]) -> "Balance":
        return cls(**{f.name: int(data[f.name]) for f in fields(cls)})
