"""Attachments as OSO wants them: Base64 of a ZIP with exactly one file of an allowed type.

The official validators do not look inside. So what is found here is advice, and never counts for the verdict.
Threat: a ZIP made to eat the memory, or a file that says it is a PDF and is something else. Nothing is ever
unpacked to disk, no name from a document is used as a path, and no name appears in a message.
"""

import base64
import binascii
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from dod2oso.base.texts import Text
from dod2oso.oso.rules.document import Document, line_of, value
from dod2oso.oso.versions import version as known_version

MAX_FILE = 100_000_000  # bytes of one attachment after unpacking
_MAX_PARTS = 10_000  # files inside an office document

_ELEMENTS = ("document", "bestandsnaam", "bestandsinhoud")
_TYPES = {
    **{name: name for name in ("pdf", "png", "txt", "doc", "xls", "ppt", "docx", "xlsx", "pptx")},
    **{name: name for name in ("odt", "ods", "odp", "odg")},
    "jpg": "jpg",
    "jpeg": "jpg",
}
_ALLOWED = "PDF, JPG, PNG, DOC, DOCX, ODT, ODS, ODP, ODG, XLS, XLSX, TXT, PPT, PPTX"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
_OFFICE_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_ODF = {"odt": "text", "ods": "spreadsheet", "odp": "presentation", "odg": "graphics"}
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_BLANKS = b" \t\r\n"

# What can be wrong with an attachment, by its code.
PROBLEMS = {
    "geen-base64": Text("attachment-geen-base64"),
    "geen-zip": Text("attachment-geen-zip"),
    "niet-een-bestand": Text("attachment-niet-een-bestand"),
    "versleuteld": Text("attachment-versleuteld"),
    "beschadigd": Text("attachment-beschadigd"),
    "te-groot": Text("attachment-te-groot", limit=MAX_FILE // 1_000_000),
    "soort-niet-toegestaan": Text("attachment-soort-niet-toegestaan", allowed=_ALLOWED),
    "andere-soort": Text("attachment-andere-soort"),
    "naam-anders": Text("attachment-naam-anders"),
}


class AttachmentProblem(NamedTuple):
    """One thing that is wrong with one attachment: `code` is a key of PROBLEMS."""

    code: str
    line: int
    path: str

    def message(self, lang: str) -> str:
        return PROBLEMS[self.code].text(lang)

    def remedy(self, lang: str) -> str:
        return Text("attachment-repack").text(lang)


def inspect(document: Document, version: str) -> Iterator[AttachmentProblem]:
    """Look into every attachment of a document of this version."""
    block, named, packed = (f"{{{known_version(version).namespace}}}{name}" for name in _ELEMENTS)
    names, contents = document.families[named], document.families[packed]
    for element in document.tagged[block]:
        content = contents.get(element)
        if content is None:
            continue
        name = names.get(element)
        code = problem((name[0].text if name else None) or "", value(content[0]))
        if code:
            yield AttachmentProblem(code, line_of(content[0]), document.locator.place(content[0]))


def problem(name: str, text: str) -> str:
    """What is wrong with one attachment (a key of PROBLEMS), empty when nothing is."""
    try:
        data = base64.b64decode(text.encode("ascii").translate(None, _BLANKS), validate=True)
    except (binascii.Error, ValueError):
        return "geen-base64"
    if not data.startswith(b"PK"):
        return "geen-zip"
    try:
        entries = _entries(data)
        if entries != 1:
            return "beschadigd" if entries is None else "niet-een-bestand"
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member_problem(name, archive)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error):
        return "beschadigd"
    except (NotImplementedError, RuntimeError):  # a way of packing or encrypting that is not of this world
        return "beschadigd"


def content(text: str) -> bytes:
    """The file in an attachment of which `problem` has nothing to say."""
    data = base64.b64decode(text.encode("ascii").translate(None, _BLANKS), validate=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(archive.infolist()[0]) as file:
        return file.read(MAX_FILE)


def _member_problem(name: str, archive: zipfile.ZipFile) -> str:
    members = archive.infolist()
    if len(members) != 1 or not members[0].filename:  # other than its last record says, or a file without a name
        return "beschadigd"
    member = members[0]
    if member.is_dir():
        return "niet-een-bestand"
    if member.flag_bits & 0x1:
        return "versleuteld"
    if kind_of(member.filename) is None or kind_of(name) is None:
        return "soort-niet-toegestaan"
    if member.file_size > MAX_FILE:
        return "te-groot"
    with archive.open(member) as file:
        content = file.read(MAX_FILE + 1)  # the size in the directory of the ZIP may be a lie
    if len(content) > MAX_FILE:
        return "te-groot"
    return _file_problem(name, member.filename, content)


def _file_problem(name: str, packed_as: str, content: bytes) -> str:
    """What is wrong with the file in an attachment, by the name of the attachment and its own."""
    kind = kind_of(packed_as)
    said = kind if name == packed_as else kind_of(name)
    if kind is None or said is None:
        return "soort-niet-toegestaan"
    if not looks_like(kind, content):
        return "andere-soort"
    return "" if said == kind else "naam-anders"


def kind_of(name: str) -> str | None:
    """The kind of file that a name says it is, when OSO allows that kind."""
    return _TYPES.get(name.strip().rpartition(".")[2].lower()) if "." in name else None


def looks_like(kind: str, content: bytes) -> bool:
    """Does the content look like what the name says?"""
    if kind == "pdf":
        return b"%PDF-" in content[:1024]
    if kind == "jpg":
        return content.startswith(b"\xff\xd8\xff")
    if kind == "png":
        return content.startswith(b"\x89PNG\r\n\x1a\n")
    if kind in _OLE_STREAMS:
        names = (name.encode("utf-16-le") for name in _OLE_STREAMS[kind])
        return content.startswith(_OLE) and any(name in content for name in names)
    if kind == "txt":
        return _is_text(content)
    return _is_office(kind, content)


def _is_text(content: bytes) -> bool:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            return False
    return _NOT_TEXT.search(content) is None and not content.startswith((b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"MZ"))


def _is_office(kind: str, content: bytes) -> bool:
    """A ZIP whose parts are those of a word, sheet or slide document."""
    parts = _entries(content)
    if not content.startswith(b"PK") or parts is None or parts > _MAX_PARTS:
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if kind in _OFFICE_FOLDERS:
            folder = _OFFICE_FOLDERS[kind]
            return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)
        if "mimetype" not in names:
            return False
        with archive.open("mimetype") as file:
            return file.read(100).strip() == f"application/vnd.oasis.opendocument.{_ODF[kind]}".encode()


def _entries(data: bytes) -> int | None:
    """How many files a ZIP says it holds, read from its last record only; None when it has none."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if at < 0 or len(data) < at + 22:
        return None
    return int(struct.unpack_from("<H", data, at + 10)[0])
