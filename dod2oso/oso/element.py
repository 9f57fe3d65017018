"""What is known of one element of the OSO dossier in one version: plain data, no behaviour."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Facets(NamedTuple):
    """Limits on a value, as in XML Schema; None = no limit. Lengths are in Unicode characters."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_inclusive: int | None = None
    max_inclusive: int | None = None


NO_FACETS = Facets()


class Attribute(NamedTuple):
    """An attribute the element may carry (never must)."""

    name: str
    min_length: int | None


class Group(NamedTuple):
    """Children that belong together: a choice of one member, or a row of members that repeats.

    min and max count the group (max None = unbounded); those of a member count within one turn of the group.
    """

    kind: Literal["choice", "repeat"]
    min: int
    max: int | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `path` is relative to its root, which has path "".

    type is the base type of XML Schema (string, boolean, date, integer, int, decimal), "" for a block.
    min and max count per parent (max None = unbounded). children stand in schema order.
    codelist is set only where the official validators enforce it in this version.
    """

    name: str
    path: str
    nl: str
    kind: Literal["block", "field"]
    type: str
    min: int
    max: int | None
    facets: Facets = NO_FACETS
    attributes: tuple[Attribute, ...] = ()
    codelist: int | None = None
    group: Group | None = None
    children: tuple["Element", ...] = ()

    def walk(self) -> Iterator["Element"]:
        """This element and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


_ESCAPE = r"\\(?:[dnrt.\\\-()\[\]{}+*?|^]|p\{Nd\})"
_CLASS = rf"\[\^?(?:[^\[\]\\]|{_ESCAPE})+\]"
_SAME_IN_BOTH = re.compile(rf"(?:{_ESCAPE}|{_CLASS}|\{{\d+(?:,\d*)?\}}|[?*+|().]|[^\\\[\]{{}}?*+|().^$])*")


def is_python_pattern(pattern: str) -> bool:
    """Does an XML Schema pattern mean the same in Python? Not so with blocks, categories, \\w, ^, $ and subtraction."""
    if _SAME_IN_BOTH.fullmatch(pattern) is None:
        return False
    try:
        python_pattern(pattern)
    except (re.error, OverflowError):
        return False
    return True


def python_pattern(pattern: str) -> re.Pattern[str]:
    """An XML Schema pattern of our catalogue (only \\d and \\p{Nd} are special) as a Python one."""
    return re.compile(pattern.replace(r"\p{Nd}", r"\d"))
