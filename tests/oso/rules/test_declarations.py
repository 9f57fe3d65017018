"""The declared rules against the facts: the same keys, numbers and counts, with texts in both languages."""

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.oso import versions
from dod2oso.oso.rules.ruleset import ruleset
from tests.oso.facts import FACTS
from tests.oso.rules import literal
from tests.oso.rules.test_coverage import SETS
from tests.refusals import refused


def _kind(key: str, layer: str) -> str:
    if key.startswith("codelijst-"):
        return "codelist"
    if key.startswith("cat-"):
        return "category"
    return "gegevensset_other" if layer == "gegevensset" else layer


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_keys_are_those_of_the_facts(version: str, layer: str) -> None:
    theirs = [(rule.key, rule.layer) for rule in literal.rules_of(FACTS, version, layer)]
    ours = [(rule.key, rule.layer) for rule in ruleset(version, layer).rules]
    assert sorted(ours) == sorted(theirs)


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_counts_are_those_of_the_facts(version: str, layer: str) -> None:
    counts = literal.facts(FACTS).rules["counts"][version]
    found: dict[str, int] = {"codelist": 0, "category": 0, "gegevensset_other": 0, layer: 0}
    for rule in ruleset(version, layer).rules:
        found[_kind(rule.key, rule.layer)] += 1
    assert found == {kind: counts[kind] for kind in found}
    assert len(ruleset(version, layer).rules) == counts[f"total_{layer}_validator"]


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_official_numbers_are_those_of_the_facts(version: str, layer: str) -> None:
    data = literal.facts(FACTS).rules
    known = {
        rule["key"]: literal.per_version(rule["official_id"], version)
        for rule in data["rules"]
        if version in rule["versions"] and rule["layer"] in ("gegevensset", layer)
    }
    ours = {rule.key: rule.official for rule in ruleset(version, layer).rules if rule.key in known}
    assert {key: (number or "").split(" (")[0] for key, number in known.items()} == {
        key: number or "" for key, number in ours.items()
    }
    for category in data["category_rules"]:
        if version in category["versions"]:
            number = literal.per_version(category["official_id"], version)
            keys = [r for r in ruleset(version, layer).rules if r.key.startswith(f"cat-{category['category']}-")]
            assert {rule.official for rule in keys} <= {number}


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_every_rule_says_what_is_wrong_and_what_to_do(version: str, layer: str) -> None:
    rules = ruleset(version, layer)
    for rule in rules.rules:
        for text in (rule.message, rule.remedy):
            for lang in ("nl", "en"):
                words = text.text(lang)
                assert words.endswith((".", "!")), (rule.key, lang)
                assert "{" not in words, (rule.key, lang)
                assert len(words) > 15, (rule.key, lang)
        assert rules.message(rule.key, "nl") != rules.message(rule.key, "en"), rule.key


@pytest.mark.parametrize("version", ("1.1.1", "1.2.2", "2016.1"))
def test_old_versions_have_no_layer_swv(version: str) -> None:
    with refused(UsageError, "layer-unknown", layer="swv"):
        ruleset(version, "swv")


def test_every_layer_of_a_version_has_rules() -> None:
    assert {(v, layer) for v in versions.VERSIONS for layer in versions.version(v).layers[1:]} == set(SETS)


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_what_a_rule_says_to_people_names_no_field_of_a_category(version: str, layer: str) -> None:
    """cat_overstapadvies is a name in the schema; people know it as the delivery of the advice."""
    said = {rule.key: (*rule.message, *rule.remedy) for rule in ruleset(version, layer).rules}
    assert said and [key for key, texts in said.items() if any("cat_" in text for text in texts)] == []
