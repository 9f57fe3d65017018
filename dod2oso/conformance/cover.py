"""A small set of valid dossiers per version that together hold every element and every code that can be handed over.

`corpus` makes the set, `exceptions` says what is in none of them and which rules refuse it.

First the transfers take turns: every dossier holds all its transfer may hold, the next member of every choice and the
next codes of every list. What is then still missing is tried one by one, in every transfer; what makes the dossier
invalid everywhere is an exception. So nothing here says what is forbidden: the rules do.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.conformance import dossiers
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.transfers import TRANSFERS, governed, transfer
from dod2oso.oso.verdict import Verdict, check
from dod2oso.oso.writer import Node, write_dossier

_CHOICES = "metadata/categorie_uitlevering/"
_KEPT_AWAY = ("VERBODEN", "OPT-UIT")


class Item(NamedTuple):
    """Something to cover: an element, or with `code` that value in it."""

    path: str
    code: str | None = None


class Plan(NamedTuple):
    """How to make one dossier.

    start: how many codes of each field were used before; copies: of everything that may repeat; put: what it must hold.
    """

    version: str
    overstap: str
    alternative: int
    start: Mapping[str, int]
    copies: int
    put: tuple[Item, ...] = ()

    def plus(self, item: Item) -> "Plan":
        """The same dossier with this in it."""
        return self._replace(put=(*self.put, item))


class Made(NamedTuple):
    """One dossier of the set, and what it holds."""

    plan: Plan
    data: bytes
    items: frozenset[Item]


def transfers(version: str) -> tuple[str, ...]:
    """The transfers that exist in this version."""
    return tuple(name for name in TRANSFERS if version in transfer(name).versions)


@cache
def wanted(version: str) -> frozenset[Item]:
    """Every element of the version, and every code of each field that is held against a list."""
    known = catalogue(version)
    values = {Item(field.path, code) for field in known.fields() for code in _codes(field, version)}
    return frozenset({Item(path) for path in known.all_paths} | values)


@cache
def corpus(version: str) -> tuple[Made, ...]:
    """The valid dossiers of this version."""
    made = list(_taking_turns(version))
    missing = sorted(wanted(version) - together(made), key=str)
    return (*made, *_one_by_one(version, made, missing))


@cache
def exceptions(version: str) -> dict[Item, tuple[str, ...]]:
    """What no dossier of the corpus holds, with the rules that refuse it in the full dossier of some transfer."""
    made = corpus(version)
    found = {}
    for item in sorted(wanted(version) - together(made), key=str):
        verdicts = [judge(one.plan.plus(item)) for one in first_of_each(made)]
        found[item] = tuple(sorted({fired.rule for verdict in verdicts for fired in verdict.rules.fired}))
    return found


def first_of_each(made: Iterable[Made]) -> list[Made]:
    """The first dossier of every transfer."""
    return list({one.plan.overstap: one for one in reversed(list(made))}.values())


def judge(plan: Plan) -> Verdict:
    """The verdict of schema and rules on the dossier."""
    return verdict_on(build(plan), plan)


def verdict_on(data: bytes, plan: Plan) -> Verdict:
    """The verdict of schema and rules on these bytes, as a dossier of the version and transfer of the plan."""
    return check(xmlsafe.parse_bytes(data), plan.version, transfer(plan.overstap).layer)


def build(plan: Plan, used: dict[str, int] | None = None) -> bytes:
    """Make the dossier; `used` gets how many codes of each field are used up then."""
    version = plan.version
    puts = {item.path: item.code for item in plan.put if item.code is not None}
    left_out = _left_out(plan, puts)
    root = catalogue(version).root
    values = _headers(version, plan.overstap) | puts
    nodes = dossiers.children_of(
        root, version, values, lambda element: element.path not in left_out, plan.alternative, plan.copies
    )
    counted = dict(plan.start) if used is None else used
    return write_dossier(version, [_recode(node, root, version, puts, counted) for node in nodes])


def items_of(data: bytes, version: str) -> frozenset[Item]:
    """What a dossier holds, read from its bytes."""
    known = catalogue(version)
    found = set[tuple[str, str | None]]()

    def visit(node: etree._Element, above: str) -> None:
        for child in node:
            path = above + child.tag.rpartition("}")[2]
            element = known.at(path)
            found.add((path, None))
            if element is not None and element.codelist is not None:
                found.add((path, child.text))
            if len(child):
                visit(child, f"{path}/")

    visit(xmlsafe.parse_bytes(data), "")
    return frozenset(Item(*item) for item in found)


def holds(data: bytes, item: Item) -> bool:
    """Whether this is among what a dossier holds; much faster than all of it."""
    places = xmlsafe.parse_bytes(data).findall("/".join(f"{{*}}{name}" for name in item.path.split("/")))
    return bool(places) if item.code is None else any(place.text == item.code for place in places)


def _taking_turns(version: str) -> Iterator[Made]:
    """Every transfer in turn, each time with the next member of every choice and the next codes."""
    groups = [element.group for element in catalogue(version).root.walk() if element.group is not None]
    rounds_without = max(len(group.members) for group in groups)
    used: dict[str, int] = {}
    have: set[Item] = set()
    alternative = last_gain = 0
    while alternative - last_gain <= rounds_without:
        for overstap in transfers(version):
            plan = Plan(version, overstap, alternative, dict(used), copies=2)
            data = build(plan, used)
            items = items_of(data, version)
            if (alternative == 0 or not items <= have) and verdict_on(data, plan).verdict == "valid":
                last_gain = alternative
                have |= items
                yield Made(plan, data, items)
        alternative += 1


def _one_by_one(version: str, made: list[Made], missing: list[Item]) -> Iterator[Made]:
    """As few more dossiers as it takes: each holds as much of what is missing as it can and stays valid."""
    for base in first_of_each(made):
        while True:
            plan = base.plan._replace(copies=1)
            for item in missing:
                more = plan.plus(item)
                if item.path not in {put.path for put in plan.put} and judge(more).verdict == "valid":
                    plan = more
            data = build(plan)
            items = items_of(data, version)
            if items.isdisjoint(missing):
                break
            missing = [item for item in missing if item not in items]
            yield Made(plan, data, items)


def _left_out(plan: Plan, puts: Mapping[str, str]) -> set[str]:
    """The paths the dossier goes without: forbidden, switched off, or displaced by what it must hold."""
    known = catalogue(plan.version)
    left_out = dossiers.forbidden_paths(plan.version, plan.overstap)
    for path, code in puts.items():
        if path.startswith(_CHOICES) and code in _KEPT_AWAY:
            paths = governed(plan.version).get(path.removeprefix(_CHOICES), ())
            left_out |= {one for one in paths if (element := known.at(one)) is not None and element.min == 0}
    for item in plan.put:
        parts = item.path.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            left_out -= {path}
            element = known.at(path)
            if element is not None and element.group is not None and element.group.kind == "choice":
                left_out |= {"/".join((*parts[: depth - 1], name)) for name in element.group.members} - {path}
    return left_out


def _recode(node: Node, parent: Element, version: str, puts: Mapping[str, str], used: dict[str, int]) -> Node:
    """The node with the next code in every field below huidigeschool that has a list."""
    name, content = node[:2]  # no field with a list has attributes
    element = parent.children[_position(parent.path, version)[name]]
    if element.path not in _to_a_list(version):
        return node
    if not isinstance(content, str):
        return name, [_recode(child, element, version, puts, used) for child in content]
    if element.codelist is None or not element.path.startswith("huidigeschool/"):
        return node
    if element.path in puts:
        return name, puts[element.path]
    turn = used.get(element.path, 0)
    used[element.path] = turn + 1
    choices = _codes(element, version)
    return name, choices[turn % len(choices)]


@cache
def _position(path: str, version: str) -> dict[str, int]:
    """Where each child of the element at this path stands, by name."""
    parent = catalogue(version).at(path)
    assert parent is not None  # noqa: S101 - the path is of this very catalogue
    return {child.name: position for position, child in enumerate(parent.children)}


@cache
def _to_a_list(version: str) -> frozenset[str]:
    """The paths of the fields that have a list, and of all that they stand in."""
    listed = (field.path for field in catalogue(version).fields() if field.codelist is not None)
    return frozenset(above for path in listed for above in accumulate(path.split("/"), "{}/{}".format))


@cache
def _codes(field: Element, version: str) -> tuple[str, ...]:
    return () if field.codelist is None else tuple(sorted(codes(field.codelist, version)))


@cache
def _headers(version: str, overstap: str) -> dict[str, str]:
    """The values outside huidigeschool, which say what kind of dossier it is."""
    leaves = _leaves(dossiers.full_nodes(version, overstap))
    return {path: text for path, text in leaves if not path.startswith("huidigeschool/")}


def _leaves(nodes: list[Node], above: str = "") -> Iterator[tuple[str, str]]:
    for name, content, *_ in nodes:
        if isinstance(content, str):
            yield above + name, content
        else:
            yield from _leaves(content, f"{above}{name}/")


def together(made: Iterable[Made]) -> set[Item]:
    """What these dossiers hold between them."""
    return {item for one in made for item in one.items}
