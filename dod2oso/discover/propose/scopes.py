"""The dictionary as a tree of sections, with for each section and field the names that may stand for it."""

import re
from functools import lru_cache

from dod2oso.discover.propose.words import Bag, Vocabulary, pieces, vocabulary
from dod2oso.source.dictionary import Dictionary, DictionaryField, load_dictionary


class Field:
    """A dictionary field inside its section: `leaf` is its name there, `labels` what it may be called."""

    __slots__ = (
        "concepts", "elsewhere", "exact", "here", "inner", "labels", "leaf", "meaning", "name", "place", "scope",
    )  # fmt: skip

    def __init__(
        self, name: str, leaf: str, meaning: DictionaryField, words: Vocabulary, *, pupil: bool = False
    ) -> None:
        self.name = name
        self.leaf = leaf
        self.meaning = meaning
        *inner, last = leaf.split(".")
        inner = inner[1:] if pupil else inner
        own = (leaf, last, *meaning.synonyms)
        self.place = "record"  # or export, or table
        self.exact = frozenset("".join(pieces(text)) for text in own)
        bags = dict.fromkeys([words.bag(text) for text in own] + [words.parts(text) for text in own], True)
        for text in (_short(meaning.nl), _short(meaning.en)):
            bags.setdefault(words.bag(text), False)
        # (words, their concepts, whether the field is called so; else it is only described so)
        self.labels = tuple((bag, _concepts(bag), called) for bag, called in bags.items() if bag)
        self.concepts = frozenset[str]().union(*(concepts for _bag, concepts, _called in self.labels))
        self.inner = frozenset(concept for step in inner for word in words.bag(step) for concept in word.concepts)
        self.scope: frozenset[str] = frozenset()
        # concepts that name parts of the dictionary: those that the field is in, and those that it is not in
        self.here: frozenset[str] = frozenset()
        self.elsewhere: frozenset[str] = frozenset()


def _concepts(bag: Bag) -> frozenset[str]:
    return frozenset(concept for word in bag for concept in word.concepts)


class Section:
    """A part of the dictionary: `zorg.tlv[]`. `lists` are the repeating sections that can stand right below it."""

    __slots__ = ("concepts", "fields", "key", "labels", "lists", "name", "outer", "place")

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = name  # as a profile calls it inside its parent
        self.fields: list[Field] = []
        self.lists: list[Section] = []
        self.labels: tuple[Bag, ...] = ()
        self.concepts: frozenset[str] = frozenset()
        self.outer: tuple[frozenset[str], ...] = ()  # concepts of the plain sections between parent list and this one
        self.place = "record"  # or export, or table


def _short(text: str) -> str:
    """The first words of a description: what the field is, without what it is of."""
    return re.split(
        r" (?:van (?:de|het) (?:leerling|school|verzorger|arts|toets|eindtoets)|of the (?:pupil|school|carer))\b|[:(,]",
        text,
    )[0]


class Sections:
    """All sections of a dictionary. `record`, `export`: roots for what stands in records and outside them."""

    def __init__(self, dictionary: Dictionary, words: Vocabulary) -> None:
        self._dictionary, self._words = dictionary, words
        self.by_name: dict[str, Section] = {}
        self.record, self.export = Section(""), Section("")
        self.export.place = "export"
        self.tables: list[Section] = []
        shared_synonyms: dict[str, set[str]] = {}
        for name, section in dictionary.sections.items():
            shared_synonyms.setdefault(_last(name), set()).update(section.synonyms)
        for name, meaning in dictionary.fields.items():
            top = name.split(".")[0]
            place = dictionary.sections[top].place if top in dictionary.sections else "record"
            if place == "table":
                home = self._table(top)
                leaf = name.removeprefix(f"{top}.")
            else:
                *lists, leaf = name.split("[].")
                home = self.export if place == "export" else self.record
                for step in lists:
                    home = self._list(home, step, place)
            one = Field(name, leaf, meaning, words, pupil=place == "pupil" and home is self.record)
            one.place = place if place in ("export", "table") else "record"
            home.fields.append(one)
        # What is said once per export may also be said with every pupil: a table of pupils has a column for the school.
        self.record.fields += list(self.export.fields)
        for part in self.by_name.values():
            self._describe(part, shared_synonyms)
        everything = (self.record, self.export, *self.by_name.values())
        for part in everything:
            for field in part.fields:
                field.scope = part.concepts | field.inner | self._synonyms_of_inner(field)
        names = frozenset[str]().union(*(self._names(part) for part in everything))
        for part in everything:
            around = self._around(part)
            for field in part.fields:
                field.here = names & (around | field.scope)
                field.elsewhere = names - field.here

    def _names(self, section: Section) -> frozenset[str]:
        """What a part and those inside it are called in one word: `toets`, and not the `lijst` of toetslijst."""
        own = (bag[0].concepts for bag in section.labels if len(bag) == 1)
        return frozenset[str]().union(*own, *(field.inner for field in section.fields))

    def _around(self, section: Section) -> frozenset[str]:
        """What a list and the lists around it are called; of the pupil's own, the pupil."""
        around, name = set(self._concepts(("leerling",))), section.name
        while name:
            around |= self.by_name[name].concepts.union(*self.by_name[name].outer)
            name = name.removesuffix("[]").rpartition("[].")[0] + "[]" if "[]." in name else ""
        return frozenset(around)

    def _synonyms_of_inner(self, field: Field) -> frozenset[str]:
        inner = field.name.rpartition(".")[0].rpartition("[]")[2].strip(".")
        section = self._dictionary.sections.get(inner)
        return self._concepts(section.synonyms) if section is not None else frozenset()

    def _table(self, name: str) -> Section:
        section = self.by_name.get(name)
        if section is None:
            section = self.by_name[name] = Section(name)
            section.place = "table"
            self.tables.append(section)
        return section

    def _list(self, parent: Section, step: str, place: str) -> Section:
        name = f"{parent.name}.{step}[]" if parent.name else f"{step}[]"
        section = self.by_name.get(name)
        if section is None:
            section = self.by_name[name] = Section(name)
            section.key, section.place = step, place
            parent.lists.append(section)
        return section

    def _concepts(self, texts: tuple[str, ...] | set[str]) -> frozenset[str]:
        return frozenset(
            concept for text in texts for word in self._words.bag(text) if word.sure > 0.9 for concept in word.concepts
        )

    def _describe(self, section: Section, shared: dict[str, set[str]]) -> None:
        *outer, last = section.key.split(".")
        own = self._dictionary.sections.get(section.name)
        texts = {last, *(own.synonyms if own is not None else shared.get(_last(section.name), ()))}
        section.labels = tuple(
            bag for text in sorted(texts) for bag in (self._words.bag(text), self._words.parts(text)) if bag
        )
        section.concepts = self._concepts(texts)
        above = []
        prefix = section.name.removesuffix("[]").removesuffix(section.key)
        for number, step in enumerate(outer):
            known = self._dictionary.sections.get(prefix + ".".join(outer[: number + 1]))
            above.append(self._concepts({step, *(known.synonyms if known is not None else ())}))
        section.outer = tuple(above)


def _last(name: str) -> str:
    return re.split(r"[.]", name.removesuffix("[]"))[-1]


@lru_cache(maxsize=1)
def sections() -> Sections:
    """The sections of the shipped dictionary."""
    return Sections(load_dictionary(), vocabulary())
