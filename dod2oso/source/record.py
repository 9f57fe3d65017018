"""A legacy dossier in dictionary terms: cells (one source value each) in groups.

The balance rests on cells: each starts unread and ends in exactly one state. States are ordered; a value that two
leaves read keeps the highest one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding

UNREAD, DROPPED, REFUSED, MAPPED, LOSSY = range(5)


class CellSource:
    """Where cells come from: the static part they have in common. `place` is a source path, never a value.

    `shared`: the value is not this pupil's own, but of the export, the school or the run. `lossy`: reading it already
    lost something. `supplied`: a person gave it. `decided`: the id of the decision by which a person said what it
    means. `taken`: the state of a value that goes along as it is.
    """

    __slots__ = ("decided", "field", "lossy", "place", "rank", "shared", "supplied", "taken")

    def __init__(
        self,
        field: str,
        place: str | Text,
        rank: int = 0,
        *,
        shared: bool = False,
        lossy: bool = False,
        supplied: bool = False,
        decided: str = "",
    ) -> None:
        self.field = field
        self.place = place
        self.rank = rank
        self.shared = shared
        self.lossy = lossy
        self.supplied = supplied
        self.decided = decided
        self.taken = LOSSY if lossy else MAPPED

    # These say themselves how they travel to another process: compiled, nobody else can tell.
    def __reduce__(self) -> tuple[Any, ...]:
        return _source, (self.field, self.place, self.rank, self.shared, self.lossy, self.supplied, self.decided)


class Cell:
    """One source value, normalised to the dictionary's notation, and what became of it.

    `reason` is a key of reasons.yaml (dropped) or a finding code (refused).
    """

    __slots__ = ("bound", "reason", "state", "value")

    def __init__(self, value: str, bound: CellSource) -> None:
        self.value = value
        self.bound = bound
        self.state = UNREAD
        self.reason = ""

    def settle(self, state: int, reason: str = "") -> None:
        """Move to `state` unless the cell already stands higher."""
        if state > self.state:
            self.state = state
            self.reason = reason

    def refuse(self, code: str) -> None:
        """It came along, and after all it did not. A method, for compiled code asks no property of `state`."""
        if self.state in (MAPPED, LOSSY):
            self.state, self.reason = REFUSED, code

    def __reduce__(self) -> tuple[Any, ...]:
        return _cell, (self.value, self.bound, self.state, self.reason)


class PieceCell(Cell):
    """One of several source values that together are one value: it goes where `owner` goes."""

    __slots__ = ("owner",)

    def __init__(self, value: str, bound: CellSource, owner: Cell | None = None) -> None:
        self.owner = owner or Cell(value, bound)
        self.value = value
        self.bound = bound

    def __reduce__(self) -> tuple[Any, ...]:
        return PieceCell, (self.value, self.bound, self.owner)

    @property
    def state(self) -> int:  # type: ignore[override]  # what a plain cell stores is the owner's here
        return self.owner.state

    @property
    def reason(self) -> str:  # type: ignore[override]
        return self.owner.reason

    def settle(self, state: int, reason: str = "") -> None:
        self.owner.settle(state, reason)

    def refuse(self, code: str) -> None:
        self.owner.refuse(code)


class SplitCell(Cell):
    """One source value in which several fields stood; lossy where some of it came along and some did not."""

    __slots__ = ("parts",)

    def __init__(self, value: str, parts: "list[Cell]") -> None:
        self.value = value
        self.bound = parts[0].bound
        self.parts = parts

    def __reduce__(self) -> tuple[Any, ...]:
        return SplitCell, (self.value, self.parts)

    @property
    def state(self) -> int:  # type: ignore[override]
        states = [part.state for part in self.parts]
        return LOSSY if min(states) < MAPPED <= max(states) else max(states)

    @property
    def reason(self) -> str:  # type: ignore[override]
        return max(self.parts, key=lambda part: part.state).reason

    def settle(self, state: int, reason: str = "") -> None:
        for part in self.parts:
            part.settle(state, reason)

    def refuse(self, code: str) -> None:
        for part in self.parts:
            part.refuse(code)


class Group:
    """Fields by their short dictionary name, and repeating groups below them.

    `unreadable` names fields that had a value which could not be read, `doubled` fields that had several values of
    which none may be believed.
    """

    __slots__ = ("doubled", "fields", "lists", "unreadable")

    def __init__(self) -> None:
        self.fields: dict[str, Cell] = {}
        self.lists: dict[str, list[Group]] = {}
        self.unreadable: tuple[str, ...] = ()
        self.doubled: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _group, (self.fields, self.lists, self.unreadable, self.doubled)

    def copy(self) -> "Group":
        """A group of its own with the same cells."""
        copied = Group()
        copied.fields, copied.lists = dict(self.fields), dict(self.lists)
        copied.unreadable, copied.doubled = self.unreadable, self.doubled
        return copied

    def value(self, name: str) -> str | None:
        cell = self.fields.get(name)
        return None if cell is None else cell.value

    def unclear(self, name: str) -> bool:
        """Whether this field said something that could not be read, or contradicted itself."""
        return name in self.unreadable or name in self.doubled

    def secret(self, name: str) -> bool:
        """Whether this field says that something is secret. One that is not clear may have said so."""
        return self.value(name) == "true" or self.unclear(name)

    def put(self, name: str, cell: "Cell") -> None:
        """A value that a person gives: from here on it is the only one, and clear."""
        self.fields[name] = cell
        self.unreadable = tuple(one for one in self.unreadable if one != name)
        self.doubled = tuple(one for one in self.doubled if one != name)

    def deep_copy(self) -> "Group":
        """The same with groups of its own all the way down; the cells are the same ones."""
        copied = self.copy()
        copied.lists = {name: [group.deep_copy() for group in groups] for name, groups in self.lists.items()}
        return copied

    def settle(self, state: int, reason: str) -> None:
        """Settle every cell in this group and below."""
        for cell in self.fields.values():
            cell.settle(state, reason)
        for groups in self.lists.values():
            for group in groups:
                group.settle(state, reason)

    def walk(self) -> Iterator["Group"]:
        yield self
        for groups in self.lists.values():
            for group in groups:
                yield from group.walk()


class SlotGroup(Group):
    """An item that is made of columns of the record; `number` is its place among those of its list."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _group, (self.fields, self.lists, self.unreadable, self.doubled, self.number)


def own_group(values: dict[str, str], origin: str) -> Group:
    """A group of cells with values of our own, named after where they come from."""
    group = Group()
    for key, value in values.items():
        if value:
            group.fields[key] = Cell(value, CellSource(f"{origin}.{key}", origin, shared=True))
    return group


class LegacyDossier:
    """One record of an export.

    `cells` are its own source values (shared ones such as the school belong to the export), `unread` counts values
    at source paths that the profile does not know, `ignored` and `refused` those that were left with a reason or a
    finding code before anybody read them (path and that -> n), `source_values` was counted apart from the reading.
    `about`: of the pseudo dossier with what an export's records share, what is to be said of single records, by number.
    """

    __slots__ = ("about", "cells", "findings", "ignored", "number", "refused", "root", "source_values", "unread")

    def __init__(self, number: int) -> None:
        self.number = number
        self.root = Group()
        self.cells: list[Cell] = []
        self.unread: dict[str, int] = {}
        self.ignored: dict[tuple[str | Text, str], int] = {}
        self.refused: dict[tuple[str | Text, str], int] = {}
        self.findings: list[Finding] = []
        self.source_values = 0
        self.about: dict[int, list[Finding]] = {}

    def values(self) -> Iterator[Cell]:
        """The cells, each field's own: of a source value that was split, its parts."""
        for cell in self.cells:
            if isinstance(cell, SplitCell):
                yield from cell.parts
            else:
                yield cell

    def __reduce__(self) -> tuple[Any, ...]:
        kept = (self.root, self.cells, self.unread, self.ignored, self.refused, self.findings)
        return _dossier, (self.number, *kept, self.source_values, self.about)

    def tell(self, records: Iterable[int], finding: Finding) -> None:
        """Say something of single records of the export."""
        for number in records:
            self.about.setdefault(number, []).append(finding)


def _source(
    field: str, place: str | Text, rank: int, shared: bool, lossy: bool, supplied: bool, decided: str
) -> CellSource:
    return CellSource(field, place, rank, shared=shared, lossy=lossy, supplied=supplied, decided=decided)


def _cell(value: str, bound: CellSource, state: int, reason: str) -> Cell:
    cell = Cell(value, bound)
    cell.state, cell.reason = state, reason
    return cell


def _group(
    fields: dict[str, Cell],
    lists: dict[str, list[Group]],
    unreadable: tuple[str, ...],
    doubled: tuple[str, ...],
    number: int | None = None,
) -> Group:
    group = Group() if number is None else SlotGroup(number)
    group.fields, group.lists, group.unreadable, group.doubled = fields, lists, unreadable, doubled
    return group


def _dossier(
    number: int,
    root: Group,
    cells: list[Cell],
    unread: dict[str, int],
    ignored: dict[tuple[str | Text, str], int],
    refused: dict[tuple[str | Text, str], int],
    findings: list[Finding],
    source_values: int,
    about: dict[int, list[Finding]],
) -> LegacyDossier:
    dossier = LegacyDossier(number)
    dossier.root, dossier.cells = root, cells
    dossier.unread, dossier.ignored, dossier.refused = unread, ignored, refused
    dossier.findings, dossier.source_values, dossier.about = findings, source_values, about
    return dossier
