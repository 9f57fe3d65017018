"""Python's cycle collector, told to run rarely while many dossiers are worked through.

A dossier is thousands of objects and none are in cycles. Reference counting frees them at once; the default thresholds
would search them all for cycles, several times.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def calm_collector() -> Iterator[None]:
    """Let the collector run rarely in this block.

    Afterwards everything is as it was: what is set apart is never searched, and in a process that runs often
    (the pages, someone's own program) whatever a run left in a cycle would stay for good. What such a process set
    apart itself stays apart.
    """
    before, apart = gc.get_threshold(), gc.get_freeze_count()
    calm()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not apart:
            gc.unfreeze()


def calm() -> None:
    """The same, to the end of the process."""
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(1_000_000, 20, 50)
