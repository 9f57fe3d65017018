"""SOAP 1.1 envelopes, written and read after a wire description; nothing here knows what a message is for.

Reading trusts nobody: a limit on the size before anything is parsed, UTF-8 only, no DTD, one element in the Body, no
field twice, no field longer than a message of OSO needs. Names are compared without regard to order, as advised for
systems that speak with several years of OSO.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.handover.wire.model import FieldSpec, MessageSpec, Wire

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
MAX_REQUEST = 1_000_000  # bytes; a request holds a few short fields (feedback has its own limit)
MAX_FIELD = 4_000  # characters; the longest known one is a zoeksleutel of 172

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,63}\Z")
_PREFIX = "oso"
_TRANSLATED = ("overdrachtsoort", "doel", "resultaat")


class Malformed(Exception):
    """A message that cannot be read; `why` is one of our own words, never a piece of the message."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Fault(Exception):
    """A fault as received: its code, a word of letters and digits (empty when it had none that is safe to repeat)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Message(NamedTuple):
    """A message in our words: its name, its fields, and the fields of each of its rows."""

    name: str
    fields: Mapping[str, str]
    rows: tuple[Mapping[str, str], ...] = ()

    def get(self, word: str) -> str:
        """A field, empty when absent."""
        return self.fields.get(word, "")


class Received(NamedTuple):
    """A message with the description it was read by; `payload` is the element of the field asked for."""

    wire: Wire
    message: Message
    element: etree._Element


# --- writing -----------------------------------------------------------------------------------------------------


def write(wire: Wire, message: Message) -> bytes:
    """The envelope of a message. Absent fields that the description calls `maybe` are left out."""
    return etree.tostring(envelope(wire, message), xml_declaration=True, encoding="UTF-8")


def envelope(wire: Wire, message: Message) -> etree._Element:
    """The same as an element."""
    spec, namespace = wire.messages[message.name], wire.namespace.says
    nsmap: dict[Any, str] = {_PREFIX: namespace}
    if spec.declares is not None:
        nsmap |= {prefix or None: uri for prefix, uri in spec.declares.says.items()}
    root, body = _frame()
    element = etree.SubElement(body, f"{{{namespace}}}{wire.element(message.name)}", nsmap=nsmap)
    _write_fields(element, wire, spec.fields, message.fields)
    if spec.rows is not None:
        for row in message.rows:
            _write_fields(_child(element, wire, spec.rows.name), wire, spec.rows.fields, row)
    return root


def write_fault(wire: Wire, code: str, text: str, *, ours: bool) -> bytes:
    """A fault with one of OSO's codes; `ours` when the trouble is on our side."""
    root, body = _frame()
    fault = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    place = wire.fault.place.says
    kind = code if place == "faultcode" else f"soap:{'Server' if ours else 'Client'}"
    etree.SubElement(fault, "faultcode").text = kind
    etree.SubElement(fault, "faultstring").text = code if place == "faultstring" else text
    if place == "detail":
        detail = etree.SubElement(fault, "detail")
        namespace = wire.namespace.says
        etree.SubElement(detail, f"{{{namespace}}}{wire.fault.element.says}", nsmap={_PREFIX: namespace}).text = code
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _frame() -> tuple[etree._Element, etree._Element]:
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    return root, etree.SubElement(root, f"{{{ENVELOPE}}}Body")


def _write_fields(parent: etree._Element, wire: Wire, fields: Iterable[FieldSpec], values: Mapping[str, str]) -> None:
    wrapper: etree._Element | None = None
    for field in fields:
        value = values.get(field.word, "")
        if not value and field.maybe:
            continue
        target = parent
        if field.inside is not None:
            if wrapper is None or etree.QName(wrapper).localname != field.inside:
                wrapper = _child(parent, wire, field.inside)
            target = wrapper
        _child(target, wire, field.name).text = _to_line(wire, field.word, value)


def _child(parent: etree._Element, wire: Wire, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{wire.namespace.says}}}{name}")


def _to_line(wire: Wire, word: str, value: str) -> str:
    return getattr(wire.values, word)[value].says if word in _TRANSLATED else value


# --- reading -----------------------------------------------------------------------------------------------------


def read(data: bytes, wires: Mapping[str, Wire], *, limit: int = MAX_REQUEST, long: str = "") -> Received:
    """Read one message in one of these descriptions (by namespace). `long` names a field without a limit of its own.

    Raises Malformed, or Fault when the message is one.
    """
    element = body_of(data, limit)
    name = etree.QName(element)
    if name.namespace == ENVELOPE and name.localname == "Fault":
        raise Fault(_fault_code(element, wires.values()))
    wire = wires.get(name.namespace or "")
    if wire is None:
        raise Malformed("onbekende-naamruimte")
    word = wire.message_named(name.localname)
    if word is None:
        raise Malformed("onbekend-bericht")
    spec = wire.messages[word]
    rows = _rows(element, wire, spec)
    return Received(wire, Message(word, _read_fields(element, wire, spec.fields, long), rows), element)


def body_of(data: bytes, limit: int) -> etree._Element:
    """The one element in the Body of an envelope; Malformed when it is no safe SOAP 1.1 message."""
    if len(data) > limit:
        raise Malformed("te-groot")
    declared = _DECLARED.match(data)
    if declared and declared[1].lower() != b"utf-8":
        raise Malformed("geen-utf-8")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\x00" in data:
        raise Malformed("dtd-niet-toegestaan")
    try:
        data.decode()
        root = xmlsafe.parse_bytes(data)
    except (UnicodeDecodeError, etree.XMLSyntaxError):
        raise Malformed("geen-geldige-xml") from None
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise Malformed("geen-soap-1.1")
    bodies = root.findall(f"{{{ENVELOPE}}}Body")
    elements = [child for body in bodies for child in body if isinstance(child.tag, str)]
    if len(bodies) != 1 or len(elements) != 1:
        raise Malformed("niet-een-bericht")
    return elements[0]


def _read_fields(parent: etree._Element, wire: Wire, fields: Iterable[FieldSpec], long: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields:
        place = parent if field.inside is None else _only(parent, wire, field.inside)
        element = None if place is None else _only(place, wire, field.name)
        if element is None:
            if not field.maybe:
                raise Malformed("veld-ontbreekt")
            continue
        if field.word == "dossier":  # its content is read by soap_dossier
            continue
        text = ("".join(_texts(element)) if field.word == long else element.text or "").strip()
        if field.word != long and (len(element) or len(text) > MAX_FIELD):
            raise Malformed("veld-onleesbaar")
        found[field.word] = _from_line(wire, field.word, text)
    return found


def _texts(element: etree._Element) -> list[str]:
    return [str(text) for text in element.itertext(with_tail=False)]


def _rows(element: etree._Element, wire: Wire, spec: MessageSpec) -> tuple[dict[str, str], ...]:
    if spec.rows is None:
        return ()
    rows = element.findall(f"{{{wire.namespace.says}}}{spec.rows.name}")
    return tuple(_read_fields(row, wire, spec.rows.fields, "") for row in rows)


def _only(parent: etree._Element, wire: Wire, name: str) -> etree._Element | None:
    found = parent.findall(f"{{{wire.namespace.says}}}{name}")
    if len(found) > 1:  # two readers could each believe another one
        raise Malformed("veld-dubbel")
    return found[0] if found else None


def _from_line(wire: Wire, word: str, text: str) -> str:
    if word not in _TRANSLATED or not text:
        return text
    known: Mapping[str, object] = getattr(wire.values, word)
    for ours, said in known.items():
        if getattr(said, "says", None) == text:
            return ours
    raise Malformed("waarde-onbekend")


def _fault_code(fault: etree._Element, wires: Iterable[Wire]) -> str:
    """The code of a fault, wherever its maker put it: a code that we know, else the first that looks like one."""
    texts = [text.strip() for text in _texts(fault)]
    words = [word for word in (text.rpartition(":")[2] for text in texts) if _CODE.match(word)]
    known = {said.says for wire in wires for said in wire.codes.values()}
    candidates = [word for word in words if word not in ("Client", "Server")]
    return next((word for word in candidates if word in known), candidates[0] if candidates else "")
