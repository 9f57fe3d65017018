"""Put values that the supplement gives under an OSO path into the nodes of a dossier, in the order of the schema."""

from collections.abc import Container
from typing import Any

from dod2oso.mapping.plan import BlockPlan, ElementPlan, LeafPlan, Plan
from dod2oso.oso.catalogue import Catalogue, Element

Nodes = list[Any]


def overlay(
    nodes: Nodes, path: str, value: str, target: Catalogue, plan: Plan, unclear: Container[str] = ()
) -> list[tuple[str, str]]:
    """Set the field at `path` (no repeating blocks on the way) to `value`; blocks that are missing are made.

    A block that is made also gets the defaults that the mapping gives for its fields, except those at `unclear` paths:
    they are returned, as (OSO path, origin).
    """
    assumed: list[tuple[str, str]] = []
    siblings, parent = nodes, target.root
    steps = path.split("/")
    for step in steps[:-1]:
        element = _child(parent, step)
        block = next((node for node in siblings if node[0] == step), None)
        if block is None:
            defaults = [leaf for leaf in _defaults(plan, element.path) if leaf.path not in unclear]
            assumed += [(leaf.path, leaf.default.origin) for leaf in defaults if leaf.default]
            block = (step, [(leaf.name, leaf.default.value) for leaf in defaults if leaf.default])
            _insert(siblings, block, parent)
        siblings, parent = block[1], element
    name = steps[-1]
    for index, node in enumerate(siblings):
        if node[0] == name:
            siblings[index] = (name, value)
            return assumed
    _insert(siblings, (name, value), parent)
    return assumed


def _child(parent: Element, name: str) -> Element:
    return next(child for child in parent.children if child.name == name)


def _insert(siblings: Nodes, node: Any, parent: Element) -> None:
    order = {child.name: i for i, child in enumerate(parent.children)}
    place = order[node[0]]
    index = next((i for i, other in enumerate(siblings) if order[other[0]] > place), len(siblings))
    siblings.insert(index, node)


def _defaults(plan: Plan, path: str) -> list[LeafPlan]:
    """The fields of a block that have a default."""
    block = _find(plan.children, path)
    leaves = block.children if block is not None else ()
    return [leaf for leaf in leaves if isinstance(leaf, LeafPlan) and leaf.default is not None]


def _find(plans: tuple[ElementPlan, ...], path: str) -> BlockPlan | None:
    for plan in plans:
        if isinstance(plan, BlockPlan):
            if plan.path == path:
                return plan
            if path.startswith(plan.path + "/"):
                return _find(plan.children, path)
    return None
