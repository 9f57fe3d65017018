"""Ways to write a date, shared by reading, writing and generating.

A style is a pattern of `d` `dd`, `m` `mm` `mmm` (jan) `mmmm` (januari), `jj` `jjjj` and other characters as they are.
Four are common enough to be written as well; a typed date cell of a spreadsheet comes in one of those, else as ISO,
which every style reads too. `excel` is a number of days, as a spreadsheet saves a date of which it lost the form.
"""

import re
from functools import cache
from itertools import pairwise

ISO = "jjjj-mm-dd"
SERIAL = "excel"
DATE_FORMS: dict[str, str] = {
    ISO: "{y}-{m}-{d}",
    "dd-mm-jjjj": "{d}-{m}-{y}",
    "dd/mm/jjjj": "{d}/{m}/{y}",
    "jjjjmmdd": "{y}{m}{d}",
}
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
MONTH_NUMBERS = {
    **{name: n for n, name in enumerate(MONTHS, 1)},
    **{name[:3]: n for n, name in enumerate(MONTHS, 1)},
    "mrt": 3,
    "sept": 9,
}
_WORDS = "|".join(sorted(map(re.escape, MONTH_NUMBERS), key=len, reverse=True))
_PARTS = {
    "jjjj": r"(?P<y>[0-9]{4})",
    "jj": r"(?P<yy>[0-9]{2})",
    "mmmm": rf"(?P<name>{_WORDS})\.?",
    "mmm": rf"(?P<name>{_WORDS})\.?",
    "mm": r"(?P<m>[0-9]{1,2})",
    "m": r"(?P<m>[0-9]{1,2})",
    "dd": r"(?P<d>[0-9]{1,2})",
    "d": r"(?P<d>[0-9]{1,2})",
}
_TOKEN = re.compile(r"jjjj|jj|m{1,4}|d{1,2}|.", re.DOTALL)


def is_date_style(text: str) -> bool:
    """Does the pattern hold a day, a month and a year, each once, and nothing that could be taken for another part?"""
    if text == SERIAL:
        return True
    tokens = _TOKEN.findall(text)
    parts = [token[0] for token in tokens if token in _PARTS]
    tight = any(a in _PARTS and b in _PARTS for a, b in pairwise(tokens))
    return sorted(parts) == ["d", "j", "m"] and (not tight or text == "jjjjmmdd") and not re.search(r"[0-9]", text)


def two_digit_years(text: str) -> bool:
    """Does the pattern leave the century out?"""
    return "jj" in _TOKEN.findall(text)


@cache
def date_pattern(style: str) -> re.Pattern[str]:
    """What a date of this style looks like, with groups d, m or name, and y or yy."""
    return re.compile("".join(_PARTS.get(token) or re.escape(token) for token in _TOKEN.findall(style)) + r"\Z", re.I)
