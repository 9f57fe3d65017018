"""Whether records are about the same pupil beyond doubt, and which of them gives which block."""

from collections.abc import Iterable

from dod2oso.run.doubles.blocks import Part, block_of
from dod2oso.source.record import Group

NEWEST = "newest"


def same_pupil(parts: list[Part]) -> list[list[Part]]:
    """The parts by pupil: the same personal number; without one on either side the same full name, birth date, school.

    A group with two different numbers is left out: a name cannot decide between those (twins).
    """
    groups: list[list[Part]] = []
    for part in parts:
        fits = [group for group in groups if any(_same(part.record.root, other.record.root) for other in group)]
        joined = [part]
        for group in fits:
            joined = [*group, *joined]
            groups.remove(group)
        groups.append(joined)
    return [group for group in groups if len(group) > 1 and len(_numbers(group)) < 2]


def choose(parts: list[Part], rule: str | None, said: dict[str, str]) -> tuple[list[Part], dict[str, Part]] | None:
    """The parts with the one that leads first, and per block the part that gives it; None when nobody decided.

    `said`: what people wrote: block -> name of the export that counts for it, the empty block for all others.
    """
    exports = [part.place.export for part in parts]
    by_name = {part.place.export: part for part in parts}
    if any(name not in by_name or exports.count(name) > 1 for name in said.values()):
        return None
    blocks = frozenset[str]().union(*(part.blocks for part in parts))
    if "" in said:
        lead = by_name[said[""]]
        order = [lead, *(part for part in parts if part is not lead)]
        chosen = dict.fromkeys(lead.blocks, lead)
    elif rule == NEWEST and _in_order(parts):
        order = sorted(parts, key=lambda part: part.date, reverse=True)
        chosen = {block: next(part for part in order if block in part.blocks) for block in blocks}
    else:
        return None
    chosen |= {block_of(block): by_name[name] for block, name in said.items() if block}
    return order, chosen


def _in_order(parts: list[Part]) -> bool:
    """All dates are known and no two are equal."""
    dates = {part.date for part in parts}
    return "" not in dates and len(dates) == len(parts)


def _same(one: Group, other: Group) -> bool:
    numbers = _number(one), _number(other)
    if all(numbers):
        return numbers[0] == numbers[1]
    for name in ("leerling.achternaam", "leerling.geboortedatum", "school.brin"):
        value = _plain(one.value(name))
        if not value or value != _plain(other.value(name)):
            return False
    prefixes = _plain(one.value("leerling.voorvoegsel")), _plain(other.value("leerling.voorvoegsel"))
    return prefixes[0] == prefixes[1] and bool(_first_names(one) & _first_names(other))


def _number(root: Group) -> str:
    return next(filter(None, map(root.value, ("leerling.bsn", "leerling.onderwijsnummer", "leerling.pgn"))), "")


def _numbers(parts: Iterable[Part]) -> set[str]:
    return {_number(part.record.root) for part in parts} - {""}


def _first_names(root: Group) -> set[str]:
    """All that the record says of how the pupil is called: the name in use, and all first names together."""
    listed = " ".join(group.value("naam") or "" for group in root.lists.get("leerling.voornaamlijst", ()))
    return {_plain(root.value("leerling.roepnaam")), _plain(root.value("leerling.voornamen")), _plain(listed)} - {""}


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
