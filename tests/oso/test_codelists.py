"""The code lists against the facts, and what is known of the meaning of codes."""

from typing import Any

import pytest

from dod2oso.base import yaml as yamlfile
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codelists, codes, in_force, labels
from dod2oso.oso.versions import VERSIONS
from tests.oso.facts import FACTS


def facts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yamlfile.load(FACTS / "codelists.yaml").data["codelists"]
    return found


def test_same_lists_codes_and_versions() -> None:
    known = facts()
    assert {fact["number"] for fact in known} == set(codelists())
    for fact in known:
        number = fact["number"]
        assert codelists()[number].name == fact["name"]
        changes = {change["version"]: change for change in fact["changes"]}
        expected = set(fact["codes"])
        for version in VERSIONS:
            if version not in fact["versions"]:
                assert not in_force(number, version)
                assert codes(number, version) == frozenset()
                continue
            change = changes.get(version, {"add": [], "remove": []})
            expected = (expected | set(change["add"])) - set(change["remove"])
            assert codes(number, version) == expected, (number, version)
            assert len(expected) == fact["count"][version]


def test_same_fields() -> None:
    """Which list is enforced where: the other side of the same fact in fields.csv."""
    for version in VERSIONS:
        known = catalogue(version)
        ours = {(e.path, e.codelist) for e in known.root.walk() if e.codelist is not None}
        ours |= {
            (f"^terugkoppeling/{e.path}", e.codelist) for e in known.terugkoppeling.walk() if e.codelist is not None
        }
        expected = {
            (field["path"], fact["number"])
            for fact in facts()
            for field in fact["fields"]
            if version in field["versions"]
        }
        assert ours == expected, version


def test_confirmed_labels_are_ours() -> None:
    """Every label of the facts stands in our list; what we know besides is marked as inferred."""
    for fact in facts():
        known = {code: entry["label"] for code, entry in (fact.get("labels") or {}).items()}
        ours = labels(fact["number"])
        assert known.items() <= ours.items(), fact["number"]
        for code in codelists()[fact["number"]].codes:
            if code.label is not None and code.code not in known:
                assert code.source is not None
                assert code.source.certainty == "I"


@pytest.mark.parametrize("number", codelists())
def test_every_code_is_text_and_unique(number: int) -> None:
    found = [code.code for code in codelists()[number].codes]
    assert all(isinstance(code, str) and code for code in found)
    assert len(found) == len(set(found))
    assert all((code.label is None) == (code.source is None) for code in codelists()[number].codes)


def test_sex_runs_against_the_international_standard() -> None:
    assert labels(14) == {"0": "Onbekend", "1": "Vrouw", "2": "Man"}


def test_codes_come_and_go() -> None:
    assert codes(4, "1.2.2") - codes(4, "2016.1") == {"mobiel", "fax"}
    assert codes(42, "2018.1") - codes(42, "2019.1") == {"0015"}
    assert codes(43, "2019.1") == {"G"}
    assert codes(41, "1.2.2") == frozenset()
