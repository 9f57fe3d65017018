"""Walk through arguments, folders and zips, and say of every file what it is.

A file has a virtual path: the parts of its real path, and for a file in a zip those inside the zip behind them. With it
files are told apart, grouped and named.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits, sniff
from dod2oso.source.container.archive import Archive, Pools, file_archive, nested_archive
from dod2oso.source.container.database import database_name
from dod2oso.source.container.folder import files_below
from dod2oso.source.container.member import Member, file_member, safe_name
from dod2oso.source.container.own import NotOurs
from dod2oso.source.container.pins import Pins
from dod2oso.source.container.problems import no_access, problem
from dod2oso.source.container.unread import document, holds_data
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import source_formats
from dod2oso.source.formats.start import ATTACHMENTS, HEAD, Start
from dod2oso.source.guard import guarded, reading

Parts = tuple[str, ...]


class Spot(NamedTuple):
    """Where a file is: its virtual path, how many of the last parts its name shows, and where the argument begins."""

    parts: Parts
    shown: int
    root: Parts

    @property
    def name(self) -> str:
        return safe_name("/".join(self.parts[-self.shown :]))

    @property
    def folder(self) -> Parts:
        return self.parts[:-1]

    def below(self, name: str) -> "Spot":
        """A file inside this zip."""
        inside = tuple(name.split("/"))
        return Spot(self.parts + inside, self.shown + len(inside), self.root)


class Where(NamedTuple):
    """What surrounds a file: whether the user named it, in how many zips it lies, whether one of those has a PIN."""

    named: bool = False
    depth: int = 0
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A file that matters, or (`url`) a database. `format`: None for a loose file, of which `document` says what it is.

    `group`: what the files of one export have in common besides their format.
    """

    spot: Spot
    format: SourceFormat | None
    member: Member | None
    where: Where
    group: str = ""
    problem: ExportError | None = None
    url: str | None = field(default=None, repr=False)
    document: str = ""  # a key of unread.DOCUMENTS


@dataclass(slots=True)
class Gatherer:
    """Collects files; `zips` are the zips that were opened, `open` the names of those that need no PIN.

    `left` counts what was not even looked at, by what it is (a key of unread.DOCUMENTS). `not_ours` are files that are
    no export whatever is in them: what we wrote ourselves, and what the user gave for another purpose.
    """

    pins: Pins
    pools: Pools
    found: list[Found] = field(default_factory=list)
    zips: list[Spot] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    not_ours: NotOurs = field(default_factory=NotOurs)
    _seen: dict[Parts, bool] = field(default_factory=dict)
    _any_protected: bool = False

    def folder(self, folder: Path) -> bool:
        """Every file below a folder; whether there was an export (or a file in the place of one) among them."""
        root = folder.resolve().parts
        any_export = False
        for path, kind in files_below(folder, self.not_ours.folder):
            spot = Spot(path.resolve().parts, len(path.relative_to(folder).parts), root)
            if kind == "file":
                any_export |= self._file(path, spot, Where())
            elif kind == "closed":
                self._problem(spot, Where(), no_access("PermissionError"))
                any_export = True
            else:
                self.left[kind] += 1
        return any_export

    def file(self, path: Path) -> None:
        """A file that the user named, with the others that are one export with it."""
        root = path.resolve().parent.parts
        for each in (path, *(other for format in source_formats().values() for other in format.companions(path))):
            self._file(each, Spot(each.resolve().parts, 1, root), Where(named=True))

    def database(self, url: str) -> None:
        """A database by URL; UsageError when that makes no sense."""
        name = database_name(url)
        if (url,) not in self._seen:
            self._seen[(url,)] = True
            self.found.append(
                Found(Spot(("database", name), 1, ()), source_formats()["database"], None, Where(named=True), url=url)
            )

    def _file(self, path: Path, spot: Spot, where: Where) -> bool:
        """Look at a file once; whether there is an export in it."""
        if spot.parts not in self._seen:
            before = len(self.found)
            with guarded(partial(self._problem, spot, where)), reading():
                self._look(file_member(path, spot.name), spot, where)
            self._seen[spot.parts] = any(each.format is not None for each in self.found[before:])
        return self._seen[spot.parts]

    def _look(self, member: Member, spot: Spot, where: Where) -> None:
        if not where.named and member.suffix in ATTACHMENTS - {".txt"}:
            self.found.append(Found(spot, None, member, where, document=document(b"", member.suffix)))
            return
        try:
            head = member.head(HEAD)
            if self.not_ours.file(member, head):
                self._own(member, spot, where)
                return
            if any(format.is_part(member) for format in source_formats().values()):
                return
            if sniff.split_part(head, member.name):
                raise problem("zip-gesplitst")
            if (packing := sniff.packed_as(head)) is not None:
                raise problem("export-ingepakt", kind=packing)
            start = Start(head, member.name, where.named)
            format = sniff.sniff(start)
            if format is None and sniff.is_archive(start):
                self._zip(member, spot, where)
                return
            refusal = _no_export(start, member) if format is None else format.refusal(start, member)
            if refusal is not None:
                raise refusal
        except ExportError as error:
            self._problem(spot, where, error)
            return
        if format is None:
            self.found.append(Found(spot, None, member, where, document=document(head, member.suffix)))
            return
        url = format.address(member)
        self.found.append(Found(spot, format, None if url else member, where, format.group(start), url=url))

    def _own(self, member: Member, spot: Spot, where: Where) -> None:
        """What is no export whatever is in it; when the user names it as one, and for nothing else, that is told."""
        self.left["own"] += 1
        if where.named and not self.not_ours.is_given(member):
            self._problem(spot, where, problem("export-van-dod2oso"))

    def _zip(self, member: Member, spot: Spot, where: Where) -> None:
        if where.depth == limits.MAX_DEPTH:
            raise problem("zip-te-diep")
        if where.depth == 0:
            self._any_protected = False
        before = len(self.found)
        archive = self._archive(member, spot.name)
        self.zips.append(spot)
        inside = spot._replace(root=spot.parts) if where.named else spot
        for each in archive.members:
            around = Where(depth=where.depth + 1, protected=where.protected or archive.protected)
            self._look(each, inside.below(each.name), around)
        if where.named and all(each.format is None for each in self.found[before:]):
            raise problem("zip-leeg")
        if len(self.found) == before:
            self.left["zip"] += 1
        if where.depth == 0 and self.pins and not self._any_protected:
            self.open.append(spot.name)

    def _archive(self, member: Member, name: str) -> Archive:
        if member.path is not None:
            archive = file_archive(member.path, name, self.pins, self.pools)
        else:
            archive = nested_archive(member, name, self.pins, self.pools)
        self._any_protected |= archive.protected
        if archive.hidden:
            self.left["hidden"] += archive.hidden
        archive.unlock()
        return archive

    def _problem(self, spot: Spot, where: Where, error: ExportError) -> None:
        self.found.append(Found(spot, source_formats()["xml"], None, where, problem=error))


def _no_export(start: Start, member: Member) -> ExportError | None:
    """What is wrong with a file of no format; None when it may be there."""
    kind = holds_data(start.head, member.suffix)
    if kind is not None:
        return problem(kind)
    return problem("export-geen-export") if start.named else None
