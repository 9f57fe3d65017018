"""Schema errors as people may read them: element, kind of error and what was expected, never the value.

The messages of libxml2 quote the value that is wrong. So we keep only the part that comes from the schema, and
write the rest ourselves.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.base.texts import Text
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.rules.dates import parse_date
from dod2oso.oso.rules.document import WHITESPACE, Locator, children_of, local_name, value
from dod2oso.oso.versions import version_of_namespace


class SchemaError(NamedTuple):
    """One error: line, place as /dossier[1]/…, and what it says. Holds no value."""

    line: int
    path: str
    message: Text

    def text(self, lang: str) -> str:
        return self.message.text(lang)


# Kind of error -> key of its text, and the words behind which the schema's own part of the message stands.
_KINDS: dict[str, tuple[str, str]] = {
    "SCHEMAV_CVC_ELT_1": ("schema-no-root", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("schema-text-in-block", ""),
    "SCHEMAV_CVC_TYPE_3_1_1": ("schema-attribute", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ("schema-attribute", ""),
    "SCHEMAV_CVC_TYPE_3_1_2": ("schema-elements-in-field", ""),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": ("schema-elements-in-field", ""),
    "SCHEMAV_CVC_ELT_3_1": ("schema-nil", ""),
    "SCHEMAV_CVC_PATTERN_VALID": ("schema-pattern", "by the pattern"),
    "SCHEMAV_CVC_MINLENGTH_VALID": ("schema-too-short", "minimum length of"),
    "SCHEMAV_CVC_MAXLENGTH_VALID": ("schema-too-long", "maximum length of"),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": ("schema-too-low", "minimum value allowed"),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": ("schema-too-high", "maximum value allowed"),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("schema-wrong-type", "atomic type"),
}
_EXPECTED = "Expected is"
_TYPES = {
    "xs:date": "schema-a-date",
    "xs:boolean": "schema-a-boolean",
    "xs:integer": "schema-a-integer",
    "xs:int": "schema-a-integer",
    "xs:decimal": "schema-a-decimal",
}
_STEP = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<number>\d+)\])?")


def readable(root: etree._Element, log: Iterable[Any]) -> Iterator[SchemaError]:
    """The errors in a libxml2 log on the document of `root`, in the order of the log."""
    locator = Locator()
    for entry in log:
        element = _resolve(root, entry.path or "")
        if entry.type_name == "SCHEMAV_CVC_DATATYPE_VALID_1_2_1" and _is_date_with_blanks(element, entry.message):
            continue  # XML Schema allows blanks around a date; libxml2 wrongly does not
        message = _text(entry.type_name, entry.message, local_name(element))
        absent = _absent_before(element, entry.type_name, entry.message)
        if absent:
            parent = element.getparent()
            block = local_name(parent if parent is not None else element)
            message = Text("schema-absent", element=absent, block=block)
        yield SchemaError(entry.line, locator.place(element), message)


def _absent_before(element: etree._Element, kind: str, message: str) -> str:
    """What libxml2 calls an unexpected element is mostly one before which another is missing: that one's name."""
    if kind != "SCHEMAV_ELEMENT_CONTENT" or "Missing child element" in message or "one of" in message:
        return ""
    expected = "".join(_names(_tail(message, _EXPECTED))[:1])
    order = _schema_order(element)
    name = local_name(element)
    missing = expected in order and name in order and order.index(expected) < order.index(name)
    return expected if missing else ""


def _schema_order(element: etree._Element) -> list[str]:
    """The names of an element and its brothers in the order of the schema; empty outside a known dossier."""
    known = version_of_namespace(etree.QName(element).namespace or "")
    steps: list[str] = []
    parent = element.getparent()
    while parent is not None and local_name(parent) != "dossier":
        steps.append(local_name(parent))
        parent = parent.getparent()
    block = catalogue(known.name).at("/".join(reversed(steps))) if known is not None and parent is not None else None
    return [child.name for child in block.children] if block is not None else []


def _text(kind: str, message: str, element: str) -> Text:
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        expected = _one_of(_names(_tail(message, _EXPECTED)))
        if "Missing child element" in message:
            key, with_expected = "schema-missing", "schema-missing-of"
        else:
            key, with_expected = "schema-unexpected", "schema-unexpected-for"
        return Text(with_expected, element=element, expected=expected) if expected else Text(key, element=element)
    key, marker = _KINDS.get(kind, ("schema-other", ""))
    if not marker:
        return Text(key, element=element)
    plain = _tail(message, marker).strip(" .()\n").strip("'")
    known = _TYPES.get(plain) if key == "schema-wrong-type" else None
    return Text(key, element=element, expected=Text(known) if known else plain)


def _tail(message: str, marker: str) -> str:
    """The schema's own words behind the last marker; a value in the message stands before it."""
    _, _, tail = message.rpartition(marker)
    return tail if marker in message else ""


def _names(tail: str) -> list[str]:
    """The names of elements in what the schema expects."""
    return re.findall(r"(?:\{[^}]*\})?(\w+)", tail.partition("(")[2])


def _one_of(names: list[str]) -> str | Text:
    """These names with "or" between them; nothing when there are none."""
    said: str | Text = names[0] if names else ""
    for name in names[1:]:
        said = Text("schema-or", first=said, other=name)
    return said


def _is_date_with_blanks(element: etree._Element, message: str) -> bool:
    text = value(element)
    return (
        message.rpartition("atomic type")[2].strip(" .'\n") == "xs:date"
        and text != text.strip(WHITESPACE)
        and parse_date(text) is not None
    )


def _resolve(root: etree._Element, path: str) -> etree._Element:
    """The element that a libxml2 path (/*/*[3]/o:bsn) names, as far as the path can be followed."""
    element = root
    for step in path.split("/")[2:]:
        match = _STEP.fullmatch(step)
        if match is None:
            break
        name = match["name"]
        found = [child for child in children_of(element) if name == "*" or _prefixed(child) == name]
        number = int(match["number"] or 1)
        if len(found) < number:
            break
        element = found[number - 1]
    return element


def _prefixed(element: etree._Element) -> str:
    name = local_name(element)
    return f"{element.prefix}:{name}" if element.prefix else name
