"""From the arguments of a command to exports: files as given, everything in folders and zips, databases by URL.

In one folder or zip every XML document and spreadsheet is an export of its own; all text tables together are one; all
OSO dossiers of one version together are one. What is no export may be an attachment of those beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dod2oso.errors import ExportError, UsageError
from dod2oso.legacy.container.archive import nested_archive, open_archive
from dod2oso.legacy.container.kinds import FileKind, kind_of_file, oso_version
from dod2oso.legacy.container.member import FoundExport, Kind, Member, file_member
from dod2oso.legacy.container.pins import Pins

_KINDS: dict[FileKind, Kind] = {"oso": "oso", "table": "tables", "spreadsheet": "spreadsheet"}  # else XML, or so we try


class Sources(NamedTuple):
    """What was found. `empty`: folders without a single export; `skipped`: files beside exports that are none.

    `open`: zips for which a PIN was given though they have none.
    """

    exports: tuple[FoundExport, ...]
    empty: tuple[str, ...]
    skipped: int
    open: tuple[str, ...] = ()


def find_exports(arguments: Sequence[str | Path], pins: Pins | None = None) -> Sources:
    """Expand the arguments, in order, folders sorted by name; UsageError when an argument does not exist."""
    finder = _Finder(pins or Pins())
    for argument in arguments:
        if "://" in str(argument) or ":////" in str(argument):
            finder.database(str(argument))
            continue
        path = Path(argument)
        if not path.exists():
            raise UsageError(
                f"'{path.name}' bestaat niet. Geef een bestand of een map met exports.",
                f"'{path.name}' does not exist. Give a file or a folder with exports.",
            )
        if path.is_dir():
            finder.folder(path)
        else:
            finder.file(path)
    return Sources(tuple(finder.exports), tuple(finder.empty), finder.skipped, tuple(finder.open))


@dataclass(slots=True)
class _Place:
    """A folder or zip: what lies in it, and the name that its exports get in front."""

    prefix: str
    name: str  # of the place itself, for exports of more than one file
    path: Path | None  # of the file or folder on disk, to tell places of the same name apart
    protected: bool = False
    nested: bool = False


class _Finder:
    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self.exports: list[FoundExport] = []
        self.empty: list[str] = []
        self.open: list[str] = []
        self.skipped = 0
        self._taken: set[str] = set()
        self._seen: set[Path] = set()

    def database(self, url: str) -> None:
        self.exports.append(FoundExport(self._unique(_database_name(url), None), "database", url=url))

    def file(self, path: Path) -> None:
        """A file that the user named: an export whatever it looks like."""
        if path.resolve() in self._seen:
            return
        self._seen.add(path.resolve())
        member = file_member(path, path.name)
        head = member.head()
        kind = kind_of_file(path.name, head)
        if kind == "zip":
            self._zip(path, path, path.name)
        elif kind == "database":
            self.database(f"sqlite:///{path.resolve()}")
        else:
            self.exports.append(FoundExport(self._unique(path.name, path), _KINDS.get(kind, "xml"), (member,)))

    def folder(self, folder: Path) -> None:
        """Every file below a folder, hidden ones and links that lead out of it left out."""
        top = folder.resolve()
        paths = [
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.resolve().is_relative_to(top)
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        ]
        before = len(self.exports)
        fresh = [path for path in paths if path.resolve() not in self._seen]
        self._seen.update(path.resolve() for path in fresh)
        members = [file_member(path, path.relative_to(folder).as_posix()) for path in fresh]
        disk = {member.name: path for member, path in zip(members, fresh, strict=True)}
        self.skipped += self._place(_Place("", folder.resolve().name, folder), members, disk)
        if len(self.exports) == before and len(fresh) == len(paths):
            self.empty.append(folder.name or top.name)

    def _place(self, place: _Place, members: Sequence[Member], disk: dict[str, Path] | None = None) -> int:
        """The exports among the members of one folder or zip; returns how many members are none."""
        kinds: dict[str, FileKind] = {}
        for member in members:
            try:
                kinds[member.name] = kind_of_file(member.name, member.head())
            except (ExportError, OSError):
                kinds[member.name] = "xml"  # cannot be opened: it is told when it is read
        loose = tuple(member for member in members if kinds[member.name] == "other")
        groups: dict[tuple[FileKind, str, str], list[Member]] = {}
        for member in members:
            kind = kinds[member.name]
            if kind == "table":
                groups.setdefault(("table", member.folder, ""), []).append(member)
            elif kind == "oso":
                groups.setdefault(("oso", member.folder, oso_version(member.head()) or ""), []).append(member)
            elif kind != "other":
                groups.setdefault((kind, member.name, ""), []).append(member)
        alone = sum(kind not in ("zip", "database") for kind, _where, _more in groups) == 1
        for (kind, where, more), group in groups.items():
            path = disk[group[0].name] if disk is not None else place.path
            if kind == "zip":
                self._zip(group[0] if disk is None else path or Path(), path, place.prefix + group[0].name, place)
            elif kind == "database" and disk is not None:
                self.database(f"sqlite:///{disk[group[0].name].resolve()}")
            else:
                if alone and place.prefix:  # a zip with one export has its name
                    name = place.name
                else:
                    name = self._unique(_export_name(place, kind, where, more, group), path)
                mine = tuple(member for member in loose if _beside(member, where if kind in ("oso", "table") else ""))
                chosen = _KINDS.get(kind, "xml")
                self.exports.append(FoundExport(name, chosen, tuple(group), mine, alone, protected=place.protected))
        return sum(kind == "other" for kind in kinds.values())

    def _zip(self, source: Path | Member, path: Path | None, name: str, outer: _Place | None = None) -> None:
        name = self._unique(name, path)
        try:
            if isinstance(source, Path):
                members, protected = open_archive(source, name, self._pins)
            elif outer is not None and outer.nested:
                raise _too_deep()
            else:
                members, protected = nested_archive(source, name, self._pins)
            if self._pins and not protected and not (outer is not None and outer.protected):
                self.open.append(name)
            nested = isinstance(source, Member)
            protected = protected or (outer is not None and outer.protected)
            before = len(self.exports)
            self.skipped += self._place(_Place(f"{name}/", name, path, protected, nested), members)
            if len(self.exports) == before:
                raise _nothing_inside()
        except ExportError as error:
            self.exports.append(FoundExport(name, "xml", problem=error))

    def _unique(self, name: str, path: Path | None) -> str:
        """The name, with parent folders in front as far as needed to tell it from another export of this run."""
        parents = list(path.resolve().parents) if path is not None else []
        candidate, depth, again = name, 0, 2
        while candidate in self._taken:
            if depth < len(parents) - 1:
                candidate = f"{parents[depth].name}/{candidate}"
                depth += 1
            else:
                candidate, again = f"{name} ({again})", again + 1
        self._taken.add(candidate)
        return candidate


def _export_name(place: _Place, kind: str, where: str, more: str, group: Sequence[Member]) -> str:
    """A single file under its own name, several under that of their folder."""
    if len(group) == 1 and not place.prefix:
        return group[0].name
    if kind == "oso":
        return f"{place.prefix}{where or place.name} (OSO {more})" if not place.prefix else f"{place.prefix}OSO {more}"
    if kind == "table":
        return f"{place.prefix}{where or (place.name if not place.prefix else 'tabellen')}"
    return place.prefix + where


def _beside(member: Member, folder: str) -> bool:
    return not folder or member.name.startswith(f"{folder}/")


def _database_name(url: str) -> str:
    """Which kind of database and its name: no user, no password, no host."""
    backend, _, rest = url.partition("://")
    name = rest.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{backend.partition('+')[0]}:{name}"


def export_bytes(exports: Iterable[FoundExport]) -> int:
    """The size of all members together."""
    return sum(member.size for export in exports for member in export.members)


def _too_deep() -> ExportError:
    return ExportError(
        "zip-te-diep",
        "Een zip in een zip in een zip wordt niet gelezen. Pak de buitenste uit.",
        "A zip in a zip in a zip is not read. Unpack the outermost.",
    )


def _nothing_inside() -> ExportError:
    return ExportError(
        "zip-zonder-export",
        "In deze zip zit geen export: geen XML, tabel, spreadsheet of EDEX2000-bestand.",
        "There is no export in this zip: no XML, table, spreadsheet or EDEX2000 file.",
    )
