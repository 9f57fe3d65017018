"""Work beside the pages: a page never waits for it, and asks again until it is done.

One thing goes on at a time, and beside it one that takes long: a file that was dropped is looked at at once. Nothing
new begins while a page is being made, so that a page has the processor to itself.
"""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, Event, Lock
from typing import Any, TypeVar

T = TypeVar("T")
KEPT = 25_000  # outcomes, more than the files of a region; what was not asked for longest is forgotten first
_GOES_FIRST = 2.0  # seconds at most for which work waits for a page


class Beside:
    """Does what is asked, and keeps what came of it until it is asked with another stamp."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="beside-long")
        self._found: dict[Hashable, tuple[object, Future[Any]]] = {}
        self._lock = Lock()
        self._closed = Event()
        self._pages, self._free = 0, Condition()

    def of(
        self, slot: Hashable, stamp: object, work: Callable[[], T], *, long: bool = False, again: bool = False
    ) -> T | None:
        """What came of `work`; None as long as it is not done. `stamp`: what changes when the outcome may.

        `long`: it reads all exports; `again`: do it once more though it was done.

        Raises what `work` raised, once: who asks after that has it done again.
        """
        with self._lock:
            kept = self._found.pop(slot, None)
            if kept is not None and (again or kept[0] != stamp):
                kept[1].cancel()
                kept = None
            if kept is None:
                kept = (stamp, (self._long if long else self._pool).submit(self._begin, work))
            self._found[slot] = kept
            while len(self._found) > KEPT:
                self._found.pop(next(iter(self._found)))[1].cancel()
        if not kept[1].done():
            return None
        if kept[1].cancelled() or kept[1].exception() is not None:
            self._forget(slot, kept[1])
        result: T = kept[1].result()
        return result

    def _forget(self, slot: Hashable, gone: Future[Any]) -> None:
        with self._lock:
            if slot in self._found and self._found[slot][1] is gone:
                del self._found[slot]

    @contextmanager
    def page(self) -> Iterator[None]:
        """While a page is made nothing begins beside it."""
        with self._free:
            self._pages += 1
        try:
            yield
        finally:
            with self._free:
                self._pages -= 1
                self._free.notify_all()

    def _begin(self, work: Callable[[], T]) -> T:
        with self._free:
            self._free.wait_for(lambda: not self._pages or self._closed.is_set(), _GOES_FIRST)
        return work()

    def check(self, _done: int = 0) -> None:
        """To be called by work that takes long, now and then: breaks it off when nobody waits for it any more."""
        if self._closed.is_set():
            raise KeyboardInterrupt

    def close(self) -> None:
        """Do nothing more."""
        self._closed.set()
        with self._free:
            self._free.notify_all()
        for pool in (self._pool, self._long):
            pool.shutdown(wait=False, cancel_futures=True)
