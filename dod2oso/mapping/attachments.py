"""Attachments: OSO wants Base64 of a ZIP with exactly one file of an allowed type.

The same bytes always give the same ZIP, on every machine, so that dossiers are repeatable: a fixed time stamp, and
stored rather than compressed (most allowed types are compressed themselves, and compressors differ).
"""

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from dod2oso.base.texts import Text
from dod2oso.mapping.context import Refused
from dod2oso.oso.attachments import MAX_FILE, kind_of, looks_like, problem

REFUSED_ATTACHMENT = "bijlage-geweigerd"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a ZIP can hold: no clock in our output
_SPACE = re.compile(r"\s+")
_LONGEST_NAME = 255  # no file system takes more


def pack(content: str, name: str) -> str:
    """Base64 text of a ZIP holding the file; raises Refused with a finding code when OSO would not take it.

    What is already as OSO wants it (an older dossier as source) stays as it is.
    """
    if len(content) > MAX_FILE * 4 // 3:
        raise Refused(REFUSED_ATTACHMENT, Text("attachment-too-large-note", limit=MAX_FILE // 1_000_000))
    try:
        data = base64.b64decode(_SPACE.sub("", content), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(REFUSED_ATTACHMENT, Text("attachment-no-base64")) from None
    if data.startswith(b"PK") and not problem(name, content):
        return content
    kind = kind_of(name)
    if kind is None:
        raise Refused(REFUSED_ATTACHMENT, Text("attachment-kind"))
    if not _fits(kind, data):
        raise Refused(REFUSED_ATTACHMENT, Text("attachment-content"))
    return base64.b64encode(_zip(PurePosixPath(name.replace("\\", "/")).name, data)).decode("ascii")


def _fits(kind: str, data: bytes) -> bool:
    """Whether the content is what the name says; a damaged office document (a ZIP) is not."""
    try:
        return looks_like(kind, data)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError):
        return False


def _zip(name: str, data: bytes) -> bytes:
    if len(name) > _LONGEST_NAME:
        raise Refused(REFUSED_ATTACHMENT, Text("attachment-name"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        info = zipfile.ZipInfo(name, _EPOCH)
        info.create_system = 0  # else the ZIP would tell on which kind of machine it was made
        archive.writestr(info, data)
    return packed.getvalue()
