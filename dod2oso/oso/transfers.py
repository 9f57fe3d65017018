"""The kinds of transfer and what each hands over (mappings/oso/transfers.yaml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from dod2oso.base import yaml as yamlfile
from dod2oso.base.errors import UsageError
from dod2oso.base.resources import mappings_dir
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.versions import VERSIONS, within

TRANSFERS: tuple[str, ...] = ("POPO", "POVO", "VOVO", "BB", "POSWV", "VOSWV")

_CHOICES = "metadata/categorie_uitlevering"
_PUPIL = "huidigeschool/leerling/"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One kind of transfer. categories: element name (cat_…) -> VERPLICHT, OPTIONEEL or VERBODEN."""

    name: str
    nl: str
    overdrachtsoort: str
    overstap: str | None
    layer: str
    versions: tuple[str, ...]
    categories: Mapping[str, str]


def transfer(name: str) -> Transfer:
    """The transfer with this name; UsageError when there is no such transfer."""
    try:
        return _transfers()[name]
    except KeyError:
        known = ", ".join(TRANSFERS)
        raise UsageError("transfer-unknown", known=known) from None


def categories(name: str, version: str) -> dict[str, str]:
    """The categories of this version and what the transfer says of each, in the order of the schema.

    Empty before 2017.1. A school may turn OPTIONEEL into OPT-UIT; then `governed` says what must go.
    """
    choices = transfer(name).categories
    return {category: choices[category] for category in _names(version)}


@cache
def governed(version: str) -> Mapping[str, tuple[str, ...]]:
    """The paths under dossier that each category of this version governs; none for school and leerling.

    In 2019.1 the validators demand one of the paths under VERPLICHT and refuse all under VERBODEN; OPT-UIT
    refuses all in every version (rules.yaml, category_rules).
    """
    known = catalogue(version)
    specs = _data()["categories"]
    found = {}
    for category in _names(version):
        paths = (path.replace("L/", _PUPIL) for path in specs[category.removeprefix("cat_")]["paths"])
        found[category] = tuple(path for path in paths if known.at(path) is not None)
    return MappingProxyType(found)


def _names(version: str) -> list[str]:
    block = catalogue(version).at(_CHOICES)
    return [] if block is None else [child.name for child in block.children]


@lru_cache(maxsize=1)
def _transfers() -> dict[str, Transfer]:
    data = _data()
    found = {}
    for name in TRANSFERS:
        spec = data["transfers"][name]
        found[name] = Transfer(
            name=name,
            nl=spec["nl"],
            overdrachtsoort=spec["overdrachtsoort"],
            overstap=spec.get("overstap"),
            layer=spec["layer"],
            versions=tuple(v for v in VERSIONS if within(v, spec.get("since"), None)),
            categories={f"cat_{key}": _choice(value, name) for key, value in data["categories"].items()},
        )
    return found


def _choice(category: dict[str, Any], name: str) -> str:
    for choice in ("verplicht", "verboden"):
        if name in category.get(choice, ()):
            return choice.upper()
    return "OPTIONEEL"


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yamlfile.load(mappings_dir() / "oso" / "transfers.yaml").data
    return data
