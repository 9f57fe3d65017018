"""Read exports as records in the words of the dictionary, without converting anything."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dod2oso.base.errors import ExportError
from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import gather_pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.record import Group, LegacyDossier

T = TypeVar("T")
Problem = Callable[[str, ExportError], object]  # told of an export that cannot be read: its name, and why


@dataclass(frozen=True, slots=True)
class Record:
    """One pupil in an export, as the export says it and in the words of the dictionary (docs/mapping.md).

    `values`: dictionary name -> text in the notation of the dictionary, or a list of such dicts for what repeats. It
    holds personal data and is left out when the record is printed. `findings`: what could not be read, and why.
    `unread`: path in the export -> number of values that the profile does not know.
    """

    export: str
    profile: str
    number: int  # of the record in its export, from 1
    values: dict[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]
    unread: dict[str, int]


def read_exports(
    *exports: str | Path,
    profile: str | None = None,
    own_profiles: Sequence[str | Path] = (),
    pin_file: str | Path | None = None,
    problem: Problem | None = None,
) -> Iterator[Record]:
    """Every pupil in these exports, in their order; one at a time, so that memory stays flat.

    exports: files, folders, zips or database URLs. profile: the name or file of the one source profile to use, else it
    is recognised. own_profiles: profiles to try beside those that come along. pin_file: a PIN of a protected zip on
    each line. problem: is told of an export that cannot be read, and the others go on; without it that is an
    ExportError.

    Raises UsageError when an argument does not exist, ConfigurationError for a profile that is wrong.

    >>> import dod2oso
    >>> first = next(dod2oso.read_exports("samples/formaten/edexml-2.1.xml"))
    >>> first.profile, first.number
    ('edexml-2.1', 1)
    >>> sorted(first.values)[:3]
    ['export.aanmaakdatum', 'export.auteur', 'export.layoutversie']
    """
    return each_export(
        exports, _records, profile=profile, own_profiles=own_profiles, pin_file=pin_file, problem=problem
    )


def _records(name: str, profile: str, export: Export) -> Iterator[Record]:
    return (as_record(name, profile, legacy) for legacy in export.dossiers())


def as_record(export: str, profile: str, legacy: LegacyDossier) -> Record:
    """A record as others see it."""
    return Record(export, profile, legacy.number, _values(legacy.root), tuple(legacy.findings), dict(legacy.unread))


def each_export(
    exports: Sequence[str | Path],
    take: Callable[[str, str, Export], Iterator[T]],
    *,
    profile: str | None,
    own_profiles: Sequence[str | Path],
    pin_file: str | Path | None,
    problem: Problem | None,
) -> Iterator[T]:
    """What `take` makes of each export, given its name, that of its profile, and the export itself, surveyed."""
    pins = gather_pins(Path(pin_file) if pin_file is not None else None)
    sources = find_exports(exports, pins)
    profiles = known_profiles(profile, [Path(each) for each in own_profiles])
    for found in sources.exports:
        with _told(found.name, problem), OpenExport(found) as opened:
            with reading():
                known = opened.recognise(profiles)
                export = opened.export(BoundProfile(known, load_dictionary()))
                export.survey()
            yield from take(found.name, known.name, export)


@contextmanager
def _told(name: str, problem: Problem | None) -> Iterator[None]:
    if problem is None:
        yield
        return
    with guarded(lambda error: problem(name, error)):
        yield


def _values(group: Group) -> dict[str, Any]:
    said: dict[str, Any] = {name: cell.value for name, cell in group.fields.items()}
    return said | {name: [_values(each) for each in groups] for name, groups in group.lists.items()}
