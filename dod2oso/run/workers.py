"""Convert the records of one export in worker processes, and hand the outcomes back in the order of the file.

Workers get whole records as bytes, in batches; each maps, writes and checks. Only the main process touches the ledger.
A bounded number of batches is under way, so memory stays flat. Workers hold data of pupils, so they end with the main
process, however that ends.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Container, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing.connection import Connection, wait

from dod2oso.base.collector import calm
from dod2oso.base.errors import TryLaterError
from dod2oso.base.process import keep_memory_private
from dod2oso.findings.outcome import Outcome
from dod2oso.run.convert import Converter
from dod2oso.source.export import Export, RecordReader
from dod2oso.source.record import LegacyDossier

_BATCH = 50  # records per task: large enough to outweigh the shipping, small enough to show progress
_AHEAD = 3  # tasks under way per worker

Settled = list[tuple[int, str]]  # state and reason of each shared cell

_converter: Converter | None = None


def _start(make_converter: Callable[[], Converter], stop: Connection) -> None:
    global _converter
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Ctrl-C goes to all of us; the main process decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    keep_memory_private()  # of a main process that did; a new process begins without
    threading.Thread(target=_end_with_main, args=(stop,), daemon=True).start()
    _converter = make_converter()
    calm()  # to the end: this process does nothing else


def _end_with_main(stop: Connection) -> None:
    """Wait until the main process says so or is gone, also when it was killed; then end, whatever we are busy with."""
    main = multiprocessing.parent_process()
    wait([stop] if main is None else [stop, main.sentinel])
    os._exit(1)


def _convert(reader: bytes, records: list[tuple[int, bytes]]) -> tuple[list[Outcome], Settled]:
    assert _converter is not None  # noqa: S101  the initializer ran
    read = _unpacked(reader)
    outcomes = _converter.convert_all(read.from_bytes(data, number) for number, data in records)
    return outcomes, [(cell.state, cell.reason) for cell in read.outside.cells]


@lru_cache(maxsize=1)
def _unpacked(reader: bytes) -> RecordReader:
    """The reader of the export at hand. Its shared cells settle further with every batch, as in a single process."""
    unpacked: tuple[str, RecordReader] = pickle.loads(reader)  # noqa: S301  made by our own main process
    return unpacked[1]


class Workers:
    """A pool of worker processes; one worker means: no pool, convert here."""

    def __init__(self, number: int, make_converter: Callable[[], Converter], local: Converter | None = None) -> None:
        self._number = number
        self._local = local or make_converter()  # one that is there already need not be made again
        self._pool: ProcessPoolExecutor | None = None
        if number > 1:
            stop, self._stop = multiprocessing.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(number, initializer=_start, initargs=(make_converter, stop))

    @property
    def converter(self) -> Converter:
        """The main process's own converter."""
        return self._local

    def outcomes(self, export: Export, skip: int, only: Container[int] | None = None) -> Iterator[Outcome]:
        """The outcome of every record after the first `skip`; shared cells of the export settle on the way.

        `only`: the numbers of the records to convert; the others are passed over.
        """
        if self._pool is None:
            dossiers = export.dossiers(skip, only)
            while here := list(islice(dossiers, _BATCH)):
                yield from self._local.convert_all(here)
            return
        reader = pickle.dumps((export.name, export.reader))  # exports with the same head are still two exports
        waiting: deque[Future[tuple[list[Outcome], Settled]]] = deque()
        records = export.raw_records(skip, only)
        while True:
            batch = list(islice(records, _BATCH))
            if batch:
                waiting.append(self._pool.submit(_convert, reader, batch))
            if not waiting:
                return
            if not batch or len(waiting) >= self._number * _AHEAD:
                outcomes, settled = _result(waiting.popleft())
                settle_shared(export.outside, settled)
                yield from outcomes

    def close(self, *, at_once: bool = False) -> None:
        """Stop the workers; what is under way is dropped (it is not in the ledger, so nothing is lost).

        `at_once`: without waiting until they have done what they are busy with.
        """
        if self._pool is not None:
            if at_once:
                self._stop.send_bytes(b"stop")  # nobody reads it: that it is there tells all of them
                _let_go(self._pool)
            self._pool.shutdown(wait=True, cancel_futures=True)


def _let_go(pool: ProcessPoolExecutor) -> None:
    """Close our copies of the ends that are the workers': once they are gone, nobody may wait for them any more.

    Of the pipe of tasks the end that reads: a task that was larger than a pipe holds, and that nobody read any more,
    kept the run from ending for ever. Later releases of Python do so themselves (gh-94777); 3.11.2, of Debian 12, does
    not. Of the pipe of results the end that writes: the pool waited for the rest of a result in the middle of which its
    worker ended.
    """
    tasks, results = getattr(pool, "_call_queue", None), getattr(pool, "_result_queue", None)
    if tasks is not None and sys.platform != "win32":  # there the pool would write to another's end
        tasks._reader.close()
    if results is not None:
        results._writer.close()


def _result(future: Future[tuple[list[Outcome], Settled]]) -> tuple[list[Outcome], Settled]:
    try:
        return future.result()
    except BrokenProcessPool:
        raise TryLaterError("worker-died") from None


def settle_shared(outside: LegacyDossier, settled: Settled) -> None:
    """Bring what another process (or an earlier session) did with the shared cells into ours."""
    for cell, (state, reason) in zip(outside.cells, settled, strict=True):
        cell.settle(state, reason)
