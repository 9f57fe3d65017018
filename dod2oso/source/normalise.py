"""From an export's notation to the dictionary's: dates ISO, decimals with a point, booleans true/false.

A normaliser takes the text of a value (already stripped, not empty) and returns the dictionary's notation; it raises
Unreadable with a finding code when the text cannot be that type. Nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from stdnum.nl import bsn, onderwijsnummer

from dod2oso.source.codes import CodeTable, code_table
from dod2oso.source.datestyle import ISO, MONTH_NUMBERS, SERIAL, date_pattern
from dod2oso.source.dictionary import FieldType
from dod2oso.source.profile import Binding, Text
from dod2oso.source.record import Group

Normaliser = Callable[[str], str]


class Unreadable(ValueError):
    """The text is not a value of its type; carries the finding code, and the cause where a person decided so."""

    def __init__(self, code: str, cause: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.cause = cause


class Noted(str):
    """A value in the dictionary's notation that lost something on the way; carries the finding code that says what."""

    __slots__ = ("code",)

    def __new__(cls, text: str, code: str) -> "Noted":
        noted = super().__new__(cls, text)
        noted.code = code
        return noted

    code: str


class Decided(str):
    """A value in the dictionary's notation as a person decided that it is meant; carries the id of the decision."""

    __slots__ = ("id",)

    def __new__(cls, text: str, decision: str) -> "Decided":
        decided = super().__new__(cls, text)
        decided.id = decision
        return decided

    id: str


_DATE_PATTERNS: dict[str, re.Pattern[str]] = {
    "jjjj-mm-dd": re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z"),
    "dd-mm-jjjj": re.compile(r"(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<y>[0-9]{4})\Z"),
    "dd/mm/jjjj": re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})\Z"),
    "jjjjmmdd": re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})\Z"),
}  # others are made of their style
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
_SERIAL = re.compile(r"(?P<days>[1-9][0-9]{4})(?:[.,](?P<part>[0-9]{1,12}))?\Z")
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[0-9][0-9.,]*)(?P<unit>[^0-9]{0,20})\Z")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+\Z")
# A moment where a date is asked for: the date part stands on its own.
_WITH_TIME = re.compile(
    r"(?P<date>\S.{3,28}?\S)[T ]+"
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(:(?P<s>[0-9]{2})([.,](?P<part>[0-9]{1,9}))?)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
)
_EVENING = 22  # from this hour of UTC on it may be the next day in the Netherlands
# Years outside this range are placeholders (0001-01-01, 9999-12-31), not dates.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def date_normaliser(style: str, pivot: int | None = None) -> Normaliser:
    """Dates of one style to ISO; unknown parts stay `00` (2006-00-00), as BRON writes them.

    `pivot`: two digits of a year from here on are of the last century, smaller ones of this one.
    """
    if style == SERIAL:
        return serial_date
    match = _DATE_PATTERNS[style].match if style in _DATE_PATTERNS else _either(style)

    @lru_cache(maxsize=4096)
    def normalise(text: str) -> str:
        found = match(text)
        if found is None:
            moment = _WITH_TIME.match(text)
            if moment is None or match(moment["date"]) is None:
                raise Unreadable("datum-onleesbaar")
            return _date_of(normalise(moment["date"]), moment)
        year, month, day = _parts(found.groupdict(), pivot)
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise Unreadable("datum-onleesbaar")
        if month and day:
            try:
                date(year, month, day)
            except ValueError:
                raise Unreadable("datum-onleesbaar") from None
        elif month > 12 or day:
            raise Unreadable("datum-onleesbaar")
        return f"{year:04}-{month:02}-{day:02}"

    return normalise


def _either(style: str) -> Callable[[str], re.Match[str] | None]:
    """A pattern of the profile's own; a typed date cell comes as ISO."""
    pattern, iso = date_pattern(style), _DATE_PATTERNS[ISO]
    return lambda text: pattern.match(text) or iso.match(text)


def _parts(found: dict[str, str], pivot: int | None) -> tuple[int, int, int]:
    if found.get("y"):
        year = int(found["y"])
    else:
        short = int(found["yy"])
        if pivot is None:  # checked when the profile was loaded
            raise Unreadable("datum-onleesbaar")
        year = short + (1900 if short >= pivot else 2000)
    month = MONTH_NUMBERS[found["name"].lower()] if found.get("name") else int(found["m"])
    return year, month, int(found["d"])


def _date_of(day: str, moment: re.Match[str]) -> str:
    """The date of a moment: at midnight simply the date; else the time is left out and told.

    A time in UTC late in the evening may be a midnight of the next day that some program converted: not guessed at.
    """
    hour, rest = int(moment["h"]), (moment["m"], moment["s"] or "00", moment["part"] or "0")
    if hour > 23 or int(rest[0]) > 59 or int(rest[1]) > 59:
        raise Unreadable("datum-onleesbaar")
    if moment["zone"] in ("Z", "+00:00", "-00:00", "+0000") and hour >= _EVENING:
        raise Unreadable("datum-met-tijd")
    return day if not hour and not any(map(int, rest)) else Noted(day, "tijd-weg")


def serial_date(text: str) -> str:
    """A date as a spreadsheet counts it, in days from 1900 on; of a time of day only the date. ISO is read as well.

    Only counts of five digits, from 1927 on: fewer digits may as well be a year.
    """
    iso = _DATE_PATTERNS[ISO].match(text)
    if iso is not None:
        return date_normaliser(ISO)(text)
    found = _SERIAL.match(text)
    if found is None:
        raise Unreadable("datum-onleesbaar")
    day = date(1899, 12, 30) + timedelta(days=int(found["days"]))
    if day.year > _LAST_YEAR:
        raise Unreadable("datum-onleesbaar")
    return Noted(day.isoformat(), "tijd-weg") if (found["part"] or "").strip("0") else day.isoformat()


def unit_normaliser(units: Mapping[str, float], mark: str, *, whole: bool) -> Normaliser:
    """Numbers with one of these words behind them, in the unit of the dictionary; another word is not guessed at."""
    factors = {unit.lower(): Decimal(str(factor)) for unit, factor in units.items()}
    number = decimal_normaliser(mark)

    def normalise(text: str) -> str:
        found = _WITH_UNIT.match(text)
        if found is None or found["unit"].strip(" .").lower() not in factors:
            raise Unreadable("eenheid-onbekend")
        value = Decimal(number(found["number"])) * factors[found["unit"].strip(" .").lower()]
        if not whole:
            return format(value.normalize(), "f")
        if value != value.to_integral_value():
            raise Unreadable("getal-onleesbaar")
        return str(int(value))

    return normalise


def integer(text: str) -> str:
    """A whole number without plus sign or leading zeros."""
    if not _INTEGER.match(text) or len(text) > 30:
        raise Unreadable("getal-onleesbaar")
    return str(int(text))


def decimal_normaliser(mark: str) -> Normaliser:
    """Numbers with the profile's decimal mark to a point; thousands separators are not guessed at."""

    def normalise(text: str) -> str:
        number = text.replace(",", ".") if mark == "," else text
        if not _DECIMAL.match(number) or (mark == "," and _THOUSANDS.match(text)):  # 1.234 may be a thousand
            raise Unreadable("getal-onleesbaar")
        return number.lstrip("+")

    return normalise


def boolean_normaliser(true: tuple[str, ...], false: tuple[str, ...]) -> Normaliser:
    table = {text.lower(): "true" for text in true} | {text.lower(): "false" for text in false}

    def normalise(text: str) -> str:
        value = table.get(text.lower())
        if value is None:
            raise Unreadable("ja-nee-onleesbaar")
        return value

    return normalise


def code_normaliser(table: CodeTable) -> Normaliser:
    entries = table.entries

    def normalise(text: str) -> str:
        value = entries.get(text)
        if value is not None:
            return value
        if table.otherwise is None:
            raise Unreadable("code-onbekend")
        return Noted(table.otherwise, "code-overig")

    return normalise


def pgn(text: str) -> str:
    """A persoonsgebonden nummer: nine digits that pass the 11-test of a BSN or of an onderwijsnummer.

    Eight digits are a BSN whose leading zero was lost in a number column; that is restored.
    """
    digits = text.replace(" ", "").replace(".", "")
    if len(digits) == 8:
        digits = "0" + digits
    if is_bsn(digits) or is_onderwijsnummer(digits):
        return digits
    raise Unreadable("pgn-elfproef")


def is_bsn(digits: str) -> bool:
    """Nine digits that pass the BSN 11-test (weights 9..2, -1)."""
    return len(digits) == 9 and digits.isascii() and digits.isdigit() and bsn.checksum(digits) == 0 and int(digits) > 0


def is_onderwijsnummer(digits: str) -> bool:
    """Nine digits that start with 10 and pass the 11-test of the onderwijsnummer (remainder 5)."""
    return len(digits) == 9 and digits.isascii() and digits.isdigit() and bool(onderwijsnummer.is_valid(digits))


_MADE = (date_normaliser("jjjj-mm-dd"), date_normaliser("dd-mm-jjjj"))


def typed_date(text: str) -> str:
    """A date as people write it (31-12-2024) or as ISO."""
    iso, dutch = _MADE
    try:
        return dutch(text)
    except Unreadable:
        return iso(text)


def export_date(root: Group) -> str:
    """An export's own date as ISO, "" when it does not tell: on which its data held, else when it was made."""
    for name in ("export.peildatum", "export.aanmaakdatum"):
        text = (root.value(name) or "")[:10]  # a moment begins with its date
        for read in _MADE:
            try:
                found = read(text)
            except Unreadable:
                continue
            if "-00" not in found:
                return found
    return ""


_SIMPLE: dict[FieldType, Normaliser] = {"integer": integer, "pgn": pgn}


def normaliser(
    field_type: FieldType, binding: Binding, text: Text, codes: Callable[[str], CodeTable] = code_table
) -> Normaliser | None:
    """The normaliser of one binding, or None when the text is taken as it is. `codes`: finds a code table by name."""
    if binding.codes is not None:
        return code_normaliser(codes(binding.codes))
    if field_type == "date":
        return date_normaliser(binding.dates or text.dates, text.pivot if binding.pivot is None else binding.pivot)
    if binding.units and field_type in ("integer", "decimal"):
        return unit_normaliser(binding.units, binding.decimal or text.decimal, whole=field_type == "integer")
    if field_type == "decimal":
        return decimal_normaliser(binding.decimal or text.decimal)
    if field_type == "boolean":
        return boolean_normaliser(binding.true or text.true, binding.false or text.false)
    return _SIMPLE.get(field_type)
