"""Databases: by URL, or SQLite as a file."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.problems import problem
from dod2oso.source.fingerprint import HashedTable, fingerprint
from dod2oso.source.formats.content import AnyContent, Tables, notation_of
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import Start
from dod2oso.source.profile import Profile
from dod2oso.source.tabular.database import Database, lacks_log
from dod2oso.source.tabular.table import Notation, SourceTable

_JOURNALS = ("-wal", "-shm", "-journal")


class DatabaseFormat(SourceFormat):
    name, word, title = "database", "database", Text("scan-kind-database")
    reads = {"tables": "tables"}
    starts = (b"SQLite format 3\0",)
    is_text = takes_files = False

    def knows(self, start: Start) -> bool:
        return start.head.startswith(self.starts)

    def refusal(self, _start: Start, member: Member) -> ExportError | None:
        return problem("database-in-zip") if member.path is None else None

    def address(self, member: Member) -> str | None:
        return f"sqlite:///{member.path.resolve()}" if member.path is not None else None

    def is_part(self, member: Member) -> bool:
        """What SQLite keeps beside a database that is there."""
        ending = next((each for each in _JOURNALS if member.name.endswith(each)), "")
        return bool(ending) and member.path is not None and Path(str(member.path).removesuffix(ending)).is_file()

    def open(self, found: FoundExport) -> AnyContent:
        assert found.url is not None  # noqa: S101  that is what it was found by
        return _Opened(found.url)


class DatabaseTables(Tables):
    """The tables of a database: what changes when its values do is told by those, and not by the bytes of a file.

    `size`: of its file in bytes, where it is read as one.
    """

    size = 0

    def __init__(self) -> None:
        self._tables: dict[Notation, list[HashedTable]] = {}  # as they were last asked for

    @abstractmethod
    def read(self, notation: Notation) -> Sequence[SourceTable]:
        """The tables, with values written so."""

    def tables(self, profile: Profile | None = None) -> list[SourceTable]:
        notation = notation_of(profile)
        found = self._tables[notation] = [HashedTable(table) for table in self.read(notation)]
        return list(found)

    def fingerprint(self, profile: Profile | None) -> str:
        """Of the values as `profile` writes them; reads what was not read to its end yet."""
        notation = notation_of(profile)
        if notation not in self._tables:
            self.tables(profile)
        return fingerprint(self.size, self._tables[notation])


class _Opened(DatabaseTables):
    def __init__(self, url: str) -> None:
        super().__init__()
        if lacks_log(url):  # asked first: reading makes one
            self.findings = (Finding("database-zonder-wal"),)
        self._database = Database(url)

    def read(self, notation: Notation) -> Sequence[SourceTable]:
        return self._database.tables(notation)

    def close(self) -> None:
        self._database.close()


register(DatabaseFormat())
