"""What one layout can carry to one OSO version and transfer, field by field, from profile and mapping alone.

No data is looked at. A field can go along when the layout binds something that the mapping reads for it, and every
block around it can be complete. What is not known is called unknown, with how to find out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from dod2oso.base.texts import Sentences, Text
from dod2oso.findings.catalogue import reason
from dod2oso.mapping.context import REGISTER, RUN
from dod2oso.mapping.plan import BlockPlan, ElementPlan, FirstOf, LeafEach, LeafPlan, ListScope, Plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.suppliers.layout import LayoutFields, few

Answer = Literal["yes", "partly", "no", "unknown"]
ANSWERS: tuple[Answer, ...] = ("yes", "partly", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one OSO field: the answer, why it is not a plain yes, and the dictionary fields it is made of.

    filled_by: `run` or `register`, when dod2oso or the school register knows it instead; "" otherwise.
    """

    answer: Answer
    why: tuple[Text, ...] = ()
    fields: tuple[str, ...] = ()
    filled_by: str = ""

    def said(self, lang: str) -> str:
        """Why, in sentences; "" for a plain yes."""
        return Sentences(*self.why).text(lang) if self.why else ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All OSO fields of one version, in document order, for one layout and transfer."""

    layout: str
    version: str
    transfer: str
    cells: Mapping[str, Cell]

    def counts(self) -> dict[Answer, int]:
        """How many fields there are of each answer."""
        found = [cell.answer for cell in self.cells.values()]
        return {answer: found.count(answer) for answer in ANSWERS}

    def carried(self) -> frozenset[str]:
        """The OSO fields that go along, whole or in part."""
        return frozenset(path for path, cell in self.cells.items() if cell.answer in ("yes", "partly"))


def matrix(layout: LayoutFields, plan: Plan) -> Matrix:
    """What this layout can carry under this plan."""
    judge = _Judge(layout, plan)
    cells = {element.path: judge.cell(element.path) for element in catalogue(plan.version).fields()}
    return Matrix(layout.profile, plan.version, plan.transfer, cells)


@dataclass(slots=True)
class _Found:
    """One way in which a leaf gets its value; `lacking`: what keeps the blocks around it from being complete."""

    leaf: LeafPlan
    losses: tuple[Text, ...]
    lacking: str = ""


class _Judge:
    def __init__(self, layout: LayoutFields, plan: Plan) -> None:
        self.layout = layout
        self.plan = plan
        self.ways: dict[str, list[_Found]] = {}
        for child in plan.children:
            self._gather(child, (), "")

    def _gather(self, node: ElementPlan, losses: tuple[Text, ...], lacking: str) -> None:
        """Every leaf below, with what is lost around it and what its blocks lack."""
        if isinstance(node, LeafPlan):
            self.ways.setdefault(node.path, []).append(_Found(node, losses, lacking))
        elif isinstance(node, FirstOf):
            for option in node.options:
                self._gather(option, losses, lacking)
        elif isinstance(node, LeafEach):
            self._gather(node.leaf, losses, lacking or self._without((node.each,)))
        else:
            lacking = lacking or self._without(node.each) or self._without(node.repeat) or self._incomplete(node)
            losses = (*losses, *_around(node))
            for child in node.children:
                self._gather(child, losses, lacking)

    def _without(self, lists: tuple[ListScope, ...]) -> str:
        """The repeating group that is gone through, when the layout has none of them; "" otherwise."""
        if not lists or any(many.level == REGISTER or self.layout.holds(many) for many in lists):
            return ""
        return lists[0].name

    def _incomplete(self, block: BlockPlan) -> str:
        """What has to be in the block, or else it stays behind, and cannot come; "" when it can be complete."""
        if block.always_kept:
            return ""
        there = {child.name for child in block.children if self._can(child)}
        missing = sorted(block.required - there) + [
            "|".join(sorted(names)) for names in block.one_of if not names & there
        ]
        return f"{block.path}/{missing[0]}" if missing else ""

    def _can(self, node: ElementPlan) -> bool:
        """Whether this element can come at all, from any side."""
        if isinstance(node, LeafPlan):
            return node.default is not None or bool(self._sources(node)) or _side(node) != ""
        if isinstance(node, FirstOf):
            return any(self._can(option) for option in node.options)
        if isinstance(node, LeafEach):
            return not self._without((node.each,)) and self._can(node.leaf)
        if self._without(node.each) or self._without(node.repeat) or self._incomplete(node):
            return False
        return node.keep_empty or any(self._can(child) for child in node.children)

    def _sources(self, leaf: LeafPlan) -> tuple[str, ...]:
        """The dictionary fields of the layout that the leaf reads."""
        names = (name for source in leaf.sources for name in source.names)
        return tuple(dict.fromkeys(name for name in names if name in self.layout.places))

    def cell(self, path: str) -> Cell:
        """What becomes of one OSO field."""
        ways = self.ways.get(path, [])
        going = [way for way in ways if not way.lacking and self._sources(way.leaf)]
        if going:
            return self._carried(going)
        sides = [side for way in ways if not way.lacking and (side := _side(way.leaf))]
        if sides:
            return Cell("no", (Text(f"carry-filled-by-{sides[0]}"),), filled_by=sides[0])
        return self._missing(ways)

    def _carried(self, ways: list[_Found]) -> Cell:
        names = tuple(dict.fromkeys(name for way in ways for name in self._sources(way.leaf)))
        lost = [text for way in ways for text in (*_lost(way.leaf), *way.losses)]
        lost += [text for name in names for text in self.layout.losses.get(name, ())]
        return Cell("partly" if lost else "yes", tuple(dict.fromkeys(lost)), names)

    def _missing(self, ways: list[_Found]) -> Cell:
        lacking = next((way.lacking for way in ways if way.lacking and self._sources(way.leaf)), "")
        names = tuple(dict.fromkeys(name for way in ways for source in way.leaf.sources for name in source.names))
        if not ways:
            return Cell("no", (Text("carry-not-mapped"),))
        if not names:
            default = ways[0].leaf.default
            told = Text("carry-only-supplement") if default is None else Text("carry-default", value=default.value)
            return Cell("no", (told,))
        if self.layout.certain:
            told = Text("carry-block-lacks", what=lacking) if lacking else Text("carry-not-in-layout")
            return Cell("no", (told,), names)
        return Cell("unknown", (Text("carry-find-out", fields=few(list(names))),), names)


def _side(leaf: LeafPlan) -> str:
    """Who else fills a leaf: the run or the school register; "" when nobody does."""
    levels = {source.level for source in leaf.sources}
    return "run" if RUN in levels else "register" if REGISTER in levels else ""


def _lost(leaf: LeafPlan) -> Iterator[Text]:
    """What a value loses on its way to this field, as far as the mapping says so."""
    if leaf.loss:
        yield Text("carry-loses")
    if leaf.table is not None and leaf.table.lossy:
        yield Text("carry-lossy-codes", codes=few(sorted(leaf.table.lossy)))
    if leaf.cut is not None:
        yield Text("carry-cut", length=leaf.cut)
    if leaf.condition is not None and leaf.reason:
        yield Text("carry-only-when", reason=reason(leaf.reason))


def _around(block: BlockPlan) -> Iterator[Text]:
    """What stays behind of a block."""
    if block.condition is not None and block.reason:
        yield Text("carry-only-when", reason=reason(block.reason))
    if (block.each or block.repeat) and not block.many and not block.repeat:
        yield Text("carry-one-place")
