"""The kits of the rehearsal as they stand in mappings/qualification: scenarios, requirements and the made-up pupils."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from dod2oso.base.errors import UsageError
from dod2oso.base.models import Strict, validate
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.generate.numbers import free_bsns, onderwijsnummer
from dod2oso.oso.versions import VERSIONS

Certainty = Literal["C", "I", "U"]
Role = Literal["bron", "doel", "swv", "school"]
State = Literal["staged", "ready", "held", "for-another"]
M = TypeVar("M", bound=Strict)
_LEAST = ("C", "I", "U")  # from certain to unknown


def least(*certainties: Certainty) -> Certainty:
    """The least certain of these."""
    return max(certainties, key=_LEAST.index)


class Said(Strict):
    """A sentence in both languages."""

    nl: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl


class Requirement(Said):
    """One thing that a system in the chain must do; `years` empty: all."""

    roles: tuple[Role, ...]
    certainty: Certainty
    source: str
    years: tuple[str, ...] = ()

    def holds(self, role: str, year: str) -> bool:
        """Whether it is asked of this role in this year."""
        return role in self.roles and (not self.years or year in self.years)


class Expected(Strict):
    """What a machine judges: a check of checks.py. `of`: only in the kit of this role."""

    check: str
    certainty: Certainty
    word: str = ""
    least: int = 0
    of: Role | None = None


class Asked(Said):
    """What only a person sees. `of`: only in the kit of this role."""

    certainty: Certainty
    of: Role | None = None


class With(Strict):
    """The words of a play."""

    pupil: str
    other: str = ""
    kind: Literal["overstapdossier", "overdrachtbinnenbrin", "swvaanvraag"] = "overstapdossier"
    date: Literal["", "before", "after"] = ""
    message: str = ""
    word: str = ""
    bron: Literal["", "delivers-outdated"] = ""


class Scenario(Said):
    """One scenario; nl and en say what is given. `fact`: the row of facts, where that is not its own name."""

    roles: tuple[Role, ...]
    years: Mapping[str, Certainty]
    group: str
    play: str = ""
    words: Annotated[With | None, Field(alias="with")] = None
    expect: tuple[Expected, ...] = ()
    asks: Asked | None = None
    untestable: Said | None = None
    verifies: tuple[str, ...]
    source: str
    fact: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> "Scenario":
        if (self.words is not None) != bool(self.play) or bool(self.expect) != bool(self.play):
            raise ValueError("play, with and expect go together")
        if not self.play and self.asks is None and self.untestable is None:
            raise ValueError("neither run, asked, nor told why not")
        return self

    def expected(self, role: str) -> tuple[Expected, ...]:
        """What is judged of a system with this role."""
        return tuple(each for each in self.expect if each.of is None or each.of == role)


class Year(Strict):
    """The messages and dossiers of a year: see the head of kits.yaml."""

    wire: str
    oso: str
    certainty: Certainty
    older: bool = False


class Pupil(Strict):
    """A made-up pupil. `number`: digits, or which free bsn or onderwijsnummer; without `bron` no school knows it."""

    number: str
    bron: Literal["po", "vo"] | None = None
    transfer: str = ""
    state: State = "ready"
    oso: str = ""
    attachments: int = 0
    without: tuple[Literal["final-test", "revised-advice"], ...] = ()

    @property
    def pgn(self) -> str:
        """The nine digits that a receiver asks with."""
        kind, _, place = self.number.rpartition(" ")
        if not kind:
            return self.number
        return free_bsns()[_FIRST + int(place)] if kind == "bsn" else onderwijsnummer(int(place))


class Schools(Strict):
    """The BRINs of the rehearsal: two that send, one that receives, one that may not."""

    po: str
    vo: str
    doel: str
    other: str


class _Cast(Strict):
    cast: Literal[1]
    schools: Schools
    pupils: dict[str, Pupil]


class _Role(Said):
    since: str = ""  # the first year in which there are systems with this role


class _Kits(Strict):
    kits: Literal[1]
    version: str
    roles: dict[Role, _Role]
    years: dict[str, Year]


class _Scenarios(Strict):
    scenarios: Literal[1]
    listed: Annotated[dict[str, Scenario], Field(alias="list")]


class _Requirements(Strict):
    requirements: dict[str, Requirement]


_FIRST = 700  # of the free BSNs, so that no pupil of the samples is among them


@dataclass(frozen=True, slots=True)
class Kit:
    """A role and a year: what is rehearsed together."""

    role: Role
    year: str
    version: str
    speaks: Year
    scenarios: Mapping[str, Scenario]

    @property
    def name(self) -> str:
        return f"{self.role}-{self.year}"

    def certainty(self, scenario: Scenario) -> Certainty:
        """How certain it is that a scenario holds in this year, and in the messages that are spoken for it."""
        of_year = scenario.years[self.year]
        return least(of_year, self.speaks.certainty) if scenario.play else of_year

    def title(self, lang: str) -> str:
        return f"OSO'{self.year}, {_kits().roles[self.role].text(lang)}"

    def requirements(self) -> dict[str, Requirement]:
        """What is asked of this role in this year."""
        return {name: each for name, each in requirements().items() if each.holds(self.role, self.year)}

    def verifying(self, requirement: str) -> list[str]:
        """The scenarios of this kit that verify a requirement."""
        return [name for name, each in self.scenarios.items() if requirement in each.verifies]

    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.group for each in self.scenarios.values()))

    def chosen(self, only: Sequence[str]) -> list[str]:
        """The scenarios with these names or of these groups, all when none is named; UsageError for an unknown one."""
        found: list[str] = []
        for word in only:
            named = [n for n, each in self.scenarios.items() if word in (each.group, n)]
            if not named:
                known = (*self.groups(), *self.scenarios)
                raise UsageError("qualify-scenario-unknown", kit=self.name, hint=did_you_mean(word, known), name=word)
            found += named
        return list(dict.fromkeys(found)) if only else list(self.scenarios)


def kits() -> Iterator[Kit]:
    """Every kit that has a scenario, by role and year."""
    for role, spec in _kits().roles.items():
        for year, speaks in _kits().years.items():
            if year < spec.since:
                continue
            found = {n: each for n, each in scenarios().items() if role in each.roles and year in each.years}
            if found:
                yield Kit(role, year, _kits().version, speaks, found)


def kit(name: str) -> Kit:
    """The kit with this name; UsageError, with all names, when there is none."""
    known = {each.name: each for each in kits()}
    if name.lower() not in known:
        raise UsageError("qualify-kit-unknown", hint=did_you_mean(name, known), known=", ".join(known))
    return known[name.lower()]


@cache
def requirements() -> dict[str, Requirement]:
    """Every requirement, by name."""
    return _read("requirements.yaml", _Requirements).requirements


@cache
def scenarios() -> dict[str, Scenario]:
    """Every scenario, by name, in the order of the file."""
    return _read("scenarios.yaml", _Scenarios).listed


@cache
def pupils() -> dict[str, Pupil]:
    """The made-up pupils, by name."""
    return _read("cast.yaml", _Cast).pupils


@cache
def schools() -> Schools:
    """The schools of the rehearsal."""
    return _read("cast.yaml", _Cast).schools


def outdated_versions() -> tuple[str, ...]:
    """Versions of dossiers that the cast has besides those of the kits."""
    named = {each.oso for each in pupils().values() if each.oso}
    return tuple(version for version in VERSIONS if version in named)


@cache
def _kits() -> _Kits:
    return _read("kits.yaml", _Kits)


def _read(name: str, model: type[M]) -> M:
    file = load(mappings_dir() / "qualification" / name)
    return validate(model, file.data, file)
