"""What kind of text a value is: a bit per kind, so that a value can be several (20120101 is a number and a date).

Only the kind is remembered, never the text. Numbers of persons are told by their 11-test, not by their name.
"""

import re
from datetime import date

from dod2oso.discover.survey.dates import dates_of
from dod2oso.source.normalise import is_bsn, is_onderwijsnummer

# The order is that of the bits; the names are what `scan --json` and the dictionary (`looks-like: kinds`) say.
KINDS = (
    "date-ymd", "date-dmy", "date-slash", "date-compact", "datetime", "date-partial",
    "integer", "decimal-point", "decimal-comma", "boolean", "school-year", "postcode", "brin", "bsn",
    "onderwijsnummer", "email", "phone", "iban", "url", "initials", "attachment", "text", "entities", "file-name",
    "date-other",
)  # fmt: skip
BIT = {name: 1 << number for number, name in enumerate(KINDS)}
DATES = (
    BIT["date-ymd"] | BIT["date-dmy"] | BIT["date-slash"] | BIT["date-compact"] | BIT["datetime"] | BIT["date-other"]
)
BOOLEANS = (("ja", "nee"), ("j", "n"), ("true", "false"), ("1", "0"), ("waar", "onwaar"), ("yes", "no"), ("y", "n"))
_WORDS = frozenset(word for pair in BOOLEANS for word in pair)

_DATE = (
    ("date-ymd", re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")),
    ("date-dmy", re.compile(r"(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<y>[0-9]{4})\Z")),
    ("date-slash", re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})\Z")),
    ("date-compact", re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})\Z")),
    (
        "datetime",
        re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})[T ][0-9]{2}:[0-9]{2}(:[0-9.]+)?.{0,6}\Z"),
    ),
)
_FORMS = (
    ("decimal-point", re.compile(r"[+-]?[0-9]+\.[0-9]+\Z")),
    ("decimal-comma", re.compile(r"[+-]?[0-9]+,[0-9]+\Z")),
    ("school-year", re.compile(r"(19|20)[0-9]{2}\s?[-/]\s?((19|20)?[0-9]{2})\Z")),
    ("postcode", re.compile(r"[1-9][0-9]{3}\s?[A-Za-z]{2}\Z")),
    ("brin", re.compile(r"[0-9]{2}[A-Za-z]{2}([0-9]{2})?\Z")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}\Z")),
    ("phone", re.compile(r"(\+|00|0)[0-9][0-9 ()-]{7,15}\Z")),
    ("iban", re.compile(r"[A-Z]{2}[0-9]{2}[A-Z]{4}[0-9]{10}\Z")),
    ("url", re.compile(r"https?://\S+\Z|www\.\S+\Z")),
    ("initials", re.compile(r"([A-Z][a-z]?\.\s?){1,8}\Z|[A-Z]{1,3}\Z")),
    ("attachment", re.compile(r"[A-Za-z0-9+/\r\n]{64,}={0,2}\s*\Z")),
    ("file-name", re.compile(r"[^/\\]{1,200}\.[A-Za-z]{2,4}\Z")),
)
_ENTITY = re.compile(r"&(#[0-9]{2,5}|[A-Za-z]{2,8});")
_FIRST, _LAST = 1900, 2100
LONG = 40  # from here on text with spaces is free text
HEAD = 4096  # kinds are told from this much of a value


def kinds_of(text: str) -> tuple[int, int | None]:
    """The kinds of one value (not blank, stripped) as bits, and the year when it is a date."""
    head = text[:HEAD]
    bits, year = _dates(head) if len(head) <= 35 and head[0].isdigit() else (0, None)
    if head.isascii() and head.lstrip("+-").isdigit():
        if len(head) <= 30:
            bits |= BIT["integer"]
        digits = head.zfill(9)
        if len(head) in (8, 9):
            bits |= BIT["bsn"] if is_bsn(digits) else 0
            bits |= BIT["onderwijsnummer"] if is_onderwijsnummer(digits) else 0
    for name, pattern in _FORMS:
        if pattern.match(head) and not (name == "phone" and bits & DATES):
            bits |= BIT[name]
    if head.lower() in _WORDS:
        bits |= BIT["boolean"]
    if len(text) >= LONG and " " in head:
        bits |= BIT["text"]
    if "&" in head and _ENTITY.search(head):
        bits |= BIT["entities"]
    return bits, year


def _dates(text: str) -> tuple[int, int | None]:
    for name, pattern in _DATE:
        found = pattern.match(text)
        if found is None:
            continue
        year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
        if not _FIRST <= year <= _LAST or month > 12 or day > 31:
            continue
        if month and day:
            try:
                date(year, month, day)
            except ValueError:
                continue
            return BIT[name], year
        if not day:
            return BIT[name] | BIT["date-partial"], year
    other = dates_of(text)
    return (BIT["date-other"], other[0][1]) if other else (0, None)
