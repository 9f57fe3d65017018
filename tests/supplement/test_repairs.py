"""The repairs that are written down: every rule has an answer, and every value may stand where it is put."""

from fnmatch import fnmatch

import pytest

from dod2oso.findings.catalogue import entries
from dod2oso.mapping.check_value import value_check
from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.versions import VERSIONS, version
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement.repairs import EMPTY, elsewhere, repairs, repairs_for
from dod2oso.supplement.rows import read_supplements
from tests.corpus.kit import PAIRS, supplement
from tests.supplement.kit import typed

RULES = {
    rule.key
    for name in VERSIONS
    for layer in version(name).layers
    if layer != "gegevensset"
    for rule in ruleset(name, layer).rules
}


def test_every_rule_is_either_repaired_or_said_to_be_corrected_elsewhere() -> None:
    solved = {cause.partition("@")[0] for repair in repairs().values() for cause in repair.solves}
    for rule in RULES:
        told = [pattern for pattern in elsewhere() if fnmatch(rule, pattern)]
        assert (rule in solved) != bool(told), (rule, told)


def test_every_pattern_and_every_cause_means_something() -> None:
    for pattern in elsewhere():
        assert any(fnmatch(rule, pattern) for rule in RULES), pattern
    known = RULES | set(entries())
    places = {path for name in VERSIONS for path in catalogue(name).all_paths}
    for repair in repairs().values():
        assert set(repair.after) | {repair.key} <= set(repairs())
        for cause in repair.solves:
            code, _at, path = cause.partition("@")
            assert code in known or cause.startswith(EMPTY), cause
            assert not path or path in places, cause
        assert places >= {*repair.also, *repair.unless, *(fill.target for fill in repair.fill)}


@pytest.mark.parametrize("name", VERSIONS)
def test_every_value_that_is_tried_may_stand_there(name: str) -> None:
    known = catalogue(name)
    for repair in repairs().values():
        for path, value in [*((fill.target, fill.value) for fill in repair.fill), *repair.also.items()]:
            element = known.at(path)
            check = value_check(element, name) if element is not None else None
            assert check is None or check(value) is None, (path, value)


@pytest.mark.parametrize(("name", "transfer"), [pair for pair in PAIRS if pair[0] in ("1.1.1", "2019.1")])
def test_every_column_can_be_read_back(name: str, transfer: str, tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    plan = shipped_plan(name, transfer)
    usable = {repair.key: repair for repair in repairs_for(plan).by_cause.values()}
    columns = dict.fromkeys(fill.column for repair in usable.values() for fill in repair.fill)
    row = {"brin": "99XX", "leerlingid": "1"}
    row |= {column: f"{typed(column, 1)}" for column in columns}
    read = read_supplements([supplement(tmp_path, row)], plan, load_dictionary())
    (found,) = read.pupils
    kinds = {column.header: column.kind for column, _text in found.values}
    forbidden = {header for header, kind in kinds.items() if kind == "forbidden"}
    assert forbidden <= {"inzage/toestemming"}  # asked by law, also where OSO has no field for it
