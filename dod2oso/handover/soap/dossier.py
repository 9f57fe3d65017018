"""A dossier in a documentResponse, in and out, byte for byte.

How OSO embeds it is not known, so the wire description says which of four ways is used. What is promised for each:

- `xml` (default): the bytes of the file from `<dossier` to `</dossier>` stand in the envelope as they are. The XML
  declaration in front of them cannot; it is the same line in every file of ours, and `take_out` puts it back. A
  receiver that re-serialises has the same exclusive canonical form, because a dossier declares its own namespace.
- `text`, `cdata`, `base64`: the whole file, declaration included.
"""

import base64
import binascii
import re
from xml.sax.saxutils import escape

from lxml import etree

from dod2oso.handover.soap.envelope import Malformed, Message, Received, envelope
from dod2oso.handover.wire.model import Wire

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'

_MARK = "dod2oso-dossier"
_ELEMENT = re.compile(rb"<dossier[\s>]")
_END = b"</dossier>"


def put_in(wire: Wire, dossier: bytes) -> tuple[bytes, bytes, bytes]:
    """The documentResponse around a dossier, in three parts to send after each other: nothing large is copied."""
    root = envelope(wire, Message("documentResponse", {"dossier": _MARK}))
    before, _, after = etree.tostring(root, xml_declaration=True, encoding="UTF-8").partition(_MARK.encode())
    return before, _embedded(wire, dossier), after


def _embedded(wire: Wire, dossier: bytes) -> bytes:
    match wire.embedding.says:
        case "xml":
            if not dossier.startswith(DECLARATION):
                raise ValueError("a dossier of ours starts with its XML declaration")
            return dossier[len(DECLARATION) :]
        case "text":
            return escape(dossier.decode(), {"\r": "&#13;"}).encode()
        case "cdata":
            if b"\r" in dossier:
                raise ValueError("a raw carriage return does not survive CDATA; the writer escapes them")
            return b"<![CDATA[" + dossier.replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>"
        case "base64":
            return base64.b64encode(dossier)


def take_out(received: Received, raw: bytes) -> bytes:
    """The bytes of the dossier in a documentResponse of which `raw` are the bytes. Raises Malformed."""
    wire = received.wire
    field = next(field for field in wire.messages["documentResponse"].fields if field.word == "dossier")
    element = received.element.find(f"{{{wire.namespace.says}}}{field.name}")
    if element is None:
        raise Malformed("veld-ontbreekt")
    if wire.embedding.says == "xml":
        start, end = _ELEMENT.search(raw, _wrapper_end(raw, field.name)), raw.rfind(_END)
        if len(element) != 1 or start is None or end < start.start():
            raise Malformed("geen-dossier")
        return DECLARATION + raw[start.start() : end + len(_END)] + b"\n"
    text = element.text or ""
    if wire.embedding.says == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise Malformed("geen-dossier") from None
    return text.encode()


def _wrapper_end(raw: bytes, name: str) -> int:
    """Where the start tag of the element around the dossier ends: both may be called `dossier`."""
    found = re.search(rb"<(?:[\w.-]+:)?" + re.escape(name.encode()) + rb"(?:\s[^>]*)?>", raw)
    return found.end() if found else 0
