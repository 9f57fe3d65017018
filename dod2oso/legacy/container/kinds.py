"""What kind of file something is, told from its first bytes; its suffix decides only between kinds of plain text."""

import re
from typing import Literal

FileKind = Literal["xml", "oso", "table", "spreadsheet", "database", "zip", "other"]

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"
_OSO = re.compile(rb"(?:<\?.*?\?>|<!--.*?-->|\s)*+<(?:[A-Za-z0-9_.-]+:)?dossier[\s>]", re.DOTALL)
_OSO_NAMESPACE = re.compile(rb"edustandaard\.nl/oso_gegevensset/([0-9.]+)/dossier")
_EDEX = re.compile(r"EDEX[A-Z]{2}\.TXT\Z", re.IGNORECASE)
_TABLES = frozenset({"csv", "tsv", "tab"})
_SHEETS = frozenset({"xlsx", "xlsm", "xls", "ods"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files
_BINARY = (b"\x1f\x8b", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\x7fELF", b"MZ")


def kind_of_file(name: str, head: bytes) -> FileKind:
    """The kind; `other` for what is no export (it may be an attachment)."""
    suffix = name.rpartition(".")[2].lower()
    if head.startswith(b"SQLite format 3\0"):
        return "database"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if suffix in _SHEETS or b"[Content_Types].xml" in head or b"opendocument" in head:
            return "spreadsheet" if suffix in _SHEETS else "other"  # .docx and the like are zips too
        return "zip"
    if head.startswith(_OLE):
        return "spreadsheet" if suffix in _SHEETS else "other"
    if head.startswith(_BINARY):
        return "other"
    plain = head.replace(b"\0", b"").lstrip(_BYTE_ORDER_MARKS + b" \t\r\n")
    if plain.startswith(b"<") and suffix not in _TABLES:
        return "oso" if oso_version(head) is not None else "xml"
    if suffix in _TABLES or _EDEX.search(name):
        return "table"
    if suffix == "txt" and _has_columns(head):
        return "table"
    return "xml" if suffix == "xml" else "other"


def oso_version(head: bytes) -> str | None:
    """The version in the namespace of an OSO dossier that is the whole document; None for anything else."""
    plain = head.replace(b"\0", b"").lstrip(_BYTE_ORDER_MARKS)
    root, namespace = _OSO.match(plain), _OSO_NAMESPACE.search(plain)
    return namespace[1].decode("ascii") if root and namespace else None


def _has_columns(head: bytes) -> bool:
    line = head.replace(b"\0", b"").splitlines()[:1]
    return bool(line) and max(line[0].count(mark) for mark in (b";", b"\t", b"|")) >= 2
