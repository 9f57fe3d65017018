"""Files of text with a table each: CSV and its kin, web pages with a table, and text of fixed width."""

from collections.abc import Sequence
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.head import is_web_page
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.formats.content import AnyContent, Tables
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import HEAD, SPREADSHEETS, Start
from dod2oso.source.profile import Profile
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.fixedwidth import FixedWidthTable
from dod2oso.source.tabular.htmltable import html_tables
from dod2oso.source.tabular.table import SourceTable, header_at, xml_name

_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
_PAGES = frozenset({".xls", ".xlt", ".csv"})  # under which packages save web pages
_MAX_COLUMN = 64  # characters of a column name


class TextTables(SourceFormat):
    name, word, title = "tables", "tabellen", Text("scan-kind-tables")
    reads = {"tables": "tables", "fixed": "tables"}
    together = True

    def knows(self, start: Start) -> bool:
        if not start.is_text:
            return False
        if start.is_web_page:
            return start.named or start.suffix in _PAGES
        if start.suffix in _SUFFIXES:
            return True
        return not start.is_xml and start.suffix in (".txt", *SPREADSHEETS) and _has_columns(start)

    def open(self, found: FoundExport) -> AnyContent:
        return _Files(found.members)


def _has_columns(start: Start) -> bool:
    """Whether a text starts with a row of column names, and goes on with a row of as many cells."""
    lines = [line for line in start.text.splitlines()[:2] if line.strip()]
    for separator in "\t;|,":
        cells = lines[0].split(separator) if lines else []
        if len(cells) < 2 or any(not cell.strip() or len(cell) > _MAX_COLUMN for cell in cells):
            continue
        if separator == "," and any(cell.startswith(" ") for cell in cells):
            continue  # a sentence
        if len(lines) == 1 or lines[1].count(separator) >= len(cells) - 1:
            return True
    return False


class _Files(Tables):
    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members

    def reads(self, profile: Profile) -> bool:
        """Fixed width only when a file has the name of a table for which the profile gives widths."""
        stems = {_title(member).upper() for member in self._members}
        fixed = bool(stems & {name.upper() for name in profile.widths})
        return profile.format in TextTables.reads and (profile.format == "fixed") == fixed

    def tables(self, profile: Profile | None = None) -> list[SourceTable]:
        encoding = profile.text.encoding if profile is not None else None
        widths = {name.upper(): (name, columns) for name, columns in profile.widths.items()} if profile else {}
        find_header = header_at(profile.header if profile is not None else None)
        tables: list[SourceTable] = []
        for member in self._members:
            name, columns = widths.get(_title(member).upper(), ("", None))
            if columns is not None:
                tables.append(FixedWidthTable(name, _text(member, encoding), columns))
            elif is_web_page(member.head(HEAD)):
                tables += html_tables(_title(member), member.open, encoding)
            else:
                tables.append(CsvTable(xml_name(_title(member)), _text(member, encoding), find_header))
        return tables


def _title(member: Member) -> str:
    return member.bare_name.rpartition(".")[0] or member.bare_name


def _text(member: Member, encoding: str | None) -> Any:
    return lambda: text_stream(member.open(), encoding)


register(TextTables())
