"""What came in, as one document per dossier: from files, folders, zips, and documents with several dossiers in them.

Whatever is no dossier is named with why; nothing is passed over in silence. Names of files are told without names of
people in them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.base.xml import parse_bytes
from dod2oso.oso.check_files import MAX_BYTES, FileReport, Official, validate_bytes
from dod2oso.oso.rules.document import local_name
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import Member
from dod2oso.source.container.pins import Pins
from dod2oso.source.container.unread import DOCUMENTS

Discreet = Callable[[str], str]


class Piece(NamedTuple):
    """One dossier, or what is none. `name`: where it came from, safe to tell; `data`: None when there is no dossier.

    `report`: what the validator says of the dossier; `whole`: of the document with several that it came in; `problem`:
    why it is no dossier.
    """

    name: str
    data: bytes | None = None
    report: FileReport | None = None
    whole: FileReport | None = None
    problem: Text | None = None


def gather(paths: Sequence[Path], pins: Pins, discreet: Discreet, official: Official | None = None) -> Iterator[Piece]:
    """Every dossier in these files, folders and zips. UsageError when one of them does not exist.

    `official`: judges by the official files too.
    """
    found = find_exports(list(paths), pins)
    for export in found.exports:
        if not export.members:
            why = export.problem.message if export.problem is not None else Text("unchecked-geen-oso")
            yield Piece(discreet(export.name), problem=why)
        for member in export.members:
            yield from _of_member(member, discreet(member.name), official)
    for member, kind in found.loose:
        yield Piece(discreet(member.name), problem=Text("receive-no-dossier", what=Text(DOCUMENTS[kind])))
    for kind, count in found.left.items():
        yield Piece("", problem=Text("receive-left", what=Text(DOCUMENTS[kind]), count=count))
    for name in found.empty:
        yield Piece(discreet(name), problem=Text("receive-empty-folder"))


def fetched(dossiers: Iterable[bytes], official: Official | None = None) -> Iterator[Piece]:
    """The same of dossiers that were fetched: each is named by its number."""
    for number, data in enumerate(dossiers, start=1):
        yield from _of_bytes(data, f"sandbox-{number}", official)


def _of_member(member: Member, name: str, official: Official | None) -> Iterator[Piece]:
    try:
        if member.size > MAX_BYTES:
            yield Piece(name, problem=Text("unchecked-te-groot", file=name, limit=MAX_BYTES // 1_000_000))
            return
        with member.open() as stream:
            data = stream.read(MAX_BYTES + 1)
    except ExportError as error:
        yield Piece(name, problem=error.message)
    except OSError as error:
        yield Piece(name, problem=Text("unchecked-niet-te-lezen", kind=type(error).__name__))
    else:
        yield from _of_bytes(data, name, official)


def _of_bytes(data: bytes, name: str, official: Official | None) -> Iterator[Piece]:
    report = validate_bytes(data, name, official=official)
    if report.problem is not None:
        yield Piece(name, problem=report.problem.text)
        return
    root = parse_bytes(data)
    if local_name(root) == "dossier":
        yield Piece(name, data, report)
        return
    if local_name(root) != "dossiers":
        yield Piece(name, problem=Text("receive-other-root", element=local_name(root)))
        return
    inside = list(root.iterchildren("{*}*"))
    if not inside:
        yield Piece(name, problem=Text("receive-none-inside"))
    for number, child in enumerate(inside, start=1):
        here = f"{name} ({number}/{len(inside)})"
        if local_name(child) != "dossier":
            yield Piece(here, problem=Text("receive-other-root", element=local_name(child)))
            continue
        one = etree.tostring(child, encoding="UTF-8", xml_declaration=True, with_tail=False)
        yield Piece(here, one, validate_bytes(one, here, official=official), report)
