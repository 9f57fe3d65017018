"""One carer who stands twice in a record: in two groups of columns (moeder and verzorger_1), or in two items of a list.

Nothing is put together, for the export may have two people in mind; it is told, with both places, for a person to see.
"""

from collections.abc import Iterator
from itertools import combinations

from dod2oso.findings.model import Finding
from dod2oso.source.decisions import plain
from dod2oso.source.record import Group

CARERS, CODE = "verzorgers", "verzorger-dubbel"
_SURNAME, _SEX = "achternaam", "geslacht"
_FIRST = ("geboortedatum", "voornamen", "roepnaam", "voorletters")  # these tell people of one surname apart


def same_carers(root: Group) -> Iterator[Finding]:
    """A finding for each pair of carers with one surname and one first name or day of birth, and none that differs."""
    carers = list(enumerate(root.lists.get(CARERS, ()), start=1))
    for (number, one), (other, two) in combinations(carers, 2):
        if _same(one, two):
            place = f"{CARERS}[{number}], {CARERS}[{other}]"
            yield Finding(CODE, f"{CARERS}[].{_SURNAME}", place=place)


def _same(one: Group, other: Group) -> bool:
    if plain(one.value(_SURNAME)) != plain(other.value(_SURNAME)) or not plain(one.value(_SURNAME)):
        return False
    said = {name: (plain(one.value(name)), plain(other.value(name))) for name in (*_FIRST, _SEX)}
    both = {name: pair for name, pair in said.items() if all(pair)}
    return bool(both.keys() - {_SEX}) and all(mine == theirs for mine, theirs in both.values())
