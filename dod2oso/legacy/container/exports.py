"""What a run reads: arguments in, exports out, each with its name, kind, files and loose attachments.

An argument is a file, a folder, a zip (with or without PIN, with zips in it) or a database URL. What a file is, its
content says. A problem with one export is kept with it, for the run to tell; the others go on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from dod2oso.errors import ExportError, UsageError
from dod2oso.legacy.container.archive import Pools
from dod2oso.legacy.container.beside import beside
from dod2oso.legacy.container.database import is_database_url
from dod2oso.legacy.container.gather import Found, Gatherer, Parts, Spot
from dod2oso.legacy.container.member import Member, safe_name
from dod2oso.legacy.container.names import Names
from dod2oso.legacy.container.pins import Pins
from dod2oso.legacy.container.problems import problem

Kind = Literal["xml", "tables", "spreadsheet", "edex2000", "oso-dossiers", "database"]

_KINDS: dict[str, Kind] = {
    "xml": "xml",
    "table": "tables",
    "spreadsheet": "spreadsheet",
    "edex2000": "edex2000",
    "oso": "oso-dossiers",
    "sqlite": "database",
}
_WHAT = {
    "xml": "XML",
    "tables": "tabellen",
    "spreadsheet": "spreadsheet",
    "edex2000": "EDEX2000",
    "oso-dossiers": "OSO",
    "database": "database",
}
_TOGETHER = frozenset({"tables", "edex2000", "oso-dossiers"})  # the files of one folder are one export


@dataclass(frozen=True, slots=True)
class Export:
    """One export. `name` is unique in a run and safe to print; `members` are its files, sorted by name.

    An export with a `problem` cannot be read: raise that where it would be read. A database has a `url` (never to be
    shown), and its file as member when it is one. `attachments` are the loose files (PDF, DOC, ...) beside the members,
    which a profile may name; exports of one folder share them.
    """

    name: str
    kind: Kind
    members: tuple[Member, ...] = ()
    attachments: tuple[Member, ...] = ()
    url: str | None = field(default=None, repr=False)
    problem: ExportError | None = None


class Sources(NamedTuple):
    """What was found. `empty`: names of folders without a single export; `skipped`: files that are nothing to us.

    `notes` are messages (nl, en) for the user that stop nothing: a PIN was given for zips that are not protected.
    """

    exports: tuple[Export, ...]
    empty: tuple[str, ...]
    skipped: int
    notes: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Draft:
    """An export in the making."""

    kind: Kind
    found: list[Found]

    @property
    def folder(self) -> Parts:
        return self.found[0].spot.folder

    @property
    def takes_attachments(self) -> bool:
        """Not when the user named (one of) its files: then what lies beside those is not ours to take."""
        return self.problem is None and not any(each.named for each in self.found)

    @property
    def spot(self) -> Spot:
        """Where it is: its file, or the folder when there are several."""
        first = self.found[0].spot
        if len(self.found) == 1:
            return first
        return Spot(first.folder, max(1, first.shown - 1), first.root)

    @property
    def problem(self) -> ExportError | None:
        files = {each.spot.parts[-1].upper() for each in self.found}
        if self.kind == "edex2000" and "EDEXLL.TXT" not in files:
            return problem("edex2000-onvolledig")
        return self.found[0].problem


def find_exports(arguments: Sequence[str | Path], pins: Pins | None = None) -> Sources:
    """Expand the arguments, in order, folders and zips sorted by name.

    In a folder or zip every XML file and every spreadsheet is an export; the tables (CSV, TSV, TXT with columns) of one
    folder together are one, so are the EDEX2000 files, and so are the OSO dossiers. A file that is named as argument
    is meant as export, whatever it is, and has no attachments: those come with a folder or zip. The same file twice
    counts once. Zips are opened, so this may ask for a PIN. UsageError when an argument does not exist or is a URL that
    makes no sense.
    """
    pools = Pools()
    gatherer = Gatherer(pins or Pins(), pools)
    empty: list[str] = []
    try:
        for argument in arguments:
            if isinstance(argument, str) and is_database_url(argument):
                gatherer.database(argument)
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
    drafts = _together(gatherer.found)
    attachments = [found for found in gatherer.found if found.form == "attachment" and found.problem is None]
    near, lost = beside([draft.folder for draft in drafts if draft.takes_attachments], gatherer.zips, attachments)
    names = Names()
    exports = tuple(
        _export(draft, names, near.get(draft.folder, ()) if draft.takes_attachments else ()) for draft in drafts
    )
    return Sources(exports, tuple(empty), gatherer.skipped + lost, _notes(gatherer))


def _together(found: Iterable[Found]) -> list[_Draft]:
    """The exports, in the order of their first file."""
    drafts: dict[object, _Draft] = {}
    for number, each in enumerate(found):
        if each.form == "attachment":
            continue
        kind = _KINDS.get(each.form, "xml")
        together = kind in _TOGETHER and each.problem is None
        key = (each.spot.folder, kind) if together else number
        drafts.setdefault(key, _Draft(kind, [])).found.append(each)
    return list(drafts.values())


def _export(draft: _Draft, names: Names, attachments: Iterable[Member]) -> Export:
    spot = draft.spot
    members = (each.member for each in draft.found if each.member is not None)
    return Export(
        names.unique(spot.parts, spot.shown, _WHAT[draft.kind]),
        draft.kind,
        tuple(sorted(members, key=lambda member: member.name)),
        tuple(sorted(attachments, key=lambda member: member.name)),
        draft.found[0].url,
        draft.problem,
    )


def _notes(gatherer: Gatherer) -> tuple[tuple[str, str], ...]:
    names = gatherer.unprotected if gatherer.pins.known else []
    if not names:
        return ()
    return (
        (
            f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''}: niet beveiligd, de PIN was niet nodig.",
            f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''}: not protected, the PIN was not needed.",
        ),
    )


def _absent(path: Path) -> UsageError:
    name = safe_name(path.name)
    return UsageError(
        f"'{name}' bestaat niet. Geef een bestand of een map met exports.",
        f"'{name}' does not exist. Give a file or a folder with exports.",
    )
