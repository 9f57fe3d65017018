"""Access databases (.mdb, .accdb), where mdbtools is installed."""

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.problems import problem
from dod2oso.source.formats.content import AnyContent
from dod2oso.source.formats.database import DatabaseTables
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import Start
from dod2oso.source.tabular.access import can_read, tables
from dod2oso.source.tabular.table import Notation, SourceTable


class Access(SourceFormat):
    name, word, title = "access", "access", Text("scan-kind-access")
    reads = {"tables": "tables"}
    starts = (b"\0\1\0\0Standard Jet DB\0", b"\0\1\0\0Standard ACE DB\0")
    is_text = takes_files = False

    def knows(self, start: Start) -> bool:
        return start.head.startswith(self.starts)

    def refusal(self, _start: Start, member: Member) -> ExportError | None:
        if member.path is None:
            return problem("database-in-zip")
        return None if can_read() else problem("export-ander-soort.mdbtools")

    def is_part(self, member: Member) -> bool:
        """The lock that Access keeps beside a database that is open."""
        return member.suffix in (".ldb", ".laccdb")

    def open(self, found: FoundExport) -> AnyContent:
        return _Opened(found.members[0])


class _Opened(DatabaseTables):
    def __init__(self, member: Member) -> None:
        super().__init__()
        self._path, self.size = member.path, member.size

    def read(self, notation: Notation) -> list[SourceTable]:
        assert self._path is not None  # noqa: S101  refused elsewhere
        return list(tables(self._path.resolve(), notation))


register(Access())
