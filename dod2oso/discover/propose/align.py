"""Lay a surveyed layout over the dictionary: which element is which section, and which path is which field.

Containers (elements that hold others, or repeat) go to repeating sections, or add nothing and their paths count as
their parent's. Every section is used once per parent, every field once per section; what fits nothing well stays open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nlargest

from dod2oso.discover.propose.columns import Block, column_words, families, habits, kind_of, without_habit
from dod2oso.discover.propose.evidence import Kind, certainty, confidence, limit, weigh
from dod2oso.discover.propose.scopes import Field, Section, Sections
from dod2oso.discover.propose.score import Leaf, leaf_score, values_evidence
from dod2oso.discover.propose.words import Bag, Vocabulary, alike
from dod2oso.discover.survey.facts import ElementFacts, Values

HIGH, MEDIUM = 0.99, 0.8  # share of such lines that was right: called sure, likely


@dataclass(slots=True)
class Proposal:
    """One path for one field, with what else it might be. `path` is relative to its group."""

    path: str
    field: Field
    confidence: float
    runner_up: Field | None
    leaf: Leaf
    raw: float = 0.0  # its certainty as it was computed, which `confidence` makes a share of right lines
    texts: frozenset[str] = frozenset()  # the codes that stand here, or in the same field of all such items
    dates: str | None = None  # the style of its dates
    styles: tuple[str, ...] = ()  # those between which nobody can choose but a person
    chosen: bool = False  # by a person
    codes: str | None = None  # the table that a person chose
    true: tuple[str, ...] = ()  # words that a person chose, for a yes or no
    false: tuple[str, ...] = ()
    split: str | None = None  # the rule that takes a value apart, of which this field is one part


@dataclass(slots=True)
class Group:
    """A section with its place in the layout: the record itself, or the items of a list (`at`: from the parent).

    `columns`: one item of a list, made of columns of the record; its paths are then those of the record.
    """

    section: Section
    at: str
    sure: float
    columns: bool = False  # an item whose values stand in columns of the record
    marker: str = ""  # what those columns have in common
    constants: dict[str, str] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    unsure: list[Proposal] = field(default_factory=list)
    open: list[Leaf] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)

    def walk(self) -> Iterator["Group"]:
        yield self
        for group in self.groups:
            yield from group.walk()


class _Container:
    """An element that may be a list: its steps from the parent container, and what is in it."""

    __slots__ = ("containers", "deep", "families", "flats", "leaves", "names", "path", "repeats", "totals")

    def __init__(self, path: str, names: tuple[Bag, ...], repeats: bool, deep: bool = False) -> None:
        self.path = path
        self.deep = deep  # stands in an element that says something itself
        self.names = names
        self.repeats = repeats
        self.leaves: list[Leaf] = []
        self.containers: list[_Container] = []
        self.families: list[list[_Item]] = []  # of the record itself: items that stand in columns
        self.totals: dict[int, float] = {}  # by section, as a list of it
        self.flats: dict[int, float] = {}  # by section, as a part of it

    @property
    def concepts(self) -> frozenset[str]:
        return frozenset(concept for bag in self.names for word in bag for concept in word.concepts)


@dataclass(slots=True)
class _Item:
    """A block of columns: its columns as they are called in the block, and as they are called in the record."""

    block: Block
    leaves: list[Leaf]
    originals: list[Leaf]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A field that a path can take: of the group itself, or of the items of a list that stand in single columns."""

    field: Field
    section: Section | None = None

    @property
    def part(self) -> str:
        return self.section.name if self.section is not None else self.field.name.rpartition(".")[0]

    @property
    def many(self) -> bool:
        """Every column is an item of its own: a second telephone number stands beside the first."""
        return self.section is not None and self.section.key.rpartition(".")[2] != "adressen"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of these fields is each of these paths? `beside`: share of its neighbours that are of the same part."""

    group: Group
    slots: list["_Slot"]
    leaves: list[tuple[str, Leaf]]
    beside: dict[tuple[int, int], float]


class Aligner:
    """Aligns one layout. skip: paths that stand apart. bound: paths (from the record) whose field is already known.

    asked: every question that was put, for learning (see benchmarks/drafting.py).
    """

    def __init__(
        self,
        sections: Sections,
        words: Vocabulary,
        skip: frozenset[str] = frozenset(),
        bound: dict[str, Field] | None = None,
        asked: "list[Asked] | None" = None,
    ) -> None:
        self._asked = asked
        self._bound = bound or {}
        self._sections = sections
        self._words = words
        self._skip = skip
        self._births: frozenset[int] = frozenset()
        self._habits: frozenset[str] = frozenset()
        self._kind: Kind = "tree"

    def align(self, place: ElementFacts, section: Section) -> Group:
        """The proposal for a place (the record, or the root with what stands outside records) and all below it."""
        self._births = birth_years(place)
        self._habits = habits(_names_in(place), self._words)
        root = _Container(place.path, (), False)
        self._collect(root, place, ())
        self._kind = "tree" if root.containers else "flat"
        if section.place == "record":
            self._take_blocks(root)
        group = Group(section, place.path, 1.0)
        self._fill(group, root, "")
        return group

    def called(self, place: ElementFacts, section: Section, referred: str) -> float:
        """How well a place (and the path that refers to it) is called like a section."""
        none: frozenset[str] = frozenset()
        names = [self._words.bag(name) for name in (place.name, *(step.lstrip("@") for step in referred.split("/")))]
        return max((alike(bag, none, label, none) for bag in names for label in section.labels), default=0.0)

    # --- the layout as containers ---

    def _bag(self, name: str) -> Bag:
        return without_habit(self._words.bag(name), self._habits)

    def _container(self, place: ElementFacts, path: str, above: tuple[Bag, ...], steps: tuple[Bag, ...]) -> _Container:
        made = _Container(path, steps, place.most > 1, len(above) >= len(steps))
        self._collect(made, place, (*above, self._bag(place.name)))
        return made

    def _collect(self, into: _Container, place: ElementFacts, inner: tuple[Bag, ...]) -> None:
        for name, values in place.attributes.items():
            into.leaves.append(self._leaf(f"@{name}", values, self._bag(name), inner))
        if place.text.count:
            into.leaves.append(self._leaf(".", place.text, self._bag(place.name), inner[:-1]))
        for child in place.children.values():
            if child.path in self._skip:
                continue
            at, words = child.name, self._bag(child.name)
            if not (child.children or child.attributes) and child.most <= 1:
                into.leaves.append(self._leaf(at, child.text, words, inner))
                continue
            only = self._only_child(child)
            if only is not None:
                more = (words, self._bag(only.name))
                into.containers.append(self._container(only, f"{at}/{only.name}", (*inner, words), more))
            else:
                into.containers.append(self._container(child, at, inner, (words,)))

    def _take_blocks(self, root: _Container) -> None:
        """Put the columns that say of whom they are aside, as items of lists."""
        leaves = [leaf for leaf in root.leaves if leaf.path != "."]
        taken: set[int] = set()
        renamed: dict[int, Leaf] = {}
        for family in families([leaf.path.lstrip("@") for leaf in leaves], self._words):
            items = []
            for block in family:
                said = frozenset(concept for word in block.words for concept in word.concepts)
                own = [
                    Leaf(leaves[n].path, leaves[n].values, self._bag(rest), said, leaves[n].birth, column=True)
                    for n, rest in block.columns.items()
                ]
                if _is_the_pupil(block, own):
                    renamed.update(zip((id(leaves[n]) for n in block.columns), own, strict=True))
                    continue
                items.append(_Item(block, own, [leaves[n] for n in block.columns]))
                taken.update(id(leaves[n]) for n in block.columns)
            if items:
                root.families.append(items)
        root.leaves = [renamed.get(id(leaf), leaf) for leaf in root.leaves if id(leaf) not in taken]

    def _only_child(self, place: ElementFacts) -> ElementFacts | None:
        """The one kind of child of an element that is nothing but a wrapper."""
        if place.most > 1 or place.attributes or place.text.count or len(place.children) != 1:
            return None
        (only,) = place.children.values()
        return None if only.path in self._skip else only

    def _leaf(self, path: str, values: Values, words: Bag, around: tuple[Bag, ...]) -> Leaf:
        context = frozenset(concept for bag in around for word in bag for concept in word.concepts)
        birth = values.dates > 0.7 and born_within(values, self._births)
        strange = bool(around) and not all(word.concepts and word.sure == 1.0 for word in around[-1])
        return Leaf(path, values, words, context, birth, strange=strange)

    # --- which container is which section ---

    def _fill(self, group: Group, container: _Container, prefix: str) -> None:
        """Divide what is in the container over the group and the lists below it."""
        leaves, waiting = self._flatten(group, container, prefix)
        for path, inner, section, sure in self._choose(group.section, waiting):
            below = Group(section, path, sure)
            group.groups.append(below)
            self._fill(below, inner, "")
        self._fill_columns(group, container, leaves)

    def _fill_columns(self, group: Group, container: _Container, leaves: list[tuple[str, Leaf]]) -> None:
        """Divide the columns of a record: those of the record itself, and those of items of lists."""
        blocks: list[tuple[_Item, Section, float]] = []
        lists = {id(below.section) for below in group.groups}
        for family in container.families:
            chosen, sure = self._list_of(family, group.section, lists)
            if chosen is None:
                leaves += [(leaf.path, leaf) for item in family for leaf in item.originals]
            else:
                blocks += [(item, chosen, sure) for item in family]
        self._assign(group, leaves)
        for item, chosen, sure in blocks:
            meaning = item.block.meaning
            constants = meaning.constants if meaning is not None and meaning.list_ == chosen.key else {}
            made = Group(chosen, "", sure, columns=True, marker=item.block.marker, constants=dict(constants))
            self._assign(made, [(leaf.path, leaf) for leaf in item.leaves])
            group.groups.append(made)

    def _list_of(self, family: list[_Item], section: Section, used: set[int]) -> tuple[Section | None, float]:
        """The list that a family of blocks is better off as than as columns of the record, and how sure that is.

        A block on its own is there because a word says of what list it is, so of no other one.
        """
        flat = self._worth([leaf for item in family for leaf in item.originals], section)
        said = family[0].block.meaning if len(family) == 1 else None
        ranked = []
        for number, other in enumerate(section.lists):
            if id(other) in used:
                continue  # the layout has this list as such
            if said is not None and said.list_ != other.key:
                continue
            worth = 0.0
            for item in family:
                meaning = item.block.meaning
                says = meaning is not None and meaning.list_ == other.key
                if meaning is not None and says and meaning.about is not None:
                    self._about(item, other, meaning.about)
                worth += self._worth(item.leaves, other)
                if meaning is not None:
                    worth += limit("says") if says else limit("says-not")
                elif other.key in column_words().usual:
                    worth += limit("usual-list")
            ranked.append((worth, -number, other))
        ranked.sort(key=lambda one: one[:2], reverse=True)
        if not ranked or ranked[0][0] <= flat + limit("list-margin") * len(family):
            return None, 0.0
        worth, _number, best = ranked[0]
        rival = max(flat, ranked[1][0]) if ranked[1:] else flat
        return best, min(1.0, 0.55 + 0.45 * (worth - rival) / max(0.6, min(1.2, 0.35 * worth)))

    def _about(self, item: _Item, section: Section, about: str) -> None:
        """A column called as the whole block is what the item is about: huisarts is the name of the doctor."""
        one = next(one for one in section.fields if one.leaf == about)
        for leaf in item.leaves:
            if not leaf.words and values_evidence(leaf, one.meaning) is not None:
                leaf.cache[id(one)] = limit("about")

    def _worth(self, leaves: list[Leaf], section: Section) -> float:
        """What columns are worth as fields of a section and of the lists that can stand in single columns below it."""
        slots = self._slots(section, set())
        scored = sorted(
            (
                (score, number, place)
                for number, leaf in enumerate(leaves)
                if leaf.values.count
                for place, slot in enumerate(slots)
                if (score := self._score(leaf, slot, section)) > limit("floor")
            ),
            key=lambda one: (-one[0], one[1], one[2]),
        )
        got: set[int] = set()
        used: set[int] = set()
        total = 0.0
        for score, number, place in scored:
            if number in got or (place in used and not slots[place].many):
                continue
            got.add(number)
            used.add(place)
            total += score
        return total

    def _slots(self, section: Section, used: set[int]) -> list[_Slot]:
        """The fields of a section, and those of lists that may stand in single columns among them."""
        slots = [_Slot(one) for one in section.fields]
        loose = column_words().loose
        for other in section.lists:
            *above, last = other.key.split(".")
            own = above in ([], ["leerling"])  # not those of an institution, which has no columns without its name
            if last in loose and own and id(other) not in used:
                slots += [_Slot(one, other) for one in other.fields if one.leaf in loose[last]]
        return slots

    def _score(self, leaf: Leaf, slot: _Slot, section: Section) -> float:
        if slot.section is None:
            return leaf_score(leaf, slot.field, section.concepts)
        if "/" in leaf.path or leaf.path == ".":
            return 0.0
        score = leaf_score(leaf, slot.field, slot.section.concepts)
        return score + weigh((("loose", 1.0),)) if score else 0.0

    def _flatten(
        self, group: Group, container: _Container, prefix: str
    ) -> tuple[list[tuple[str, Leaf]], list[tuple[str, _Container]]]:
        """The leaves of the container and of those inside it that are no list, and the ones that may be a list."""
        leaves = [
            (f"{prefix}{leaf.path}" if leaf.path != "." else prefix.rstrip("/") or ".", leaf)
            for leaf in container.leaves
        ]
        waiting: list[tuple[str, _Container]] = []
        for inner in container.containers:
            path = f"{prefix}{inner.path}"
            if self._is_list(inner, group.section) and not any(known.startswith(f"{path}/") for known in self._bound):
                waiting.append((path, inner))
            else:
                more, lists = self._flatten(group, inner, f"{path}/")
                leaves += more
                waiting += lists
        return leaves, waiting

    def _is_list(self, container: _Container, section: Section) -> bool:
        """Whether the container is better off as a list than as a part of its parent."""
        if not section.lists:
            return False
        if container.repeats:
            return True
        best, place = max((self._total(container, other), -number) for number, other in enumerate(section.lists))
        flat = self._flat(container, section)
        return best > flat + 0.5 or (best > flat + 0.1 and self._called(container, section.lists[-place]) > 0.3)

    def _flat(self, container: _Container, section: Section) -> float:
        """What the container is worth when its paths count as the parent's."""
        known = container.flats.get(id(section))
        if known is None:
            known = container.flats[id(section)] = self._flat_anew(container, section)
        return known

    def _flat_anew(self, container: _Container, section: Section) -> float:
        likely = self._likely(container, section)
        part = [one for _score, one in likely if one.inner and not one.scope.isdisjoint(container.concepts)]
        name = limit("section-name") if 2 * len(part) > len(likely) else 0.0  # it is called like the part of its fields
        return (
            name
            + sum(score for score, _field in likely)
            + sum(
                max(
                    self._flat(inner, section), max((self._total(inner, other) for other in section.lists), default=0.0)
                )
                for inner in container.containers
            )
        )

    def _total(self, container: _Container, section: Section) -> float:
        """What the container is worth as a list of this section."""
        known = container.totals.get(id(section))
        if known is None:
            known = limit("section-name") * self._called(container, section) + self._leaves_worth(container, section)
            for inner in container.containers:
                below = max((self._total(inner, other) for other in section.lists), default=0.0)
                known += max(0.0 if inner.repeats else self._flat(inner, section), 0.9 * below)
            container.totals[id(section)] = known
        return known

    def _leaves_worth(self, container: _Container, section: Section) -> float:
        """What the paths of the container itself are worth as fields of the section."""
        return sum(score for score, _field in self._likely(container, section))

    def _likely(self, container: _Container, section: Section) -> list[tuple[float, Field]]:
        """The field that each path of the container would take, and how well it fits; each field once."""
        taken: set[int] = set()
        found: list[tuple[float, Field]] = []
        for leaf in container.leaves:
            best, chosen = 0.0, None
            for one in section.fields:
                if id(one) not in taken:
                    score = leaf_score(leaf, one, section.concepts)
                    if score > best:
                        best, chosen = score, one
            if chosen is not None and best >= limit("container"):
                taken.add(id(chosen))
                only = leaf.path == "." and len(section.fields) == 1
                found.append((best + (limit("only-field") if only else 0.0), chosen))
        return found

    def _called(self, container: _Container, section: Section) -> float:
        """How well the container's name fits the section, -0.5 to 1.3."""
        none: frozenset[str] = frozenset()
        fit = max((alike(bag, none, label, none) for bag in container.names for label in section.labels), default=0.0)
        around = (
            container.concepts.union(*(leaf.context for leaf in container.leaves))
            if container.leaves
            else container.concepts
        )
        for inner in container.containers:
            for leaf in inner.leaves[:1]:
                around |= leaf.context
        for outer in section.outer:
            fit += 0.3 if outer & around else -0.5
        return fit - (0.3 if container.deep and not section.outer else 0.0)

    def _choose(
        self, section: Section, waiting: list[tuple[str, _Container]]
    ) -> list[tuple[str, _Container, Section, float]]:
        """Each list once: the pair that is worth most first; what is left over stays unread."""
        pairs = sorted(
            (
                (self._total(inner, other), number, place)
                for number, (_path, inner) in enumerate(waiting)
                for place, other in enumerate(section.lists)
            ),
            key=lambda pair: (-pair[0], pair[1], pair[2]),
        )
        taken: dict[int, tuple[Section, float]] = {}
        used: set[int] = set()
        for worth, number, place in pairs:
            if number in taken or place in used or worth < limit("list"):
                continue
            rival = max((w for w, n, p in pairs if n == number and p != place and p not in used), default=0.0)
            used.add(place)
            taken[number] = (
                section.lists[place],
                min(1.0, 0.55 + 0.45 * (worth - rival) / max(0.6, min(1.2, 0.35 * worth))),
            )
        return [(waiting[n][0], waiting[n][1], chosen, sure) for n, (chosen, sure) in sorted(taken.items())]

    # --- which path is which field ---

    def _assign(self, group: Group, leaves: list[tuple[str, Leaf]]) -> None:
        section = group.section
        floor = limit("floor")
        slots = self._slots(section, {id(below.section) for below in group.groups if not below.columns})
        if section.place != "record" or not (group.columns or section.name == ""):
            slots = slots[: len(section.fields)]
        scored = {
            (number, place): score
            for number, (path, leaf) in enumerate(leaves)
            if leaf.values.count
            for place, slot in enumerate(slots)
            if (slot.section is None or "/" not in path) and (score := self._score(leaf, slot, section)) > floor
        }
        beside = _together(scored, leaves, slots)
        if self._asked is not None:
            self._asked.append(Asked(group, slots, leaves, beside))
        by_leaf: dict[int, list[tuple[float, int]]] = {}
        by_slot: dict[int, list[tuple[float, int]]] = {}
        for (number, place), score in scored.items():
            by_leaf.setdefault(number, []).append((score, place))
            by_slot.setdefault(place, []).append((score, number))
        chosen: dict[int, int] = {}
        used: set[int] = set()
        for number, (path, _leaf) in enumerate(leaves):
            if path in self._bound and self._bound[path] in section.fields:
                chosen[number] = section.fields.index(self._bound[path])
                used.add(chosen[number])
                scored.setdefault((number, chosen[number]), 0.8)
        for (number, place), score in sorted(scored.items(), key=lambda item: (-item[1], item[0])):
            if score < limit("weak"):
                break
            if number in chosen or (place in used and not slots[place].many):
                continue
            near = max((s for s, p in by_leaf[number] if p != place), default=0.0)
            if not slots[place].many:
                near = max([near, *(s for s, n in by_slot[place] if n != number and n not in chosen)])
            if score >= limit("bind") or near < score - limit("near"):
                chosen[number] = place
                used.add(place)
        _no_lone_kind(chosen, scored, slots)
        _whole_address(chosen, leaves, slots)
        items: dict[str, Group] = {}
        for number, (path, leaf) in enumerate(leaves):
            if not leaf.values.count:
                continue
            rivals = sorted(by_leaf.get(number, ()), reverse=True)
            if number not in chosen:
                left = _moved(leaf, path)
                left.nearest = _nearest(leaf, slots, section)
                group.open.append(left)
                if rivals:
                    score, place = rivals[0]
                    after = slots[rivals[1][1]].field if len(rivals) > 1 else None
                    group.unsure.append(Proposal(path, slots[place].field, score * 0.5, after, leaf))
                continue
            place = chosen[number]
            score = scored.get((number, place), limit("bind"))
            others = [(s, p) for s, p in rivals if p != place]
            claims = [s for s, n in by_slot.get(place, ()) if n != number and not slots[place].many]
            raw = certainty(score, [*(s for s, _place in others), *claims], group.sure)
            runner_up = slots[others[0][1]].field if others else None
            made = Proposal(path, slots[place].field, confidence(raw, self._kind), runner_up, leaf, raw)
            if made.confidence < limit("likelier") and path not in self._bound:
                left = _moved(leaf, path)
                left.nearest = _nearest(leaf, slots, section)
                group.open.append(left)
                group.unsure.append(made)
                continue
            _item_of(group, slots[place], leaf, items).proposals.append(made)


def _item_of(group: Group, slot: _Slot, leaf: Leaf, items: dict[str, Group]) -> Group:
    """The item of a list that a single column belongs to, made when it is the first; or the group itself."""
    if slot.section is None:
        return group
    key = f"{slot.section.name} {leaf.path if slot.many else ''}"
    if key not in items:
        constants = kind_of(slot.section.key.rpartition(".")[2], leaf.words, leaf.values)
        items[key] = Group(slot.section, "", group.sure, columns=True, constants=constants)
        group.groups.append(items[key])
    return items[key]


def _together(
    scored: dict[tuple[int, int], float], leaves: list[tuple[str, Leaf]], slots: list[_Slot]
) -> dict[tuple[int, int], float]:
    """Paths of one element, and columns beside each other, mostly belong to one part: its fields gain a little.

    Returns the share of the neighbours that are of the same part, for each pair of a path and a field.
    """
    beside: dict[tuple[int, int], float] = {}
    homes: dict[str, dict[str, float]] = {}
    top: dict[int, tuple[float, int]] = {}
    for (number, place), score in scored.items():
        top[number] = max(top.get(number, (0.0, 0)), (score, place))
    for number, (path, _leaf) in enumerate(leaves):
        element = path.rpartition("/")[0]
        best = top.get(number)
        if element and best is not None:
            part = slots[best[1]].part
            homes.setdefault(element, {}).setdefault(part, 0.0)
            homes[element][part] += best[0]
    for (number, place), score in list(scored.items()):
        parts = homes.get(leaves[number][0].rpartition("/")[0])
        if parts is None:
            parts = {}
            for near in (number - 2, number - 1, number + 1, number + 2):
                if near in top and "/" not in leaves[near][0]:
                    part = slots[top[near][1]].part
                    parts[part] = parts.get(part, 0.0) + top[near][0]
        if len(parts) > 1:
            share = parts.get(slots[place].part, 0.0) / sum(parts.values())
            beside[number, place] = share
            scored[number, place] = score + weigh((("beside", share),))
    return beside


def _no_lone_kind(chosen: dict[int, int], scored: dict[tuple[int, int], float], slots: list[_Slot]) -> None:
    """The kind of an address stands beside an address; where there is none the column takes its next best field."""
    for kind in [place for place in chosen.values() if slots[place].field.leaf in ("soort", "aanduiding")]:
        home = slots[kind].section
        if home is None or slots[kind].many:
            continue
        beside = {slots[place].field.leaf for place in chosen.values() if slots[place].section is home}
        if not beside.isdisjoint(("straat", "plaats", "postcode")):
            continue
        number = next(number for number, place in chosen.items() if place == kind)
        del chosen[number]
        free = {place: score for (n, place), score in scored.items() if n == number and slots[place].section is None}
        best = max(free, key=lambda place: (free[place], -place), default=None)
        if best is not None and free[best] >= limit("bind") and best not in chosen.values():
            chosen[number] = best


_HOUSE, _POST = "leerling.adressen[].nummer", "leerling.adressen[].postcode"


def _whole_address(chosen: dict[int, int], leaves: list[tuple[str, Leaf]], slots: list[_Slot]) -> None:
    """A postcode stands in an address when a street or town does; else it, and a number, are those of the pupil."""
    places = {slot.field.name: place for place, slot in enumerate(slots)}
    if _POST not in places or slots[places[_POST]].section is None:
        return
    taken = set(chosen.values())
    address = any(places[f"leerling.adressen[].{leaf}"] in taken for leaf in ("straat", "plaats"))
    moves = {places["leerling.postcode"]: places[_POST]}
    if not address:
        moves = {places[_POST]: places["leerling.postcode"], places[_HOUSE]: places["leerling.leerlingid"]}
    for number, place in list(chosen.items()):
        if moves.get(place, place) not in taken and "/" not in leaves[number][0]:
            chosen[number] = moves[place]


def _nearest(leaf: Leaf, slots: list[_Slot], section: Section) -> tuple[Field, ...]:
    """The three fields that a path is most like, however little."""
    scored = (
        (leaf_score(leaf, slot.field, (slot.section or section).concepts), -number) for number, slot in enumerate(slots)
    )
    best = nlargest(3, (one for one in scored if one[0] > 0))
    return tuple(slots[-number].field for _score, number in best)


def _is_the_pupil(block: Block, leaves: list[Leaf]) -> bool:
    """Whether a block is no item but the pupil: the word says so, or only a pupil has such values."""
    meaning = block.meaning
    if meaning is not None:
        return meaning.own
    return any(leaf.birth or leaf.values.share("bsn", "onderwijsnummer") > 0.9 for leaf in leaves)


def _moved(leaf: Leaf, path: str) -> Leaf:
    column = leaf.around != leaf.context
    return Leaf(path, leaf.values, leaf.words, leaf.context, leaf.birth, column=column, strange=leaf.general)


def _names_in(place: ElementFacts) -> frozenset[str]:
    """The names of everything below a place."""
    found = {name for below in place.walk() if below is not place for name in (below.name, *below.attributes)}
    return frozenset(found | place.attributes.keys())


def birth_years(place: ElementFacts) -> frozenset[int]:
    """The years in which the pupils of an export may be born: 3 to 22 years before its newest date."""
    newest = 0
    for _path, values, _parents in place.values():
        if values.dates > 0.7 and values.years:
            newest = max(newest, max(year for year, n in values.years.items() if year < 2100))
    return frozenset(range(newest - 22, newest - 2)) if newest else frozenset()


def born_within(values: Values, years: frozenset[int]) -> bool:
    """Whether these are dates, most of them in the period, and the typical one well before its end."""
    if values.dates <= 0.7 or not values.years or not years:
        return False
    total = sum(values.years.values())
    inside = sum(n for year, n in values.years.items() if year in years)
    typical = sorted(values.years.elements())[total // 2]
    varied = values.distinct >= min(50, 0.4 * values.count)  # a day of enrolment is shared by a whole class
    return varied and inside / total > 0.9 and typical <= max(years) - 4
