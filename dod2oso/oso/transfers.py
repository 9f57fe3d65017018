"""The kinds of transfer, what each implies and what it hands over (mappings/oso/transfers.yaml)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from dod2oso.base import yaml as yamlfile
from dod2oso.base.caches import by_version
from dod2oso.base.errors import UsageError
from dod2oso.base.models import Strict, validate
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text, listed
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.versions import known_versions, version, within

_CHOICES = "metadata/categorie_uitlevering"
_PUPIL = "huidigeschool/leerling/"

Consent = Literal["needed", "unless-refused"]
Choice = Literal["VERPLICHT", "OPTIONEEL", "VERBODEN"]


class _Transfer(Strict):
    overdrachtsoort: str
    overstap: str | None = None
    layer: str
    since: str | None = None
    asked_as: str
    pgn: bool = True
    same_brin: bool = False
    test_window: int | None = None
    consent: Consent
    ages: tuple[int, int]
    year_groups: tuple[str, ...] = ()
    chosen_groups: tuple[str, ...] = ()
    named_only: bool = False
    law_names: dict[str, tuple[str, ...]] = {}
    nl: str
    en: str


class _Category(Strict):
    paths: tuple[str, ...]
    verplicht: tuple[str, ...] = ()
    verboden: tuple[str, ...] = ()
    was: str | None = None


class _File(Strict):
    most_asked: str
    transfers: dict[str, _Transfer]
    categories: dict[str, _Category]


@dataclass(frozen=True, slots=True)
class Transfer:
    """One kind of transfer; see the head of transfers.yaml. categories: element name (cat_…) -> choice.

    test_window: only tests of this school year and so many before it go along; None: all tests. year_groups: of pupils
    who make it, () for any. chosen_groups, named_only: of whom a project makes dossiers when nobody says. law_names:
    paths under dossier that no rule asks for and an article names, with that article.
    """

    name: str
    nl: str
    en: str
    overdrachtsoort: str
    overstap: str | None
    layer: str
    since: str | None
    asked_as: str
    pgn: bool
    same_brin: bool
    test_window: int | None
    consent: Consent
    ages: tuple[int, int]
    year_groups: tuple[str, ...]
    chosen_groups: tuple[str, ...]
    named_only: bool
    law_names: Mapping[str, str]
    categories: Mapping[str, Choice]

    def text(self, lang: str) -> str:
        """What it is called in a sentence."""
        return self.en if lang == "en" else self.nl

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that know this transfer, oldest first."""
        return tuple(name for name in known_versions() if self._known_in(name))

    def _known_in(self, name: str) -> bool:
        """A version that a user added says itself, in its layers and code lists, which transfers there are."""
        if version(name).nearest is None:
            return within(name, self.since, None)
        known = catalogue(name)
        asked = {"overdrachtsoort": self.overdrachtsoort, "metadata/overstap": self.overstap}
        lists = {path: element.codelist for path in asked if (element := known.at(path)) is not None}
        return self.layer in version(name).layers and all(
            word is None or (path in lists and (lists[path] is None or word in codes(lists[path] or 0, name)))
            for path, word in asked.items()
        )

    @property
    def inspected(self) -> bool:
        """Parents must have inspected the dossier before it goes."""
        return self.categories["cat_ouderinzage"] == "VERPLICHT"


def transfer(name: str) -> Transfer:
    """The transfer with this name, however it is capitalised; UsageError, with all names, when there is none."""
    try:
        return _transfers()[name.strip().upper()]
    except KeyError:
        raise UsageError("transfer-unknown", hint=did_you_mean(name, TRANSFERS), known=explained()) from None


def explained() -> str | Text:
    """Every kind of transfer with what it means, to stand in a text."""
    return listed([Text("transfer-explained", name=kind.name, meaning=kind) for kind in all_transfers()], 99)


def all_transfers() -> Iterable[Transfer]:
    """Every kind of transfer, in the order of the file."""
    return _transfers().values()


def most_asked() -> str:
    """The transfer that a command shows when nobody names one."""
    return _file().most_asked


def asked_by(word: str) -> tuple[str, ...]:
    """The transfers that the messages between OSO systems ask for by this word."""
    return tuple(kind.name for kind in all_transfers() if kind.asked_as == word)


@lru_cache(maxsize=1)
def groups() -> Mapping[str, tuple[str, ...]]:
    """The transfers that have something in common, by the name that a mapping uses for them."""
    found = {"without-pgn": tuple(kind.name for kind in all_transfers() if not kind.pgn)}
    for category in category_names():
        forbidden = tuple(kind.name for kind in all_transfers() if kind.categories[category] == "VERBODEN")
        if forbidden:
            found[f"forbids-{category.removeprefix('cat_')}"] = forbidden
    return MappingProxyType(found)


def category_names() -> tuple[str, ...]:
    """The categories (cat_…) of all versions."""
    return tuple(f"cat_{name}" for name in _file().categories)


def same_category(category: str) -> tuple[str, ...]:
    """This category (without cat_) and what it was, or became, in other versions."""
    specs = _file().categories
    spec = specs.get(category)
    before = (spec.was,) if spec is not None and spec.was else ()
    return (category, *before, *(name for name, other in specs.items() if other.was == category))


def categories(name: str, version: str) -> dict[str, Choice]:
    """The categories of this version and what the transfer says of each, in the order of the schema.

    Empty before 2017.1. A school may turn OPTIONEEL into OPT-UIT; then `governed` says what must go. A category that
    only an added version has is OPTIONEEL.
    """
    choices = transfer(name).categories
    return {category: choices.get(category, "OPTIONEEL") for category in _names(version)}


@by_version
def governed(version: str) -> Mapping[str, tuple[str, ...]]:
    """The paths under dossier that each category of this version governs; none for school and leerling.

    In 2019.1 the validators demand one of the paths under VERPLICHT and refuse all under VERBODEN; OPT-UIT
    refuses all in every version (the rules of rules/categorieen.yaml are made from these paths).
    """
    known = catalogue(version)
    specs = _file().categories
    found = {}
    for category in _names(version):
        spec = specs.get(category.removeprefix("cat_"))
        paths = map(in_full, spec.paths if spec is not None else ())
        found[category] = tuple(path for path in paths if known.at(path) is not None)
    return MappingProxyType(found)


def in_full(path: str) -> str:
    """A path of a category as it is under dossier; L stands for the pupil."""
    return _PUPIL + path.removeprefix("L/") if path.startswith("L/") else path


def _names(version: str) -> list[str]:
    block = catalogue(version).at(_CHOICES)
    return [] if block is None else [child.name for child in block.children]


@lru_cache(maxsize=1)
def _transfers() -> dict[str, Transfer]:
    file = _file()
    return {
        name: Transfer(
            name=name,
            categories={f"cat_{key}": _choice(category, name) for key, category in file.categories.items()},
            law_names={in_full(path): article for article, paths in spec.law_names.items() for path in paths},
            **spec.model_dump(exclude={"law_names"}),
        )
        for name, spec in file.transfers.items()
    }


def _choice(category: _Category, name: str) -> Choice:
    if name in category.verplicht:
        return "VERPLICHT"
    return "VERBODEN" if name in category.verboden else "OPTIONEEL"


@lru_cache(maxsize=1)
def _file() -> _File:
    file = yamlfile.load(mappings_dir() / "oso" / "transfers.yaml")
    return validate(_File, file.data, file)


TRANSFERS = tuple(_transfers())
