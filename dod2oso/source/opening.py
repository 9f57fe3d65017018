"""Open a found export under a profile: recognise its layout, and turn it into records."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.discreet import discreet_table
from dod2oso.source.container.head import is_web_page
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.sniff import HEAD
from dod2oso.source.export import Export, Origin
from dod2oso.source.fingerprint import HashedMember, HashedTable, fingerprint
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


class OpenExport:
    """A found export, opened: ask which profile fits, for its records and, after those, its fingerprint; then close it.

    Every method raises ExportError when the export cannot be read.
    """

    def __init__(self, found: FoundExport) -> None:
        if found.problem is not None:
            raise found.problem
        self.given = found  # as it was found; `found` is the same with files that are watched
        self._files = [HashedMember(member) for member in (*found.members, *found.loose)]
        members = tuple(file.member for file in self._files)
        cut = len(found.members)
        self.found = replace(found, members=members[:cut], loose=members[cut:])
        self._database = Database(found.url) if found.url is not None else None
        self._tables: dict[Notation, list[HashedTable]] = {}  # of a database, as they were last asked for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, if it is one."""
        if self._database is not None:
            self._database.close()

    @property
    def size(self) -> int:
        """The size in bytes of everything that is read; 0 for a database."""
        return sum(file.member.size for file in self._files)

    def fingerprint(self, profile: Profile | None = None) -> str:
        """What changes when anything in the export does; reads what was not read to its end yet.

        Of a database it is of the values as `profile` writes them.
        """
        if self._database is not None:
            notation = _notation(profile)
            if notation not in self._tables:
                self.tables(profile)
            return fingerprint(0, self._tables[notation])
        return fingerprint(self.size, self._files)

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
        notation, encoding, widths = _notation(profile), None, {}
        if profile is not None:
            encoding = profile.text.encoding
            widths = {name.upper(): (name, columns) for name, columns in profile.widths.items()}
        if self._database is not None:
            found = self._tables[notation] = [HashedTable(table) for table in self._database.tables(notation)]
            return list(found)
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
        tables = self.tables()[:8]
        told = ", ".join(discreet_table(table.name, number)[:40] for number, table in enumerate(tables, start=1))
        return Text("layout-tables", names=told)


def _notation(profile: Profile | None) -> Notation:
    if profile is None:
        return Notation()
    text = profile.text
    return Notation(text.dates, text.decimal, text.true[0], text.false[0])


def _stem(member: Member) -> str:
    return _title(member).upper()


def _title(member: Member) -> str:
    return member.bare_name.rpartition(".")[0] or member.bare_name


def _text(member: Member, encoding: str | None) -> Any:
    return lambda: text_stream(member.open(), encoding)
