"""The YAML of mappings/oso/rules as it is written: the models, before anything is expanded."""

from typing import TypeVar

from pydantic import Field

from dod2oso.base.models import Strict
from dod2oso.oso.versions import in_range, within

T = TypeVar("T")
Ranged = str | dict[str, str]  # one value, or one per range of versions ("1.1.1-2016.1", "2017.1-")


class Bilingual(Strict):
    nl: str
    en: str


class Spanned(Strict):
    """Something that counts in a range of versions, both ends included."""

    since: str | None = None
    until: str | None = None

    def covers(self, version: str) -> bool:
        return within(version, self.since, self.until)


class RuleText(Spanned):
    """One rule. `like` borrows message and remedy from another rule; `law` is the article that asks the same."""

    fires: Ranged
    official: Ranged | None = None
    nl: str | None = None
    en: str | None = None
    remedy: Bilingual | None = None
    like: str | None = None
    law: str | None = None
    note: str = ""


class Section(Spanned):
    """Rules that share a place and a condition."""

    at: Ranged
    if_: str | None = Field(None, alias="if")
    official: Ranged | None = None
    advised: str | None = None
    rules: dict[str, RuleText]


class SectionFile(Spanned):
    layer: str
    sections: tuple[Section, ...]


class CodePlace(Spanned):
    """An element held against a code list when `a/b` at `all */a/b` does not say it."""

    at: str
    element: str | None = None
    fires: str | None = None


class CodelistFile(Strict):
    layer: str
    nl: str
    en: str
    remedy: Bilingual
    remedy_long: Bilingual
    places: dict[str, tuple[str | CodePlace, ...]]
    notes: dict[str, str]


class Choice(Spanned):
    word: str
    nl: str
    en: str
    remedy: Bilingual


class Category(Spanned):
    name: Bilingual
    number: str = ""
    looks_for: dict[str, str] = {}
    note: str = ""


class CategoryFile(Spanned):
    layer: str
    choices: dict[str, Choice]
    categories: dict[str, Category]


class BasisFile(Strict):
    variables: dict[str, str]
    flags: dict[str, str]
    patterns: dict[str, str]
    stops: dict[str, dict[str, tuple[str, ...]]]


def pick(value: T | dict[str, T], version: str) -> T | None:
    """The value for this version, None when no range holds it."""
    if not isinstance(value, dict):
        return value
    return next((found for key, found in value.items() if in_range(version, key)), None)
