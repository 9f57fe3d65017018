"""Workers end with the main process, however that ends; one that is killed (too little memory) is no bug of ours."""

import ctypes
import gc
import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from dod2oso.base import collector
from dod2oso.base.errors import TryLaterError
from dod2oso.findings.outcome import Outcome
from dod2oso.run import workers
from dod2oso.run.convert import Converter
from dod2oso.source.record import LegacyDossier
from tests import copied
from tests.corpus.kit import convert, pupil, reference, write
from tests.refusals import refused
from tests.waiting import HANG, wait_until

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the end is put in by this process")
def test_a_killed_worker_means_try_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()

    def die(self: Converter, records: Iterable[LegacyDossier]) -> list[Outcome]:
        assert os.getpid() != here
        os._exit(9)

    monkeypatch.setattr(Converter, "convert_all", die)
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    with refused(TryLaterError, "worker-died"):
        convert(tmp_path / "out", export, workers=2)


def _dumpable() -> int:
    return ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # type: ignore[no-any-return]  # PR_GET_DUMPABLE


@pytest.mark.skipif(sys.platform != "linux", reason="memory is kept from others so on Linux")
def test_the_memory_of_a_worker_is_private_whatever_that_of_its_main_process_is() -> None:
    """It holds dossiers, and a process that is started anew does not have that from its main process."""
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: a command in this process may have taken it away
    stop, _main = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, context, workers._start, (int, stop)) as pool:
        assert pool.submit(_dumpable).result() == 0


@pytest.mark.parametrize("apart", [False, True])
def test_a_run_leaves_the_collector_as_it_was(tmp_path: Path, apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run leaves in cycles would otherwise stay for good in a process that runs often."""
    gc.unfreeze()  # what the tests set apart themselves
    monkeypatch.setattr(collector, "_apart", None)  # as in a process that did not run before
    if apart:
        gc.freeze()
    before, number = gc.get_threshold(), gc.get_freeze_count()
    convert(tmp_path / "out", write(tmp_path / "a.xml", reference(pupil(1))))
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() <= number if apart else number == gc.get_freeze_count() == 0
    assert bool(gc.get_freeze_count()) == apart
    convert(tmp_path / "again", tmp_path / "a.xml")
    assert bool(gc.get_freeze_count()) == apart
    collector.set_apart()
    convert(tmp_path / "once more", tmp_path / "a.xml")
    assert gc.get_freeze_count()


def _alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


_told: list[Path] = []  # where workers tell that they are there; only in a copy of this process


def _put_in(told: Path) -> None:
    _told.append(told)
    workers._convert = _never_done  # type: ignore[assignment]


def _never_done(*_given: object) -> None:
    """Only the end of the main process can end this."""
    _busy(_told[0], b"")


def _busy(folder: Path, data: bytes) -> None:
    (folder / str(os.getpid())).touch()
    while True:
        time.sleep(60)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the work is put in by this process")
def test_what_nobody_reads_any_more_keeps_no_run_from_ending(tmp_path: Path) -> None:
    """Tasks larger than a pipe holds, workers that are busy with the first: the next is under way to nobody."""
    pool = workers.Workers(2, lambda: None, local=object())  # type: ignore[arg-type, return-value]
    for _ in range(6):
        pool._pool.submit(_busy, tmp_path, b"x" * 1_000_000)  # type: ignore[union-attr]
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    pool.close(at_once=True)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the work is put in by this process")
def test_a_result_that_a_worker_did_not_finish_keeps_no_run_from_ending(tmp_path: Path) -> None:
    """As Ctrl-C leaves it behind when a worker is writing: the length of a result, and only its beginning."""
    pool = workers.Workers(2, lambda: None, local=object())  # type: ignore[arg-type, return-value]
    assert pool._pool is not None
    pool._pool.submit(_busy, tmp_path, b"")
    wait_until(lambda: any(tmp_path.iterdir()))
    os.write(pool._pool._result_queue._writer.fileno(), struct.pack("!i", 20_000) + b"only the beginning")
    time.sleep(0.2)  # the pool begins to read it; ended sooner it proves less, and does not fail
    ending = threading.Thread(target=lambda: pool.close(at_once=True), daemon=True)
    ending.start()
    ending.join(HANG)
    assert not ending.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the work is put in by this process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
def test_workers_end_with_the_run(number: signal.Signals, tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    export = write(tmp_path / "a.xml", reference(*(pupil(n) for n in range(1, 200))))
    arguments = ["run", str(export), "--overstap", "POVO", "--workers", "2", "--out", str(tmp_path / "out")]
    with copied.started(*arguments, before=partial(_put_in, told), stderr=subprocess.PIPE) as main:
        wait_until(lambda: len(list(told.iterdir())) == 2)
        pids = [int(path.name) for path in told.iterdir()]
        main.send_signal(number)
        assert main.wait() == (-9 if number == signal.SIGKILL else 130)
        wait_until(lambda: not any(map(_alive, pids)))
