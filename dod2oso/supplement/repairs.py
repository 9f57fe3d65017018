"""The repairs that people can make (mappings/repairs.yaml): what to fill in and which causes that takes away.

A cause is the key of an OSO rule, the code of a finding (or `code@OSO-path`), or `leeg@OSO-path`: an element that the
schema wants and that is absent.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dod2oso.base.caches import by_version
from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.mapping.plan import Plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.supplement import consent

EMPTY = "leeg@"
Who = Literal["school", "bestuur"]


class Words(Strict):
    """One text in both languages."""

    nl: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl


class Fill(Strict):
    """One column of the supplement; `path` is the OSO field it becomes, `value` one that may stand there.

    `replace`: also asked when the dossier has a value, for that value is what is wrong.
    """

    column: str
    path: str = ""
    value: str
    help: Words | None = None
    choices: tuple[str, ...] = ()
    replace: bool = False

    @property
    def target(self) -> str:
        return self.path or self.column


class _Repair(Strict):
    nl: str
    en: str
    who: Who
    solves: tuple[str, ...]
    fill: tuple[Fill, ...]
    also: dict[str, str] = {}
    after: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class _File(Strict):
    repairs: Literal[1]
    does: dict[str, _Repair]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair; see the head of repairs.yaml. `number` is its place in that file."""

    key: str
    number: int
    nl: str
    en: str
    who: Who
    solves: tuple[str, ...]
    fill: tuple[Fill, ...]
    also: dict[str, str]
    after: tuple[str, ...]
    unless: tuple[str, ...]

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl


@lru_cache(maxsize=1)
def repairs() -> dict[str, Repair]:
    """All repairs by key, in the order in which they are decided about."""
    return {
        key: Repair(
            key, number, one.nl, one.en, one.who, one.solves, one.fill, one.also, one.after, one.unless
        )
        for number, (key, one) in enumerate(_read().does.items())
    }  # fmt: skip


def elsewhere() -> tuple[str, ...]:
    """Patterns of the rules that no repair takes away."""
    return _read().elsewhere


@lru_cache(maxsize=1)
def _read() -> _File:
    file = load(mappings_dir() / "repairs.yaml")
    return validate(_File, file.data, file)


@dataclass(frozen=True, slots=True)
class Repairs:
    """The repairs that a version and transfer know, by the cause they take away."""

    by_cause: dict[str, Repair]

    def of(self, cause: str) -> Repair | None:
        """The repair for a cause; `code@path` falls back on `code`."""
        return self.by_cause.get(cause) or self.by_cause.get(cause.partition("@")[0])


def repairs_for(plan: Plan) -> Repairs:
    """The repairs of this plan: only with columns that the supplement accepts here."""
    return _for(plan.version, frozenset(plan.leaves), frozenset(plan.readers))


@by_version
def _for(version: str, leaves: frozenset[str], read: frozenset[str]) -> Repairs:
    known = catalogue(version)
    by_cause: dict[str, Repair] = {}
    for repair in repairs().values():
        usable = all(
            fill.column == consent.CONSENT  # also where OSO has no field for it: the law asks for it all the same
            or (known.at(fill.target) is not None and _accepted(fill.column, leaves, read))
            for fill in repair.fill
        )
        if usable:
            by_cause.update(dict.fromkeys(repair.solves, repair))
    return Repairs(by_cause)


def _accepted(column: str, leaves: frozenset[str], read: frozenset[str]) -> bool:
    return column in leaves if "/" in column else column.replace("[1]", "[]") in read
