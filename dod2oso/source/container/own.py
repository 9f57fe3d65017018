"""What is never an export: what we wrote ourselves, and what the user gave this run for another purpose.

An output folder often lies between the exports (`dod2oso run .`), and a workbook to fill in is sent back into the same
folder. Read as exports those would give every pupil twice and, at the next run, take away what was ready.
"""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.atrest import MAGIC
from dod2oso.base.pseudonym import COPIES, KEY_FILE
from dod2oso.source.container.member import Member
from dod2oso.source.formats.start import SPREADSHEETS
from dod2oso.source.user_tables import HEADER_MARK

OWN_FILES = (
    KEY_FILE,
    "ledger.sqlite",
    "namen.csv",
    "aanvullingen.json",
    "gezien.json",
    "wachtwoorden.csv",
    "audit.jsonl",
)  # in an output folder, with what may stand behind their names
# in an output folder
OWN_FOLDERS = frozenset(
    {"dossiers", "outbox", "delen", "ontvangen", "report", "scholen", "inzage", COPIES, "terugkoppeling"}
)

_REPORT_STARTS = (
    b"export;brin;vestiging;dossier;state;severity;code;",
    b'{\n "format": 1,\n "lang"',
)  # gaps.csv, gaps.json
_REPORT_TITLE = b"<dc:title>dod2oso</dc:title>"  # of gaps.xlsx
_LEDGER_TABLES = (b"run_exports", b"field_counts", b"target_counts")  # in the schema, on the first pages
_MARKS = (HEADER_MARK.encode(), HEADER_MARK.encode("utf-16-le"))
_LOOK = 1 << 20  # bytes of each part of a spreadsheet in which our mark stands, if anywhere
_PARTS = 100  # parts of a spreadsheet that are looked into
_MOST = 32 << 20  # bytes; no workbook of ours is larger


@dataclass(frozen=True, slots=True)
class NotOurs:
    """Tells whether a file or folder is no export; `given` are files with another purpose in this run."""

    given: frozenset[Path] = frozenset()

    @classmethod
    def giving(cls, paths: Iterable[Path]) -> "NotOurs":
        """With these files, wherever they lie."""
        return cls(frozenset(path.resolve() for path in paths))

    def folder(self, path: Path) -> bool:
        """Whether this is a folder that runs write; an output folder may hold exports beside those."""
        return path.name in OWN_FOLDERS and (path.parent / KEY_FILE).is_file()

    def file(self, member: Member, head: bytes) -> bool:
        """Whether this file is ours, or was given for another purpose."""
        path = member.path
        in_output = path is not None and (path.parent / KEY_FILE).is_file()
        return self.is_given(member) or (in_output and member.bare_name.startswith(OWN_FILES)) or is_ours(member, head)

    def is_given(self, member: Member) -> bool:
        """Whether the user gave this file for another purpose."""
        return member.path is not None and member.path.resolve() in self.given


def is_ours(member: Member, head: bytes) -> bool:
    """Whether a file is something that we wrote for people or for ourselves, wherever it lies and whatever its name."""
    if head.startswith(MAGIC):
        return True
    if head.startswith(b"SQLite format 3"):
        return all(name in head for name in _LEDGER_TABLES)
    if head.removeprefix(b"\xef\xbb\xbf").startswith(_REPORT_STARTS) or any(mark in head for mark in _MARKS):
        return True
    return _in_a_spreadsheet(member, head)


def _in_a_spreadsheet(member: Member, head: bytes) -> bool:
    """Whether our mark stands in a sheet: that of a workbook to fill in, also after another programme saved it."""
    if not (head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and member.suffix in SPREADSHEETS):
        return False
    with member.open() as stream:
        whole = stream.read(_MOST)
    if not whole.startswith(b"PK"):
        return any(mark in whole for mark in _MARKS)
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            return any(_marked(archive, info) for info in archive.infolist()[:_PARTS])
    except Exception:  # whatever is wrong with it, its reader tells
        return False


def _marked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    name = info.filename.lower()
    wanted = {"sheet": _MARKS[0], "sharedstrings": _MARKS[0], "content": _MARKS[0], "core.xml": _REPORT_TITLE}
    marks = tuple(mark for word, mark in wanted.items() if word in name)
    if not marks or not name.endswith(".xml"):
        return False
    with archive.open(info) as part:
        start = part.read(_LOOK)
    return any(mark in start for mark in marks)
