"""Work beside the pages: a page never waits for it, and asks again until it is done.

One thing goes on at a time, and beside it one that takes long: a file that was dropped is looked at at once.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import Any, TypeVar

T = TypeVar("T")
_KEPT = 400  # outcomes; what was not asked for longest is forgotten first


class Beside:
    """Does what is asked, and keeps what came of it until it is asked with another stamp."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="beside-long")
        self._found: dict[Hashable, tuple[Hashable, Future[Any]]] = {}
        self._lock = Lock()
        self._closed = Event()

    def of(self, slot: Hashable, stamp: Hashable, work: Callable[[], T], *, long: bool = False) -> T | None:
        """What came of `work`; None as long as it is not done. `stamp`: what changes when the outcome may.

        `long`: it reads all exports.

        Raises what `work` raised.
        """
        with self._lock:
            kept = self._found.pop(slot, None)
            if kept is not None and kept[0] != stamp:
                kept[1].cancel()
                kept = None
            if kept is None:
                kept = (stamp, (self._long if long else self._pool).submit(work))
            self._found[slot] = kept
            while len(self._found) > _KEPT:
                self._found.pop(next(iter(self._found)))[1].cancel()
        return kept[1].result() if kept[1].done() else None

    def check(self, _done: int = 0) -> None:
        """To be called by work that takes long, now and then: breaks it off when nobody waits for it any more."""
        if self._closed.is_set():
            raise KeyboardInterrupt

    def close(self) -> None:
        """Do nothing more."""
        self._closed.set()
        for pool in (self._pool, self._long):
            pool.shutdown(wait=False, cancel_futures=True)
