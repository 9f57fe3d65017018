"""Which repairs to make first: the shortest list that makes so many dossiers ready.

A dossier is ready when all repairs that it needs are made (repair/needs.py found those by judging it anew). So dossiers
with the same needs count as one group, and a list of repairs is a set that covers some groups whole.

With at most EXACT repairs every set is tried. With more, the list is built greedily: each step takes the missing
repairs of the group that, taken together, make most dossiers ready per repair. That list can be longer than the
shortest; never is a number in it wrong.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

EXACT = 16  # 2 to this power sets, each looked at once per repair

Groups = Mapping[frozenset[str], int]  # needs -> number of waiting dossiers with exactly those


class Goal(NamedTuple):
    """The repairs in the order to make them, and the number of dossiers made ready after each."""

    repairs: tuple[str, ...]
    gained: tuple[int, ...]
    reached: bool
    exact: bool


def gain(groups: Groups, made: frozenset[str]) -> int:
    """How many waiting dossiers are ready when these repairs are made."""
    return sum(n for needs, n in groups.items() if needs <= made)


def shortest(groups: Groups, order: Sequence[str], wanted: Sequence[int]) -> list[Goal]:
    """For every wanted number of dossiers the shortest list of repairs, or the one that gets furthest.

    `order` has every repair in `groups`; of equally short lists the one that makes most dossiers ready, then the one
    that comes first in this order.
    """
    used = [key for key in order if any(key in needs for needs in groups)]
    if len(used) > EXACT:
        return [_greedy(groups, used, number) for number in wanted]
    gains = _all_gains(groups, used)
    return [_exact(groups, used, gains, number) for number in wanted]


def _all_gains(groups: Groups, used: Sequence[str]) -> list[int]:
    """The gain of every set of repairs, by bit mask: sums over subsets, one repair at a time."""
    bits = {key: 1 << place for place, key in enumerate(used)}
    gains = [0] * (1 << len(used))
    for needs, n in groups.items():
        gains[sum(bits[key] for key in needs)] += n
    for bit in bits.values():
        for mask in range(len(gains)):
            if mask & bit:
                gains[mask] += gains[mask ^ bit]
    return gains


def _exact(groups: Groups, used: Sequence[str], gains: Sequence[int], wanted: int) -> Goal:
    reached = gains[-1] >= wanted
    number = wanted if reached else gains[-1]
    enough = (mask for mask in range(len(gains)) if gains[mask] >= number)
    best = min(enough, key=lambda mask: (mask.bit_count(), -gains[mask], mask))
    chosen = [key for place, key in enumerate(used) if best >> place & 1]
    return _in_order(groups, chosen, reached, exact=True)


def _greedy(groups: Groups, used: Sequence[str], wanted: int) -> Goal:
    made: frozenset[str] = frozenset()
    ready = 0
    while ready < wanted:
        options = {needs - made for needs in groups if not needs <= made}
        if not options:
            break
        made |= max(
            options,
            key=lambda more: ((gain(groups, made | more) - ready) / len(more), -len(more), sorted(more)),
        )
        ready = gain(groups, made)
    for key in used:  # a later step can have made an earlier one superfluous
        if key in made and gain(groups, made - {key}) >= min(wanted, ready):
            made -= {key}
    return _in_order(groups, [key for key in used if key in made], ready >= wanted, exact=False)


def _in_order(groups: Groups, chosen: Sequence[str], reached: bool, *, exact: bool) -> Goal:
    """The same repairs, those first that make most dossiers ready at once."""
    left, made = list(chosen), frozenset[str]()
    order, gained = [], []
    while left:
        best = max(left, key=lambda key: (gain(groups, made | {key}), _wanted_by(groups, key), -left.index(key)))
        left.remove(best)
        made |= {best}
        order.append(best)
        gained.append(gain(groups, made))
    return Goal(tuple(order), tuple(gained), reached, exact)


def _wanted_by(groups: Groups, key: str) -> int:
    return sum(n for needs, n in groups.items() if key in needs)
