"""What a value can be (mappings/plausible.yaml): ranges, forms, and values that must agree with each other.

A date in 2055, a house number "twaalf" or an absence of minus three half days passes every schema, for it is a date, a
text, a number. It is refused here, before it is mapped. Dates with unknown parts are judged by what is known of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from dod2oso.base.models import Strict, fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text
from dod2oso.base.yaml import load
from dod2oso.findings.model import Finding
from dod2oso.findings.shape import shape
from dod2oso.source.dictionary import Dictionary, FieldName, load_dictionary, parse_name
from dod2oso.source.record import REFUSED, Cell, Group, LegacyDossier

UNLIKELY, SUPPLIED = "waarde-onwaarschijnlijk", "aanvulling-onwaarschijnlijk"
_YEARS = re.compile(r"([+-][0-9]+)y")
_ABROAD = ("land", "landnaam")
_HOME = frozenset({"", "nl", "nld", "6030", "nederland", "the netherlands"})
_REMEMBERED = 4096  # a bound on the values one check remembers

Bound = str | int | None


class _Values(Strict):
    fields: tuple[str, ...]
    from_: Bound = None
    to: Bound = None
    pattern: str | None = None
    like: str = ""
    says: str = ""
    at_home: bool = False
    kinds: tuple[str, ...] = ()
    days: tuple[str, str] | None = None
    of: str | None = None


class _Relation(Strict):
    low: str
    high: str
    order: str | None = None
    refuse: Literal["both", "high"] = "both"


class _File(Strict):
    plausible: Literal[1]
    values: tuple[_Values, ...]
    orders: dict[str, dict[str, int | None]]
    relations: tuple[_Relation, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    file = load(mappings_dir() / "plausible.yaml")
    data = file.data
    for rule in data.get("values", ()):
        if "from" in rule:
            rule["from_"] = rule.pop("from")
    model = validate(_File, data, file)
    known = load_dictionary()
    for number, one in enumerate(model.values):
        for name in one.fields:
            if "/" not in name and not _meant(name, known):
                raise fail(file, ("values", number, "fields"), "dictionary-name-wrong", name=name)
    return model


def _meant(name: str, known: Dictionary) -> list[str]:
    """The dictionary fields that a name in the file stands for."""
    if name.startswith("*"):
        return [field for field in known.fields if field.endswith(name[1:])]
    return [name] if name in known else []


class Check:
    """One rule for the values of one field."""

    __slots__ = ("_days", "_high", "_known", "_low", "_match", "at_home", "good", "kinds", "wanted")

    def __init__(self, rule: _Values, today: date) -> None:
        self.at_home = rule.at_home
        self.kinds = rule.kinds
        self._match = re.compile(rule.pattern, re.DOTALL).fullmatch if rule.pattern is not None else None
        self._low, self._high = (_limit(bound, today) for bound in (rule.from_, rule.to))
        self._days = rule.days
        self._known = _file().orders[rule.of].keys() if rule.of is not None else None
        self.wanted = (
            Text(f"like-{rule.says}") if rule.says else rule.like or f"{_said(self._low)} – {_said(self._high)}"
        )
        if rule.days is not None:
            self.wanted = Text("like-days", first=_day(rule.days[0]), last=_day(rule.days[1]))
        if self._known is not None:
            self.wanted = " | ".join(self._known)
        self.good: set[str] = set()  # values that can be, remembered

    def holds(self, value: str) -> bool:
        """Whether the value can be; of what is no number or date another check speaks."""
        if value in self.good:
            return True
        if not (self._match(value) if self._match is not None else self._inside(value)):
            return False
        if len(self.good) < _REMEMBERED:
            self.good.add(value)
        return True

    def _inside(self, value: str) -> bool:
        if self._days is not None:
            return value.endswith("-00") or self._days[0] <= value[5:10] <= self._days[1]
        if self._known is not None:
            return value.strip().lower() in self._known
        if isinstance(self._low, str) or isinstance(self._high, str):
            return str(self._low) <= value <= str(self._high)
        number = _number(value)
        if number is None:
            return True
        return (self._low is None or number >= self._low) and (self._high is None or number <= self._high)

    def concerns(self, group: Group) -> bool:
        """Whether the rule holds for an item, by its siblings."""
        if self.kinds and group.value("soort") not in self.kinds:
            return False
        return not self.at_home or all((group.value(name) or "").strip().lower() in _HOME for name in _ABROAD)


def _limit(bound: Bound, today: date) -> str | int | None:
    if not isinstance(bound, str):
        return bound
    years = _YEARS.fullmatch(bound)
    if years is not None:
        return today.replace(year=today.year + int(years[1]), day=min(today.day, 28)).isoformat()
    return today.isoformat() if bound == "today" else bound


def _day(day: str) -> str:
    """01-31 -> 31-01"""
    return "-".join(reversed(day.split("-")))


def _said(bound: Bound) -> str:
    return "" if bound is None else str(bound)


def _number(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two short names of one item, of which the first is not above the second."""

    low: str
    high: str
    dates: bool
    refuse: Literal["both", "high"]
    order: dict[str, int | None] | None = None

    def agrees(self, low: str, high: str) -> bool:
        if self.dates:
            return low.endswith("-00") or high.endswith("-00") or low <= high
        if self.order is not None:
            first, second = (self.order.get(value.strip().lower()) for value in (low, high))
            return first is None or second is None or first <= second
        one, other = _number(low), _number(high)
        return one is None or other is None or one <= other


@lru_cache(maxsize=1)
def _rules() -> list[tuple[_Values, list[FieldName]]]:
    """The rules for single values, each with the dictionary fields it is about: the same on every day."""
    known = load_dictionary()
    return [
        (rule, [parse_name(field) for pattern in rule.fields for field in _meant(pattern, known)])
        for rule in _file().values
    ]


@lru_cache(maxsize=1)
def _pairs() -> dict[tuple[str, ...], list[_Pair]]:
    """The values that must agree, by the lists in which they stand."""
    known = load_dictionary()
    pairs: dict[tuple[str, ...], list[_Pair]] = {}
    for relation in _file().relations:
        for name in known.fields:
            at = parse_name(name)
            other = name.removesuffix(at.leaf) + relation.high
            if at.leaf == relation.low and other in known:
                order = _file().orders[relation.order] if relation.order is not None else None
                pair = _Pair(relation.low, relation.high, known[name].type == "date", relation.refuse, order)
                pairs.setdefault(at.lists, []).append(pair)
    return pairs


class _Place:
    """What is asked of the groups at one place: of their fields, of pairs of them, and of the lists below."""

    __slots__ = ("below", "checks", "pairs")

    def __init__(self) -> None:
        self.checks: dict[str, list[Check]] = {}
        self.pairs: Sequence[_Pair] = ()
        self.below: dict[str, _Place] = {}

    def at(self, lists: Iterable[str]) -> "_Place":
        """The place to which these lists lead."""
        place = self
        for name in lists:
            place = place.below.setdefault(name, _Place())
        return place


class Plausibility:
    """All rules of plausible.yaml, as they are on one day."""

    def __init__(self, today: date) -> None:
        self._root = _Place()
        self._paths: dict[str, list[Check]] = {}
        for rule, named in _rules():
            check = Check(rule, today)
            for at in named:
                self._root.at(at.lists).checks.setdefault(at.leaf, []).append(check)
            for path in (name for name in rule.fields if "/" in name):
                self._paths.setdefault(path, []).append(check)
        for lists, pairs in _pairs().items():
            self._root.at(lists).pairs = pairs

    def problem(self, name: str, value: str, *, kind: str = "") -> str | Text | None:
        """What is wanted instead of a value of a field or OSO path on its own; None when it can be.

        `kind`: of an address or number, where a rule depends on that.
        """
        at = parse_name(name)
        checks = self._paths.get(name) or self._root.at(at.lists).checks.get(at.leaf, [])
        wrong = (one for one in checks if (not one.kinds or kind in one.kinds) and not one.holds(value))
        return next((one.wanted for one in wrong), None)

    def judge(self, record: LegacyDossier) -> list[Finding]:
        """Take what cannot be out of the record; a finding for each value."""
        return _judge(record.root, self._root) if _touches(record.root, self._root) else []


def _judge(group: Group, place: _Place) -> list[Finding]:
    found = []
    for name, items in group.lists.items():
        inner = place.below.get(name)
        if inner is None:
            continue
        for number, item in enumerate(items):
            if _touches(item, inner):
                if items is group.lists[name]:  # what stands outside the records belongs to all pupils
                    items = group.lists[name] = list(items)
                items[number] = own = item.copy()
                found += _judge(own, inner)
    for key, wanted in sorted(_wrong(group, place).items()):
        cell = group.fields.pop(key)
        group.unreadable += (key,)
        found.append(_refuse(cell, wanted))
    return found


def _touches(group: Group, place: _Place) -> bool:
    """Whether something here, or in an item below, cannot be."""
    if _wrong(group, place):
        return True
    if place.below:
        for name, items in group.lists.items():
            inner = place.below.get(name)
            if inner is not None:
                for item in items:
                    if _touches(item, inner):
                        return True
    return False


def _wrong(group: Group, place: _Place) -> dict[str, str | Text]:
    """The fields of one group that cannot be, and what was wanted."""
    fields = group.fields
    found: dict[str, str | Text] = {}
    for key, checks in place.checks.items():
        cell = fields.get(key)
        if cell is not None:
            for check in checks:
                if cell.value not in check.good and not check.holds(cell.value) and check.concerns(group):
                    found[key] = check.wanted
    for pair in place.pairs:
        low, high = fields.get(pair.low), fields.get(pair.high)
        if low is None or high is None or pair.low in found or pair.high in found:
            continue
        if not pair.agrees(low.value, high.value):
            for key in (pair.high,) if pair.refuse == "high" else (pair.low, pair.high):
                found[key] = f"{pair.low} ≤ {pair.high}"
    return found


def _refuse(cell: Cell, wanted: str | Text) -> Finding:
    code = SUPPLIED if cell.bound.supplied else UNLIKELY
    cell.settle(REFUSED, code)
    return Finding(code, cell.bound.field, note=wanted, place=cell.bound.place, shape=shape(cell.value))
