"""What a file is, by its first bytes; its name only decides between things that look the same inside."""

import re
from functools import cache

from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import source_formats
from dod2oso.source.formats.start import ATTACHMENTS, OLE, ZIP, Start

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
_DOCUMENTS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"{\\rtf")


def sniff(start: Start) -> SourceFormat | None:
    """The format of a file; None for what is no export."""
    return next((format for format in source_formats().values() if format.knows(start)), None)


def is_archive(start: Start) -> bool:
    """Whether a file of no format is a zip to look into; one by its name only has something in front of it."""
    if start.is_zip:
        return start.office is None and start.suffix not in ATTACHMENTS
    return start.suffix == ".zip" and not start.is_ole


def split_part(head: bytes, name: str) -> bool:
    """Whether this is a part of a zip that was split: what its programmes name them, and how a first part begins."""
    return _PART.search(name) is not None or (head.startswith(b"PK\x07\x08") and not name.lower().endswith(".zip"))


def packed_as(head: bytes) -> str | None:
    """The name of the packing that this is, other than zip."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)


@cache
def binary_starts() -> tuple[bytes, ...]:
    """How files begin that are no text."""
    formats = (begin for format in source_formats().values() for begin in format.starts)
    return (*_PACKED, *ZIP, OLE, *_DOCUMENTS, *formats)
