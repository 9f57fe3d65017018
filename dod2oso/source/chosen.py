"""Records by condition: those that a profile does not want are passed over, counted and told."""

from collections.abc import Iterator
from typing import Any

from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundProfile
from dod2oso.source.export import Origin, count_source_values
from dod2oso.source.record import LegacyDossier
from dod2oso.source.walk import NOT_CHOSEN

LEFT_OUT = "records-niet-gekozen"


def chosen(origin: Origin, profile: BoundProfile) -> Origin:
    """The records that a profile wants, of those in an origin."""
    return Chosen(origin, profile) if profile.only else origin


class Chosen:
    """The records of another origin of which all conditions hold (an `Origin`)."""

    def __init__(self, origin: Origin, profile: BoundProfile) -> None:
        self._origin = origin
        self._only = profile.only
        self._path = profile.model.records
        self._records = 0
        self._values = 0

    def __iter__(self) -> Iterator[Any]:
        self._records = self._values = 0
        for element in self._origin:
            if all(condition.holds(element) for condition in self._only):
                yield element
            else:
                self._records += 1
                self._values += count_source_values(element)

    @property
    def rest(self) -> Any:
        return self._origin.rest

    def lenient(self) -> bool:
        return self._origin.lenient()

    def leftovers(self, outside: LegacyDossier) -> None:
        """What the origin had left, and the values of the records that were passed over."""
        self._origin.leftovers(outside)
        if self._records:
            outside.ignored[self._path, NOT_CHOSEN] = self._values
            outside.source_values += self._values
            outside.findings.append(Finding(LEFT_OUT, self._path, note=str(self._records)))
