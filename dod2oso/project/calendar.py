"""The dates of a school year that matter for a transfer: mappings/calendar.yaml, unless a project says another day."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from pydantic import Field

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load

_FIRST_MONTH = 8  # of a school year
_FRIDAY = 4  # days after the Monday


class Entry(Strict):
    """One date: a day (`until`), days from `from_` on, or full weeks of a month. Days are MM-DD."""

    transfers: tuple[str, ...]
    what: dict[str, str]
    from_: str = Field(default="", alias="from")
    until: str = ""
    month: int = 0
    weeks: int = 0
    certainty: str
    source: str


class _Calendar(Strict):
    dates: dict[str, Entry]


class Event(NamedTuple):
    """A date in a school year. `own`: the project says so; `what`: in nl and en."""

    name: str
    what: Mapping[str, str]
    first: date
    last: date
    certainty: str
    own: bool


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """All dates by name, read once."""
    file = load(mappings_dir() / "calendar.yaml")
    return validate(_Calendar, file.data, file).dates


def school_year(day: date) -> int:
    """The year in which the school year of this day began."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def events(transfer: str, own: Mapping[str, date], day: date) -> list[Event]:
    """The dates of a transfer in the school year of `day`, in their order; `own`: other days, by name."""
    year = school_year(day)
    found = []
    for name, entry in entries().items():
        if transfer in entry.transfers:
            first, last = _days(entry, year)
            if name in own:
                first = last = own[name]
            found.append(Event(name, entry.what, first, last, entry.certainty, name in own))
    return sorted(found, key=lambda event: (event.last, event.name))


def _days(entry: Entry, year: int) -> tuple[date, date]:
    if entry.weeks:
        first = date(_year_of(entry.month, year), entry.month, 1)
        monday = first + timedelta(days=-first.weekday() % 7)
        return monday, monday + timedelta(weeks=entry.weeks - 1, days=_FRIDAY)
    last = _day(entry.until, year)
    return (_day(entry.from_, year) if entry.from_ else last), last


def _day(text: str, year: int) -> date:
    month, day = map(int, text.split("-"))
    return date(_year_of(month, year), month, day)


def _year_of(month: int, year: int) -> int:
    return year if month >= _FIRST_MONTH else year + 1
