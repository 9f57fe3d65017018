"""How a file begins: what is asked of it to know its format. A name only decides between what looks the same inside."""

import re
from dataclasses import dataclass
from functools import cached_property

from dod2oso.source.container.head import decoded_start, is_web_page, starts_as_xml

HEAD = 1 << 16  # bytes to look at

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xltx", ".ods", ".ots", ".xls", ".xlt"})
# What schools keep beside an export: nobody needs to look inside to know that it is none.
ATTACHMENTS = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".txt", ".doc", ".docx", ".odt", ".odp", ".odg", ".ppt", ".pptx"}
    | {".rtf", ".gif", ".tif", ".tiff", ".bmp"}
)
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and new ones with a password
# A zip of Office begins with one of its own parts; a document that lies whole in a zip begins further on.
_OFFICE_START = re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|customXml/|xl/|word/|ppt/)", re.S)
_OFFICE = re.compile(rb"PK\x03\x04.{26}(xl|word|ppt)/", re.DOTALL)
# The content of `mimetype` is stored as it is, so the next entry stands right behind it.
_ODF = re.compile(
    rb"PK\x03\x04.{26}mimetype.{0,64}?application/(?:vnd\.oasis\.opendocument\.|x-vnd\.oasis\.opendocument\.)"
    rb"(spreadsheet)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Start:
    """The first bytes of a file (at most HEAD) and its name. `named`: the user named it, so it is meant as export."""

    head: bytes
    name: str
    named: bool = False

    @cached_property
    def bare_name(self) -> str:
        return self.name.rpartition("/")[2]

    @cached_property
    def suffix(self) -> str:
        """Lower case, with its dot."""
        return "." + self.name.lower().rpartition(".")[2]

    @property
    def is_zip(self) -> bool:
        return self.head.startswith(ZIP)

    @property
    def is_ole(self) -> bool:
        return self.head.startswith(OLE)

    @cached_property
    def office(self) -> str | None:
        """Of a zip that is a document: `sheet`, or `other` when it is no spreadsheet. None for any other file."""
        part = _OFFICE.search(self.head) if _OFFICE_START.match(self.head) else None
        if part is not None:
            return "sheet" if part[1] == b"xl" and self.suffix != ".xlsb" else "other"
        document = _ODF.match(self.head)
        return None if document is None else "sheet" if document[1] is not None else "other"

    @property
    def is_text(self) -> bool:
        """Whether this is neither a zip nor an Office file (other bytes that are no text tell themselves)."""
        return not self.is_zip and not self.is_ole and self.suffix != ".zip"

    @cached_property
    def text(self) -> str:
        """The first kilobytes, decoded as well as their bytes tell how."""
        return decoded_start(self.head)

    @cached_property
    def is_web_page(self) -> bool:
        return is_web_page(self.head)

    @cached_property
    def is_xml(self) -> bool:
        """Whether it begins as XML or, by its name, ought to."""
        return self.suffix == ".xml" or starts_as_xml(self.head)
