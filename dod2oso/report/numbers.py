"""Numbers, shares and dates as people write them in Dutch and English."""

import re

from dod2oso.base.texts import Text
from dod2oso.report.hidden import MARK, Hidden


def number(value: int, lang: str) -> str:
    """1.234.567 in Dutch, 1,234,567 in English; a hidden count is a mark."""
    if isinstance(value, Hidden):
        return MARK
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")


def share(part: int, total: int) -> str:
    """A percentage that never rounds to nothing or to everything."""
    if isinstance(part, Hidden) or isinstance(total, Hidden):
        return MARK
    if not part or not total:
        return "0%"
    percent = 100 * part / total
    if percent < 1:
        return "<1%"
    if 99 < percent < 100:
        return ">99%"
    return f"{percent:.0f}%"


def date(text: str, lang: str) -> str:
    """An ISO date or moment as people write it; anything else unchanged."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", text)
    if not found or not 1 <= int(found[2]) <= 12:
        return text
    months = Text("months").text(lang).split()
    return f"{int(found[3])} {months[int(found[2]) - 1]} {found[1]}"
