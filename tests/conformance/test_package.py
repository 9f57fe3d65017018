"""The package says of each dossier what validators say, covers what can be covered, and names what cannot."""

import pytest
from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.conformance.breaking import ways
from dod2oso.conformance.package import KINDS
from dod2oso.oso.check_files import validate_bytes
from dod2oso.oso.rules.expression import Names, parse
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.versions import VERSIONS
from tests.conformance.kit import index, made
from tests.conftest import shared
from tests.oso.facts import FACTS
from tests.oso.rules import literal

each_version = pytest.mark.parametrize("version", VERSIONS)


@each_version
def test_our_validator_agrees_with_the_index(version: str) -> None:
    """As any dossier is validated, without knowing which it is: but for the layer, which a receiver knows."""
    by_name = {entry.file: entry for entry in index(version).dossiers}
    assert len(by_name) == len(made(version).cases)
    for case in made(version).cases:
        entry, report = by_name[case.file], validate_bytes(case.data, "x", case.layer or None)
        assert ("valid" if report.verdict == "valid" else "invalid") == entry.expected, case.file
        fired = {one.rule for one in report.checked.rules.fired}
        assert fired == {each.rule for each in entry.rules if not each.advised}, case.file
        assert (report.problem is not None) == bool(entry.unreadable) == (case.kind == "form"), case.file
        assert entry.expected == "invalid" if case.kind in ("schema", "form") else True
        assert entry.expected == "valid" if case.kind == "valid" else True


@each_version
def test_every_rule_has_a_dossier_in_which_it_speaks(version: str) -> None:
    """But for those of which the facts say that no document can make them speak."""
    contradicting = {
        key
        for one in literal.facts(FACTS).rules["cannot_fire"]
        if version in one["versions"] and "spreekt zichzelf tegen" in one["reason"]
        for key in one["keys"]
    }
    missing = {each.what for each in made(version).covered["rules"].missing}
    assert missing == contradicting
    cases = [case for case in made(version).cases if case.kind == "rule"]
    for layer in {case.layer for case in cases}:
        here = {case.about: case for case in cases if case.layer == layer}
        assert here.keys() == {rule.key for rule in ruleset(version, layer).rules} - missing
        assert all(key in {*case.rules, *case.advised} for key, case in here.items())


@each_version
def test_what_officially_never_speaks_is_expected_valid(version: str) -> None:
    for case in made(version).cases:
        if case.kind == "rule" and not case.rules and case.report.checked.schema.state == "passed":
            assert case.expected == "valid" and case.about in case.advised, case.file


@each_version
def test_what_cannot_be_held_is_named_with_the_rules(version: str) -> None:
    covered = made(version).covered
    assert list(covered) == ["elements", "codes", "rules", "limits"]
    for share in covered.values():
        assert share.have + len(share.missing) == share.whole
        assert all(each.reason.text("nl") for each in share.missing)
    assert covered["limits"].have == covered["limits"].whole


@each_version
def test_a_broken_dossier_of_the_schema_breaks_no_rule(version: str) -> None:
    kinds = {case.about: case for case in made(version).cases if case.kind == "schema"}
    assert len(kinds) == 20
    for case in kinds.values():
        checked = case.report.checked
        assert (checked.schema.state, checked.rules.state) == ("failed", "passed"), case.file


@each_version
def test_the_public_schema_agrees(version: str) -> None:
    """Wherever ours says passed or failed, the schema that everybody can download says the same."""
    (path,) = shared("standards", "oso", version).glob("*.xsd")
    schema = etree.XMLSchema(etree.parse(path))
    for case in made(version).cases:
        if case.report.problem is None:
            assert schema.validate(parse_bytes(case.data)) == (case.report.checked.schema.state == "passed"), case.file


def test_nobody_is_in_them() -> None:
    for case in made("2019.1").cases:
        root = parse_bytes(case.data) if case.report.problem is None else None
        for name in ("bsn", "onderwijsnummer") if root is not None else ():
            assert {each.text for each in root.iter(f"{{*}}{name}")} <= {"999900006", None}, case.file


def test_names_of_files_are_safe_and_different_in_any_case() -> None:
    names = [case.file for version in VERSIONS[-2:] for case in made(version).cases]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(
        part.replace("-", "").replace("_", "").replace(".", "").isalnum() for n in names for part in n.split("/")
    )
    assert {case.kind for case in made("2019.1").cases} == set(KINDS)


def test_the_ways_to_make_a_condition_true() -> None:
    both = parse("exists(a) and not (exists(b) and exists(c))", Names())
    assert [[(one.test.path.steps[0], one.wanted) for one in way] for way in ways(both, wanted=True)] == [
        [("a", True), ("b", False)],
        [("a", True), ("c", False)],
    ]
    assert [[(one.test.path.steps[0], one.wanted) for one in way] for way in ways(both, wanted=False)] == [
        [("a", False)],
        [("b", True), ("c", True)],
    ]
