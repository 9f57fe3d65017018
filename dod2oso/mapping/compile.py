"""Compile a mapping for one OSO version and one transfer into a plan, and check that nothing is forgotten.

A dictionary field is read by a leaf that exists in this version and transfer, or dropped: by an entry under `dropped`,
because the transfer's profile cuts it off (`not-for`, `only-for`), or because this OSO version has no place for it
(reason `geen-plaats`, derived from the catalogue). A field that is neither makes the mapping wrong.
"""

from dataclasses import replace
from pathlib import Path

from dod2oso.base.caches import by_version
from dod2oso.base.errors import ConfigurationError
from dod2oso.mapping.check_value import longest_text, value_check
from dod2oso.mapping.conditions import CONDITIONS, Condition
from dod2oso.mapping.context import FIRST_EACH, REGISTER, RUN, TOP
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.model import Alternatives, Block, Dropped, Leaf, Mapping, Node, Preference, Scope
from dod2oso.mapping.operations import OPERATIONS
from dod2oso.mapping.plan import (
    BlockPlan,
    ElementPlan,
    FirstOf,
    LeafEach,
    LeafPlan,
    LeafWithAttributes,
    ListScope,
    Plan,
    ScopeNeeds,
    Source,
)
from dod2oso.mapping.run_metadata import REGISTER_FIELDS, REGISTER_LISTS, RUN_FIELDS
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.versions import known_versions, within
from dod2oso.source.codes import code_table
from dod2oso.source.dictionary import Dictionary, load_dictionary

NO_PLACE = "geen-plaats"

Prefixes = list[tuple[str, ...]]  # dictionary prefixes per `each`, outermost first


def compile_plan(mapping: Mapping, version: str, transfer: str, dictionary: Dictionary | None = None) -> Plan:
    """The plan for one version and transfer; ConfigurationError when the mapping is not complete and consistent."""
    return _Compiler(mapping, version, transfer, dictionary or load_dictionary()).plan()


@by_version
def shipped_plan(version: str, transfer: str) -> Plan:
    """The plan of the mapping that comes with dod2oso."""
    return compile_plan(load_mapping(), version, transfer)


def plan_of(mapping: Path | None, version: str, transfer: str) -> Plan:
    """The plan of a mapping file; of the one that comes with dod2oso when there is none."""
    if mapping is None:
        return shipped_plan(version, transfer)
    return compile_plan(load_mapping(mapping), version, transfer)


def _reads(children: tuple[ElementPlan, ...], repeat: tuple[ListScope, ...], depth: int) -> tuple[ScopeNeeds, ...]:
    """What the children read of the scopes that exist above them (numbers below `depth`)."""
    fields: dict[int, set[str]] = {}
    lists: dict[int, set[str]] = {}

    def visit(plan: ElementPlan) -> None:
        if isinstance(plan, LeafPlan):
            for source in (*plan.sources, *(s for attribute in plan.attributes for s in attribute.sources)):
                fields.setdefault(source.level, set()).add(source.key)
        elif isinstance(plan, LeafEach):
            lists.setdefault(plan.each.level, set()).add(plan.each.key)
        else:
            for many in (*plan.each, *plan.repeat) if isinstance(plan, BlockPlan) else ():
                lists.setdefault(many.level, set()).add(many.key)
            for inner in plan.children if isinstance(plan, BlockPlan) else plan.options:
                visit(inner)

    for child in children:
        visit(child)
    for many in repeat:
        lists.setdefault(many.level, set()).add(many.key)
    levels = sorted(level for level in fields.keys() | lists.keys() if level < depth)
    return tuple(ScopeNeeds(n, frozenset(fields.get(n, ())), frozenset(lists.get(n, ()))) for n in levels)


class _Compiler:
    def __init__(self, mapping: Mapping, version: str, transfer: str, dictionary: Dictionary) -> None:
        self.mapping = mapping
        self.version = version
        self.transfer = transfer
        self.dictionary = dictionary
        self.target: Catalogue = catalogue(version)
        self.lists = dictionary.list_paths()
        self.cut_off: dict[str, str] = {}  # names below a leaf or block that is not there, and why
        self.leaves: dict[str, LeafPlan] = {}
        self.assumed: dict[str, None] = {}  # paths, in order

    # --- the whole ---

    def plan(self) -> Plan:
        root = self.target.root
        children = self._children(self.mapping.dossier, root, [])
        readers: dict[str, list[str]] = {}
        for child in children:
            self._collect(child, readers)
        dropped = self._dropped(readers)
        return Plan(
            self.version,
            self.transfer,
            children,
            {name: tuple(paths) for name, paths in readers.items()},
            dropped,
            self._told(dropped),
            self.leaves,
            tuple(self.assumed),
        )

    def _collect(self, plan: ElementPlan, readers: dict[str, list[str]]) -> None:
        if isinstance(plan, LeafPlan | LeafEach):
            for name in plan.names():
                if name not in self.dictionary:
                    continue  # the register or the run
                paths = readers.setdefault(name, [])
                if plan.path not in paths:
                    paths.append(plan.path)
        else:
            for child in plan.options if isinstance(plan, FirstOf) else plan.children:
                self._collect(child, readers)

    def _dropped(self, readers: dict[str, list[str]]) -> dict[str, str]:
        dropped: dict[str, str] = {}
        for entry in self.mapping.dropped:
            if not self._applies(entry):
                continue
            for name in self._expand(entry):
                if name in readers:
                    raise self._wrong("dropped-but-read", name=name, reader=readers[name][0])
                dropped.setdefault(name, entry.reason)
        for name, reason in self.cut_off.items():
            if name in self.dictionary and name not in readers:
                dropped.setdefault(name, reason)
        forgotten = [name for name in self.dictionary.fields if name not in readers and name not in dropped]
        if forgotten:
            names = ", ".join(forgotten[:5]) + (f" (+{len(forgotten) - 5})" if len(forgotten) > 5 else "")
            raise self._wrong("fields-forgotten", names=names)
        return dropped

    def _told(self, dropped: dict[str, str]) -> dict[str, str]:
        telling = [entry for entry in self.mapping.dropped if entry.finding is not None and self._applies(entry)]
        return {
            name: entry.finding for entry in telling if entry.finding for name in self._expand(entry) if name in dropped
        }

    def _expand(self, entry: Dropped) -> list[str]:
        found: list[str] = []
        for name in entry.from_:
            if name.endswith(("[]", ".*")):
                prefix = name + "." if name.endswith("[]") else name[:-1]
                below = [field for field in self.dictionary.fields if field.startswith(prefix)]
            else:
                below = [name] if name in self.dictionary else []
            if not below:
                raise self._wrong("dropped-unknown", name=name)
            found += below
        return found

    def _applies(self, scope: Scope | Dropped) -> bool:
        if not within(self.version, scope.since, scope.until):
            return False
        if scope.only_for and self.transfer not in scope.only_for:
            return False
        return self.transfer not in scope.not_for

    # --- the tree ---

    def _children(self, nodes: dict[str, Node], parent: Element, prefixes: Prefixes) -> tuple[ElementPlan, ...]:
        choices = self._choices(parent)
        made: dict[str, list[LeafPlan | LeafEach | BlockPlan]] = {}
        for name, node in nodes.items():
            path = f"{parent.path}/{name}" if parent.path else name
            element = next((child for child in parent.children if child.name == name), None)
            options = node.options if isinstance(node, Alternatives) else (node,)
            for option in options:
                if element is None:
                    self._must_exist(path)
                    self._cut(option, prefixes, NO_PLACE)
                elif not self._applies(option):
                    self._cut(option, prefixes, option.reason or NO_PLACE)
                else:
                    made.setdefault(name, []).append(self._node(option, element, prefixes, choices.get(name)))
        return tuple(self._one(made[child.name]) for child in parent.children if child.name in made)

    @staticmethod
    def _one(options: list[LeafPlan | LeafEach | BlockPlan]) -> ElementPlan:
        first = options[0]
        if len(options) == 1:
            return first
        return FirstOf(name=first.name, path=first.path, choice=first.choice, options=tuple(options))

    def _keep(self, leaf: LeafPlan) -> None:
        self.leaves.setdefault(leaf.path, leaf)
        if leaf.default is not None:
            self.assumed[leaf.path] = None

    def _node(
        self, node: Leaf | Block, element: Element, prefixes: Prefixes, choice: int | None
    ) -> LeafPlan | LeafEach | BlockPlan:
        if isinstance(node, Leaf):
            if element.kind != "field":
                raise self._at(element.path, "mapping-block-as-field")
            each, short = self._spread(node, prefixes, element.path)
            if each is not None:
                leaf = self._leaf(short, element, [*prefixes, (each.prefix,)], choice)
                self._keep(leaf)
                return LeafEach(name=element.name, path=element.path, choice=choice, each=each, leaf=leaf)
            leaf = self._leaf(node, element, prefixes, choice)
            self._keep(leaf)
            return leaf
        if element.kind != "block":
            raise self._at(element.path, "mapping-field-as-block")
        return self._block(node, element, prefixes, choice)

    def _block(self, block: Block, element: Element, prefixes: Prefixes, choice: int | None) -> BlockPlan:
        each = self._many(block.each or block.each_all, prefixes, element.path)
        repeat = self._many(block.repeat, prefixes, element.path)
        inner = [*prefixes, tuple(many.prefix for many in each)] if each else prefixes
        inner = [*inner, tuple(many.prefix for many in repeat)] if repeat else inner
        required, one_of = self._required(element)
        children = self._children(block.children, element, inner)
        always_kept = self._always_kept(element.path)
        return BlockPlan(
            name=element.name,
            path=element.path,
            each=each,
            all_of_each=bool(block.each_all),
            one_place=self._one_place(block, inner, element.path),
            repeat=repeat,
            condition=self._condition(block.when, element.path),
            reason=block.reason or "",
            many=element.max is None or element.max > 1,
            always_kept=always_kept,
            keep_empty=block.empty == "allowed",
            choice=choice,
            children=children,
            required=required,
            one_of=one_of,
            has_choices=any(child.group and child.group.kind == "choice" for child in element.children),
            reads=() if always_kept or each else _reads(children, repeat, FIRST_EACH + len(prefixes)),
        )

    def _one_place(self, block: Block, prefixes: Prefixes, path: str) -> tuple[Preference, ...]:
        """The rules of choice, once it is certain that the fields they look at are in the dictionary."""
        for name in (name for rule in block.one_place for name in rule.names()):
            full = [prefix + name for prefix in prefixes[-1]]
            if not any(one in self.dictionary or tuple(one.split("[].")) in self.lists for one in full):
                raise self._at(path, "mapping-field-unknown", name=name)
        return block.one_place

    def _leaf(self, leaf: Leaf, element: Element, prefixes: Prefixes, choice: int | None) -> LeafPlan:
        attributes = tuple(
            replace(
                self._leaf(node, replace(element, codelist=None, facets=type(element.facets)()), prefixes, None),
                name=name,
            )
            for name, node in leaf.attributes.items()
        )
        for name in leaf.via:
            if name not in OPERATIONS:
                raise self._at(element.path, "operation-unknown", name=name)
        kind = LeafWithAttributes if attributes else LeafPlan
        return kind(
            name=element.name,
            path=element.path,
            sources=tuple(self._source(name, prefixes, element.path) for name in leaf.from_),
            operations=tuple(OPERATIONS[name] for name in leaf.via),
            table=code_table(leaf.codes) if leaf.codes else None,
            otherwise=leaf.otherwise,
            default=leaf.default,
            condition=self._condition(leaf.when, element.path),
            reason=leaf.reason or "",
            loss=leaf.loss is not None,
            check=value_check(element, self.version),
            longest=longest_text(element),
            many=element.max is None,
            cut=element.facets.max_length if leaf.too_long == "cut" else None,
            choice=choice,
            attributes=attributes,
        )

    def _spread(self, leaf: Leaf, prefixes: Prefixes, path: str) -> tuple[ListScope | None, Leaf]:
        """`from: certificaten[].naam` -> the repeating group, and the leaf as it is inside an item."""
        if not any("[]." in name for name in leaf.from_):
            return None, leaf
        if len(leaf.from_) > 1:
            raise self._at(path, "list-not-alone")
        name, _, short = leaf.from_[0].rpartition("[].")
        return self._list(name, prefixes, path), leaf.model_copy(update={"from_": (short,)})

    # --- names ---

    def _source(self, name: str, prefixes: Prefixes, path: str) -> Source:
        for fixed, level, known in (("register.", REGISTER, REGISTER_FIELDS), ("run.", RUN, RUN_FIELDS)):
            if name.startswith(fixed):
                key = name.removeprefix(fixed)
                if key in known:
                    return Source(level, key, (name,))
        for depth in range(len(prefixes) - 1, -1, -1):
            full = tuple(prefix + name for prefix in prefixes[depth])
            found = tuple(one for one in full if one in self.dictionary or one in REGISTER_LISTS)
            if found:
                return Source(FIRST_EACH + depth, name, found)
        if name in self.dictionary and "[]" not in name:
            return Source(TOP, name, (name,))
        raise self._at(path, "mapping-field-unknown", name=name)

    def _many(self, names: tuple[str, ...], prefixes: Prefixes, path: str) -> tuple[ListScope, ...]:
        return tuple(self._list(name, prefixes, path) for name in names)

    def _list(self, name: str, prefixes: Prefixes, path: str) -> ListScope:
        name = name.removesuffix("[]")
        if name.startswith("register."):
            return ListScope(REGISTER, name.removeprefix("register."), f"{name}[].")
        for depth in range(len(prefixes) - 1, -1, -1):
            for prefix in prefixes[depth]:
                if tuple((prefix + name).split("[].")) in self.lists:
                    return ListScope(FIRST_EACH + depth, name, f"{prefix}{name}[].")
        if (name,) in self.lists:
            return ListScope(TOP, name, f"{name}[].")
        raise self._at(path, "mapping-list-unknown", name=name)

    def _condition(self, name: str | None, path: str) -> Condition | None:
        if name is None:
            return None
        if name not in CONDITIONS:
            raise self._at(path, "condition-unknown", name=name)
        return CONDITIONS[name]

    def _cut(self, node: Leaf | Block, prefixes: Prefixes, reason: str) -> None:
        """Remember the dictionary names below a node that is not there."""
        if isinstance(node, Leaf):
            each, node = self._spread(node, prefixes, reason)
            if each is not None:
                prefixes = [*prefixes, (each.prefix,)]
            for name in node.from_:
                for found in self._source(name, prefixes, name).names:
                    self.cut_off.setdefault(found, reason)
            for attribute in node.attributes.values():
                self._cut(attribute, prefixes, reason)
            return
        inner = prefixes
        for names in (node.each or node.each_all, node.repeat):
            if names:
                inner = [*inner, tuple(many.prefix for many in self._many(names, inner, ""))]
        for child in node.children.values():
            for option in child.options if isinstance(child, Alternatives) else (child,):
                self._cut(option, inner, reason)

    # --- the target ---

    @staticmethod
    def _choices(parent: Element) -> dict[str, int]:
        """Number of the choice each child belongs to."""
        groups = [child.group for child in parent.children if child.group and child.group.kind == "choice"]
        distinct = list(dict.fromkeys(groups))
        return {name: number for number, group in enumerate(distinct) for name in group.members}

    @staticmethod
    def _required(element: Element) -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
        required = {c.name for c in element.children if c.min > 0 and (c.group is None or c.group.kind == "repeat")}
        groups = dict.fromkeys(
            c.group for c in element.children if c.group and c.group.kind == "choice" and c.group.min > 0
        )
        return frozenset(required), tuple(frozenset(group.members) for group in groups)

    def _always_kept(self, path: str) -> bool:
        steps = path.split("/")
        chain = [self.target.at("/".join(steps[: i + 1])) for i in range(len(steps))]
        return all(element is not None and element.min > 0 and element.group is None for element in chain)

    def _must_exist(self, path: str) -> None:
        if not any(catalogue(version).at(path) for version in known_versions()):
            raise self._at(path, "mapping-path-unknown")

    def _at(self, path: str, key: str, **values: object) -> ConfigurationError:
        return self._wrong(key, path=path, **values)

    def _wrong(self, key: str, **values: object) -> ConfigurationError:
        where = f"{self.mapping.mapping} ({self.version}, {self.transfer})"
        return ConfigurationError(key, mapping=where, **values)
