"""Whether an export is the same as before: a hash over everything in it."""

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dod2oso.legacy.container.exports import Export

_CHUNK = 1 << 18


def fingerprint(export: "Export") -> str:
    """SHA-256 in hex over names and contents of all files of the export, attachments included; files are streamed.

    Reading to the end checks every file, so ExportError when one is damaged. A database on a server cannot be hashed:
    each call gives something else, so that it never counts as unchanged.
    """
    if not export.members:
        return secrets.token_hex(32)
    whole = hashlib.sha256()
    for role, members in (("member", export.members), ("attachment", export.attachments)):
        for member in members:
            one = hashlib.sha256()
            with member.open() as stream:
                while chunk := stream.read(_CHUNK):
                    one.update(chunk)
            whole.update(f"{role}\0{member.name}\0{one.hexdigest()}\0".encode())
    return whole.hexdigest()
