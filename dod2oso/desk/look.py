"""What a delivered file is, seen at once: school, layout, pupils, or what is wrong and what to do.

Files are looked at one after the other, apart from the pages, and what was seen is kept until the file changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.brin import brin_of
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.texts import Text
from dod2oso.desk.beside import Beside
from dod2oso.desk.kept import Kept
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import FoundExport
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.profile import LoadedProfile, profile_problems

ASKS_PIN = frozenset({"pin-nodig", "pin-onjuist"})
UNKNOWN = "export-onbekend"
_SCHOOL = "school.brin"
_TABLES = frozenset({".csv", ".tsv", ".txt"})
_RECORDS = 500  # of which the school is read: an export of several has them mixed


@dataclass(frozen=True, slots=True)
class Seen:
    """One export in a file. `schools`: BRINs; `problem`: why it cannot be read, None when it can."""

    name: str
    layout: str = ""
    pupils: int = 0
    schools: tuple[str, ...] = ()
    problem: Text | None = None
    code: str = ""

    @property
    def asks_pin(self) -> bool:
        return self.code in ASKS_PIN

    @property
    def unknown(self) -> bool:
        """Whether nothing is wrong with it but that nobody knows its layout."""
        return self.code == UNKNOWN


class Stamp(NamedTuple):
    """What changes when a file does, or what it may be opened with."""

    path: Path
    size: int
    changed: int
    pins: int
    profiles: str  # of the project, as `profiles_stamp` says
    beside: tuple[tuple[str, int, int], ...] = ()  # see `tables_beside`


def look(path: Path, pins: Pins, own: Sequence[Path]) -> tuple[Seen, ...]:
    """The exports in a file; none when it holds no export. What is wrong with one stands in it and is never raised."""
    try:
        with reading():
            found = exports_of(path, pins)
        known = known_profiles(None, own, lambda _told: None)  # the page says which one is broken
        return tuple(_seen(one, known) for one in found)
    except Dod2osoError as error:
        return (Seen(path.name, problem=error.message, code=error.code),)


def exports_of(path: Path, pins: Pins) -> tuple[FoundExport, ...]:
    """The exports that a file is, or is a part of: the tables of one folder together are one, as a run reads them."""
    if tables_beside(path):
        whole = find_exports([path.parent], pins).exports
        mine = tuple(one for one in whole if any(each.path == path for each in one.members))
        if mine:
            return mine
    return find_exports([path], pins).exports


def tables_beside(path: Path) -> tuple[tuple[str, int, int], ...]:
    """The other text tables in the folder of one, each with its size and moment of change; of another file none."""
    if path.suffix.lower() not in _TABLES:
        return ()
    others = (each for each in sorted(path.parent.iterdir()) if each.suffix.lower() in _TABLES and each != path)
    found = ((each.name, each.stat()) for each in others if each.is_file() and not each.name.startswith("."))
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in found)


def _seen(found: FoundExport, known: Sequence[LoadedProfile]) -> Seen:
    problems: list[Dod2osoError] = []
    seen = Seen(found.name)
    with guarded(problems.append), reading(), OpenExport(found) as opened:
        profile = opened.recognise(known)
        export = opened.export(BoundProfile(profile, load_dictionary()))
        export.survey()
        seen = Seen(found.name, profile.name, export.records, tuple(sorted(set(_brins(export)))))
    for error in problems:
        seen = replace(seen, problem=error.message, code=error.code)
    return seen


def _brins(export: Export) -> Iterator[str]:
    for dossier in islice(export.dossiers(), _RECORDS):
        cell = dossier.root.fields.get(_SCHOOL)
        brin = brin_of(str(cell.value)) if cell is not None else ""
        if brin:
            yield brin


def profiles_stamp(own: Sequence[Path]) -> str:
    """What changes when a profile of the project does."""
    states = [(path.name, path.stat()) for path in own]
    return " ".join(f"{name} {state.st_size} {state.st_mtime_ns}" for name, state in states)


_problems: Kept[Text | None] = Kept()


def broken_profiles(own: Sequence[Path]) -> list[Text]:
    """What is wrong with profiles of the project, the first thing of each; kept until the file changes."""
    told = []
    for path in own:
        problem = _problems.of(path, profiles_stamp([path]), partial(_broken, path))
        if problem is not None:
            told.append(problem)
    return told


def _broken(path: Path) -> Text | None:
    wrong = profile_problems(path)
    return Text("own-profile-broken", file=path.name, problem=wrong[0]) if wrong else None


class Looker:
    """Looks at files one after the other; `seen` never waits."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def seen(self, stamp: Stamp, pins: Pins, own: Sequence[Path]) -> tuple[Seen, ...] | None:
        """What is in a file; None as long as it is not looked at. `own`: the profiles of the project."""
        return self._beside.of(("look", stamp.path), stamp, partial(look, stamp.path, pins, own))
