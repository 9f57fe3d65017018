"""How OSO blocks are made: once, once per item of a repeating group, or in the first of several ways."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from dod2oso.findings.model import Finding
from dod2oso.mapping.choose import UNDECIDED, choose
from dod2oso.mapping.conditions import Condition
from dod2oso.mapping.context import MappingState, Refused, Scopes
from dod2oso.mapping.model import ORDER_WORD, Preference
from dod2oso.mapping.plan_leaf import INCOMPLETE, OTHER_SOURCE, LeafPlan, Nodes
from dod2oso.mapping.plan_row import LeafRow, in_rows
from dod2oso.source.record import DROPPED, REFUSED, Group

_NAME = itemgetter(0)  # of a node
TOO_MANY, NO_CHOICE = "te-veel-voorkomens", "voorkomen-niet-te-kiezen"

# One item of a repeating group: the name of the group, its number (from 1) and what it holds. A plain tuple, for making
# a named one takes a call, and a dossier has more than a hundred of these.
Item: TypeAlias = tuple[str, int, Group]


class ListScope(NamedTuple):
    """A repeating group to go through: scope number and list name; `prefixes` are dictionary prefixes below it."""

    level: int
    key: str
    prefix: str

    @property
    def name(self) -> str:
        """The dictionary name of the group: `toetsen[]`."""
        return self.prefix.removesuffix(".")


class ScopeNeeds(NamedTuple):
    """What is read of one scope: short names of fields, and names of lists."""

    level: int
    fields: frozenset[str]
    lists: frozenset[str]


@dataclass(slots=True, kw_only=True)
class BlockPlan:
    """How one OSO block is made: once, or once per item of a repeating group.

    `required`: names that must be there for the block to be valid; `one_of`: of each set at least one.
    `always_kept`: the block is on the way from the root that every dossier has, so it is never given up. `reads`: per
    scope the fields and lists that are read anywhere below, to see at a glance that there is nothing.
    """

    name: str
    path: str
    each: tuple[ListScope, ...] = ()
    all_of_each: bool = False
    one_place: tuple[Preference, ...] = ()
    repeat: tuple[ListScope, ...] = ()
    condition: Condition | None = None
    reason: str = ""
    many: bool = False
    always_kept: bool = False
    keep_empty: bool = False
    choice: int | None = None
    children: tuple["ElementPlan", ...] = ()
    required: frozenset[str] = frozenset()
    one_of: tuple[frozenset[str], ...] = ()
    has_choices: bool = False
    reads: tuple[ScopeNeeds, ...] = ()
    steps: tuple["LeafRow | ElementPlan", ...] = field(init=False)  # the children, leaves that can in rows

    def __post_init__(self) -> None:
        self.steps = in_rows(self.children)

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the block to `out`; True when it holds a value from a source."""
        if here.blocked and self.path in here.blocked:
            self.release(scopes, DROPPED, "bezwaar")
            return False
        if self.each:
            return self._emit_each(out, scopes, here)
        if self.reads and not self.keep_empty and not self._anything(scopes):
            return False
        if self.condition is not None:
            try:
                wanted = self.condition(None, here, scopes)
            except Refused as problem:
                self.release(scopes, REFUSED, problem.code)
                here.findings.append(Finding(problem.code, here.place, self.path, note=problem.note))
                return False
            if not wanted:
                self.release(scopes, DROPPED, self.reason)
                return False
        return self._build(out, scopes, here)

    def _anything(self, scopes: Scopes) -> bool:
        for level, fields, lists in self.reads:
            scope = scopes[level]
            if not scope.fields.keys().isdisjoint(fields) or (lists and not scope.lists.keys().isdisjoint(lists)):
                return True
        return False

    def _emit_each(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        items = _all(self.each, scopes) if self.all_of_each else _first_filled(self.each, scopes)
        if not items:
            return False
        made = False
        inner = [*scopes, items[0][2]]
        here.items.append(("", 0))
        if self.condition is not None:
            items = [item for item in items if self._wanted(self.condition, item, inner, here)]
        if len(items) > 1 and not self.many:
            items = self._one_of(items, here)
        for item in items:
            inner[-1] = item[2]
            here.items[-1] = item[:2]
            if made and not self.many:
                _leave_behind(item, self.path, ORDER_WORD, here)
            elif self._build(out, inner, here):
                made = True
        here.items.pop()
        return made

    def _wanted(self, condition: Condition, item: Item, inner: Scopes, here: MappingState) -> bool:
        """Whether the condition lets this item along; if not, it is settled."""
        inner[-1] = item[2]
        here.items[-1] = item[:2]
        try:
            if condition(None, here, inner):
                return True
            item[2].settle(DROPPED, self.reason)
        except Refused as problem:
            item[2].settle(REFUSED, problem.code)
            here.findings.append(Finding(problem.code, here.place, self.path, note=problem.note))
        return False

    def _one_of(self, items: list[Item], here: MappingState) -> list[Item]:
        """The items that may have the only place; those of which a rule says that they may not are settled."""
        choice = choose([group for _name, _number, group in items], self.one_place, here.datum)
        free = ORDER_WORD if choice.in_order else None  # these may still go, when none before them can
        for number, word in choice.behind.items():
            if word != free:
                here.items[-1] = items[number][:2]
                _leave_behind(items[number], self.path, word, here)
        return [
            item
            for number, item in enumerate(items)
            if number == choice.chosen or (free is not None and choice.behind.get(number) == free)
        ]

    def _build(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        children: Nodes = []
        mark = len(here.journal), len(here.findings)
        if self.repeat:
            filled = False
            inner = [*scopes, scopes[-1]]
            here.items.append(("", 0))
            for item in _first_filled(self.repeat, scopes):
                inner[-1] = item[2]
                here.items[-1] = item[:2]
                filled |= self._turn(children, inner, here)
            here.items.pop()
        elif self.has_choices:
            filled = self._fill(children, scopes, here)
        else:  # the same, without a call
            filled = False
            for step in self.steps:
                filled |= step.emit(children, scopes, here)
        if not filled and not self.always_kept:
            if self.keep_empty:
                out.append((self.name, children))
            return False
        if not self.always_kept and not self._complete(children, here, mark):
            return False
        out.append((self.name, children))
        return filled

    def _turn(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """One turn of a repeating row of children (cijferlijstTypelijst)."""
        turn: Nodes = []
        mark = len(here.journal), len(here.findings)
        if not self._fill(turn, scopes, here) or not self._complete(turn, here, mark):
            return False
        out.extend(turn)
        return True

    def _fill(self, children: Nodes, scopes: Scopes, here: MappingState) -> bool:
        filled = False
        if not self.has_choices:
            for step in self.steps:
                filled |= step.emit(children, scopes, here)
            return filled
        taken: dict[int, str] = {}
        for child in self.children:
            choice = child.choice
            if choice is not None and choice in taken:
                if child.present(scopes):
                    child.release(scopes, REFUSED, "keuze-een-van")
                    here.findings.append(Finding("keuze-een-van", target=child.path))
                continue
            before = len(children)
            filled |= child.emit(children, scopes, here)
            if choice is not None and len(children) > before:
                taken[choice] = child.name
        return filled

    def _complete(self, children: Nodes, here: MappingState, mark: tuple[int, int]) -> bool:
        """Whether all required children are there; if not, the block stays behind, with a finding.

        `mark`: how much had been taken and found before this block was begun.
        """
        if not self.one_of and self.required.issubset(map(_NAME, children)):
            return True
        present = {node[0] for node in children}
        missing = sorted(self.required - present) + [
            "|".join(sorted(names)) for names in self.one_of if not names & present
        ]
        if not missing:
            return True
        taken, found = mark
        own = any(not cell.bound.shared for cell, _before, _path in here.journal[taken:])
        here.undo(taken, INCOMPLETE, shared="deel-niet-gemaakt")
        told = {finding.target for finding in here.findings[found:] if finding.code == INCOMPLETE}
        # Nothing of the pupil's was lost when there were only values of the school or the run; and an inner block that
        # was incomplete itself has said already what is missing.
        if own and not all(f"{self.path}/{name}" in told for name in missing):
            here.findings.append(Finding(INCOMPLETE, here.place, self.path, note=", ".join(missing)))
        return False

    def release(self, scopes: Scopes, state: int, reason: str) -> None:
        """Settle all values below that this block would have read."""
        for level, key, _prefix in (*self.each, *self.repeat):
            if level < len(scopes):
                for group in scopes[level].lists.get(key, ()):
                    group.settle(state, reason)
        for child in self.children:
            child.release(scopes, state, reason)

    def present(self, scopes: Scopes) -> bool:
        """Whether there is a value to read below this block that nothing has used yet."""
        if any(
            scopes[level].lists.get(key) for level, key, _prefix in (*self.each, *self.repeat) if level < len(scopes)
        ):
            return True
        return not (self.each or self.repeat) and any(child.present(scopes) for child in self.children)

    def names(self) -> Iterator[str]:
        """Dictionary names that are read below this block."""
        for child in self.children:
            yield from child.names()


@dataclass(slots=True, kw_only=True)
class LeafEach:
    """A field that comes once for every item of a repeating group (`from: zorg.sterkpunten[].tekst`)."""

    name: str
    path: str
    choice: int | None
    each: ListScope
    leaf: LeafPlan

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the field once per item; True when there was one."""
        made = False
        here.items.append(("", 0))
        for item in _all((self.each,), scopes):
            here.items[-1] = item[:2]
            if made and not self.leaf.many:
                _leave_behind(item, self.path, ORDER_WORD, here)
            elif self.leaf.emit(out, [*scopes, item[2]], here):
                made = True
        here.items.pop()
        return made

    def release(self, scopes: Scopes, state: int, reason: str) -> None:
        """Settle the values of all items."""
        if self.each.level < len(scopes):
            for item in _all((self.each,), scopes):
                item[2].settle(state, reason)

    def present(self, scopes: Scopes) -> bool:
        """Whether there is an item."""
        return self.each.level < len(scopes) and bool(_all((self.each,), scopes))

    def names(self) -> Iterator[str]:
        """Dictionary names that the field reads."""
        yield from self.leaf.names()


@dataclass(slots=True, kw_only=True)
class FirstOf:
    """Several ways for one element: the first that gives something; what the others would read is another source."""

    name: str
    path: str
    choice: int | None
    options: tuple[LeafPlan | LeafEach | BlockPlan, ...]

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the element to `out`, by the first option that can."""
        for index, option in enumerate(self.options):
            if option.emit(out, scopes, here):
                for other in self.options[index + 1 :]:
                    other.release(scopes, DROPPED, OTHER_SOURCE)
                return True
        return False

    def release(self, scopes: Scopes, state: int, reason: str) -> None:
        """Settle the values that any option would have read."""
        for option in self.options:
            option.release(scopes, state, reason)

    def present(self, scopes: Scopes) -> bool:
        """Whether there is a value for any option that nothing has used yet."""
        return any(option.present(scopes) for option in self.options)

    def names(self) -> Iterator[str]:
        """Dictionary names that any option reads."""
        for option in self.options:
            yield from option.names()


ElementPlan = LeafPlan | LeafEach | BlockPlan | FirstOf


def _first_filled(lists: tuple[ListScope, ...], scopes: Scopes) -> list[Item]:
    """The items of the first list that is not empty; those of the others are another source of the same."""
    chosen: list[Item] = []
    for level, key, _prefix in lists:
        groups = scopes[level].lists.get(key)
        if groups:
            if chosen:
                for group in groups:
                    group.settle(DROPPED, OTHER_SOURCE)
            else:
                chosen = [(key, number, group) for number, group in enumerate(groups, start=1)]
    return chosen


def _all(lists: tuple[ListScope, ...], scopes: Scopes) -> list[Item]:
    """The items of all lists, one list after the other."""
    return [
        (key, number, group)
        for level, key, _prefix in lists
        for number, group in enumerate(scopes[level].lists.get(key, ()), start=1)
    ]


def _leave_behind(item: Item, path: str, word: str, here: MappingState) -> None:
    """An item for which OSO has no place: which one, and by which rule ("": it says the same as the one that goes)."""
    if not word:
        item[2].settle(DROPPED, OTHER_SOURCE)
        return
    code = NO_CHOICE if word == UNDECIDED else TOO_MANY
    item[2].settle(REFUSED, code)
    here.findings.append(Finding(code, here.place, path, note="" if code == NO_CHOICE else word))
