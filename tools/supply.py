"""What dod2oso is made of besides itself: the packages of requirements.lock, and what was judged of each.

The product is what `pip install dod2oso`, with all its extras, brings; the rest of the lock is for whoever works on it.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dod2oso.base.yaml import load

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
JUDGED = ROOT / "tools" / "packages.yaml"
OURSELVES = "dod2oso"
BASE = ""
_PACKAGE = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? \\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^    #(?: via)?\s+([a-z0-9][a-z0-9._-]*)(?: \(pyproject\.toml\))?$")
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)")
_COPYLEFT = re.compile(r"\b(?:A|L)?GPL|\bMPL|\bEUPL|\bCDDL|\bEPL")


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock: its version, for which machines (an environment marker, or empty), the SHA-256 of each
    of its files, and the names of the packages that need it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: frozenset[str]


class Judged(BaseModel):
    """What somebody who looked says of a package, in packages.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    licence: str  # an SPDX expression
    stated: bool = True  # False: the package itself states none, or another; `why` says from where we have it
    newest: str = ""  # month of its newest version when it was looked at; only of the product
    why: str = ""  # why it may be here all the same: copyleft, no licence stated, or no version for long

    @property
    def copyleft(self) -> bool:
        """Whether every reading of the licence asks something of whoever passes the package on."""
        return all(_COPYLEFT.search(choice) for choice in self.licence.split(" OR "))


class Judgements(BaseModel):
    """The whole of packages.yaml; `looked` is the month in which `newest` was looked up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    looked: str
    packages: dict[str, Judged]


def locked(text: str | None = None) -> list[Package]:
    """The packages of the lock, in its order; a name stands twice where Pythons need different versions."""
    made: list[Package] = []
    lines = (LOCK.read_text(encoding="utf-8") if text is None else text).splitlines()
    starts = [number for number, line in enumerate(lines) if _PACKAGE.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        head, rest = _PACKAGE.match(lines[start]), lines[start + 1 : end]
        assert head is not None  # noqa: S101  # it is in `starts` because of this
        hashes = tuple(sorted(found[1] for line in rest if (found := _HASH.search(line))))
        via = frozenset(found[1] for line in rest if (found := _VIA.match(line)))
        made.append(Package(head[1], head[2], head[3] or "", hashes, via))
    return made


def judgements() -> Judgements:
    """What packages.yaml says."""
    return Judgements.model_validate(load(JUDGED).data)


def asked() -> dict[str, set[str]]:
    """What pyproject.toml asks for: the base (`BASE`) and each extra but `dev`, with the names of its packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: wanted for name, wanted in project["optional-dependencies"].items() if name != "dev"}
    return {part: set(map(_name, wanted)) for part, wanted in {BASE: project["dependencies"], **extras}.items()}


def parts(packages: Iterable[Package]) -> dict[str, set[str]]:
    """Of every package of the product the parts that bring it: `BASE`, or extras; no package for developers only."""
    wanted_by: dict[str, set[str]] = {}
    for package in packages:
        wanted_by.setdefault(package.name, set()).update(package.wanted_by)
    found: dict[str, set[str]] = {}
    for part, names in asked().items():
        reached, waiting = set(), set(names)
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= {other for other, by in wanted_by.items() if name in by} - reached
        for name in reached:
            found.setdefault(name, set()).add(part)
    return found


def _name(requirement: str) -> str:
    found = _REQUIREMENT.match(requirement)
    assert found is not None  # noqa: S101  # pip has read it before us
    return re.sub(r"[-_.]+", "-", found[1]).lower()
