"""Open a found export under a profile: recognise its layout, and turn it into records."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.head import is_web_page
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.sniff import HEAD
from dod2oso.source.export import Export, Origin
from dod2oso.source.loosefiles import WithLooseFiles
from dod2oso.source.profile import LoadedProfile, Profile
from dod2oso.source.recognise import ambiguous, matches, unknown
from dod2oso.source.tabular.bundle import BundleRecords, name_tables
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.database import Database
from dod2oso.source.tabular.fixedwidth import FixedWidthTable
from dod2oso.source.tabular.htmltable import html_tables
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import Notation, SourceTable, xml_name
from dod2oso.source.xmlreader import ManyDocuments, XmlRecords, read_head

_CHUNK = 1 << 20


class OpenExport:
    """A found export, opened: ask for its fingerprint, which profile fits, and its records. Close it afterwards.

    Every method raises ExportError when the export cannot be read.
    """

    def __init__(self, found: FoundExport) -> None:
        if found.problem is not None:
            raise found.problem
        self.found = found
        self._database = Database(found.url) if found.url is not None else None

    def close(self) -> None:
        """Close the database, if it is one."""
        if self._database is not None:
            self._database.close()

    def fingerprint(self) -> str:
        """SHA-256, in hex, of everything that is read: of a single file simply its own."""
        if self._database is not None:
            return _table_fingerprint(self._database.tables(Notation()))
        members = (*self.found.members, *self.found.loose)
        digests = [_digest(member) for member in members]
        if len(digests) == 1:
            return digests[0]
        lines = "".join(f"{member.name}\0{digest}\n" for member, digest in zip(members, digests, strict=True))
        return hashlib.sha256(lines.encode()).hexdigest()

    def recognise(self, profiles: Sequence[LoadedProfile]) -> LoadedProfile:
        """The one profile that matches, by content and never by name. ExportError when none does, or more than one."""
        fits = self.fitting()
        found = [profile for profile in profiles if fits(profile)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ambiguous(found)
        raise unknown(self._describe(), profiles)

    def fitting(self) -> Callable[[LoadedProfile], bool]:
        """A test whether a profile fits; what it needs of the export is read once."""
        if self.found.kind in ("xml", "oso"):
            root = self.root()
            return lambda profile: profile.model.format == "xml" and matches(root, profile)
        return lambda profile: self.named_tables(profile.model) is not None

    def root(self) -> Any:
        """The root element of an XML export with what lies in its first part."""
        member = self.found.members[0]
        return read_head(member.open, member.size)

    def named_tables(self, profile: Profile) -> Any:
        """The tables under the profile's names for them; None when the profile does not fit."""
        if profile.format == "xml" or (profile.format == "fixed") != self._is_fixed(profile):
            return None
        return name_tables(self.tables(profile), profile)

    def _is_fixed(self, profile: Profile) -> bool:
        """Whether a file has the name of a table for which the profile gives widths."""
        stems = {_stem(member) for member in self.found.members} if self.found.kind == "tables" else set()
        return bool(stems & {name.upper() for name in profile.widths})

    def tables(self, profile: Profile | None = None) -> list[SourceTable]:
        """The tables of a bundle, spreadsheet or database, written as the profile says values are."""
        notation, encoding, widths = Notation(), None, {}
        if profile is not None:
            text = profile.text
            notation = Notation(text.dates, text.decimal, text.true[0], text.false[0])
            encoding = text.encoding
            widths = {name.upper(): (name, columns) for name, columns in profile.widths.items()}
        if self._database is not None:
            return list(self._database.tables(notation))
        if self.found.kind == "spreadsheet":
            member = self.found.members[0]
            return list(sheets(member.open, member.size, notation))
        tables: list[SourceTable] = []
        for member in self.found.members:
            name, columns = widths.get(_stem(member), ("", None))
            if columns is not None:
                tables.append(FixedWidthTable(name, _text(member, encoding), columns))
            elif is_web_page(member.head(HEAD)):
                tables += html_tables(_title(member), member.open, encoding)
            else:
                tables.append(CsvTable(xml_name(_title(member)), _text(member, encoding)))
        return tables

    def export(self, profile: BoundProfile) -> Export:
        """The export as records, ready for its survey."""
        origin = self._origin(profile)
        if profile.loose_files:
            files = self.found.loose
            origin = WithLooseFiles(origin, profile.loose_files, files, tell_unused=self.found.alone)
        return Export(self.found.name, profile, origin)

    def _origin(self, profile: BoundProfile) -> Origin:
        model = profile.model
        if model.format == "xml":
            documents = [XmlRecords(member.open, member.size, profile) for member in self.found.members]
            return documents[0] if len(documents) == 1 else ManyDocuments(documents)
        named = self.named_tables(model)
        if named is None:
            raise ExportError("profiel-past-niet", name=profile.name)
        return BundleRecords(named, model)

    def _describe(self) -> Text:
        """What an unknown layout looks like from outside: its root element or its tables; no values."""
        if self.found.kind in ("xml", "oso"):
            local = self.root().tag.rpartition("}")[2][:40]
            return Text("layout-xml", name=local)
        tables = ", ".join(table.name[:40] for table in self.tables()[:8])
        return Text("layout-tables", names=tables)


def _stem(member: Member) -> str:
    return _title(member).upper()


def _title(member: Member) -> str:
    return member.bare_name.rpartition(".")[0] or member.bare_name


def _text(member: Member, encoding: str | None) -> Any:
    return lambda: text_stream(member.open(), encoding)


def _digest(member: Member) -> str:
    with member.open() as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _table_fingerprint(tables: Sequence[SourceTable]) -> str:
    digest = hashlib.sha256()
    for table in tables:
        for line in _lines(table):
            digest.update(line)
    return digest.hexdigest()


def _lines(table: SourceTable) -> Iterator[bytes]:
    yield repr((table.name, table.columns)).encode()
    for row in table.rows():
        yield repr(row).encode()
