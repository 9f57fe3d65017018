"""Whether a pupil can be one who makes this transfer: the age, and the year group of this school year.

No rule of OSO asks it. A child of five in a dossier for secondary school is a mistake of whoever made the export or
chose the transfer, and no validator sees it. The limits stand in mappings/oso/transfers.yaml.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from dod2oso.findings.model import Finding
from dod2oso.mapping.apply import find
from dod2oso.oso.transfers import Transfer

_PUPIL = ("huidigeschool", "leerling")
_BORN = "huidigeschool/leerling/geboortedatum"
_GROUP = "huidigeschool/leerling/schoolloopbaanlijst/schoolloopbaan/jaargroep"
UNLIKELY = "overstap-onwaarschijnlijk"


def misfits(nodes: list[Any], kind: Transfer, today: date) -> Iterator[Finding]:
    """What does not fit the transfer in a dossier (as nodes); nothing for what it does not tell."""
    pupil = find(nodes, _PUPIL) or []
    born = find(pupil, ("geboortedatum",))
    youngest, oldest = kind.ages
    if born is not None and not youngest <= _age(date.fromisoformat(born), today) <= oldest:
        yield Finding("leeftijd-past-niet", "leerling.geboortedatum", _BORN, note=f"{youngest}-{oldest}")
    present = present_groups(find(pupil, ("schoolloopbaanlijst",)) or [], today)
    if kind.year_groups and present and present.isdisjoint(kind.year_groups):
        yield Finding("groep-past-niet", "loopbaan[].jaargroep", _GROUP, note=" ".join(kind.year_groups))


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def present_groups(career: list[Any], today: date) -> set[str]:
    """The year groups of this school year, or until the end of the year of the one that has just ended."""
    start = today.year if today.month >= 8 else today.year - 1
    groups: dict[str, set[str]] = {}
    for step in career:
        year, group = find(step[1], ("schooljaar",)), find(step[1], ("jaargroep",))
        if year is not None and group is not None:
            groups.setdefault(year, set()).add(group)
    ended = groups.get(f"{start - 1}-{start}", set()) if today.month >= 8 else set()
    return groups.get(f"{start}-{start + 1}", set()) or ended
