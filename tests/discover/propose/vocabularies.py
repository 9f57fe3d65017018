"""Layouts that nobody has seen: the reference layout with every name replaced, after a seed.

A name comes from the held-out list (Dutch, English, turned around) or is an abbreviation of the original: vowels
dropped, words cut short, prefixed. No name may stand anywhere in the dictionary: neither as a name, a synonym, nor as
a word. Each vocabulary has one way of writing (camelCase, snake_case, UPPER, …).
"""

import re
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from dod2oso.base.yaml import load
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import Profile

HELD_OUT: dict[str, list[str]] = load(Path(__file__).with_name("held_out.yaml")).data
PREFIXES = ("lln", "ll", "kind", "dos", "x")


def plain(name: str) -> str:
    """A name without case and separators, to compare."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=1)
def seen() -> frozenset[str]:
    """Every name and word that stands in the dictionary."""
    dictionary = load_dictionary()
    texts = [
        step for name in dictionary.fields for step in (name, name.rpartition(".")[2], *re.split(r"[.\[\]]+", name))
    ]
    texts += [text for field in dictionary.fields.values() for text in field.synonyms]
    texts += [text for section in dictionary.sections.values() for text in section.synonyms]
    texts += [text for word, forms in dictionary.words.items() for text in (word, *forms)]
    return frozenset(map(plain, texts))


def words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]


def _short(name: str, chance: Random) -> list[str]:
    """The words of a name, abbreviated as people do."""
    rule = chance.choice(("vowels", "cut", "both"))
    result = []
    for word in words(name):
        if rule in ("vowels", "both") and len(word) > 4:
            word = word[0] + re.sub(r"[aeiou]", "", word[1:])
        if rule in ("cut", "both") and len(word) > 6:
            word = word[: chance.randrange(5, 7)]
        result.append(word)
    return result


_STYLES = {
    "camel": lambda parts: parts[0] + "".join(part.capitalize() for part in parts[1:]),
    "pascal": lambda parts: "".join(part.capitalize() for part in parts),
    "snake": "_".join,
    "upper": lambda parts: "_".join(parts).upper(),
    "kebab": "-".join,
    "lower": "".join,
}


class Vocabulary:
    """The names of one seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(f"vocabulary/{seed}")
        self.style = self._chance.choice(sorted(_STYLES))
        self._prefix = self._chance.choice(PREFIXES) if self._chance.random() < 0.3 else None
        self._english = self._chance.random() < 0.3
        self.names: dict[str, str] = {}

    def name(self, original: str) -> str:
        """Another name for an element (`Naam`) or attribute (`@code`)."""
        if original == ".":
            return original
        if original not in self.names:
            mark = "@" if original.startswith("@") else ""
            self.names[original] = mark + self._new(original.removeprefix("@"))
        return self.names[original]

    def path(self, path: str) -> str:
        return "/".join(map(self.name, path.split("/")))

    def _new(self, original: str) -> str:
        taken = {plain(name) for name in self.names.values()} | seen() | {plain(original)}
        for attempt in range(60):
            listed = HELD_OUT.get(original, [])
            if listed and self._chance.random() < 0.6:
                parts = words(listed[-1] if self._english else self._chance.choice(listed))
            else:
                parts = _short(original, self._chance)
            if self._prefix is not None and self._chance.random() < 0.3:
                parts = [self._prefix, *parts]
            if attempt > 30:
                parts.append(self._chance.choice(("veld", "1", "x", "info")))
            candidate = _STYLES[self.style](parts)
            if plain(candidate) not in taken:
                return str(candidate)
        raise AssertionError(original)


def renamed(model: Profile, vocabulary: Vocabulary) -> Profile:
    """The profile of the same layout in another vocabulary."""
    return Profile.model_validate(_renamed(model.model_dump(), vocabulary))


def _renamed(data: Any, vocabulary: Vocabulary, key: str = "") -> Any:
    if isinstance(data, dict):
        if key == "match":
            values = {vocabulary.path(path): accepted for path, accepted in data["values"].items()}
            return data | {"root": vocabulary.path(data["root"]), "values": values}
        return {name: _renamed(value, vocabulary, name) for name, value in data.items()}
    if key == "at":
        return vocabulary.path(data) if isinstance(data, str) else tuple(map(vocabulary.path, data))
    if key in ("records", "key"):
        return vocabulary.path(data)
    return data
