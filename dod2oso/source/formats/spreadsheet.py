"""Spreadsheets: of Excel, old and new, of LibreOffice, and as one XML document."""

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.problems import problem
from dod2oso.source.formats.content import AnyContent, Tables, notation_of
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import ATTACHMENTS, SPREADSHEETS, Start
from dod2oso.source.profile import Profile
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.sheetxml import is_sheet_xml
from dod2oso.source.tabular.table import SourceTable, header_at

_OLD = frozenset({".xls", ".xlt"})
_BOOK = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))  # streams of a spreadsheet in such a file


class Spreadsheet(SourceFormat):
    name, word, title = "spreadsheet", "spreadsheet", Text("scan-kind-spreadsheet")
    reads = {"tables": "tables"}
    is_text = False

    def knows(self, start: Start) -> bool:
        if start.is_zip:
            return start.suffix in SPREADSHEETS or start.office == "sheet"
        if start.is_ole:
            return start.suffix in SPREADSHEETS or _is_old_book(start)
        return start.is_text and is_sheet_xml(start.head)

    def refusal(self, start: Start, _member: Member) -> ExportError | None:
        return problem("spreadsheet-wachtwoord") if start.is_ole and not _is_old_book(start) else None

    def open(self, found: FoundExport) -> AnyContent:
        return _Sheets(found.members[0])


def _is_old_book(start: Start) -> bool:
    return start.suffix in _OLD or (start.suffix not in ATTACHMENTS and any(name in start.head for name in _BOOK))


class _Sheets(Tables):
    def __init__(self, member: Member) -> None:
        self._member = member

    def tables(self, profile: Profile | None = None) -> list[SourceTable]:
        find_header = header_at(profile.header if profile is not None else None)
        return list(sheets(self._member.open, self._member.size, notation_of(profile), find_header))


register(Spreadsheet())
