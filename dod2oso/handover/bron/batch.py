"""Ledger work of many requests in one transaction, in a thread of its own.

Every request must be on disk before it is answered, and a commit waits for the disk. While one transaction is busy the
next requests gather, and share the next one.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Connection

from dod2oso.base.errors import Dod2osoError
from dod2oso.ledger import audit_file
from dod2oso.ledger.store import Ledger

T = TypeVar("T")

_AT_ONCE = 100


class _OneTransaction(Ledger):
    """A ledger whose reads and writes all happen on one connection; whoever made that commits."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.engine, None)
        self._connection = connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        yield self._connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection


class Batch:
    """Does jobs with the ledger in order; a job is a function of the ledger that may run twice if it fails once."""

    def __init__(self, ledger: Ledger) -> None:
        self.done = 0  # jobs so far
        self._ledger = ledger
        self._jobs: asyncio.Queue[tuple[Callable[[Ledger], Any], asyncio.Future[Any]]] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work())

    async def do(self, job: Callable[[Ledger], T]) -> T:
        """What `job` returns, once it is committed; or its exception, with nothing of it done."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((job, done))
        return await done

    async def close(self) -> None:
        """Finish what waits, then stop."""
        await self._jobs.join()
        self._worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._worker

    async def _work(self) -> None:
        while True:
            taken = [await self._jobs.get()]
            while len(taken) < _AT_ONCE and not self._jobs.empty():
                taken.append(self._jobs.get_nowait())
            results = await asyncio.to_thread(self._run, [job for job, _ in taken])
            self.done += len(taken)
            for (_, done), result in zip(taken, results, strict=True):
                if not done.cancelled():
                    if isinstance(result, BaseException):
                        done.set_exception(result)
                    else:
                        done.set_result(result)
                self._jobs.task_done()

    def _run(self, jobs: list[Callable[[Ledger], Any]]) -> list[Any]:
        done = self._together(jobs)
        with contextlib.suppress(Dod2osoError, OSError):  # the ledger has the lines, and the next command says it
            audit_file.mirror(self._ledger)
        return done

    def _together(self, jobs: list[Callable[[Ledger], Any]]) -> list[Any]:
        try:
            with self._ledger.write() as connection:
                together = _OneTransaction(connection)
                return [job(together) for job in jobs]
        except Exception:  # one of them failed: nothing was committed, so each gets a transaction of its own
            return [self._alone(job) for job in jobs]

    def _alone(self, job: Callable[[Ledger], Any]) -> Any:
        try:
            with self._ledger.write() as connection:
                return job(_OneTransaction(connection))
        except Exception as error:
            return error
