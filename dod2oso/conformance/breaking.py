"""A broken dossier for every rule, derived from the rule itself: what it looks at is made so that it speaks.

Of a rule every way is tried in which its condition can become true, in a dossier of each transfer of its layer, the
smallest first. The dossier in which nothing else speaks and that the schema accepts is the best; when there is none,
the one with the fewest others. So nothing here says how a rule is broken: the rule does.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import NamedTuple

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.conformance.dossiers import everything, full_dossier, minimal_dossier
from dod2oso.oso import versions
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.rules.expression import And, Expression, Not, Or, Path, Test, Then
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.verdict import Verdict, check

_MOST_WAYS = 12  # of one rule in one dossier
_LONG_AGO = "2001-01-01"
_WRONG = ("geen-code", "99", "9999", "ZZ", "99999", "x")  # one of these is in no list, and has the form of the others
_UNFIT = ("?", "geen adres", "2019-06-30", "x@", "")


class Literal(NamedTuple):
    """One thing that must be so."""

    test: Test
    wanted: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A dossier in which a rule speaks. `alone`: no other rule does, and the schema accepts it."""

    rule: Rule
    transfer: str
    data: bytes
    verdict: Verdict

    @property
    def alone(self) -> bool:
        return self.verdict.schema.state == "passed" and self.said == {self.rule.key}

    def worth(self) -> tuple[bool, int, int]:
        """Less is better: refused by the schema too, how many others speak, how large."""
        return self.verdict.schema.state != "passed", len(self.said), len(self.data)

    @property
    def said(self) -> set[str]:
        """Every rule that speaks in it."""
        return {fired.rule for fired in (*self.verdict.rules.fired, *self.verdict.rules.advised)}


def broken(version: str, layer: str) -> Iterator[tuple[Rule, Broken | None]]:
    """Every rule of a version and layer with a dossier that breaks it; None when no way was found."""
    for rule in ruleset(version, layer).rules:
        yield rule, _best(rule, version, layer)


def _best(rule: Rule, version: str, layer: str) -> Broken | None:
    best: Broken | None = None
    for transfer, base in _bases(version, layer):
        for root in islice(_changed(rule, base, version), _MOST_WAYS):
            data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
            verdict = check(parse_bytes(data), version, layer)
            made = Broken(rule, transfer, data, verdict)
            if rule.key not in made.said:
                continue
            if made.alone:
                return made
            if best is None or made.worth() < best.worth():
                best = made
    return best


@cache
def _bases(version: str, layer: str) -> tuple[tuple[str, etree._Element], ...]:
    names = [kind.name for kind in all_transfers() if kind.layer == layer and version in kind.versions]
    makers = (minimal_dossier, full_dossier)
    return tuple((name, parse_bytes(make(version, name))) for make in makers for name in names)


def _changed(rule: Rule, base: etree._Element, version: str) -> Iterator[etree._Element]:
    """The dossier changed in every way in which the condition of the rule becomes true."""
    for literals in ways(rule.fires, wanted=True):
        choices = [_texts(literal, version) for literal in literals]
        for texts in islice(product(*choices), len(_WRONG)):
            change = _Change(copy.deepcopy(base), version)
            spots = change.spots(rule)
            for spot in spots[:1]:
                for literal, text in zip(literals, texts, strict=True):
                    change.make(spot, literal, text)
                yield change.root


def ways(expression: Expression, *, wanted: bool) -> Iterator[tuple[Literal, ...]]:
    """Every way in which the expression comes out as wanted: what must be so, together."""
    match expression:
        case Test():
            yield (Literal(expression, wanted),)
        case Not(part):
            yield from ways(part, wanted=not wanted)
        case Then(first, second):
            yield from ways(And((first, second)), wanted=wanted)
        case And(parts) | Or(parts):
            if isinstance(expression, And) == wanted:
                for combined in product(*(tuple(ways(part, wanted=wanted)) for part in parts)):
                    yield tuple(literal for literals in combined for literal in literals)
            else:
                for part in parts:
                    yield from ways(part, wanted=wanted)


def _texts(literal: Literal, version: str) -> Sequence[str]:
    """What a field may say to make this so, the likeliest first; one empty text where no text is needed."""
    test = literal.test
    word = str(test.value)
    match test.function, literal.wanted:
        case "text" | "val" | "str" | "contains", True:
            return (word,)
        case "text" | "val" | "str" | "contains", False:
            return _other(test.path, word, version)
        case "true", wanted:
            return ("true",) if wanted else ("false",)
        case "in_list", True:
            return (min(codes(int(test.value), version)),)
        case "in_list", False:
            return tuple(text for text in _WRONG if text not in codes(int(test.value), version))
        case "len", wanted:
            n = int(test.value)
            return ("x" * (n - 1 if (test.op == "<") == wanted else n + 1),)
        case "search" | "search1", wanted:
            return ("info@voorbeeld.example", "2019-07-31") if wanted else _UNFIT
        case "before", wanted:
            return (_LONG_AGO,) if wanted else ("2019-03-01",)
    return ("",)


def _other(path: Path, word: str, version: str) -> Sequence[str]:
    """Another code of the field, or another text."""
    steps = tuple(path.steps)
    for element in catalogue(version).fields():
        if steps and tuple(element.path.split("/"))[-len(steps) :] == steps and element.codelist is not None:
            return (*sorted(codes(element.codelist, version) - {word})[:3], "anders")
    return ("anders", "0")


class _Change:
    """One dossier under change."""

    def __init__(self, root: etree._Element, version: str) -> None:
        self.root, self.version = root, version
        self.known = catalogue(version)
        self.prefix = f"{{{versions.version(version).namespace}}}"

    def spots(self, rule: Rule) -> list[etree._Element]:
        """Where the rule looks; such a place is made when there is none."""
        if rule.place.kind == "document":
            return [self.root]
        if not self._anywhere(rule.place.steps):
            self._insert_anywhere(rule.place.steps)
        return self._anywhere(rule.place.steps)

    def make(self, spot: etree._Element, literal: Literal, text: str) -> None:
        """Make it so, seen from the spot."""
        test = literal.test
        match test.function:
            case "exists":
                self._exists(spot, test.path, there=literal.wanted)
            case "absent":
                self._exists(spot, test.path, there=not literal.wanted)
            case _:
                self._say(spot, test, text, literal)

    def _say(self, spot: etree._Element, test: Test, text: str, literal: Literal) -> None:
        found = self._find(spot, test.path)
        if not found:
            if test.function == "before" or literal.wanted:
                self._exists(spot, test.path, there=True)
                found = self._find(spot, test.path)
            elif test.function in ("in_list", "search", "search1", "true"):
                return  # what is not there is not so
        if literal.wanted:
            found = found[:1]
        for element in found:
            if not literal.wanted and test.function in ("text", "val", "str") and element.text != str(test.value):
                continue
            element.text = text

    def _exists(self, spot: etree._Element, path: Path, *, there: bool) -> None:
        found = self._find(spot, path)
        if there and not found:
            self._insert(spot, path)
        if not there:
            for element in found:
                self._remove(element, spot)

    def _remove(self, element: etree._Element, spot: etree._Element) -> None:
        """Take it away, and the list around it that is empty then."""
        parent = element.getparent()
        if parent is None:
            return
        parent.remove(element)
        if len(parent) == 0 and parent not in (spot, self.root):
            self._remove(parent, spot)

    # --- finding and making --------------------------------------------------------------------------------------

    def _find(self, spot: etree._Element, path: Path) -> list[etree._Element]:
        if path.doc:
            return self._anywhere(path.steps)
        found = [spot]
        for step in path.steps:
            found = [child for one in found for child in one.iterchildren(self.prefix + step)]
        return found

    def _anywhere(self, steps: Sequence[str]) -> list[etree._Element]:
        def fits(element: etree._Element) -> bool:
            here: etree._Element | None = element
            for step in reversed(steps):
                if here is None or step not in ("*", etree.QName(here).localname):
                    return False
                here = here.getparent()
            return True

        last = steps[-1] if steps else "*"
        return [element for element in self.root.iter(self.prefix + last) if fits(element)]

    def _insert(self, spot: etree._Element, path: Path) -> None:
        if path.doc:
            self._insert_anywhere(path.steps)
            return
        for step in path.steps:
            child = next(spot.iterchildren(self.prefix + step), None)
            if child is None:
                child = self._put(spot, step)
            spot = child

    def _insert_anywhere(self, steps: Sequence[str]) -> None:
        """Make an element that the catalogue has with these names, with what stands above it."""
        wanted = tuple(step for step in steps if step != "*")
        if wanted[:1] == ("dossier",):
            wanted = wanted[1:]
        end = "/".join(wanted)
        fitting = [path for path in self.known.all_paths if f"/{path}".endswith(f"/{end}")]
        chosen = min(fitting, key=lambda path: (self._missing(path), path.count("/")), default=end)
        self._insert(self.root, Path(tuple(chosen.split("/"))))

    def _missing(self, path: str) -> int:
        here, left = self.root, path.split("/")
        while left:
            child = next(here.iterchildren(self.prefix + left[0]), None)
            if child is None:
                break
            here, left = child, left[1:]
        return len(left)

    def _put(self, parent: etree._Element, name: str) -> etree._Element:
        """An element of this name below the parent, at its place in the schema and filled with what it must hold."""
        block = self.known.at(self._path(parent))
        made = etree.Element(self.prefix + name)
        order = [child.name for child in block.children] if block is not None else []
        spec = next((child for child in block.children if child.name == name), None) if block is not None else None
        if spec is not None:
            made = _least(_donor(self.version, spec, parent), spec)
            if spec.group is not None and spec.group.kind == "choice":
                for member in spec.group.members:
                    for other in parent.findall(self.prefix + member):
                        parent.remove(other)
        at = len(parent)
        for number, child in enumerate(parent):
            if name in order and _rank(order, child) > order.index(name):
                at = number
                break
        parent.insert(at, made)
        return made

    def _path(self, element: etree._Element) -> str:
        steps: list[str] = []
        here: etree._Element | None = element
        while here is not None and here is not self.root:
            steps.append(etree.QName(here).localname)
            here = here.getparent()
        return "/".join(reversed(steps))


def _rank(order: Sequence[str], element: etree._Element) -> int:
    name = etree.QName(element).localname
    return order.index(name) if name in order else -1


def _donor(version: str, spec: Element, parent: etree._Element) -> etree._Element:
    """An element of this kind out of the dossiers that hold everything; empty when those have none."""
    namespace = etree.QName(parent).namespace
    steps = [f"{{{namespace}}}{step}" for step in spec.path.split("/")]
    for alternative in range(_alternatives(version)):
        found = _everything(version, alternative).find("/".join(steps))
        if found is not None:
            return copy.deepcopy(found)
    return etree.Element(steps[-1])


@cache
def _everything(version: str, alternative: int) -> etree._Element:
    return parse_bytes(everything(version, alternative))


@cache
def _alternatives(version: str) -> int:
    groups = (element.group for element in catalogue(version).root.walk())
    return max((len(group.members) for group in groups if group is not None), default=1)


def _least(made: etree._Element, spec: Element) -> etree._Element:
    """The element with no more in it than the schema asks for."""
    known = {child.name: child for child in spec.children}
    for child in list(made):
        inner = known.get(etree.QName(child).localname)
        if inner is None or (inner.min == 0 and (inner.group is None or inner.group.min == 0)):
            made.remove(child)
        else:
            _least(child, inner)
    made.tail = None
    return made
