"""A whole run of the tests as a stranger would start it, and its outcome as a value: for `loop` and `odd`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests import told

ROOT = Path(__file__).resolve().parents[1]
# It ends with whoever started it, also when that is killed.
_BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(1000))"
_AS_THEY_ARE = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DOD2OSO_SHARED",
    "DOD2OSO_CHROMIUM",
    "DOD2OSO_TEST_POSTGRES",
    "DOD2OSO_TEST_PDF",
    "DOD2OSO_TEST_BROWSER",
)


class Ended(NamedTuple):
    """How a run ended: its exit code, how many tests passed, which did not, and what it took.

    `failed` names tests and files that could not be collected; `wall` and `processor` are seconds, the latter of all
    its processes; `megabytes` is what the largest of them used at most; `said` is the end of what it printed.
    """

    code: int
    passed: int
    skipped: int
    failed: tuple[str, ...]
    wall: float
    processor: float
    megabytes: int
    said: str

    @property
    def green(self) -> bool:
        """Whether everything that ran did well, and something ran."""
        return self.code == 0 and self.passed > 0


def bare(home: Path, **more: str) -> dict[str, str]:
    """An environment with little more than a stranger's: HOME, PATH, LANG, and where the tests find what they need."""
    kept = {name: os.environ[name] for name in _AS_THEY_ARE if name in os.environ}
    return kept | {"HOME": str(home), "LANG": "C.UTF-8", **more}


def run_tests(
    arguments: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    *,
    root: Path = ROOT,
    before: Sequence[str] = (),
    python: str = sys.executable,
) -> Ended:
    """Run pytest over the checkout at `root` in this environment; `before` is what starts it, such as runuser.

    The log of the run stands in the folder `log` afterwards, also what pytest printed.
    """
    command = [*before, python, "-m", "pytest", *arguments]
    wanted = {**environment, "PYTHONPATH": str(root), told.ENV: str(log)}
    log.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (log / "pytest.txt").open("wb+") as printed:
        child = subprocess.Popen(
            command, cwd=root, env=wanted, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
        )
        try:
            _, status, used = os.wait4(child.pid, 0)
        except KeyboardInterrupt:  # the child has heard it too
            child.wait()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        last = printed.read().decode("utf-8", "replace").strip().splitlines()[-3:]
    passed, skipped, failed = told.outcomes(log)
    return Ended(
        child.returncode, passed, skipped, failed, time.monotonic() - began, used.ru_utime + used.ru_stime,
        used.ru_maxrss // 1024, " / ".join(last),
    )  # fmt: skip


@contextmanager
def busy(number: int) -> Iterator[None]:
    """So many processes that do nothing but take processor time, gone afterwards."""
    others = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()
