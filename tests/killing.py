"""Ending work at random moments as `kill -9` does: in a process of its own, with no cleanup, no flush, no rollback.

The moments lie within what the work takes on this machine now: a fast one is killed as often as a slow or busy one.
"""

import os
import random
import signal
import time
from collections.abc import Callable

Work = Callable[[], None]


def process(work: Callable[[], None], seconds: float | None = None) -> int:
    """The work in a process of its own; after so many seconds the system ends it: no cleanup, no flush, no rollback."""
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds or 0)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def kill_at_random(
    kills: int,
    chance: random.Random,
    fresh: Callable[[], Work],
    between: Callable[[], None] = lambda: None,
) -> None:
    """Let the work be killed so many times, each time going on where it stopped; when all is done, `fresh` is next."""
    work = fresh()
    began = time.monotonic()
    work()
    usual = time.monotonic() - began
    work = fresh()
    while kills:
        began = time.monotonic()
        child = process(work, chance.uniform(0.0005, usual))
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert ended in (0, -signal.SIGALRM)
        if ended:
            kills -= 1
        else:
            usual = max(usual / 2, time.monotonic() - began)
            work = fresh()
        between()
    work()
