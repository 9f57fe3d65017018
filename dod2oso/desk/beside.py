"""Work beside the pages, one thing after the other: a page never waits for it, and asks again until it is done."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
_KEPT = 400  # outcomes; what was not asked for longest is forgotten first


class Beside:
    """Does what is asked, and keeps what came of it until it is asked with another stamp."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._found: dict[Hashable, tuple[Hashable, Future[Any]]] = {}
        self._lock = Lock()

    def of(self, slot: Hashable, stamp: Hashable, work: Callable[[], T]) -> T | None:
        """What came of `work`; None as long as it is not done. `stamp`: what changes when the outcome may.

        Raises what `work` raised.
        """
        with self._lock:
            kept = self._found.pop(slot, None)
            if kept is not None and kept[0] != stamp:
                kept[1].cancel()
                kept = None
            if kept is None:
                kept = (stamp, self._pool.submit(work))
            self._found[slot] = kept
            while len(self._found) > _KEPT:
                self._found.pop(next(iter(self._found)))[1].cancel()
        return kept[1].result() if kept[1].done() else None

    def close(self) -> None:
        """Do nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
