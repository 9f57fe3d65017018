"""What is different between two dossiers of one pupil, and whether they are of one pupil at all.

Fields are compared by their place. Of what may stand there more than once, what is the same in both falls away first;
what is left is paired by how much it has in common, so that a test that was corrected is a change and not one that went
and another that came. Order does not count.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from lxml import etree

from dod2oso.supplement.pupil import Pupil

_ALIKE = 0.5  # so much must two have in common to be one that changed


class Whose(Enum):
    """Whether two dossiers are of one pupil."""

    SAME = "same"
    LIKELY = "likely"  # name and date of birth are the same, and one has no number
    UNSURE = "unsure"  # too little is known of one of them
    DIFFERENT = "different"


class Change(NamedTuple):
    """One difference. path: of the element under dossier; before, after: None where it does not stand."""

    path: str
    before: etree._Element | None
    after: etree._Element | None

    @property
    def kind(self) -> str:
        """added, gone or changed."""
        return "added" if self.before is None else "gone" if self.after is None else "changed"


def same_pupil(one: Pupil, other: Pupil) -> Whose:
    """Whether these are one. A number that differs decides, whatever the name says."""
    if one.pgn and other.pgn:
        return Whose.SAME if one.pgn == other.pgn else Whose.DIFFERENT
    names = (one.name.casefold(), one.born), (other.name.casefold(), other.born)
    if not all(part for name in names for part in name):
        return Whose.UNSURE
    return Whose.LIKELY if names[0] == names[1] else Whose.DIFFERENT


def changes(before: etree._Element, after: etree._Element) -> list[Change]:
    """What is different, in the order of the dossier; versions of OSO may differ, then what has no place is gone."""
    return list(_between(before, after, ""))


def _between(before: etree._Element, after: etree._Element, path: str) -> Iterator[Change]:
    names = dict.fromkeys(_name(child) for root in (before, after) for child in root.iterchildren("{*}*"))
    for name in names:
        here = f"{path}/{name}".removeprefix("/")
        olds, news = (list(root.iterchildren(f"{{*}}{name}")) for root in (before, after))
        for old, new in _paired(olds, news):
            if old is None or new is None:
                yield Change(here, old, new)
            elif len(old) or len(new):
                yield from _between(old, new, here)
            else:
                yield Change(here, old, new)


def _paired(
    olds: Sequence[etree._Element], news: Sequence[etree._Element]
) -> Iterator[tuple[etree._Element | None, etree._Element | None]]:
    """Which belong together, without those that are the same in both."""
    left, right = list(olds), list(news)
    said = {id(each): _said(each) for each in (*left, *right)}
    for old in list(left):
        same = next((new for new in right if said[id(new)] == said[id(old)]), None)
        if same is not None:
            left.remove(old)
            right.remove(same)
    if len(left) == len(right) == 1 and len(olds) == len(news) == 1:
        yield left[0], right[0]
        return
    for old in left:
        likest = max(right, key=lambda new: _alike(said[id(old)], said[id(new)]), default=None)
        if likest is not None and _alike(said[id(old)], said[id(likest)]) >= _ALIKE:
            right.remove(likest)
            yield old, likest
        else:
            yield old, None
    for new in right:
        yield None, new


def _said(element: etree._Element) -> tuple[tuple[str, str], ...]:
    """All that stands in an element, by place, in any order."""
    found: list[tuple[str, str]] = []

    def visit(each: etree._Element, path: str) -> None:
        inner = list(each.iterchildren("{*}*"))
        attributes = sorted(f"{etree.QName(name).localname}={text!s}" for name, text in each.items())
        if not inner:
            found.append((path, " ".join([(each.text or "").strip(), *map(str, attributes)]).strip()))
        for child in inner:
            visit(child, f"{path}/{_name(child)}")

    visit(element, "")
    return tuple(sorted(found))


def _alike(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> float:
    both = len(set(one) & set(other))
    return 2 * both / (len(set(one)) + len(set(other))) if one or other else 1.0


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
