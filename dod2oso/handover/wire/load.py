"""Reading wire descriptions: those that ship with dod2oso, and a user's own."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dod2oso.base import yaml as yamlfile
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import validate
from dod2oso.handover.wire.model import Wire

YEARS: tuple[str, ...] = ("16", "17", "18", "22")  # '21 and '22 are one protocol
DEFAULT = "22"

_FOLDER = Path(__file__).parent


@cache
def shipped(year: str) -> Wire:
    """The description of a protocol year; ConfigurationError when there is none."""
    if year not in YEARS:
        known = ", ".join(YEARS)
        raise ConfigurationError("protocol-unknown", year=year, known=known)
    return read(_FOLDER / f"oso{year}.yaml")


def read(path: Path) -> Wire:
    """A description from a file; ConfigurationError with the line when something in it is wrong."""
    file = yamlfile.load(path)
    return validate(Wire, file.data, file)


def wires(years: Iterable[str], own: Iterable[Path] = (), older: Iterable[str] = ()) -> dict[str, Wire]:
    """The descriptions to speak, by namespace; a user's own one replaces the shipped one of its year.

    `older`: versions of dossiers that all of them deliver too, because somebody asked for that.
    """
    chosen = {year: shipped(year) for year in years}
    chosen |= {wire.protocol: wire for wire in map(read, own)}
    return {wire.namespace.says: wire.delivering(older) for wire in chosen.values()}
