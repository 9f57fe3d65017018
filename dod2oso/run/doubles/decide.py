"""Whether records are about the same pupil beyond doubt, and which of them gives which block."""

from collections.abc import Callable, Iterable

from dod2oso.run.doubles.blocks import Part, block_of
from dod2oso.source.record import Group
from dod2oso.supplement.pupil import Pupil

NEWEST = "newest"
_TIES = frozenset({"leerling", "school", "export"})
_LAST_FOUR = "leerling.bsn-ondwnr-4"


def _unsaid(_one: Part, _other: Part) -> bool:
    return False


def same_pupil(parts: list[Part], confirmed: Callable[[Part, Part], bool] = _unsaid) -> list[list[Part]]:
    """The parts by pupil: the same personal number; without one on either side the same full name, birth date, school.

    `confirmed`: whether a person said of two parts that they are of one pupil. A group in which numbers, or the last
    four digits of one, contradict each other is left out: no name and nobody can decide between those (twins). A part
    that names nobody goes with the one pupil who has its number at its school, when there is only one.
    """
    groups: list[list[Part]] = []
    for part in parts:
        if part.names_nobody:
            continue
        fits = [
            group
            for group in groups
            if any(_same(part.record.root, other.record.root) or _said(part, other, confirmed) for other in group)
        ]
        joined = [part]
        for group in fits:
            joined = [*group, *joined]
            groups.remove(group)
        groups.append(joined)
    _join_by_number(groups, [part for part in parts if part.names_nobody])
    return [group for group in groups if len(group) > 1 and not contradict(group)]


def _said(one: Part, other: Part, confirmed: Callable[[Part, Part], bool]) -> bool:
    """Whether a person said that two parts are of one pupil, and no number denies it."""
    return confirmed(one, other) and not contradict((one, other))


def contradict(parts: Iterable[Part]) -> bool:
    """Whether personal numbers, or the last four digits that some exports give of them, say that these are several."""
    numbers = {_number(part.record.root) for part in parts} - {""}
    fours = {_plain(part.record.root.value(_LAST_FOUR)) for part in parts} - {""}
    return len(numbers) > 1 or len(fours | {number[-4:] for number in numbers}) > 1


def _join_by_number(groups: list[list[Part]], parts: list[Part]) -> None:
    """Add parts that name nobody to the groups; of one export a pupil gets one part, or none."""
    whose: dict[int, list[Part]] = {}
    for part in parts:
        number = _school_number(part)
        fits = [n for n, group in enumerate(groups) if number in map(_school_number, group)] if number else []
        if len(fits) == 1:
            whose.setdefault(fits[0], []).append(part)
    for n, found in whose.items():
        exports = [part.place.export for part in found]
        groups[n] += [part for part in found if exports.count(part.place.export) == 1]


def _school_number(part: Part) -> tuple[str, str, str] | None:
    """School, location and the school's own number of a pupil; None when school or number is missing."""
    who = Pupil.of(part.record.root)
    return (who.brin, who.vestiging, who.leerlingid) if who.brin and who.leerlingid else None


def choose(
    parts: list[Part], rule: str | None, said: dict[str, str], *, together: bool = False
) -> tuple[list[Part], dict[str, Part]] | None:
    """The parts with the one that leads first, and per block the part that gives it; None when nobody decided.

    `said`: what people wrote: block -> name of the export that counts for it, the empty block for all others.
    `together`: what the export that counts has nothing of comes from the others: the newest that has it.
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
        if together and len(set(exports)) < len(exports):
            return None
        if together:
            for block in blocks - lead.blocks:
                able = [part for part in parts if not (part.names_nobody and block in _TIES)]
                holders = [part for part in able if block in part.blocks]
                if len(holders) > 1 and not _in_order(holders):
                    return None
                chosen |= {block: max(holders, key=lambda part: part.date)} if holders else {}
    elif rule == NEWEST and (newest := _newest(parts, blocks)) is not None:
        order, chosen = newest
    else:
        return None
    chosen |= {block_of(block): by_name[name] for block, name in said.items() if block}
    return order, chosen


def _newest(parts: list[Part], blocks: frozenset[str]) -> tuple[list[Part], dict[str, Part]] | None:
    """By date the parts that say who the pupil is, and those that do not after them; per block the newest that has it.

    What a part that names nobody has to say of pupil, school or export only ties it to the others.
    """
    full = [part for part in parts if not part.names_nobody]
    bare = [part for part in parts if part.names_nobody]
    if not full or not _in_order(full):
        return None
    chosen = {}
    for block in blocks:
        holders = [part for part in (full if block in _TIES else parts) if block in part.blocks]
        if any(part in bare for part in holders) and not (len(holders) == 1 or _in_order(holders)):
            return None
        if holders:
            chosen[block] = max(holders, key=lambda part: part.date)
    return [*sorted(full, key=lambda part: part.date, reverse=True), *bare], chosen


def _in_order(parts: list[Part]) -> bool:
    """All dates are known and no two are equal, where there are several."""
    if len(parts) == 1:
        return True
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


def _first_names(root: Group) -> set[str]:
    """All that the record says of how the pupil is called: the name in use, and all first names together."""
    listed = " ".join(group.value("naam") or "" for group in root.lists.get("leerling.voornaamlijst", ()))
    return {_plain(root.value("leerling.roepnaam")), _plain(root.value("leerling.voornamen")), _plain(listed)} - {""}


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
