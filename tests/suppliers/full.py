"""Full exports of any layout: every place that a profile binds filled with values that OSO takes, in all variations.

Made from the layout of the profile, as a document, whatever its format; read by the reader of the engine.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from lxml import etree

from dod2oso.generate.export import write_export
from dod2oso.generate.layout import FORMATS
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.plan import BlockPlan, ElementPlan, FirstOf, LeafEach, LeafPlan, Plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.transfers import all_transfers
from dod2oso.source.bind import BoundProfile, FieldReader
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.profile import Binding, LoadedProfile
from dod2oso.source.record import Cell, Group, LegacyDossier, SplitCell
from tests.corpus.anything import Maker, Values
from tests.corpus.kit import bsn, read_export

DATUM = "2019-03-02"
# What fields with a form of their own take: numbers, marks, codes of a school, a street, a class.
_CANDIDATES = (
    "1",
    "7",
    "12",
    "6.5",
    "0123",
    "1234",
    "99XX",
    "00",
    "1234AB",
    "0099XX01",
    "A",
    "AB1234",
    "2018-2019",
    "Proef",
)
_SAID = ("brin", "brincode", "vestiging", "schooljaar", "bestandsnaam")  # the maker of exports knows these
_KINDS = {"zorg.artsen[].soort": ("huisarts", "kinderarts")}  # what a condition of the mapping looks at


@cache
def pool() -> dict[str, tuple[str, ...]]:
    """Values, in dictionary notation, that some OSO field takes from a dictionary field."""
    found: dict[str, set[str]] = {}
    for kind in all_transfers():
        for version in kind.versions:
            for leaf in chain.from_iterable(map(_leaves, shipped_plan(version, kind.name).children)):
                for name in leaf.names():
                    found.setdefault(name, set()).update(_taken(leaf, leaf.path, version))
    return {name: tuple(sorted(values)) for name, values in found.items() if values}


def _leaves(node: ElementPlan) -> Iterator[LeafPlan]:
    if isinstance(node, LeafPlan):
        yield node
    elif isinstance(node, LeafEach):
        yield node.leaf
    else:
        for child in node.options if isinstance(node, FirstOf) else node.children:
            yield from _leaves(child)


def _taken(leaf: LeafPlan, path: str, version: str) -> Iterator[str]:
    if leaf.table is not None:
        yield from leaf.table.entries
        return
    element = catalogue(version).at(path)
    if element is not None and element.codelist is not None:
        yield from codes(element.codelist, version)
    elif leaf.check is not None and not leaf.operations:
        yield from (text for text in _CANDIDATES if leaf.check(text) is None)


class Full(Values):
    """Values that OSO takes, where it is known which."""

    def of(self, reading: FieldReader) -> str:
        name = reading.bound.field
        if reading.split is not None and name == "school.brin":
            return f"99XX{self.random.choice(('00', '01', '02'))}"  # a location stands behind the number of its school
        if not name:
            return f"k{self.random.randrange(4)}"  # what ties rows together
        if name.startswith("uitlevering."):
            return "OPTIONEEL"  # nobody objects
        binding = self.bindings.get(name) or Binding(at=(".",))
        self.bindings[name] = binding
        kind = self.dictionary[name].type
        known = _KINDS.get(name) or pool().get(name, ())
        said = name.endswith(_SAID)
        if binding.codes is None and binding.join is None and known and not said and kind not in ("date", "boolean"):
            return self.random.choice(known)
        if kind == "pgn":
            return self.random.choice((bsn(self.random.randrange(50)), "100000004"))
        if name.endswith("geboortedatum"):
            return self._written(date(2006, 1, 1) + timedelta(days=self.random.randrange(900)), binding)
        return super().of(reading)

    def _date(self, binding: Binding) -> str:
        day = date.fromisoformat(DATUM) + timedelta(
            days=self.random.choice((-900, -400, -214, -100, -50, -20, 40, 151))
        )
        return self._written(day, binding)

    def _written(self, day: date, binding: Binding) -> str:
        styles = {"jjjj-mm-dd": "%Y-%m-%d", "dd-mm-jjjj": "%d-%m-%Y", "dd/mm/jjjj": "%d/%m/%Y", "jjjjmmdd": "%Y%m%d"}
        return day.strftime(styles[binding.dates or self.text.dates])


class _Document:
    """Where an export comes from: a document in memory."""

    def __init__(self, bound: BoundProfile, text: str) -> None:
        self.rest = etree.fromstring(text.encode())
        *above, tag = bound.record_path
        place = self.rest
        for step in above[1:]:
            place = place.find(step)
        self._records = list(place.iterchildren(tag))
        for record in self._records:
            place.remove(record)
        self._tie(bound)

    def _tie(self, bound: BoundProfile) -> None:
        """Give the rows that records refer to a key each, and every record the key of one of them."""
        for name, paths in bound.model.refer.items():
            table = bound.model.tables[name]
            (key,) = table.key
            rows = self.rest.findall(table.at.partition("/")[2])
            for number, row in enumerate(rows):
                for old in row.findall(key):
                    row.remove(old)
                etree.SubElement(row, key).text = f"k{number}"
            for number, record in enumerate(self._records if rows else ()):
                for old in record.findall(paths[0]):
                    record.remove(old)
                etree.SubElement(record, paths[0]).text = f"k{number % len(rows)}"

    def __iter__(self) -> Iterator[Any]:
        yield from self._records

    def lenient(self) -> bool:
        return False

    def leftovers(self, outside: LegacyDossier) -> None:
        pass


def full_export(profile: LoadedProfile, folder: Path) -> list[LegacyDossier]:
    """Legacy dossiers of full exports: of the layout itself, and of `generate` where that makes this layout."""
    found = [one for seed, fill in enumerate((*[1.0] * 6, 0.5)) for one in made(profile, seed, 7, fill)]
    if profile.name in FORMATS and profile.name != "xml-with-pin":  # a zip that asks for its PIN
        write_export(folder / profile.name, profile.name, 10)
        export = read_export(folder / profile.name, BoundProfile(profile, load_dictionary()))
        export.survey()
        found += export.dossiers()
    return found


def made(profile: LoadedProfile, seed: int, records: int, fill: float) -> Iterator[LegacyDossier]:
    """Legacy dossiers out of an export in which so much of the layout is filled."""
    maker = Maker(profile, seed, mess=0, fill=fill)
    maker.values = Full(profile, load_dictionary(), random.Random(seed))
    export = Export("full", maker.bound, _Document(maker.bound, maker.export(records)))  # type: ignore[arg-type]
    export.survey()
    yield from export.dossiers()


def anew(cell: Cell) -> None:
    """As if nobody had read it; one with several fields in it is as those are."""
    for each in cell.parts if isinstance(cell, SplitCell) else (cell,):
        each.state, each.reason = 0, ""


def only(record: LegacyDossier, names: frozenset[str]) -> LegacyDossier:
    """The dossier with nothing in it but these dictionary fields."""
    left = LegacyDossier(record.number)
    left.root = _only(record.root, "", names)
    return left


def _only(group: Group, prefix: str, names: frozenset[str]) -> Group:
    made = Group()
    for key, cell in group.fields.items():
        if prefix + key in names:
            anew(cell)
            made.fields[key] = cell
    for key, items in group.lists.items():
        below = f"{prefix}{key}[]."
        kept = [one for item in items if (one := _only(item, below, names)).fields or one.lists]
        if kept:
            made.lists[key] = kept
    return made


def needed(plan: Plan, path: str) -> Iterator[frozenset[str]]:
    """Dictionary fields that are enough for this OSO field: those it reads, and what its blocks cannot do without.

    One set for each way in which the mapping makes it.
    """
    for child in plan.children:
        yield from _needed(child, path)


def _needed(node: ElementPlan, path: str) -> Iterator[frozenset[str]]:
    if not (path == node.path or path.startswith(f"{node.path}/")):
        return
    if isinstance(node, FirstOf):
        for option in node.options:
            yield from _needed(option, path)
    elif isinstance(node, BlockPlan):
        for child in node.children:
            for names in _needed(child, path):
                yield names | _least(node, child.name)
    else:
        yield frozenset(node.names())


def _least(block: BlockPlan, chosen: str) -> frozenset[str]:
    """What the block cannot do without, besides one of its children; and what its condition may look at."""
    names: set[str] = set()
    for child in block.children:
        first = next((sorted(group)[0] for group in block.one_of if child.name in group and chosen not in group), None)
        if child.name != chosen and (child.name in block.required or child.name == first):
            names |= _all_of(child)
    if block.condition is not None:
        names |= {f"{many.prefix}soort" for many in block.each}
    return frozenset(names)


def _all_of(node: ElementPlan) -> frozenset[str]:
    if isinstance(node, FirstOf):
        return frozenset().union(*map(_all_of, node.options))
    if not isinstance(node, BlockPlan):
        return frozenset(node.names())
    return _least(node, "") or frozenset().union(*map(_all_of, node.children))
