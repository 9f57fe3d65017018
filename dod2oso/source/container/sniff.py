"""What a file is, by its first bytes; its name only decides between things that look the same inside."""

import re
from typing import Literal

from lxml import etree

from dod2oso.base.xml import pull_parser
from dod2oso.source.container.head import decoded_start, is_web_page

HEAD = 1 << 16  # bytes to look at

Form = Literal[
    "xml", "oso", "zip", "spreadsheet", "locked-spreadsheet", "sqlite", "table", "edex2000", "packed", "other",
]  # fmt: skip

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xltx", ".ods", ".ots", ".xls", ".xlt"})
_OLD_SPREADSHEETS = frozenset({".xls", ".xlt"})
# What schools keep beside an export: nobody needs to look inside to know that it is none.
ATTACHMENTS = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".txt", ".doc", ".docx", ".odt", ".odp", ".odg", ".ppt", ".pptx"}
    | {".rtf", ".gif", ".tif", ".tiff", ".bmp"}
)
EDEX2000 = re.compile(r"EDEX(LL|LK|GR|LG)\.TXT", re.IGNORECASE)
OSO_NAMESPACE = "http://www.edustandaard.nl/oso_gegevensset/"

_PACKED = {
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"MSCF": "CAB",
}
_PART = re.compile(r"\.(z[0-9]{2}|zip\.[0-9]{3})\Z", re.IGNORECASE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and new ones with a password
_SQLITE = b"SQLite format 3\0"
BINARY_FILES = (*_PACKED, *_ZIP, _OLE, _SQLITE, b"%PDF-", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"{\\rtf")
_BOOK = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))  # streams of a spreadsheet in such a file
# A zip of Office begins with one of its own parts; a document that lies whole in a zip begins further on.
_OFFICE_START = re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|customXml/|xl/|word/|ppt/)", re.S)
_OFFICE = re.compile(rb"PK\x03\x04.{26}(xl|word|ppt)/", re.DOTALL)
# The content of `mimetype` is stored as it is, so the next entry stands right behind it.
_ODF = re.compile(
    rb"PK\x03\x04.{26}mimetype.{0,64}?application/(?:vnd\.oasis\.opendocument\.|x-vnd\.oasis\.opendocument\.)"
    rb"(spreadsheet)?",
    re.DOTALL,
)
_SHEET_XML = "urn:schemas-microsoft-com:office:spreadsheet"
_ROOT = 8192  # bytes in which the root element begins
_MAX_COLUMN = 64  # characters of a column name


def sniff(head: bytes, name: str) -> Form:
    """The form of a file with this start and name; `other` is no export, and may be an attachment."""
    suffix = "." + name.lower().rpartition(".")[2]
    if packed_as(head):
        return "packed"
    if head.startswith(_ZIP):
        return _inside_zip(head, suffix)
    if head.startswith(_OLE):
        if suffix in _OLD_SPREADSHEETS or (suffix not in ATTACHMENTS and any(name in head for name in _BOOK)):
            return "spreadsheet"
        return "locked-spreadsheet" if suffix in SPREADSHEETS else "other"
    if head.startswith(_SQLITE):
        return "sqlite"
    if suffix == ".zip":
        return "zip"  # with something in front of it; else its reader tells that it is none
    if EDEX2000.fullmatch(name.rpartition("/")[2]):
        return "edex2000"
    if is_web_page(head):
        return "table" if suffix in (*_OLD_SPREADSHEETS, ".csv") else "other"
    if suffix in (".csv", ".tsv", ".tab"):
        return "table"
    if suffix == ".xml" or starts_as_xml(head):
        if is_sheet_xml(head):
            return "spreadsheet"
        return "oso" if oso_version(head) is not None else "xml"
    if suffix in (".txt", *SPREADSHEETS) and _has_columns(head):
        return "table"
    return "other"


def split_part(head: bytes, name: str) -> bool:
    """Whether this is a part of a zip that was split: what its programmes name them, and how a first part begins."""
    return _PART.search(name) is not None or (head.startswith(b"PK\x07\x08") and not name.lower().endswith(".zip"))


def packed_as(head: bytes) -> str | None:
    """The name of the packing that this is, other than zip."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)


def starts_as_xml(head: bytes) -> bool:
    """Whether the first character is a `<` that begins mark-up (not that of a web page)."""
    start = decoded_start(head).lstrip("\ufeff \t\r\n").lower()
    return re.match(r"<[?!a-z_]", start) is not None and not is_web_page(head)


def is_sheet_xml(head: bytes) -> bool:
    """Whether this is a spreadsheet as one XML document, as Excel 2002 and 2003 saved them."""
    return starts_as_xml(head) and _SHEET_XML in decoded_start(head)


def _inside_zip(head: bytes, suffix: str) -> Form:
    if suffix in SPREADSHEETS:
        return "spreadsheet"
    office = _OFFICE.search(head) if _OFFICE_START.match(head) else None
    if office is not None:
        return "spreadsheet" if office[1] == b"xl" and suffix != ".xlsb" else "other"
    document = _ODF.match(head)
    if document is not None:
        return "spreadsheet" if document[1] is not None else "other"
    return "other" if suffix in ATTACHMENTS else "zip"


def oso_version(head: bytes) -> str | None:
    """The version in the namespace of an OSO dossier that is the whole document; None for anything else."""
    parser = pull_parser(events=("start",))
    try:
        parser.feed(head[:_ROOT])
    except etree.XMLSyntaxError:
        pass  # damaged further on, or not XML at all: the reader tells
    root = next((element for _event, element in parser.read_events()), None)
    if root is None or not isinstance(root.tag, str):
        return None
    namespace, _brace, local = root.tag[1:].rpartition("}")
    if local != "dossier" or not namespace.startswith(OSO_NAMESPACE):
        return None
    return namespace.removeprefix(OSO_NAMESPACE).partition("/")[0]


def _has_columns(head: bytes) -> bool:
    """Whether a text starts with a row of column names, and goes on with a row of as many cells."""
    lines = [line for line in decoded_start(head).splitlines()[:2] if line.strip()]
    for separator in "\t;|,":
        cells = lines[0].split(separator) if lines else []
        if len(cells) < 2 or any(not cell.strip() or len(cell) > _MAX_COLUMN for cell in cells):
            continue
        if separator == "," and any(cell.startswith(" ") for cell in cells):
            continue  # a sentence
        if len(lines) == 1 or lines[1].count(separator) >= len(cells) - 1:
            return True
    return False
