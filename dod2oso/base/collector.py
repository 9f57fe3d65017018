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
    (the pages, someone's own program) whatever a run left in a cycle would stay for good.
    """
    before = gc.get_threshold()
    calm()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def calm() -> None:
    """The same, to the end of the process."""
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 50)
