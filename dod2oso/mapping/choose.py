"""Which of several occurrences counts where OSO has one place: by written rules, never by the order in an export.

The rules stand in the mapping under `one-place`, in the order in which they are asked. A rule that cannot tell (a date
that is absent or unreadable) leaves it to the next. When none tells two different occurrences apart, none of them goes:
a person decides. Only a mapping that says `order: export` takes the first.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dod2oso.mapping.model import Preference
from dod2oso.source.record import Group

UNDECIDED = "niet te kiezen"


class Choice(NamedTuple):
    """`chosen`: the number of the occurrence that goes (None: nobody can say); `behind`: why each other one stays."""

    chosen: int | None
    behind: dict[int, str]
    in_order: bool  # the first that can be made, as the mapping says


def choose(groups: Sequence[Group], rules: Sequence[Preference], today: date) -> Choice:
    """The choice between at least two groups."""
    left = list(range(len(groups)))
    behind: dict[int, str] = {}
    for rule in rules:
        if rule.order is not None:
            behind |= dict.fromkeys(left[1:], rule.word)
            return Choice(left[0], behind, in_order=True)
        ranks = _ranks([groups[number] for number in left], rule, today.isoformat())
        if ranks is None:
            continue
        best = max(ranks)
        behind |= {number: rule.word for number, rank in zip(left, ranks, strict=True) if rank != best}
        left = [number for number, rank in zip(left, ranks, strict=True) if rank == best]
        if len(left) == 1:
            return Choice(left[0], behind, in_order=False)
    first, *others = left
    if all(_same(groups[first], groups[number]) for number in others):
        return Choice(first, behind | dict.fromkeys(others, ""), in_order=False)
    return Choice(None, behind | dict.fromkeys(left, UNDECIDED), in_order=False)


def _ranks(groups: Sequence[Group], rule: Preference, today: str) -> list[str] | None:
    """How well each group does by one rule; None when the rule cannot tell of one of them."""
    ranks = []
    for group in groups:
        if rule.running is not None:
            rank = _running(group, rule.running, today)
        elif rule.newest is not None:
            rank = _date(group, rule.newest)
        else:
            rank = "1" if any(name in group.fields or group.lists.get(name) for name in rule.filled) else "0"
        if rank is None:
            return None
        ranks.append(rank)
    return ranks


def _running(group: Group, end: str, today: str) -> str | None:
    if group.unclear(end):
        return None
    last = group.value(end)
    if last is not None and last.endswith("-00"):
        return None
    return "1" if last is None or last >= today else "0"


def _date(group: Group, name: str) -> str | None:
    value = group.value(name)
    return None if group.unclear(name) or value is None or value.endswith("-00") else value


def _same(one: Group, other: Group) -> bool:
    """Whether two groups say the same."""
    if {name: cell.value for name, cell in one.fields.items()} != {
        name: cell.value for name, cell in other.fields.items()
    }:
        return False
    if one.lists.keys() != other.lists.keys() or one.unreadable or other.unreadable or one.doubled or other.doubled:
        return False
    return all(
        len(groups) == len(other.lists[name]) and all(map(_same, groups, other.lists[name]))
        for name, groups in one.lists.items()
    )
