"""Every rule can speak, and those that officially never do stay silent in every schema-valid dossier."""

from collections.abc import Iterator

import pytest
from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.schema import schema
from dod2oso.oso.transfers import TRANSFERS, transfer
from tests.oso.facts import FACTS
from tests.oso.rules import literal
from tests.oso.rules.mutants import crowded, mentioned, sweep

SETS = [(v, layer) for v in versions.VERSIONS for layer in ("ov", "swv") if layer in versions.version(v).layers]


def _documents(version: str, layer: str, missing: set[str], never: set[str]) -> Iterator[etree._Element]:
    """First the crowded ones, then for every transfer what those rules look at; `missing` shrinks in the meantime."""
    kinds = [kind for kind in map(transfer, TRANSFERS) if kind.layer == layer and version in kind.versions]
    for kind in kinds:
        yield from crowded(version, kind.overdrachtsoort, kind.overstap or "")
    yield from crowded(version, "overstapdossier", "VOMBO")
    for kind in kinds:
        names = mentioned(rule for rule in ruleset(version, layer).rules if rule.key in missing | never)
        yield from sweep(version, kind.name, names)


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_every_rule_can_fire(version: str, layer: str) -> None:
    rules = ruleset(version, layer)
    never = {
        key
        for one in literal.facts(FACTS).rules["cannot_fire"]
        if version in one["versions"] and one["layer"] in ("gegevensset", layer)
        for key in one["keys"]
    }
    wanted = {rule.key for rule in rules.rules}
    missing = wanted - never
    assert never <= wanted
    for root in _documents(version, layer, missing, never):
        found = {fired.rule for fired in rules.evaluate(root).fired}
        missing -= found
        assert not (found & never and schema(version).validate(root)), found & never
        if not missing:
            break
    assert missing == set()


@pytest.mark.parametrize(("version", "layer"), SETS)
def test_only_rules_below_a_stop_advise(version: str, layer: str) -> None:
    silent = {
        key
        for one in literal.facts(FACTS).rules["cannot_fire"]
        if version in one["versions"] and one["layer"] == layer and "doorloop stopt" in one["reason"]
        for key in one["keys"]
    }
    assert {rule.key for rule in ruleset(version, layer).rules if rule.severity == "warning"} == silent
