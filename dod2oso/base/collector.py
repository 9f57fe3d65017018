"""Python's cycle collector, told to run rarely while many dossiers are worked through.

A dossier is thousands of objects and none are in cycles. Reference counting frees them at once; the default thresholds
would search them all for cycles, several times.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_apart: bool | None = None  # whether something is set apart; looked up once: to count walks over every object


def set_apart() -> None:
    """Never search again what this process holds now: it is kept to the end."""
    global _apart
    gc.freeze()
    _apart = True


@contextmanager
def calm_collector() -> Iterator[None]:
    """Let the collector run rarely in this block.

    Afterwards everything is as it was: what is set apart is never searched, and in a process that runs often
    (the pages, someone's own program) whatever a run left in a cycle would stay for good. What such a process set
    apart itself, before its first run or by `set_apart`, stays apart.
    """
    global _apart
    before, apart = gc.get_threshold(), _is_apart()
    calm()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not apart:
            gc.unfreeze()
            _apart = False


def calm() -> None:
    """The same, to the end of the process."""
    if not _is_apart():
        set_apart()
    gc.set_threshold(1_000_000, 20, 50)


def _is_apart() -> bool:
    global _apart
    if _apart is None:
        _apart = bool(gc.get_freeze_count())
    return _apart
