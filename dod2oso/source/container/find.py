"""What a run reads: arguments in, exports out, each with its name, kind, files and loose attachments.

An argument is a file, a folder, a zip (with or without PIN, with zips in it) or a database URL. What a file is, its
content says. A problem with one export is kept with it, for the run to tell; the others go on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from dod2oso.base.errors import ExportError, UsageError
from dod2oso.source.container.archive import Pools
from dod2oso.source.container.beside import beside
from dod2oso.source.container.database import is_database_url
from dod2oso.source.container.discreet import renamed
from dod2oso.source.container.gather import Found, Gatherer, Parts, Spot
from dod2oso.source.container.member import FoundExport, Member, safe_name
from dod2oso.source.container.names import Names
from dod2oso.source.container.own import NotOurs
from dod2oso.source.container.pins import Pins
from dod2oso.source.formats.format import SourceFormat


class Sources(NamedTuple):
    """What was found. `empty`: folders without a single export; `open`: zips for which a PIN was given without need.

    `loose`: files that are no export, by identity of their member, each with what it is; `left`: what was not looked
    into, counted. Both in keys of unread.DOCUMENTS.
    """

    exports: tuple[FoundExport, ...]
    empty: tuple[str, ...]
    open: tuple[str, ...] = ()
    loose: tuple[tuple[Member, str], ...] = ()
    left: Counter[str] = Counter()
    renamed: Mapping[str, str] = MappingProxyType({})  # names that may not be told, and what is said for them

    def told_as(self, discreet: Callable[[str], str]) -> "Sources":
        """The same with names that may leave."""
        names = [each.name for each in self.exports]
        return self._replace(
            exports=tuple(replace(each, name=discreet(each.name)) for each in self.exports),
            empty=tuple(map(discreet, self.empty)),
            open=tuple(map(discreet, self.open)),
            renamed=renamed((*names, *self.empty), discreet),
        )

    @property
    def skipped(self) -> int:
        """How many files are no export."""
        return len(self.loose) + self.left.total()


def find_exports(arguments: Sequence[str | Path], pins: Pins | None = None, not_ours: NotOurs | None = None) -> Sources:
    """Expand the arguments, in order, folders and zips sorted by name.

    In a folder or zip every XML file and every spreadsheet is an export; the tables (CSV, TSV, TXT with columns) of one
    folder together are one, so are the EDEX2000 files, and so are the OSO dossiers of one version. A file that is named
    as argument is meant as export, whatever it is, and has no attachments: those come with a folder or zip. The same
    file twice counts once. Zips are opened, so this may ask for a PIN. UsageError when an argument does not exist or is
    a URL that makes no sense. What `not_ours` knows is no export unless it is itself named as argument.
    """
    pools = Pools()
    # no PIN known yet is no reason not to ask for one
    gatherer = Gatherer(Pins() if pins is None else pins, pools, not_ours=not_ours or NotOurs())
    empty: list[str] = []
    try:
        for argument in arguments:
            if is_database_url(str(argument)):
                gatherer.database(str(argument))
                continue
            path = Path(argument)
            if not path.exists():
                raise _absent(path)
            if not path.is_dir():
                gatherer.file(path)
            elif not gatherer.folder(path):
                empty.append(safe_name(path.name or path.resolve().name))
    finally:
        pools.close()
    loose = [found for found in gatherer.found if found.format is None]
    exports = _exports(_together(gatherer.found), gatherer.zips, loose)
    documents = tuple((each.member, each.document) for each in loose if each.member is not None)
    return Sources(exports, tuple(empty), tuple(gatherer.open), documents, gatherer.left)


@dataclass(slots=True)
class _Draft:
    """An export in the making, of files that belong together."""

    format: SourceFormat
    found: list[Found]

    @property
    def folder(self) -> Parts:
        return self.found[0].spot.folder

    @property
    def takes_loose_files(self) -> bool:
        """Not when the user named (one of) its files: then what lies beside those is not ours to take."""
        return self.problem is None and not any(each.where.named for each in self.found) and self.format.takes_files

    @property
    def problem(self) -> ExportError | None:
        return self.format.lacking({each.spot.parts[-1].upper() for each in self.found}) or self.found[0].problem

    def spot(self, zips: Iterable[Spot]) -> Spot:
        """Where it is, for its name: the zip in which it is the only one, its file, or the folder of its files."""
        first = self.found[0].spot
        for each in zips:
            if first.parts[: len(each.parts)] == each.parts:
                return each
        if len(self.found) == 1:
            return first
        return Spot(first.folder, max(1, first.shown - 1), first.root)


def _together(found: Iterable[Found]) -> list[_Draft]:
    """The exports, in the order of their first file."""
    drafts: dict[object, _Draft] = {}
    for number, each in enumerate(found):
        if each.format is not None:
            together = each.format.together and each.problem is None
            key = (each.spot.folder, each.format.name, each.group) if together else number
            drafts.setdefault(key, _Draft(each.format, [])).found.append(each)
    return list(drafts.values())


def _exports(drafts: Sequence[_Draft], zips: Sequence[Spot], loose: Sequence[Found]) -> tuple[FoundExport, ...]:
    near = beside([draft.folder for draft in drafts if draft.takes_loose_files], [zip_.parts for zip_ in zips], loose)
    files = [tuple(near.get(draft.folder, ())) if draft.takes_loose_files else () for draft in drafts]
    owners = Counter(id(file) for mine in files for file in mine)
    crowd = Counter(
        each.found[0].spot.parts[:depth] for each in drafts for depth in range(len(each.found[0].spot.parts))
    )
    single = [zip_ for zip_ in zips if crowd[zip_.parts] == 1]
    names = Names()
    return tuple(
        _export(draft, names, draft.spot(single), mine, all(owners[id(file)] == 1 for file in mine))
        for draft, mine in zip(drafts, files, strict=True)
    )


def _export(draft: _Draft, names: Names, spot: Spot, loose: Sequence[Member], alone: bool) -> FoundExport:
    first = draft.found[0]
    members = [each.member for each in draft.found if each.member is not None]
    several = draft.format.label(first.group) if len(members) > 1 and spot.parts == first.spot.folder else ""
    return FoundExport(
        names.unique((*spot.parts[:-1], spot.parts[-1] + several), spot.shown, draft.format.word),
        draft.format.kind,
        tuple(sorted(members, key=lambda member: member.name)),
        tuple(sorted(loose, key=lambda member: member.name)),
        alone,
        draft.problem,
        first.where.protected,
        first.url,
    )


def _absent(path: Path) -> UsageError:
    name = safe_name(path.name)
    return UsageError("source-absent", name=name)
