"""From the declarations in mappings/oso/rules to the rules of one version and layer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from dod2oso.base.caches import by_version
from dod2oso.base.models import fail
from dod2oso.base.yaml import KeyPath
from dod2oso.oso import versions
from dod2oso.oso.added import added
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.rules.declared import BasisFile, pick
from dod2oso.oso.rules.drafts import Draft, from_sections, load
from dod2oso.oso.rules.expression import (
    ALWAYS,
    Expression,
    ExpressionError,
    Names,
    Path,
    both,
    parse,
    parse_path,
)
from dod2oso.oso.rules.families import from_categories, from_codelists
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.place import parse_place
from dod2oso.oso.rules.places import Places

_LAYER_FILE = {"ov": "overstap", "swv": "samenwerkingsverband"}


class Basis(NamedTuple):
    """What all rules of a version share: names, where the date of the dossier stands, and the stops per layer."""

    names: Names
    day: Path
    stops: dict[str, list[tuple[str, ...]]]


@by_version
def basis(version: str) -> Basis:
    """Variables, flags, fixed values, patterns and stops of one version."""
    file, declared = load("basis", BasisFile)
    known = versions.version(version)
    fixed = {"STANDAARDVERSIE": known.standaardversie, "VALIDATIEVERSIE": known.validatieversie}
    where: KeyPath = ()
    try:
        variables = {}
        for name, text in declared.variables.items():
            where = ("variables", name)
            variables[name] = parse_path(text)
        flags: dict[str, Expression] = {}
        for name, text in declared.flags.items():
            where = ("flags", name)
            flags[name] = parse(text, Names(variables=variables))
    except ExpressionError as error:
        raise fail(file, where, "file-problem", problem=error) from None
    for name, pattern in declared.patterns.items():
        try:
            re.compile(pattern)
        except re.error:
            where = ("patterns", name)
            raise fail(file, where, "pattern-wrong") from None
    stops = pick(declared.stops, version) or {}
    return Basis(
        Names(variables, flags, {name: text for name, text in fixed.items() if text}, declared.patterns),
        variables["datum"],
        {layer: [tuple(stop.split("/")) for stop in found] for layer, found in stops.items()},
    )


@by_version
def rules(version: str, layer: str) -> tuple[Rule, ...]:
    """The rules of this version for `ov` or `swv`, layer gegevensset first, in the order of the declarations."""
    found: dict[str, Rule] = {}
    for draft in _drafts(version, layer):
        if draft.key in found:
            raise fail(draft.file, draft.where, "rule-double", rule=draft.key)
        found[draft.key] = _rule(draft, basis(version).names)
    if version not in added():
        return tuple(found.values())
    return tuple(_carried_over(version, layer, found.values()))


def _carried_over(version: str, layer: str, known: Iterable[Rule]) -> Iterator[Rule]:
    """The rules that a version which a user added has from ours: those of which all paths exist there.

    Each advises only, unless it agreed with the official stylesheet wherever both were asked (derive/learn.py).
    """
    places = Places(catalogue(version))
    promoted = added()[version].promoted.get(layer, ())
    for rule in known:
        if places.exist(rule):
            yield replace(rule, advised=rule.key not in promoted)


def _drafts(version: str, layer: str) -> Iterator[Draft]:
    yield from from_codelists(version)
    yield from from_categories(version)
    yield from from_sections("gegevensset", version)
    yield from from_sections(_LAYER_FILE[layer], version)


def _rule(draft: Draft, names: Names) -> Rule:
    try:
        place = parse_place(draft.at)
        condition = parse(draft.condition, names) if draft.condition else ALWAYS
        fires = both(condition, parse(draft.fires, names))
    except ExpressionError as error:
        raise fail(draft.file, draft.where, "file-problem", problem=error) from None
    return Rule(
        key=draft.key,
        layer=draft.layer,
        official=draft.official,
        place=place,
        fires=fires,
        message=draft.message,
        remedy=draft.remedy,
        note=draft.note,
        advised=draft.advised,
        law=draft.law,
    )
