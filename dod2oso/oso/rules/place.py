"""Where a rule is judged: `document`, `all a/b`, `visit a/b` or `visit a > all */b`."""

import re
from typing import Literal, NamedTuple

from dod2oso.oso.rules.expression import ExpressionError

_NAMES = r"(\*|[A-Za-z_]\w*)(/[A-Za-z_]\w*)*"
_PLACE = re.compile(rf"(?:visit (?P<each>{_NAMES}) > )?(?P<kind>all|visit) (?P<steps>{_NAMES})", re.ASCII)


class Place(NamedTuple):
    """A pattern for elements.

    `steps` ends with the name of the element and starts with the names of its parents (`*`: any parent). `visit`
    asks that the official walk reaches it. `each` (visit a > …): once for every visited element of that pattern.
    """

    kind: Literal["document", "all", "visit"]
    steps: tuple[str, ...] = ()
    each: tuple[str, ...] = ()


def parse_place(text: str) -> Place:
    """The place in `text`; ExpressionError when it is not one."""
    if text == "document":
        return Place("document")
    match = _PLACE.fullmatch(text)
    if match is None or (match["each"] and match["kind"] == "visit"):
        raise ExpressionError("place-wrong", text=text)
    each = tuple(match["each"].split("/")) if match["each"] else ()
    kind: Literal["all", "visit"] = "visit" if match["kind"] == "visit" else "all"
    return Place(kind, tuple(match["steps"].split("/")), each)
