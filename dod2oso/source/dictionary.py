"""The dictionary: one vocabulary for what legacy exports hold, whatever they call it.

A field has a dotted Dutch name; `[]` marks a repeating group: `leerling.geboortedatum`, `toetsen[].afnamedatum`,
`toetsen[].onderdelen[].code`. No public DOD specification exists, so the names are this project's own; they
follow OSO 1.1.1 and EDEXML, and `certainty` says how sure it is that a DOD-era export holds the field.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dod2oso.base.models import Strict, fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load

FieldType = Literal["text", "date", "datetime", "boolean", "integer", "decimal", "code", "pgn", "attachment"]
Sensitivity = Literal["identity", "contact", "learning", "care", "special", "financial", "consent", "technical"]
Certainty = Literal["C", "I", "U"]

_NAME = re.compile(r"[a-z][a-z0-9_-]*(\[\])?(\.[a-z0-9][a-z0-9_-]*(\[\])?)+\Z")


class LooksLike(Strict):
    """Hints to recognise the field in an unknown layout: code tables, a pattern, or kinds (survey/kinds.py)."""

    codes: tuple[str, ...] = ()
    pattern: str | None = None
    kinds: tuple[str, ...] = ()


class DictionaryField(Strict):
    """What one legacy field means.

    `law`: an article of the Besluit uitwisseling leer- en begeleidingsgegevens (`besluit-2012-art-3a`) or
    `not-allowed`; `law_reason` then says why. `in_doubt`: the value that counts when a source says both that and
    something else; of other fields neither value counts then.
    """

    nl: str
    en: str
    type: FieldType
    unit: str | None = None
    in_doubt: str | None = None
    law: str
    law_reason: str | None = None
    sensitivity: Sensitivity
    certainty: Certainty = "I"
    synonyms: tuple[str, ...] = ()
    looks_like: LooksLike | None = None
    note: str | None = None


class Section(Strict):
    """How exports call the element or table that holds a part of the dictionary, and where it stands."""

    synonyms: tuple[str, ...] = ()
    place: Literal["record", "pupil", "export", "table"] = "record"


@dataclass(frozen=True, slots=True)
class FieldName:
    """A dictionary name taken apart: `toetsen[].onderdelen[].code` -> lists (toetsen, onderdelen), leaf code."""

    lists: tuple[str, ...]
    leaf: str


def parse_name(name: str) -> FieldName:
    """Split a dictionary name into its repeating groups and its leaf."""
    *lists, leaf = name.split("[].")
    return FieldName(tuple(lists), leaf)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All fields by name, in the order of the file; `sections` and `words` help to suggest a profile."""

    fields: dict[str, DictionaryField]
    sections: dict[str, Section] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def __getitem__(self, name: str) -> DictionaryField:
        return self.fields[name]

    def list_paths(self) -> set[tuple[str, ...]]:
        """Every repeating group: ("verzorgers",), ("toetsen", "onderdelen"), …"""
        found: set[tuple[str, ...]] = set()
        for name in self.fields:
            lists = parse_name(name).lists
            found.update(lists[: i + 1] for i in range(len(lists)))
        return found


class _File(Strict):
    dictionary: Literal[1]
    describes: str
    fields: dict[str, DictionaryField]
    sections: dict[str, Section] = {}
    words: dict[str, tuple[str, ...]] = {}


@lru_cache(maxsize=4)
def load_dictionary(path: Path | None = None) -> Dictionary:
    """Read the dictionary (the shipped one by default)."""
    file = load(path or mappings_dir() / "dictionary.yaml")
    model = validate(_File, file.data, file)
    for name, meant in model.fields.items():
        at = ("fields", name)
        if not _NAME.match(name):
            raise fail(file, at, "dictionary-name-wrong", name=name)
        if (meant.law == "not-allowed") != (meant.law_reason is not None):
            raise fail(
                file,
                at,
                "dictionary-law-reason",
            )
    for name in model.sections:
        if not any(other.startswith(f"{name}.") for other in model.fields):
            raise fail(
                file,
                ("sections", name),
                "dictionary-section-unknown",
                name=name,
            )
    return Dictionary(model.fields, model.sections, model.words)
