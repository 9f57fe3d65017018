"""Map one legacy dossier: plan in, nodes out, every cell settled."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from dod2oso.mapping.context import MappingState
from dod2oso.mapping.objections import objections as objections_in
from dod2oso.mapping.overlay import overlay
from dod2oso.mapping.plan import Plan
from dod2oso.mapping.run_metadata import ONLY_ADMINISTRATION, with_objections
from dod2oso.mapping.supplied import ORIGIN, Supplied
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import categories, governed
from dod2oso.source.record import Group, LegacyDossier

Nodes = list[Any]

_EMPTY = Group()
_DEELDOSSIER = "deeldossier"
_TESTS = ("huidigeschool", "leerling", "toetslijst")


class Mapper:
    """Maps legacy dossiers for one version and transfer."""

    def __init__(self, plan: Plan, run: Group, datum: date) -> None:
        self.plan = plan
        self.run = run
        self.datum = datum
        self._target = catalogue(plan.version)
        self._optional = {
            name for name, choice in categories(plan.transfer, plan.version).items() if choice == "OPTIONEEL"
        }
        self._governed = governed(plan.version)

    def map(
        self, record: LegacyDossier, register: Group | None, given: Supplied, trace: list[tuple[str, str]] | None = None
    ) -> tuple[Nodes, MappingState]:
        """The children of `dossier`, in schema order, and the mapping's state (findings).

        `trace`, when given, collects (OSO path, origin) of every value.
        """
        before = objections_in(record, self.plan.version, self.plan.transfer, given.paths)
        objections = frozenset(given.objections & self._optional).union(before.cells)
        blocked = frozenset(path for name in objections for path in self._governed.get(name, ()))
        here = MappingState(self.plan.version, self.plan.transfer, self.datum, blocked, frozenset(given.unclear))
        here.trace = trace
        here.findings += before.findings
        scopes = [record.root, register or _EMPTY, with_objections(self.run, objections, before.cells)]
        nodes: Nodes = []
        for child in self.plan.children:
            child.emit(nodes, scopes, here)
        for path, value in given.paths.items():
            assumed = overlay(nodes, path, value, self._target, self.plan, given.unclear)
            if self.plan.leaves[path].sources:
                here.replace(path, ORIGIN)
                # what was wrong with the value that had to make room is nobody's business any more
                here.findings = [one for one in here.findings if not (one.about_a_value and one.target == path)]
            if trace is not None:
                trace += [(path, ORIGIN), *assumed]
        _tell_parts(nodes)
        return nodes, here


def _tell_parts(nodes: Nodes) -> None:
    """A dossier without tests has no LVS part: deeldossier then says LAS."""
    if find(nodes, _TESTS) is not None:
        return
    metadata = find(nodes, ("metadata",))
    if metadata is not None:
        for index, node in enumerate(metadata):
            if node[0] == _DEELDOSSIER:
                metadata[index] = (_DEELDOSSIER, ONLY_ADMINISTRATION)


def find(nodes: Nodes, path: tuple[str, ...]) -> Any:
    """The content (text or nodes) of the first element at `path`, or None."""
    content: Any = nodes
    for step in path:
        content = next((node[1] for node in content if node[0] == step), None)
        if content is None:
            return None
    return content


class Sought:
    """Paths to look for, by their steps, so that nodes are gone through once for all of them.

    `path` is the one that ends here, "" when none does; `below`: by name what goes on, an attribute as `@name`.
    """

    __slots__ = ("attributes", "below", "path")

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self.path = ""
        self.below: dict[str, Sought] = {}
        self.attributes: list[tuple[str, str]] = []  # name and path
        for path in paths:
            at, steps = self, path.split("/")
            for step in steps:
                if step.startswith("@"):
                    at.attributes.append((step[1:], path))
                    break
                at = at.below.setdefault(step, Sought())
            else:
                at.path = path


def there(nodes: Nodes, sought: Sought, found: set[str]) -> None:
    """Add to `found` the sought paths where there is an element or an attribute."""
    below = sought.below
    for node in nodes:
        here = below.get(node[0])
        if here is None:
            continue
        if here.path:
            found.add(here.path)
        if len(node) == 3:
            found.update([path for name, path in here.attributes if name in node[2]])
        if here.below and not isinstance(node[1], str):
            there(node[1], here, found)


def values_at(nodes: list[Any], path: str) -> list[str]:
    """All texts at an OSO path; `@name` at the end means an attribute."""
    *steps, last = path.split("/")
    attribute = last[1:] if last.startswith("@") else None
    level = nodes
    if attribute is None:
        steps.append(last)
    for step in steps[:-1]:
        level = [child for node in level if node[0] == step for child in node[1]]
    found = [node for node in level if node[0] == steps[-1]]
    if attribute is not None:
        return [node[2][attribute] for node in found if len(node) == 3 and attribute in node[2]]
    return [node[1] if isinstance(node[1], str) else "" for node in found]
