"""One cell in which several fields stand, taken apart by rules with a name. What fits no rule is not taken apart.

A splitter returns the parts by name, blank ones left out; None when the text is not written as the rule says.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

Splitter = Callable[[str], dict[str, str] | None]


class Rule(NamedTuple):
    """`parts`: the names of what comes out; `example`: a text that fits."""

    parts: tuple[str, ...]
    split: Splitter
    example: str


def _by(pattern: str) -> Splitter:
    match = re.compile(pattern, re.IGNORECASE).fullmatch

    def split(text: str) -> dict[str, str] | None:
        found = match(text)
        if found is None:
            return None
        return {name: value.strip() for name, value in found.groupdict().items() if value and value.strip()}

    return split


# Tussenvoegsels as they occur in Dutch names, the longest first.
_PREFIXES = (
    "van de", "van den", "van der", "van het", "van 't", "in de", "in den", "in der", "in het", "in 't", "op de",
    "op den", "op der", "op het", "op 't", "uit de", "uit den", "uit het", "uit 't", "voor de", "voor den",
    "voor 't", "aan de", "aan den", "aan het", "aan 't", "bij de", "onder de", "over de", "de la", "von der",
    "von dem", "van", "von", "de", "den", "der", "het", "'t", "ten", "ter", "te", "la", "le", "du", "dos", "da",
    "di", "el", "al", "op", "uit", "in",
)  # fmt: skip
_PREFIX = "|".join(re.escape(one) for one in sorted(_PREFIXES, key=len, reverse=True))

RULES: Mapping[str, Rule] = {
    "brin-vestiging": Rule(
        ("brin", "vestiging"), _by(r"(?P<brin>[0-9]{2}[A-Z]{2})[ /.|-]?(?P<vestiging>[0-9]{1,2})?"), "99XX00"
    ),
    "straat-nummer": Rule(
        ("straat", "nummer", "toevoeging"),
        _by(
            r"(?P<straat>\S.{0,100}?[^\W\d_]\.?)\s+(?P<nummer>[0-9]{1,5})"
            r"(?: *[-/]? *(?P<toevoeging>[A-Z][A-Z0-9]{0,3}|(?<=[-/])[0-9][0-9A-Z]{0,3}))?"
        ),
        "Dorpsstraat 12 a",
    ),
    "postcode-plaats": Rule(
        ("postcode", "plaats"),
        _by(r"(?P<postcode>[1-9][0-9]{3} ?[A-Z]{2})[ ,]+(?P<plaats>[^\W\d_].{0,80})"),
        "1234 AB Ede",
    ),
    "naam-voorvoegsel": Rule(
        ("naam", "voorvoegsel"), _by(rf"(?P<naam>[^,]+?)(?:, *(?P<voorvoegsel>{_PREFIX}))?"), "Vries, de"
    ),
    "voorvoegsel-naam": Rule(
        ("naam", "voorvoegsel"), _by(rf"(?:(?P<voorvoegsel>{_PREFIX}) +)?(?P<naam>[^\s,].*)"), "de Vries"
    ),
    "naam-roepnaam": Rule(("naam", "roepnaam"), _by(r"(?P<naam>[^,]+), *(?P<roepnaam>[^,]+)"), "Vries, Anna"),
}  # fmt: skip


def separated(separator: str, parts: tuple[str, ...], *, all_there: bool) -> Rule:
    """A rule of a profile's own: parts with a text between them. Not `all_there`: the last ones may be missing."""

    def split(text: str) -> dict[str, str] | None:
        pieces = [piece.strip() for piece in text.split(separator)]
        if len(pieces) > len(parts) or (all_there and len(pieces) < len(parts)) or not any(pieces):
            return None
        return {name: piece for name, piece in zip(parts, pieces, strict=False) if piece}

    return Rule(parts, split, separator.join(parts))
