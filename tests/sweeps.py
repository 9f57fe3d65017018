"""Sweeps over all there is (versions by transfers by kinds of damage): a part in an ordinary run, all in a whole one.

A fault seldom sits in one cell of such a table: what breaks, breaks for a version, a transfer or a kind of damage. So
an ordinary run meets every value of every dimension, in turn with the values of the others, and a whole run
(`make tests WHOLE=1`) meets every combination.
"""

import os
from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from typing import Any, TypeVar

T = TypeVar("T")
ENV = "DOD2OSO_TEST_WHOLE"
WHOLE = bool(os.environ.get(ENV))


def number(ordinary: int, whole: int) -> int:
    """How many of something to try: of random inputs, seeds, rounds."""
    return whole if WHOLE else ordinary


def part(items: Iterable[T], one_in: int, begin: int = 0) -> list[T]:
    """One in so many, beginning with item `begin`; in a whole run all, and never none where there are some."""
    everything = list(items)
    return everything if WHOLE else everything[begin % one_in :: one_in] or everything[:1]


def pairs(*dimensions: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Combinations in which any two values of two dimensions meet at least once; in a whole run all combinations."""
    every = list(product(*dimensions))
    if WHOLE:
        return every
    open_ = {pair for one in every for pair in _met(one)}
    chosen = []
    while open_:
        best = max(every, key=lambda one: len(open_ & _met(one)))
        chosen.append(best)
        open_ -= _met(best)
    return chosen


def _met(one: tuple[Any, ...]) -> set[tuple[int, Hashable, int, Hashable]]:
    """Which two values stand together in this combination, with their dimensions."""
    return {(i, a, j, b) for i, a in enumerate(one) for j, b in enumerate(one) if i < j}
