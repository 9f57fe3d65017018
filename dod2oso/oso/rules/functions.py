"""The functions of the rule language (exists, true, has, …) as Python functions on a spot in a document."""

import re
from collections.abc import Callable, Collection, Sequence
from operator import gt, lt
from typing import TypeAlias

from dod2oso.oso.rules.dates import Moment, local_zone, moment, window_start
from dod2oso.oso.rules.document import ANY, WHITESPACE, Document, Element, Spot, Tags, text_nodes, value
from dod2oso.oso.rules.expression import Path, Test

Judge: TypeAlias = Callable[[Spot], bool]

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


_NONE: Sequence[Element] = ()


class Abort(Exception):
    """The official validator stops here with an error and says nothing about the document."""


class Functions:
    """Makes functions for one version: knows its namespace, its code lists and where the date of the dossier is."""

    def __init__(self, namespace: str, codes: Callable[[int], Collection[str]], day: Path) -> None:
        self._prefix = f"{{{namespace}}}"
        self._codes = codes
        self._day = self.tags(day.steps)

    def tags(self, steps: Sequence[str]) -> Tags:
        """Qualified names of these steps."""
        return tuple(step if step == ANY else self._prefix + step for step in steps)

    def codes(self, number: int) -> frozenset[str]:
        """The codes of one list in this version."""
        return frozenset(self._codes(number))

    def judge(self, test: Test) -> Judge:
        """This test as a function; it raises Abort where the official validator would stop."""
        path, wanted = test.path, test.value
        match test.function:
            case "exists":
                return self._exists(path)
            case "absent":
                exists = self._exists(path)
                return lambda spot: not exists(spot)
            case "text":
                return self._text_among(path, frozenset((str(wanted),)))
            case "in_list":
                return self._text_among(path, self.codes(int(wanted)))
            case "val":
                return self._value_is(path, str(wanted))
            case "true":
                return _truth(self._single(path))
            case "str":
                single = self._single(path)
                return lambda spot: single(spot) == wanted
            case "len":
                return _length(self._single(path), lt if test.op == "<" else gt, int(wanted))
            case "contains":
                return _contains(self._single(path), str(wanted))
            case "search":
                return _search(self._single(path), str(wanted))
            case "search1":
                return self._search_node(path, str(wanted))
            case "before":
                return self._before(path)
        raise AssertionError(test.function)

    def _find(self, path: Path) -> Callable[[Spot], Sequence[Element]]:
        """The elements of a path."""
        tags = self.tags(path.steps)
        if path.doc:
            return lambda spot: spot.doc.chains[tags]
        if not tags:
            return lambda spot: (spot.element,)
        first, *deeper = tags
        if not deeper:
            return lambda spot: spot.doc.families[first].get(spot.element, _NONE)

        def walk(spot: Spot) -> Sequence[Element]:
            found = spot.doc.families[first].get(spot.element, [])
            for tag in deeper:
                family = spot.doc.families[tag]
                found = [child for one in found for child in family.get(one, ())]
            return found

        return walk

    def _single(self, path: Path) -> Callable[[Spot], str | None]:
        """The whole text of the one element of this path, None when there is none; two of them abort."""
        tags = self.tags(path.steps)
        if path.doc or len(tags) != 1:
            find = self._find(path)
            return lambda spot: _only(find(spot))
        (tag,) = tags
        return lambda spot: _only(spot.doc.families[tag].get(spot.element, _NONE))

    def _exists(self, path: Path) -> Judge:
        tags = self.tags(path.steps)
        if path.doc:
            return lambda spot: bool(spot.doc.chains[tags])
        if len(tags) == 1:
            (tag,) = tags
            return lambda spot: spot.element in spot.doc.families[tag]
        find = self._find(path)
        return lambda spot: bool(find(spot))

    def _text_among(self, path: Path, good: frozenset[str]) -> Judge:
        find = self._find(path)

        def judge(spot: Spot) -> bool:
            for one in find(spot):  # noqa: SIM110 - a loop is quicker, and this is asked for every value
                if one.text in good or (len(one) > 0 and not good.isdisjoint(text_nodes(one))):
                    return True
            return False

        return judge

    def _value_is(self, path: Path, wanted: str) -> Judge:
        find = self._find(path)
        return lambda spot: any(value(one) == wanted for one in find(spot))

    def _search_node(self, path: Path, pattern: str) -> Judge:
        find, fits = self._find(path), re.compile(pattern).search

        def judge(spot: Spot) -> bool:
            nodes = [node for one in find(spot) for node in text_nodes(one)]
            if len(nodes) > 1:
                raise Abort
            return fits(nodes[0] if nodes else "") is not None

        return judge

    def _before(self, path: Path) -> Judge:
        outer, inner = self.tags(path.steps)
        day = self._day

        def judge(spot: Spot) -> bool:
            doc = spot.doc
            for one in doc.families[outer].get(spot.element, ()):
                dates = doc.families[inner].get(one)
                if not dates:
                    continue
                zone, start = doc.windows.get(day) or _window(doc, day)
                taken = moment(value(dates[0]), zone) if len(dates) == 1 else None
                if taken is None or start is None:
                    raise Abort
                if taken.minutes < start.minutes:
                    return True
            return False

        return judge


def _only(found: Sequence[Element]) -> str | None:
    if not found:
        return None
    if len(found) > 1:
        raise Abort
    return value(found[0])


def _truth(single: Callable[[Spot], str | None]) -> Judge:
    def judge(spot: Spot) -> bool:
        text = single(spot)
        if text is None:
            return False
        found = _TRUTH.get(text.strip(WHITESPACE))
        if found is None:
            raise Abort
        return found

    return judge


def _length(single: Callable[[Spot], str | None], compare: Callable[[int, int], bool], limit: int) -> Judge:
    return lambda spot: compare(len(single(spot) or ""), limit)


def _contains(single: Callable[[Spot], str | None], piece: str) -> Judge:
    return lambda spot: piece in (single(spot) or "")


def _search(single: Callable[[Spot], str | None], pattern: str) -> Judge:
    fits = re.compile(pattern).search

    def judge(spot: Spot) -> bool:
        text = single(spot)
        return text is not None and fits(text) is not None

    return judge


def _window(doc: Document, day: Tags) -> tuple[int, Moment | None]:
    """The zone of this computer and where the window starts; worked out once per document."""
    zone = local_zone()
    days = doc.chains[day]
    written = moment(value(days[0]), zone) if len(days) == 1 else None
    found = doc.windows[day] = (zone, None if written is None else window_start(written, zone))
    return found
