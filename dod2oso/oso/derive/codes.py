"""Code lists of a new version: which field takes which codes, and the number of the list."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dod2oso.oso.catalogue import Catalogue
from dod2oso.oso.codelists import in_force
from dod2oso.oso.derive.problem import Problem
from dod2oso.oso.derive.stylesheet import Steps
from dod2oso.oso.derive.workbook import Listed
from dod2oso.oso.derive.xsd import Structure

_OWN_NUMBERS = 1001  # lists of which no number is known are counted from here


@dataclass(frozen=True, slots=True)
class Lists:
    """codes: number -> codes, in the order of the source; places: parent and field -> number.

    meanings: number -> code -> what a workbook says that it means.
    """

    codes: dict[int, tuple[str, ...]]
    places: dict[Steps, int]
    meanings: dict[int, dict[str, str]] = field(default_factory=dict)


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


def completed(
    lists: Lists, structure: Structure, nearest: Catalogue, listed: Iterable[Listed], unread: Container[Steps]
) -> tuple[Lists, list[Problem]]:
    """The lists with those of workbooks where neither stylesheet nor XSD has one; and what is to be told of that.

    What a workbook has otherwise than the stylesheet is only told. So is a field that had a list in the nearest version
    and has none now. `unread`: places where the stylesheet says something of codes that was not understood; there
    nothing is filled in.
    """
    made, problems = Lists(dict(lists.codes), dict(lists.places)), list[Problem]()
    without = _without_list(structure, lists, nearest, unread)
    by_number: dict[int, list[Listed]] = {}
    for one in listed:
        if one.number is None:
            problems.append(Problem("codes-workbook-unknown", one.sheet, one.title))
        else:
            by_number.setdefault(one.number, []).append(one)
    for number, same in sorted(by_number.items()):
        first = same[0]
        if any(other.codes.keys() != first.codes.keys() for other in same[1:]):
            problems.append(Problem("codes-workbook-contradicts", first.sheet, str(number)))
            continue
        if number in lists.codes:
            problems += _compared(first, number, lists.codes[number])
        elif number in without:
            paths = without.pop(number)
            made.codes[number] = tuple(first.codes)
            made.places.update((_place(path), number) for path in paths)
            problems.append(Problem("codes-from-workbook", ", ".join(paths), first.sheet))
        else:
            problems.append(Problem("codes-workbook-unused", first.sheet, str(number)))
            continue
        known = made.codes.get(number, ())
        made.meanings[number] = {code: said for code, said in first.codes.items() if said and code in known}
    for number, paths in sorted(without.items()):
        before = [path for path in paths if _known(nearest, path) == number]
        if before and in_force(number, nearest.version):
            problems.append(Problem("codes-absent", ", ".join(before), nearest.version))
    return replace(made, codes=dict(sorted(made.codes.items()))), problems


def _without_list(
    structure: Structure, lists: Lists, nearest: Catalogue, unread: Container[Steps]
) -> dict[int, list[str]]:
    """The fields that nothing holds against a list, by the number that the nearest version or the XSD gives them."""
    found: dict[int, list[str]] = {}
    for element in structure.dossier.walk():
        path = element.path
        number = _known(nearest, path) or structure.lists.get(path)
        if element.kind != "field" or number is None or list_of(lists.places, f"dossier/{path}") is not None:
            continue
        names = ("dossier", *path.split("/"))
        if not any(names[start:] in unread for start in range(len(names))):
            found.setdefault(number, []).append(path)
    return found


def _compared(listed: Listed, number: int, known: Iterable[str]) -> Iterator[Problem]:
    there, here = set(listed.codes), set(known)
    for code, which in (("codes-workbook-more", there - here), ("codes-workbook-fewer", here - there)):
        if which:
            yield Problem(code, f"{number}, {listed.sheet}", ", ".join(sorted(which)))


def _place(path: str) -> Steps:
    """Where a rule holds the field at a path: what stands right under the root is named with it."""
    names = tuple(path.split("/"))
    return names if len(names) > 1 else ("dossier", *names)


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
