"""Which styles a date may be written in: 03-04-07 may be the third of April, the fourth of March, or a day in 2003."""

import re
from datetime import date

from dod2oso.source.datestyle import MONTH_NUMBERS

PIVOT = 30  # two digits of a year from here on are taken for 19xx, by the survey and in a draft
FIRST, LAST = 1900, 2100
_NUMBERS = re.compile(r"(?P<a>[0-9]{1,4})(?P<sep>[-/. ])(?P<b>[0-9]{1,2})(?P=sep)(?P<c>[0-9]{1,4})\Z")
_MONTH = "|".join(sorted(map(re.escape, MONTH_NUMBERS), key=len, reverse=True))
_NAMED = re.compile(
    rf"(?P<d>[0-9]{{1,2}})(?P<sep>[-/. ])(?P<m>{_MONTH})\.?(?P=sep)(?P<y>[0-9]{{4}}|[0-9]{{2}})\Z", re.I
)
_COMPACT = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})\Z")
_ORDERS = ("dmy", "mdy", "ymd")
_TIME = re.compile(r"(?P<date>[^T:]{6,})[T ][0-9]{1,2}:[0-9]{2}(:[0-9.]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?\Z")
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})\Z")

Dates = tuple[tuple[str, int], ...]


def dates_of(text: str) -> Dates:
    """(style, year) for every way to read a short text as a date that exists; unknown parts may be 00."""
    moment = _TIME.match(text)
    day = moment["date"].rstrip() if moment is not None else text
    if moment is None and len(day) > 10:
        day = _ZONE.sub("", day) if day[4:5] == "-" else day
    found = _COMPACT.match(day)
    if found is not None:
        year = int(found["y"])
        return (("jjjjmmdd", year),) if _exists(year, int(found["m"]), int(found["d"])) else ()
    found = _NAMED.match(day)
    if found is not None:
        year = _year(found["y"])
        style = f"dd{found['sep']}mmm{found['sep']}{'j' * len(found['y'])}"
        return ((style, year),) if _exists(year, MONTH_NUMBERS[found["m"].lower()], int(found["d"])) else ()
    found = _NUMBERS.match(day)
    return tuple(_orders(found["a"], found["b"], found["c"], found["sep"])) if found is not None else ()


def canonical(style: str) -> str:
    """The style as it is written here: how many digits a day or month takes makes no difference in reading."""
    return re.sub(r"d+", "dd", re.sub(r"m{3,}", "mmm", re.sub(r"(?<!m)mm?(?!m)", "mm", style)))


def _orders(a: str, b: str, c: str, sep: str) -> list[tuple[str, int]]:
    ways = []
    for order in _ORDERS:
        parts = dict(zip(order, (a, b, c), strict=True))
        if len(parts["y"]) not in (2, 4) or max(len(parts["d"]), len(parts["m"])) > 2:
            continue
        year = _year(parts["y"])
        if _exists(year, int(parts["m"]), int(parts["d"])):
            shown = {"d": "dd", "m": "mm", "y": "j" * len(parts["y"])}
            ways.append((sep.join(shown[part] for part in order), year))
    return ways


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= PIVOT else 2000)


def _exists(year: int, month: int, day: int) -> bool:
    if not FIRST <= year <= LAST or month > 12 or day > 31:
        return False
    if month and day:
        try:
            date(year, month, day)
        except ValueError:
            return False
        return True
    return not day
