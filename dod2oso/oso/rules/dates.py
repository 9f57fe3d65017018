"""Dates as the official validators compare them, and the window for tests with a transfer from po to vo."""

import re
import time
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from dod2oso.oso.rules.document import WHITESPACE

_DATE = re.compile(r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-([0-9]{2})-([0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_DAYS_IN_400_YEARS = 146_097
_FIRST_YEAR = 1000  # below this year the official computation stops with an error


class Moment(NamedTuple):
    """A date of XML Schema: its year as written, and the minutes at which it starts (UTC)."""

    year: int
    minutes: int


def parse_date(text: str) -> Moment | None:
    """The date in `text`, blanks around it allowed; None when it is no date.

    A date without a time zone gets the zone of this computer, as in the official validators.
    """
    return moment(text, local_zone())


def local_zone() -> int:
    """How many minutes this computer is east of UTC. It changes twice a year, so it is asked for every document."""
    return time.localtime().tm_gmtoff // 60


@lru_cache(maxsize=2048)  # the dossiers of a school share most of their dates
def moment(text: str, zone: int) -> Moment | None:
    """The same as parse_date, for a computer in this zone."""
    match = _DATE.fullmatch(text.strip(WHITESPACE))
    if match is None:
        return None
    year = int(match[1])
    # The calendar repeats every 400 years; so a year of any size or sign can be worked out in 2000..2399.
    eras, within = divmod(year - 2000, 400)
    try:
        day = date(2000 + within, int(match[2]), int(match[3])).toordinal()
    except ValueError:
        return None
    offset = _offset(match[4], zone)
    if year == 0 or offset is None:
        return None
    return Moment(year, (eras * _DAYS_IN_400_YEARS + day) * 1440 - offset)


def window_start(day: Moment, zone: int | None = None) -> Moment | None:
    """1 August of the school year two before the one of `day`; None where the official computation stops."""
    zone = local_zone() if zone is None else zone
    starts = moment(f"{day.year:04d}-08-01", zone) if day.year >= _FIRST_YEAR else None
    if starts is None:
        return None
    year = day.year - (3 if day.minutes < starts.minutes else 2)
    return moment(f"{year:04d}-08-01", zone) if year >= _FIRST_YEAR else None


def _offset(zone: str | None, local: int) -> int | None:
    """Minutes east of UTC; None when there is no such zone."""
    if zone is None:
        return local
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
