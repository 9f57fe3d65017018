"""What a delivered file is, seen at once: school, layout, pupils, or what is wrong and what to do.

Files are looked at one after the other, apart from the pages, and what was seen is kept until the file changes.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from dod2oso.base.brin import brin_of
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import FoundExport
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import shipped_profiles

ASKS_PIN = frozenset({"pin-nodig", "pin-onjuist"})
UNKNOWN = "export-niet-herkend"
_SCHOOL = "school.brin"
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


def look(path: Path, pins: Pins) -> tuple[Seen, ...]:
    """The exports in a file; none when it holds no export. What is wrong with one stands in it and is never raised."""
    try:
        with reading():
            found = find_exports([path], pins)
        return tuple(_seen(one) for one in found.exports)
    except Dod2osoError as error:
        return (Seen(path.name, problem=error.message, code=error.code),)


def _seen(found: FoundExport) -> Seen:
    problems: list[Dod2osoError] = []
    seen = Seen(found.name)
    with guarded(problems.append), reading(), OpenExport(found) as opened:
        profile = opened.recognise(shipped_profiles())
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


class Looker:
    """Looks at files one after the other; `seen` never waits."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="look")
        self._found: dict[Stamp, Future[tuple[Seen, ...]]] = {}
        self._lock = Lock()

    def seen(self, stamp: Stamp, pins: Pins) -> tuple[Seen, ...] | None:
        """What is in a file; None as long as it is not looked at."""
        with self._lock:
            future = self._found.get(stamp)
            if future is None:
                for old in [one for one in self._found if one.path == stamp.path]:
                    self._found.pop(old).cancel()
                future = self._found[stamp] = self._pool.submit(partial(look, stamp.path, pins))
        return future.result() if future.done() else None

    def close(self) -> None:
        """Look at nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
