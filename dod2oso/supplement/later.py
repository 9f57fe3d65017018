"""A supplement that is read when somebody looks into it: where nothing changed, nobody does."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from dod2oso.findings.model import Finding
from dod2oso.supplement.rows import Row, Supplement


class Given(NamedTuple):
    """What is known of a supplement without reading it.

    `identity`: a hash of everything its rows follow from, "" when nobody says that; `doubles`: whether some column says
    which export counts, None when it was not read before as it is now.
    """

    identity: str = ""
    doubles: bool | None = None


class Rows(Protocol):
    """A supplement as it is looked into, read already or not."""

    @property
    def identity(self) -> str: ...
    @property
    def pupils(self) -> Sequence[Row]: ...
    @property
    def schools(self) -> Mapping[tuple[str, str], list[Row]]: ...
    @property
    def refused(self) -> Sequence[Finding]: ...
    @property
    def tells_doubles(self) -> bool: ...


class LaterSupplement:
    """Reads its rows at the first look; one that nobody read before at once, for what is wrong with it is told now."""

    def __init__(self, read: Callable[[], Supplement], given: Given, is_still: Callable[[str], bool]) -> None:
        """`is_still`: whether its identity is still this one."""
        self.identity = given.identity
        self._read = read
        self._is_still = is_still
        self._doubles = given.doubles
        if given.doubles is None:
            _ = self._rows

    @cached_property
    def _rows(self) -> Supplement:
        rows = self._read()
        if self.identity and not self._is_still(self.identity):
            self.identity = ""  # somebody changed it meanwhile: nothing that follows from it is kept
        return rows

    @property
    def pupils(self) -> Sequence[Row]:
        return self._rows.pupils

    @property
    def schools(self) -> Mapping[tuple[str, str], list[Row]]:
        return self._rows.schools

    @property
    def refused(self) -> Sequence[Finding]:
        return self._rows.refused

    @property
    def tells_doubles(self) -> bool:
        return self._rows.tells_doubles if self._doubles is None else self._doubles
