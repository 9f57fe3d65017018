"""A few hundred broken inputs in the suite; `make fuzz` does as many as one likes."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.__main__ import SHARE, lay, make
from tests.fuzz.targets import attempt
from tests.killing import process

INPUTS = 15  # of each kind, times its share


@pytest.mark.parametrize("kind", SHARE)
def test_broken_inputs_are_read_or_refused_in_words(kind: str, tmp_path: Path) -> None:
    ended = set()
    for number in range(INPUTS * SHARE[kind]):
        lay(make(kind, number), tmp_path / str(number))
        ended.add(attempt(kind, tmp_path / str(number)))
    assert "refused" in ended or kind in ("export", "dossier")


def test_an_input_is_always_the_same() -> None:
    assert make("export", 3) == make("export", 3)
    assert make("export", 3) != make("export", 4)


def _spin(kind: str, folder: Path) -> str:
    while True:
        pass


def _wait(kind: str, folder: Path) -> str:
    time.sleep(0.2)
    return "read"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and a clock of processor time")
@pytest.mark.parametrize(("target", "ends"), [(_spin, -signal.SIGPROF), (_wait, 0)], ids=["spins", "waits"])
def test_a_hang_is_measured_in_processor_time(target: object, ends: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a busy machine hangs no more than what is quick."""
    make("settings", 0)
    monkeypatch.setattr(fuzz, "attempt", target)
    monkeypatch.setattr(fuzz, "LONGEST", 0.1)
    monkeypatch.setattr(fuzz, "FIRST", 0.0)
    child = process(lambda: fuzz.batch("settings", 0, 1))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == ends


def test_a_batch_that_hangs_or_crashes_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three inputs: the second ends its process as the system would, the third is done by a process of its own."""
    script = (
        "import json, os, signal, sys\nfirst, count = int(sys.argv[-2]), int(sys.argv[-1])\n"
        "for number in range(first, first + count):\n"
        "    print(json.dumps({'begin': number}), flush=True)\n"
        "    if number == 1:\n        os.kill(os.getpid(), signal.SIGPROF)\n"
        "    print(json.dumps({'number': number, 'ended': 'read', 'peak': 1}), flush=True)\n"
    )
    popen = fuzz.subprocess.Popen
    monkeypatch.setattr(
        fuzz.subprocess, "Popen", lambda words, **more: popen([words[0], "-c", script, *words[2:]], **more)
    )
    totals, wrong = fuzz.Counter[str](), list[tuple[int, str]]()
    assert fuzz.run_batch("settings", 0, 3, totals, wrong) == 1
    assert totals == {"read": 2, "hang": 1} and wrong == [(1, "hang")]
