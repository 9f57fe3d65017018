"""Who converts what: the exports of a run over a number of parts, the same on every machine that has the same exports.

Whole exports where that divides the work well, for each slice of an export costs another reading of it. Only sizes are
looked at, so nothing has to be read to know one's share.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from dod2oso.base.errors import UsageError
from dod2oso.source.container.member import FoundExport

MOST = 999  # parts of one run
_SAID = re.compile(r"([1-9]\d{0,2})/([1-9]\d{0,2})\Z")
_LARGE = 1.25  # times an even share: an export of more than that is cut


class Share(NamedTuple):
    """Part `number` of `of`, both from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, said: str) -> Self:
        """Out of K/N; UsageError when it is no such thing."""
        found = _SAID.match(said)
        if found is None or int(found[1]) > int(found[2]):
            raise UsageError("part-wrong", most=MOST)
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class Unit(NamedTuple):
    """What is converted in one go: slice `slice` of `slices` (from 1) of the records of an export; 1 of 1 is all."""

    export: str
    slice: int
    slices: int

    def records(self, total: int) -> range:
        """The numbers of its records, of so many in the export."""
        return range(total * (self.slice - 1) // self.slices + 1, total * self.slice // self.slices + 1)


def divide(exports: Sequence[FoundExport], parts: int) -> list[list[Unit]]:
    """For each part its units, in the order of the exports; every record of every export is in exactly one."""
    sizes = {found.name: sum(member.size for member in found.members) for found in exports}
    even = sum(sizes.values()) / parts
    weighed = []
    for found in exports:
        size = sizes[found.name]
        slices = min(parts, -int(-size // even)) if size > even * _LARGE else 1
        weighed += [(size / slices, Unit(found.name, number, slices)) for number in range(1, slices + 1)]
    order = {unit: position for position, (_weight, unit) in enumerate(weighed)}
    filled: list[tuple[float, list[Unit]]] = [(0.0, []) for _ in range(parts)]
    for weight, unit in sorted(weighed, key=lambda each: (-each[0], order[each[1]])):
        emptiest = min(range(parts), key=lambda number: filled[number][0])
        so_far, units = filled[emptiest]
        filled[emptiest] = (so_far + weight, [*units, unit])
    return [sorted(units, key=order.__getitem__) for _weight, units in filled]


def digest(divided: Sequence[Sequence[Unit]]) -> str:
    """The same for two divisions exactly when they are the same one."""
    return hashlib.sha256(repr([[tuple(unit) for unit in units] for units in divided]).encode()).hexdigest()[:16]
