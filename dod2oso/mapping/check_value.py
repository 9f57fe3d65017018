"""Whether a value may stand in an OSO field: compiled once per field, a plain function per value.

The schema judges the whole dossier again afterwards; checking here, per value, is what makes one bad value a finding at
its source instead of a dossier that fails as a whole.
"""

import re
import sys
from collections.abc import Callable
from datetime import date

from dod2oso.oso.catalogue import Element
from dod2oso.oso.codelists import codes
from dod2oso.oso.element import python_pattern

ValueCheck = Callable[[str], str | None]  # the finding code, or None when the value is fine

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\Z")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}\Z")
_INT_MAX = 2**31 - 1


def value_check(element: Element, version: str) -> ValueCheck | None:
    """The check for one OSO field in one version; None when any text may stand in it."""
    checks = [*_by_type(element), *_by_facets(element)]
    if element.codelist is not None:
        checks.append(_in_list(codes(element.codelist, version)))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value: str) -> str | None:
        for one in checks:
            problem = one(value)
            if problem is not None:
                return problem
        return None

    return check


def longest_text(element: Element) -> int:
    """Texts up to this length pass the check of this field; -1 when it asks more than a length."""
    facets = element.facets
    if _by_type(element) or facets.pattern is not None or element.codelist is not None:
        return -1
    if facets.min_inclusive is not None or facets.max_inclusive is not None:
        return -1
    return sys.maxsize if facets.max_length is None else facets.max_length


def _by_type(element: Element) -> list[ValueCheck]:
    kind = element.type
    if kind == "date":
        return [_date]
    if kind == "boolean":
        return [lambda value: None if value in ("true", "false") else "ja-nee-onleesbaar"]
    if kind == "decimal":
        return [lambda value: None if _DECIMAL.match(value) else "getal-onleesbaar"]
    if kind == "integer":
        return [lambda value: None if _INTEGER.match(value) else "getal-onleesbaar"]
    if kind == "int":
        return [lambda value: None if _INTEGER.match(value) and abs(int(value)) <= _INT_MAX else "getal-onleesbaar"]
    return []


def _date(value: str) -> str | None:
    if value[-2:] == "00":
        return "datum-onvolledig"
    try:
        return None if date.fromisoformat(value).isoformat() == value else "datum-onleesbaar"
    except ValueError:
        return "datum-onleesbaar"


def _by_facets(element: Element) -> list[ValueCheck]:
    facets = element.facets
    checks: list[ValueCheck] = []
    if facets.max_length is not None:
        longest = facets.max_length
        checks.append(lambda value: "tekst-te-lang" if len(value) > longest else None)
    if facets.pattern is not None:
        match = python_pattern(facets.pattern).fullmatch
        checks.append(lambda value: None if match(value) else "vorm-onjuist")
    if facets.min_inclusive is not None or facets.max_inclusive is not None:
        low, high = facets.min_inclusive, facets.max_inclusive

        def in_range(value: str) -> str | None:
            number = int(value)
            inside = (low is None or number >= low) and (high is None or number <= high)
            return None if inside else "getal-buiten-bereik"

        checks.append(in_range)
    return checks


def _in_list(allowed: frozenset[str]) -> ValueCheck:
    return lambda value: None if value in allowed else "code-niet-in-lijst"
