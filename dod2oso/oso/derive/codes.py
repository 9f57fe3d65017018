"""Code lists of a new version: which field takes which codes, and the number of the list."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dod2oso.oso.catalogue import Catalogue
from dod2oso.oso.derive.stylesheet import Steps
from dod2oso.oso.derive.xsd import Structure

_OWN_NUMBERS = 1001  # lists of which no number is known are counted from here


@dataclass(frozen=True, slots=True)
class Lists:
    """codes: number -> codes, in the order of the source; places: parent and field -> number."""

    codes: dict[int, tuple[str, ...]]
    places: dict[Steps, int]


def number_lists(structure: Structure, said: Mapping[Steps, tuple[str, ...]], nearest: Catalogue) -> Lists:
    """Give every list its number: that of the nearest known version, or what the XSD says, or one of our own.

    An enumeration in the XSD is a code list too, of the one field that has it. Two places that go by one number but
    take other codes get a list each.
    """
    wanted = dict(said) | {
        ("dossier", *path.split("/")): allowed
        for path, allowed in structure.allowed.items()
        if not any(_fits(steps, path) for steps in said)
    }
    paths = [element.path for element in structure.dossier.walk() if element.kind == "field"]
    codes: dict[int, tuple[str, ...]] = {}
    places: dict[Steps, int] = {}
    for steps, allowed in wanted.items():
        here = [path for path in paths if _fits(steps, path)]
        hints = [_known(nearest, path) for path in here] + [structure.lists.get(path) for path in here]
        number = _most(hints)
        if number is None or set(codes.get(number, allowed)) != set(allowed):
            same = (one for one, found in codes.items() if set(found) == set(allowed))
            number = next(same, max([_OWN_NUMBERS - 1, *codes]) + 1)
        codes.setdefault(number, allowed)
        places[steps] = number
    return Lists(dict(sorted(codes.items())), places)


def list_of(places: Mapping[Steps, int], path: str) -> int | None:
    """The number of the list that a field at this path (from the root on) is held against; the longest place counts."""
    fitting = [steps for steps in places if _ends(steps, path)]
    return places[max(fitting, key=len)] if fitting else None


def _fits(steps: Steps, path: str) -> bool:
    return _ends(steps, f"dossier/{path}")


def _ends(steps: Steps, path: str) -> bool:
    names = tuple(path.split("/"))
    return names == steps or (len(names) > len(steps) and names[-len(steps) :] == steps)


def _known(nearest: Catalogue, path: str) -> int | None:
    element = nearest.at(path)
    return None if element is None else element.codelist


def _most(hints: Iterable[int | None]) -> int | None:
    found = [hint for hint in hints if hint is not None]
    return Counter(found).most_common(1)[0][0] if found else None
