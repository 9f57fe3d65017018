"""Schema errors as people may read them: element, kind of error and what was expected, never the value.

The messages of libxml2 quote the value that is wrong. So we keep only the part that comes from the schema, and
write the rest ourselves.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.rules.dates import parse_date
from dod2oso.oso.rules.document import WHITESPACE, Locator, children_of, local_name, value
from dod2oso.oso.versions import version_of_namespace


class SchemaError(NamedTuple):
    """One error: line, place as /dossier[1]/…, the message in Dutch and in English. Holds no value."""

    line: int
    path: str
    message: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.message


# Kind of error -> texts, and the words behind which the schema's own part of the message stands.
_KINDS: dict[str, tuple[str, str, str]] = {
    "SCHEMAV_CVC_ELT_1": (
        "{element} is geen begin van een OSO-document. Verwacht: dossier of dossiers",
        "{element} does not start an OSO document. Expected: dossier or dossiers",
        "",
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": (
        "In het blok {element} staat tekst; daar horen alleen elementen",
        "The block {element} holds text; only elements belong there",
        "",
    ),
    "SCHEMAV_CVC_TYPE_3_1_1": (
        "{element} heeft een attribuut dat hier niet mag",
        "{element} has an attribute that is not allowed here",
        "",
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": (
        "{element} heeft een attribuut dat hier niet mag",
        "{element} has an attribute that is not allowed here",
        "",
    ),
    "SCHEMAV_CVC_TYPE_3_1_2": (
        "In het veld {element} staan elementen; daar hoort alleen tekst",
        "The field {element} holds elements; only text belongs there",
        "",
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": (
        "In het veld {element} staan elementen; daar hoort alleen tekst",
        "The field {element} holds elements; only text belongs there",
        "",
    ),
    "SCHEMAV_CVC_ELT_3_1": (
        "{element} mag niet met xsi:nil leeg worden gemaakt",
        "{element} may not be made empty with xsi:nil",
        "",
    ),
    "SCHEMAV_CVC_PATTERN_VALID": (
        "De waarde van {element} heeft niet de goede vorm. Verwacht: {expected}",
        "The value of {element} does not have the right form. Expected: {expected}",
        "by the pattern",
    ),
    "SCHEMAV_CVC_MINLENGTH_VALID": (
        "De waarde van {element} is te kort of leeg. Minimale lengte: {expected}",
        "The value of {element} is too short or empty. Minimum length: {expected}",
        "minimum length of",
    ),
    "SCHEMAV_CVC_MAXLENGTH_VALID": (
        "De waarde van {element} is te lang. Maximale lengte: {expected}",
        "The value of {element} is too long. Maximum length: {expected}",
        "maximum length of",
    ),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": (
        "De waarde van {element} is te laag. Minimaal: {expected}",
        "The value of {element} is too low. At least: {expected}",
        "minimum value allowed",
    ),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": (
        "De waarde van {element} is te hoog. Maximaal: {expected}",
        "The value of {element} is too high. At most: {expected}",
        "maximum value allowed",
    ),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": (
        "De waarde van {element} is van het verkeerde soort. Verwacht: {expected}",
        "The value of {element} is of the wrong kind. Expected: {expected}",
        "atomic type",
    ),
}
_UNEXPECTED = ("{element} hoort hier niet", "{element} does not belong here", "Expected is")
_MISSING = ("In {element} ontbreekt iets", "Something is missing in {element}", "Expected is")
_OTHER = ("{element} voldoet niet aan het schema", "{element} does not comply with the schema", "")
_TYPES = {
    "xs:date": ("een datum als 2019-03-02", "a date like 2019-03-02"),
    "xs:boolean": ("true of false", "true or false"),
    "xs:integer": ("een geheel getal", "a whole number"),
    "xs:int": ("een geheel getal", "a whole number"),
    "xs:decimal": ("een getal met een punt", "a number with a point"),
}
_STEP = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<number>\d+)\])?")


def readable(root: etree._Element, log: Iterable[Any]) -> Iterator[SchemaError]:
    """The errors in a libxml2 log on the document of `root`, in the order of the log."""
    locator = Locator()
    for entry in log:
        element = _resolve(root, entry.path or "")
        if entry.type_name == "SCHEMAV_CVC_DATATYPE_VALID_1_2_1" and _is_date_with_blanks(element, entry.message):
            continue  # XML Schema allows blanks around a date; libxml2 wrongly does not
        nl, en = _texts(entry.type_name, entry.message, local_name(element))
        absent = _absent_before(element, entry.type_name, entry.message)
        if absent:
            parent = element.getparent()
            block = local_name(parent if parent is not None else element)
            nl, en = f"In {block} ontbreekt {absent}.", f"{absent} is missing in {block}."
        yield SchemaError(entry.line, locator.place(element), nl, en)


def _absent_before(element: etree._Element, kind: str, message: str) -> str:
    """What libxml2 calls an unexpected element is mostly one before which another is missing: that one's name."""
    if kind != "SCHEMAV_ELEMENT_CONTENT" or "Missing child element" in message or "one of" in message:
        return ""
    expected, _ = _expected(message, "Expected is")
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


def _texts(kind: str, message: str, element: str) -> tuple[str, str]:
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        texts = _MISSING if "Missing child element" in message else _UNEXPECTED
    else:
        texts = _KINDS.get(kind, _OTHER)
    nl, en, marker = texts
    expected_nl, expected_en = _expected(message, marker)
    if marker == "Expected is" and expected_nl:
        nl, en = nl + ". Verwacht: {expected}", en + ". Expected: {expected}"
    return (
        nl.format(element=element, expected=expected_nl) + ".",
        en.format(element=element, expected=expected_en) + ".",
    )


def _expected(message: str, marker: str) -> tuple[str, str]:
    """The schema's own words behind the last marker; a value in the message stands before it."""
    _, found, tail = message.rpartition(marker) if marker else ("", "", "")
    if not found:
        return "", ""
    if marker == "Expected is":
        names = re.findall(r"(?:\{[^}]*\})?(\w+)", tail.partition("(")[2])
        return " of ".join(names), " or ".join(names)
    plain = tail.strip(" .()\n").strip("'")
    return _TYPES.get(plain, (plain, plain)) if marker == "atomic type" else (plain, plain)


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
