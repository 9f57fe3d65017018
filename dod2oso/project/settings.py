"""The tables [project] and [transfer.NAME] of dod2oso.toml: who works here, and which transfers there are."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from dod2oso.base.models import Strict


def is_address(text: str) -> bool:
    """An e-mail address as far as it can be told: one @ between two words without spaces or line ends."""
    name, at, host = text.partition("@")
    plain = text.isprintable() and not set(text) & set(' ,;<>"')
    return bool(at and name and plain and "." in host.strip(".") and "@" not in host)


def _address(text: str) -> str:
    if text and not is_address(text):
        raise ValueError("no e-mail address: write name@school.nl")
    return text


Address = Annotated[str, AfterValidator(_address)]


class Project(Strict):
    """Who does this. `contact`: whom a school calls, in words; `schools`: the registers, paths from the project."""

    name: str = ""
    contact: str = ""
    sender: Address = ""
    schools: tuple[Path, ...] = (Path("scholen.csv"),)


class TransferSettings(Strict):
    """One kind of transfer. `oso`: the version, the newest when left out; `deadline`: the last day, for every school
    that has none of its own. Which pupils: `jaargroep`, `group` (names of groups), `pupils` (a list), `left_after`; all
    that is said must hold. Nothing said: as the transfer implies. `calendar`: other days than those
    of mappings/calendar.yaml, by the name of the date.
    """

    oso: str | None = None
    deadline: date | None = None
    jaargroep: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    pupils: Path | None = None
    left_after: date | None = None
    calendar: dict[str, date] = {}
