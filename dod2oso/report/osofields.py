"""Per OSO category and field: how many dossiers have it, how many lack it, and whether this transfer asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dod2oso.base.english import element_label
from dod2oso.base.errors import Dod2osoError
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.requirements import OPTIONAL, Requirement, requirements
from dod2oso.oso.transfers import categories, governed
from dod2oso.report.texts import Lexicon

_PUPIL = "huidigeschool/leerling"
_SHOWN_WHEN_ABSENT = ("required", "one-of", "conditional", "advised", "law")
_LEVELS = {"VERPLICHT": "required", "VERBODEN": "forbidden", "OPTIONEEL": "optional"}


@dataclass(frozen=True, slots=True)
class TargetPart:
    """One OSO field: in how many dossiers it has a value, in how many not, and what this transfer asks.

    `level` as in oso/requirements.py, `rules` the keys of the OSO rules that say so. Fields that no dossier has and
    nobody asks for are left out.
    """

    path: str
    label: str
    category: str  # key of the CategoryPart
    dossiers: int
    lacks: int
    level: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """One category of OSO (before 2017.1: one block), with the dossiers that have anything of it.

    `level`: required, forbidden or optional; a school may switch an optional category off.
    """

    key: str
    label: str
    level: str
    dossiers: int
    lacks: int


def oso_fields(
    counts: Mapping[str, int], made: int, oso: str, overstap: str, words: Lexicon
) -> tuple[tuple[CategoryPart, ...], tuple[TargetPart, ...]]:
    """Both views. `counts`: dossiers by what they have (oso/presence.py); `made`: dossiers that were made.

    A version or transfer that this dod2oso does not know gives the fields as counted, without requirements.
    """
    try:
        known: Catalogue | None = catalogue(oso)
        asked: Mapping[str, Requirement] = requirements(oso, overstap)
        choices = categories(overstap, oso)
        homes = governed(oso)
    except Dod2osoError:
        known, asked, choices, homes = None, {}, {}, {}
    elements = {element.path: element for element in known.fields()} if known else {}
    parts = []
    for path in elements or sorted(counts):
        found = asked.get(path, OPTIONAL)
        if counts.get(path) or found.level in _SHOWN_WHEN_ABSENT:
            have = counts.get(path, 0)
            home = _home(path, homes)
            label = words.target(path)
            parts.append(TargetPart(path, label, home, have, max(made - have, 0), found.level, found.rules))
    keys = list(choices) or list(dict.fromkeys(part.category for part in parts))
    seen = {part.category for part in parts}
    keys += [key for key in dict.fromkeys(part.category for part in parts) if key not in keys]
    groups = []
    for key in keys:
        have = counts.get(counted_as(key), 0) if key in seen or key in counts else 0
        level = _LEVELS.get(choices.get(key, ""), asked.get(key, OPTIONAL).level)
        groups.append(CategoryPart(key, _label(key, known, words), level, have, max(made - have, 0)))
    return tuple(groups), tuple(parts)


def _home(path: str, homes: Mapping[str, tuple[str, ...]]) -> str:
    """The category of a path, or before 2017.1 the block directly under pupil, school or dossier."""
    for category, paths in homes.items():
        if any(path == governing or path.startswith(f"{governing}/") for governing in paths):
            return category
    if homes:
        return "cat_leerling" if path.startswith(f"{_PUPIL}/") else "cat_school"
    steps = path.split("/")
    if path.startswith(f"{_PUPIL}/"):
        return "/".join(steps[:3]) if len(steps) > 3 else _PUPIL
    return steps[0]


def counted_as(key: str) -> str:
    """Under what the dossiers of a category are counted (oso/presence.py)."""
    return {"cat_school": "huidigeschool", "cat_leerling": _PUPIL}.get(key, key)


def _label(key: str, known: Catalogue | None, words: Lexicon) -> str:
    if known is None:
        return key
    field: Element | None = known.at(f"metadata/categorie_uitlevering/{key}")
    text = (
        element_label(field.nl, words.lang).removeprefix("Uitlevering ").removeprefix("Delivery of ")
        if field
        else words.target(key) or key
    )
    return text[0].upper() + text[1:]
