"""Dossiers that the schema refuses, one per kind of limit, and files that are no OSO dossier of a known version.

Each is a complete dossier with one thing changed; of every kind the first place is taken where the schema objects and
no rule does, so that it says what it is about.
"""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.conformance.dossiers import full_dossier, minimal_dossier
from dod2oso.oso import versions
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.transfers import transfer
from dod2oso.oso.verdict import Verdict, check

# Changes an element, of which the catalogue says this; False: that is not of this element.
_Change = Callable[[etree._Element, Element], bool]

_ELSEWHERE = "{urn:elders}"
_NO_VALUE = {"boolean": "ja", "date": "31-02-2019", "integer": "twee", "int": "twee", "decimal": "7,5"}


class Shape(NamedTuple):
    """A dossier with the kind of limit it breaks; `verdict` None: it cannot even be judged."""

    kind: str
    transfer: str
    data: bytes
    verdict: Verdict | None


def shapes(version: str, overstap: str) -> Iterator[tuple[str, Shape | None]]:
    """Every kind of limit of the schema with a dossier that breaks it; None where this version has no such limit."""
    root = parse_bytes(full_dossier(version, overstap))
    for kind, change in _KINDS.items():
        yield kind, _first(root, kind, change, version, overstap)


def _first(root: etree._Element, kind: str, change: _Change, version: str, overstap: str) -> Shape | None:
    known, layer = catalogue(version), transfer(overstap).layer
    for number, element in enumerate(root.iter("{*}*")):
        spec = known.at(_path(element, root))
        if spec is None or spec.path.startswith("metadata"):  # what steers the rules stays as it is
            continue
        changed = copy.deepcopy(root)
        target = next(each for at, each in enumerate(changed.iter("{*}*")) if at == number)
        if not change(target, spec):
            continue
        data = etree.tostring(changed, encoding="UTF-8", xml_declaration=True)
        verdict = check(parse_bytes(data), version, layer)
        if verdict.schema.state == "failed" and verdict.rules.state == "passed":
            return Shape(kind, overstap, data, verdict)
    return None


def _path(element: etree._Element, root: etree._Element) -> str:
    steps: list[str] = []
    here: etree._Element | None = element
    while here is not None and here is not root:
        steps.append(etree.QName(here).localname)
        here = here.getparent()
    return "/".join(reversed(steps))


# --- kinds of limits -----------------------------------------------------------------------------------------------


def _around(element: etree._Element) -> etree._Element | None:
    """The block around it; None of the document itself."""
    return element.getparent()


def _left_out(element: etree._Element, spec: Element) -> bool:
    parent = _around(element)
    if parent is None or spec.min == 0 or (spec.group is not None and spec.group.min == 0):
        return False
    parent.remove(element)
    return True


def _twice(element: etree._Element, spec: Element) -> bool:
    if _around(element) is None or spec.max != 1 or spec.group is not None:
        return False
    element.addnext(copy.deepcopy(element))
    return True


def _unknown(element: etree._Element, spec: Element) -> bool:
    if spec.kind != "block" or not spec.path:
        return False
    etree.SubElement(element, f"{{{etree.QName(element).namespace}}}bestaat_niet").text = "tekst"
    return True


def _order(element: etree._Element, _spec: Element) -> bool:
    following = element.getnext()
    if following is None or following.tag == element.tag:
        return False
    following.addnext(element)
    return True


def _both_of_choice(element: etree._Element, spec: Element) -> bool:
    group = spec.group
    if group is None or group.kind != "choice" or group.max != 1:
        return False
    other = next((name for name in group.members if name != spec.name), None)
    if other is None:
        return False
    made = copy.deepcopy(element)
    made.tag = f"{{{etree.QName(element).namespace}}}{other}"
    element.addnext(made)
    return True


def _other_namespace(element: etree._Element, spec: Element) -> bool:
    if not spec.path:
        return False
    element.tag = f"{_ELSEWHERE}{etree.QName(element).localname}"
    return True


def _text_in_block(element: etree._Element, spec: Element) -> bool:
    if spec.kind != "block" or not spec.path:
        return False
    element.text = "tekst"
    return True


def _elements_in_field(element: etree._Element, spec: Element) -> bool:
    if spec.kind != "field":
        return False
    etree.SubElement(element, element.tag).text = element.text
    return True


def _attribute(element: etree._Element, spec: Element) -> bool:
    if spec.kind != "field" or spec.attributes:
        return False
    element.set("bestaat_niet", "tekst")
    return True


def _attribute_too_short(element: etree._Element, spec: Element) -> bool:
    limited = next((each for each in spec.attributes if each.min_length), None)
    if limited is None:
        return False
    element.set(limited.name, "")
    return True


def _wrong_type(base: str, element: etree._Element, spec: Element) -> bool:
    if spec.kind != "field" or spec.type != base:
        return False
    element.text = _NO_VALUE[base]
    return True


def _too_short(element: etree._Element, spec: Element) -> bool:
    return _with_text(element, spec, spec.facets.min_length, lambda limit: "x" * (limit - 1))


def _too_long(element: etree._Element, spec: Element) -> bool:
    return _with_text(element, spec, spec.facets.max_length, lambda limit: "x" * (limit + 1))


def _too_low(element: etree._Element, spec: Element) -> bool:
    return _with_text(element, spec, spec.facets.min_inclusive, lambda limit: str(limit - 1))


def _too_high(element: etree._Element, spec: Element) -> bool:
    return _with_text(element, spec, spec.facets.max_inclusive, lambda limit: str(limit + 1))


def _with_text(element: etree._Element, spec: Element, limit: int | None, make: Callable[[int], str]) -> bool:
    if limit is None or spec.facets.pattern is not None:
        return False
    element.text = make(limit)
    return True


def _pattern(element: etree._Element, spec: Element) -> bool:
    if spec.facets.pattern is None or spec.codelist is not None:
        return False
    element.text = "?"
    return True


_KINDS: dict[str, _Change] = {
    "left-out": _left_out,
    "twice": _twice,
    "unknown-element": _unknown,
    "order": _order,
    "both-of-choice": _both_of_choice,
    "other-namespace": _other_namespace,
    "text-in-block": _text_in_block,
    "elements-in-field": _elements_in_field,
    "unknown-attribute": _attribute,
    "attribute-too-short": _attribute_too_short,
    **{f"type-{base}": partial(_wrong_type, base) for base in _NO_VALUE},
    "too-short": _too_short,
    "too-long": _too_long,
    "too-low": _too_low,
    "too-high": _too_high,
    "pattern": _pattern,
}
SHAPES = tuple(_KINDS)


# --- no dossier at all ---------------------------------------------------------------------------------------------


def forms(version: str, overstap: str) -> Iterator[Shape]:
    """Files that no receiver may take for a dossier, each made of a good one."""
    good = minimal_dossier(version, overstap)
    namespace = versions.version(version).namespace.encode()
    head, _, body = good.partition(b"\n")
    made = {
        "empty": b"",
        "cut-off": good[: len(good) // 2],
        "two-roots": good + body,
        "doctype": head + b'\n<!DOCTYPE dossier [<!ENTITY a "a">]>\n' + body,
        "no-xml": b"Dit is geen XML.\n",
        "unknown-version": good.replace(namespace, namespace + b"-bestaat-niet"),
        "no-oso": good.replace(namespace, b"urn:elders"),
        "no-namespace": good.replace(b' xmlns="' + namespace + b'"', b""),
    }
    for kind, data in made.items():
        yield Shape(kind, overstap, data, None)


FORMS = ("empty", "cut-off", "two-roots", "doctype", "no-xml", "unknown-version", "no-oso", "no-namespace")
