"""What was made for a page, until what it was made of changes."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Per slot (a folder, say) the last thing made, with the stamp of what it was made of.

    Of two that ask at once the second waits for what the first makes; work that takes long goes beside the pages
    instead (beside.py).
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[object, T]] = {}
        self._one: defaultdict[Hashable, Lock] = defaultdict(Lock)

    def of(self, slot: Hashable, stamp: object, make: Callable[[], T]) -> T:
        """What was made under this stamp, made now when there is none."""
        with self._one[slot]:
            found = self._made.get(slot)
            if found is None or found[0] != stamp:
                found = self._made[slot] = (stamp, make())
            return found[1]
