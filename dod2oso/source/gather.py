"""Items of a list that are parts of one: the rows of one test taking become one test with parts.

A cell is never lost on the way: it stays in the whole, moves to its part, says the same as another one (and is dropped
for that), or contradicts one (then neither counts, and that is told).
"""

from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundGather
from dod2oso.source.record import DROPPED, REFUSED, Group, LegacyDossier
from dod2oso.source.walk import TWICE, values_in

SAID_BEFORE = "andere-bron"


def gather(dossier: LegacyDossier, how: BoundGather) -> None:
    """Make one of the items that are parts of one, in every list of that name in the dossier."""
    *above, name = how.lists
    owners = [dossier.root]
    for step in above:
        owners = [item for owner in owners for item in owner.lists.get(step, ())]
    for owner in owners:
        items = owner.lists.get(name)
        if items:
            owner.lists[name] = _gathered(dossier, items, how)


def _gathered(dossier: LegacyDossier, items: list[Group], how: BoundGather) -> list[Group]:
    whole: dict[tuple[str, ...], Group] = {}
    result = []
    for item in items:
        _move(item, how)
        key = _key(item, how)
        if key is None:
            result.append(item)
        elif key not in whole:
            whole[key] = item
            result.append(item)
        else:
            _add(dossier, whole[key], item)
    return result


def _key(item: Group, how: BoundGather) -> tuple[str, ...] | None:
    """What an item has in common with the others of its whole; None when it does not say."""
    values = tuple(item.value(name) or "" for name in how.by)
    return values if any(values) and not any(map(item.unclear, how.by)) else None


def _move(item: Group, how: BoundGather) -> None:
    """Give an item's part what is the part's."""
    parts = item.lists.get(how.parts, ()) if how.parts is not None else ()
    if not parts:
        return
    part = parts[0]
    for name in how.moves:
        cell = item.fields.pop(name, None)
        if cell is not None:
            cell.bound = how.moved(cell.bound)
            part.fields[name] = cell
        groups = item.lists.pop(name, None)
        if groups:
            for group in groups:
                for inner in group.walk():
                    for cell in inner.fields.values():
                        cell.bound = how.moved(cell.bound)
            part.lists.setdefault(name, []).extend(groups)
    part.unreadable += tuple(name for name in item.unreadable if name in how.moves)
    part.doubled += tuple(name for name in item.doubled if name in how.moves)
    item.unreadable = tuple(name for name in item.unreadable if name not in how.moves)
    item.doubled = tuple(name for name in item.doubled if name not in how.moves)


def _add(dossier: LegacyDossier, whole: Group, item: Group) -> None:
    for name, cell in item.fields.items():
        present = whole.fields.get(name)
        if name in whole.doubled:
            cell.settle(REFUSED, TWICE)
        elif present is None:
            whole.fields[name] = cell
        elif present is cell:
            continue  # of a table that both refer to
        elif present.value == cell.value:
            cell.settle(DROPPED, SAID_BEFORE)
        else:
            present.settle(REFUSED, TWICE)
            cell.settle(REFUSED, TWICE)
            del whole.fields[name]
            whole.doubled += (name,)
            dossier.findings.append(Finding(TWICE, cell.bound.field, place=cell.bound.place))
    for name, groups in item.lists.items():
        there = whole.lists.setdefault(name, [])
        known = [values_in(group) for group in there]
        for group in groups:
            if values_in(group) in known:
                group.settle(DROPPED, SAID_BEFORE)
            else:
                there.append(group)
    whole.unreadable += item.unreadable
    whole.doubled += tuple(name for name in item.doubled if name not in whole.doubled)
