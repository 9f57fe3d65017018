"""The versions of the OSO gegevensset, oldest first: what each implies.

Those that come with dod2oso stand in mappings/oso/versions.yaml; a user adds others with `dod2oso bundle add`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from dod2oso.base import yaml as yamlfile
from dod2oso.base.caches import by_version
from dod2oso.base.errors import UsageError
from dod2oso.base.models import fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text
from dod2oso.oso.added import added
from dod2oso.oso.version_facts import VersionFacts

_NAME = re.compile(r"[0-9]+(\.[0-9]+)+\Z")


@dataclass(frozen=True, slots=True)
class Version:
    """One version. The four fixed metadata values are None where the version has no such element.

    masks: a secret number goes along as a fixed mask value. nearest: of a version that a user added, the one that came
    with dod2oso whose mapping and rules carry over; None for those that came with it.
    """

    name: str
    namespace: str
    standaardversie: str | None
    validatieversie: str | None
    eldversie: str | None
    xsdversie: str | None
    masks: bool
    layers: tuple[str, ...]
    schoolyear: str
    nearest: str | None = None


def version(name: str) -> Version:
    """The version with this name; UsageError when there is no such version."""
    try:
        return _versions()[name]
    except KeyError:
        raise UsageError("version-unknown", known=", ".join(known_versions())) from None


def known_versions() -> tuple[str, ...]:
    """The names of all versions there are, oldest first."""
    return tuple(_versions())


def newest() -> str:
    """The newest version there is: the target when nobody names another."""
    return known_versions()[-1]


def outdated(name: str, day: date) -> Text | None:
    """What to say of a version whose school year is over on this day; None when it is not."""
    found = version(name)
    last = date(int(found.schoolyear.rpartition("-")[2]), 7, 31)
    return Text("version-outdated", version=name, year=found.schoolyear) if day > last else None


def version_of_namespace(uri: str) -> Version | None:
    """The version whose target namespace this is."""
    return next((found for found in _versions().values() if found.namespace == uri), None)


def is_version_name(text: str) -> bool:
    """Could this be the name of a version: numbers with dots between them?"""
    return _NAME.match(text) is not None


@cache
def age(name: str) -> tuple[int, ...]:
    """By this the names of versions sort, oldest first: "2016.1" -> (2016, 1)."""
    return tuple(int(part) for part in name.split("."))


def within(name: str, since: str | None, until: str | None) -> bool:
    """Is version `name` in the range, both ends included? An open end is None.

    A version that a user added between two that came with dod2oso has the ends of the one before it: what ended there
    may as well have ended after it.
    """
    if since is not None and age(since) > age(name):
        return False
    return until is None or age(name) <= age(until) or _ends_later(name, until)


def _ends_later(name: str, until: str) -> bool:
    if name in VERSIONS or name not in added() or age(name) > age(VERSIONS[-1]):
        return False
    return age(nearest_built_in(name)) <= age(until)


def in_range(name: str, text: str) -> bool:
    """Is version `name` in `first-last` or `first-` (no end), or is it the one version named?"""
    first, dash, last = text.partition("-")
    return within(name, first, (last or None) if dash else first)


def nearest_built_in(name: str) -> str:
    """The newest version that came with dod2oso and is not newer than this one; of an older one the oldest."""
    return next((one for one in reversed(VERSIONS) if one != name and age(one) <= age(name)), VERSIONS[0])


@by_version
def _versions() -> Mapping[str, Version]:
    found = dict(_built_in())
    for name, facts in added().items():
        if name not in found:
            known = {key: getattr(facts, key) for key in VersionFacts.model_fields}
            found[name] = Version(name=name, nearest=facts.nearest, **known)
    return dict(sorted(found.items(), key=lambda item: age(item[0])))


@cache
def _built_in() -> Mapping[str, Version]:
    file = yamlfile.load(mappings_dir() / "oso" / "versions.yaml")
    found = {}
    for name in sorted(file.data, key=lambda name: age(_checked(file, name))):
        facts = validate(VersionFacts, file.data[name], file, (name,))
        found[name] = Version(name=name, **facts.model_dump())
    return found


def _checked(file: yamlfile.YamlFile, name: str) -> str:
    if not is_version_name(name):
        raise fail(file, (name,), "version-number-wrong")
    return name


VERSIONS = tuple(_built_in())  # those that come with dod2oso
