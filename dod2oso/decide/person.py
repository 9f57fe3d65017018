"""Who decides, and how that person is spoken to."""

from collections.abc import Callable
from dataclasses import dataclass

from dod2oso.base.texts import Text

Say = Callable[[Text], None]
Ask = Callable[[Text], str]  # raises EOFError when nobody answers any more


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decides, when (ISO) and why."""

    who: str
    when: str
    why: str


@dataclass(slots=True)
class Counts:
    """How many questions were answered, and how many are still open."""

    decided: int = 0
    left: int = 0
    open: int = 0
