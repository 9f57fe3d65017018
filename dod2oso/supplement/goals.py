"""Which repairs to make first: the shortest list that makes so many dossiers ready.

A dossier is ready when all repairs that it needs are made (supplement/needs.py found those by judging it anew). So
dossiers with the same needs count as one group, and a list of repairs is a set that covers some groups whole.

With at most EXACT repairs every set is tried. With more, the list is built greedily: each step takes the missing
repairs of the group that, taken together, make most dossiers ready per repair (the CANDIDATES largest groups are looked
at). That list can be longer than the shortest; never is a number in it wrong.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

EXACT = 16  # 2 to this power sets, each looked at once per repair
CANDIDATES = 40

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
    places = {key: place for place, key in enumerate(used)}
    masks = {sum(1 << places[key] for key in needs): n for needs, n in groups.items()}
    if len(used) > EXACT:
        return [_named(_greedy(masks, number), masks, used, number, exact=False) for number in wanted]
    gains = _all_gains(masks, len(used))
    return [_named(_best(gains, number), masks, used, number, exact=True) for number in wanted]


# --- from here on a set of repairs is a bit mask over `used` ---

_Masks = Mapping[int, int]


def _gain(masks: _Masks, made: int) -> int:
    return sum(n for mask, n in masks.items() if not mask & ~made)


def _all_gains(masks: _Masks, repairs: int) -> list[int]:
    """The gain of every set of repairs: sums over subsets, one repair at a time."""
    gains = [0] * (1 << repairs)
    for mask, n in masks.items():
        gains[mask] += n
    for place in range(repairs):
        bit = 1 << place
        for mask in range(len(gains)):
            if mask & bit:
                gains[mask] += gains[mask ^ bit]
    return gains


def _best(gains: Sequence[int], wanted: int) -> int:
    number = min(wanted, gains[-1])
    enough = (mask for mask in range(len(gains)) if gains[mask] >= number)
    return min(enough, key=lambda mask: (mask.bit_count(), -gains[mask], mask))


def _greedy(masks: _Masks, wanted: int) -> int:
    made = ready = 0
    left = dict(masks)  # what is still needed -> dossiers
    while ready < wanted and left:
        largest = sorted(left, key=lambda more: (-left[more] / more.bit_count(), more))[:CANDIDATES]
        made |= max(largest, key=lambda more: (_gain(left, more) / more.bit_count(), -more.bit_count(), -more))
        smaller: Counter[int] = Counter()
        for more, n in left.items():
            if rest := more & ~made:
                smaller[rest] += n
            else:
                ready += n
        left = smaller
    for place in range(made.bit_length()):  # a later step can have made an earlier one superfluous
        fewer = made & ~(1 << place)
        if fewer != made and _gain(masks, fewer) >= min(wanted, ready):
            made = fewer
    return made


def _named(chosen: int, masks: _Masks, used: Sequence[str], wanted: int, *, exact: bool) -> Goal:
    """The repairs of a set, those first that make most dossiers ready at once, then those that most dossiers need."""
    within = {mask: n for mask, n in masks.items() if not mask & ~chosen}
    left = [place for place in range(len(used)) if chosen >> place & 1]
    needed = {place: sum(n for mask, n in masks.items() if mask >> place & 1) for place in left}
    order, gained, made = [], [], 0
    while left:
        best = max(left, key=lambda place: (_gain(within, made | 1 << place), needed[place], -place))
        left.remove(best)
        made |= 1 << best
        order.append(used[best])
        gained.append(_gain(within, made))
    return Goal(tuple(order), tuple(gained), (gained[-1] if gained else 0) >= wanted, exact)
