"""What differs between two OSO versions, whoever made them known: elements, code lists, transfers, requirements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from dod2oso.oso.added import added
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.requirements import requirements
from dod2oso.oso.transfers import all_transfers, categories


class Moved(NamedTuple):
    """An element that stands elsewhere, or (`perhaps`) only looks like one that went."""

    old: str
    new: str


class Codes(NamedTuple):
    """Codes of a field with a code list in both versions: those that are new, and those that are gone."""

    path: str
    new: tuple[str, ...]
    gone: tuple[str, ...]


class Narrowed(NamedTuple):
    """A field or block of which less is possible than before; before and after in the notation of the catalogue."""

    path: str
    before: str
    after: str


@dataclass(slots=True)
class Differences:
    """From one version to another. Of a block that is new or gone only the block itself is named.

    perhaps: an element that went and one that came in its place, of the same type: maybe renamed, a person decides.
    listed, unlisted: fields that are held against a list only now (with its codes), or no longer.
    asked, released: transfer -> paths that are required now, or no longer.
    """

    old: str
    new: str
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    perhaps: list[Moved] = field(default_factory=list)
    narrowed: list[Narrowed] = field(default_factory=list)
    widened: list[Narrowed] = field(default_factory=list)
    codes: list[Codes] = field(default_factory=list)
    listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    transfers_new: list[str] = field(default_factory=list)
    transfers_gone: list[str] = field(default_factory=list)
    categories_new: list[str] = field(default_factory=list)
    categories_gone: list[str] = field(default_factory=list)
    asked: dict[str, list[str]] = field(default_factory=dict)
    released: dict[str, list[str]] = field(default_factory=dict)


def compare(old: str, new: str) -> Differences:
    """Everything that differs; UsageError when there is no such version."""
    before, after = catalogue(old), catalogue(new)
    found = Differences(old, new)
    gone = _tops(before, after)
    added = _tops(after, before)
    found.moved = list(_moved(before, after, gone, added))
    for one in found.moved:
        gone.remove(one.old)
        added.remove(one.new)
    found.perhaps = list(_renamed(before, after, gone, added))
    found.added, found.gone = added, gone
    for path in (path for path in after.all_paths if before.at(path) is not None):
        _limits(path, before, after, found)
        _codes(path, before, after, found)
    for transfer in all_transfers():
        known = [name for name in (old, new) if name in transfer.versions]
        if known == [new]:
            found.transfers_new.append(transfer.name)
        elif known == [old]:
            found.transfers_gone.append(transfer.name)
        elif known:
            _asked(transfer.name, found)
    some = next(iter(all_transfers())).name
    there, here = categories(some, old), categories(some, new)
    found.categories_new = [name for name in here if name not in there]
    found.categories_gone = [name for name in there if name not in here]
    return found


def _tops(one: Catalogue, other: Catalogue) -> list[str]:
    """The paths that only `one` has, without those below such a path."""
    only = [path for path in one.all_paths if other.at(path) is None]
    known = set(only)
    return [path for path in only if path.rpartition("/")[0] not in known]


def _moved(before: Catalogue, after: Catalogue, gone: list[str], added: list[str]) -> Iterator[Moved]:
    """Elements of one name and make that went at one place and came at exactly one other."""
    for path in list(gone):
        old = _at(before, path)
        fitting = [one for one in added if _same_make(old, _at(after, one)) and one.rpartition("/")[2] == old.name]
        rivals = [one for one in gone if one.rpartition("/")[2] == old.name]
        if len(fitting) == 1 and len(rivals) == 1:
            yield Moved(path, fitting[0])


def _renamed(before: Catalogue, after: Catalogue, gone: list[str], added: list[str]) -> Iterator[Moved]:
    for path in gone:
        parent = path.rpartition("/")[0]
        old = _at(before, path)
        neighbour = _before(before, path)
        for one in added:
            same_place = one.rpartition("/")[0] == parent and _before(after, one) == neighbour
            if same_place and _same_make(old, _at(after, one)):
                yield Moved(path, one)


def _before(known: Catalogue, path: str) -> str:
    """The name of the element before this one under its parent; "" for the first."""
    names = [child.name for child in _at(known, path.rpartition("/")[0]).children]
    at = names.index(path.rpartition("/")[2])
    return names[at - 1] if at else ""


def _same_make(one: Element, other: Element) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "field":
        return (one.type, one.facets) == (other.type, other.facets)
    return [child.name for child in one.children] == [child.name for child in other.children]


def _limits(path: str, before: Catalogue, after: Catalogue, found: Differences) -> None:
    old, new = _at(before, path), _at(after, path)
    was, now = _said(old), _said(new)
    if was != now:
        change = Narrowed(path, was, now)
        (found.narrowed if _is_narrower(old, new) else found.widened).append(change)


def _said(element: Element) -> str:
    limits = [f"{name}={value}" for name, value in element.facets._asdict().items() if value is not None]
    most = "n" if element.max is None else element.max
    return " ".join([element.type or "blok", f"{element.min}..{most}", *limits])


def _is_narrower(old: Element, new: Element) -> bool:
    """May anything that stood there before no longer stand there? Another type or pattern counts as narrower."""
    one, other = old.facets, new.facets
    return (
        old.type != new.type
        or new.min > old.min
        or (new.max is not None and (old.max is None or new.max < old.max))
        or (other.pattern != one.pattern and other.pattern is not None)
        or (other.max_length is not None and (one.max_length is None or other.max_length < one.max_length))
        or (other.min_length or 0) > (one.min_length or 0)
        or (other.min_inclusive is not None and other.min_inclusive != one.min_inclusive)
        or (other.max_inclusive is not None and other.max_inclusive != one.max_inclusive)
    )


def _codes(path: str, before: Catalogue, after: Catalogue, found: Differences) -> None:
    old, new = _allowed(before, path), _allowed(after, path)
    if new and not old:
        found.listed[path] = tuple(sorted(new))
    elif old and not new:
        found.unlisted.append(path)
    elif old != new:
        found.codes.append(Codes(path, tuple(sorted(new - old)), tuple(sorted(old - new))))


def _allowed(known: Catalogue, path: str) -> frozenset[str]:
    number = _at(known, path).codelist
    return codes(number, known.version) if number is not None else frozenset()


def _asked(transfer: str, found: Differences) -> None:
    """What is required in the one and not in the other, of elements that both have."""
    old, new = _required(found.old, transfer), _required(found.new, transfer)
    both = catalogue(found.old), catalogue(found.new)
    tried = added().keys() & {found.old, found.new}  # what was not found by trying may still be asked
    for mine, theirs, into in ((new, old, found.asked), (old, new, found.released)):
        if into is found.released and tried:
            continue
        paths = [path for path in mine if not theirs.get(path) and all(one.at(path) is not None for one in both)]
        if paths:
            into[transfer] = paths


def _required(version: str, transfer: str) -> Mapping[str, bool]:
    firm = ("required", "conditional", "one-of")
    return {path: True for path, one in requirements(version, transfer).items() if one.level in firm}


def _at(known: Catalogue, path: str) -> Element:
    found = known.at(path)
    if found is None:
        raise KeyError(path)
    return found
