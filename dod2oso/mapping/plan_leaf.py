"""How one OSO field gets its value: from a cell, translated and checked, to a node for the writer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dod2oso.findings.model import Finding
from dod2oso.mapping.check_value import ValueCheck
from dod2oso.mapping.conditions import Condition
from dod2oso.mapping.context import MappingState, Refused, Scopes
from dod2oso.mapping.model import Default, Otherwise
from dod2oso.mapping.operations import Operation
from dod2oso.source.codes import CodeTable
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, Cell

Nodes = list[Any]  # writer nodes: (name, text), (name, text, attributes) or (name, Nodes)

OTHER_SOURCE = "andere-bron"
INCOMPLETE = "blok-onvolledig"
_REMEMBERED = 4096  # a bound on the values a leaf remembers


class Source(NamedTuple):
    """A place to look: scope number and short name; `name` is the full dictionary name(s)."""

    level: int
    key: str
    names: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class LeafPlan:
    """How one OSO field gets its value."""

    name: str
    path: str
    sources: tuple[Source, ...]
    operations: tuple[Operation, ...]
    table: CodeTable | None
    otherwise: Otherwise
    default: Default | None
    condition: Condition | None
    reason: str
    loss: bool
    check: ValueCheck | None
    many: bool
    cut: int | None  # cut longer text at this length
    choice: int | None
    longest: int = -1  # texts up to this length pass the check; -1 when the check asks more than that
    attributes: tuple["LeafPlan", ...] = ()
    plain: bool = field(init=False)  # nothing to translate, nothing to check
    simple: bool = field(init=False)  # the value goes along as it is
    known: dict[str, str] | None = field(init=False)  # value -> text; None when that depends on more than the value

    def __post_init__(self) -> None:
        self.plain = self.table is None and self.check is None
        fixed = not (self.loss or self.condition or self.operations or self.attributes)
        self.simple = self.plain and fixed
        if not fixed or self.table is not None:
            self.longest = -1
        self.known = {} if fixed and self.longest < 0 else None

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the field to `out`; True when its value came from a source (not from a default)."""
        cell: Cell | None = None
        for level, key, _names in self.sources:
            found = scopes[level].fields.get(key)
            if found is not None:
                if cell is None:
                    cell = found
                else:
                    found.settle(DROPPED, OTHER_SOURCE)
        if cell is None:
            return self.default is not None and self._assume(self.default, out, scopes, here)
        if here.blocked and self.path in here.blocked:
            cell.settle(DROPPED, "bezwaar")
            return False
        if not self.simple:
            return self.work(cell, out, scopes, here)
        out.append((self.name, cell.value))
        here.take(cell, cell.bound.taken, self.path)
        return True

    def learn(self, value: str) -> str | None:
        """The text for a value that goes along without loss or finding, remembered for the next pupil with it."""
        text: str | None = value
        if self.table is not None:
            text = None if value in self.table.lossy else self.table.entries.get(value)
        if text is None or (self.check is not None and self.check(text) is not None):
            return None
        if self.known is not None and len(self.known) < _REMEMBERED:
            self.known[value] = text
        return text

    def _assume(self, default: Default, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """The default; it is no value from a source. Where one said something that is not clear, nothing is assumed."""
        if self.path in here.unclear or any(scopes[level].unclear(key) for level, key, _names in self.sources):
            return False
        out.append((self.name, default.value))
        if here.trace is not None:
            here.trace.append((self.path, f"default: {default.reason}"))
        return False

    def work(self, cell: Cell, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """A value that has to be looked at, changed, translated or checked."""
        value: str = cell.value
        if self.condition is not None:
            try:
                wanted = self.condition(value, here, scopes)
            except Refused as problem:
                here.refuse(cell, problem.code, self.path, note=problem.note, place=cell.bound.place)
                return False
            if not wanted:
                if self.reason:
                    cell.settle(DROPPED, self.reason)
                return False
        here.lossy = self.loss or cell.bound.lossy
        if self.operations:
            try:
                for operation in self.operations:
                    result = operation(value, here, scopes)
                    if isinstance(result, list):
                        return self._emit_many(result, cell, out, here)
                    value = result
            except Refused as problem:
                here.refuse(cell, problem.code, self.path, note=problem.note, place=cell.bound.place)
                return False
        if not self.plain:
            text = self._finish(value, cell, here)
            if text is None:
                return False
            value = text
        out.append(self._node(value, scopes, here) if self.attributes else (self.name, value))
        here.take(cell, LOSSY if here.lossy else MAPPED, self.path)
        return True

    def _node(self, value: str, scopes: Scopes, here: MappingState) -> Any:
        """The field with its attributes."""
        lossy = here.lossy
        extra: Nodes = []
        for attribute in self.attributes:
            attribute.emit(extra, scopes, here)
        here.lossy = lossy
        return (self.name, value, dict(extra))

    def _emit_many(self, values: list[str], cell: Cell, out: Nodes, here: MappingState) -> bool:
        """Several values from one source value."""
        texts = [text for text in (self._finish(value, cell, here) for value in values) if text is not None]
        if not texts:
            return False
        if not self.many and len(texts) > 1:
            here.lossy = True
            texts = texts[:1]
        out.extend((self.name, text) for text in texts)
        for _text in texts:
            here.take(cell, LOSSY if here.lossy or len(texts) < len(values) else MAPPED, self.path)
        return True

    def _finish(self, value: str, cell: Cell, here: MappingState) -> str | None:
        """Translate and check one value; None (with a finding) when it cannot stand in this field."""
        if self.table is not None:
            translated = self.table.entries.get(value)
            if translated is None:
                self._untranslated(cell, here)
                return None
            if value in self.table.lossy:
                here.lossy = True
            value = translated
        problem = self.check(value) if self.check is not None else None
        if problem == "tekst-te-lang" and self.cut is not None:
            here.lossy = True
            here.findings.append(Finding("tekst-ingekort", cell.bound.field, self.path, note=str(self.cut)))
            return _cut(value, self.cut)
        if problem is not None:
            here.refuse(cell, problem, self.path, place=cell.bound.place)
            return None
        return value

    def _untranslated(self, cell: Cell, here: MappingState) -> None:
        if self.otherwise.drop is not None:
            cell.settle(DROPPED, self.otherwise.drop)
        else:
            here.refuse(cell, self.otherwise.finding or "code-onbekend", self.path, place=cell.bound.place)

    def release(self, scopes: Scopes, state: int, reason: str) -> None:
        """Settle the values this leaf would have read."""
        for level, key, _names in self.sources:
            if level < len(scopes):
                cell = scopes[level].fields.get(key)
                if cell is not None:
                    cell.settle(state, reason)
        for attribute in self.attributes:
            attribute.release(scopes, state, reason)

    def present(self, scopes: Scopes) -> bool:
        """Whether there is a value to read here that nothing has used yet."""
        cells = (scopes[level].fields.get(key) for level, key, _names in self.sources)
        return any(cell is not None and cell.state < DROPPED for cell in cells)

    def names(self) -> Iterator[str]:
        """Dictionary names that this leaf reads."""
        for source in self.sources:
            yield from source.names
        for attribute in self.attributes:
            yield from attribute.names()


@dataclass(slots=True, kw_only=True)
class LeafWithAttributes(LeafPlan):
    """A field that carries attributes; they cannot go along without it."""

    def emit(self, out: Nodes, scopes: Scopes, here: MappingState) -> bool:
        """Add the field to `out`, or refuse its attributes."""
        made = LeafPlan.emit(self, out, scopes, here)
        if not made:
            for attribute in self.attributes:
                if attribute.present(scopes):
                    attribute.release(scopes, REFUSED, INCOMPLETE)
                    here.findings.append(Finding(INCOMPLETE, target=self.path, note=self.name))
        return made


def _cut(text: str, length: int) -> str:
    """Cut at a word where that is possible, with an ellipsis, in at most `length` characters."""
    head = text[: length - 1]
    space = head.rfind(" ")
    return (head[:space] if space > length // 2 else head).rstrip() + "…"
