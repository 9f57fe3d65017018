"""A calendar that any agenda opens (RFC 5545): whole days only, the same bytes for the same days."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

_LONG = 73  # octets of a line, and a space before those that follow


class Day(NamedTuple):
    """What is on the agenda from `first` up to and with `last`."""

    first: date
    last: date
    title: str


def calendar(days: Iterable[Day], stamp: date) -> bytes:
    """The file; `stamp`: the day it was made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dod2oso//planning//NL", "CALSCALE:GREGORIAN"]
    for day in days:
        name = hashlib.sha256(f"{day.first}|{day.title}".encode()).hexdigest()[:24]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}@dod2oso",
            f"DTSTAMP:{stamp:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{day.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.last + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(day.title)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _escaped(text: str) -> str:
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterable[str]:
    """No line is longer than 75 octets, and no sign is cut in two."""
    part = ""
    for sign in line:
        if len((part + sign).encode()) > _LONG:
            yield part
            part = " "
        part += sign
    yield part
