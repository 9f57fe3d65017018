"""Neighbouring fields taken together: the innermost loop of the mapping."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from dod2oso.mapping.context import MappingState, Scopes
from dod2oso.mapping.plan_leaf import LeafPlan, Nodes

_Step = TypeVar("_Step")


class LeafRow:
    """Fields of one block that stand side by side and read one source each, in the same scope.

    They are most of a dossier, so this is its innermost loop: no call for a value that is not there, nor for one that
    goes along as it is. All else is left to the leaf itself.
    """

    __slots__ = ("leaves", "level", "steps")

    def __init__(self, leaves: Sequence[LeafPlan]) -> None:
        self.leaves = leaves
        self.level = leaves[0].sources[0].level
        self.steps = [(leaf.sources[0].key, leaf.name, leaf.path, leaf.longest, leaf.known, leaf) for leaf in leaves]

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the fields to `out`; True when there was one."""
        made = False
        if here.blocked or here.trace is not None:
            for leaf in self.leaves:
                made |= leaf.emit(out, scopes, here)
            return made
        get = scopes[self.level].fields.get
        journal = here.journal
        for key, name, path, longest, known, leaf in self.steps:
            cell = get(key)
            if cell is None:
                continue
            value = cell.value
            if known is not None:
                text = known.get(value) or leaf.learn(value)
                if text is None:
                    made |= leaf.work(cell, out, scopes, here)
                    continue
                value = text
            elif len(value) > longest:
                made |= leaf.work(cell, out, scopes, here)
                continue
            out.append((name, value))
            before = cell.state  # from here on this is here.take, without a call
            journal.append((cell, before, path))
            state = cell.bound.taken
            if state > before:
                cell.state = state
            made = True
        return made


def in_rows(children: Iterable[_Step]) -> "tuple[LeafRow | _Step, ...]":
    """The same children in the same order, with neighbouring leaves of one scope as one row."""
    steps: list[LeafRow | _Step] = []
    for level, neighbours in groupby(children, _row_scope):
        if level is None:
            steps += neighbours
        else:
            steps.append(LeafRow([leaf for leaf in neighbours if isinstance(leaf, LeafPlan)]))
    return tuple(steps)


def _row_scope(child: object) -> int | None:
    """The scope a leaf reads, if it can stand in a row: where its one source has no value, it has nothing to do."""
    if type(child) is LeafPlan and len(child.sources) == 1 and child.default is None:
        return child.sources[0].level
    return None
