"""The fast rules engine against the literal reading of the facts: not one difference, in every version and layer."""

from collections import Counter

import pytest
from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.rules.ruleset import ruleset
from tests.oso.facts import FACTS
from tests.oso.rules import literal
from tests.oso.rules.mutants import mutant

MUTANTS_PER_VERSION = 850


def _layers(version: str) -> list[str]:
    return [layer for layer in ("ov", "swv") if layer in versions.version(version).layers]


def differences(data: bytes, version: str) -> list[str]:
    """What both say differently about one document: rule and place, never a value."""
    folder = FACTS
    found = []
    for layer in _layers(version):
        state, fired, advised = literal.evaluate(folder, data, version, layer)
        ours = ruleset(version, layer).evaluate(etree.fromstring(data))
        if ours.state != state:
            found.append(f"{layer}: {ours.state} instead of {state}")
        for what, mine, theirs in (("fired", ours.fired, fired), ("advised", ours.advised, advised)):
            if Counter(map(tuple, mine)) != Counter(theirs):
                more = sorted((Counter(map(tuple, mine)) - Counter(theirs)).elements())
                less = sorted((Counter(theirs) - Counter(map(tuple, mine))).elements())
                found.append(f"{layer}: {what} too much {more}, too little {less}")
    return found


@pytest.mark.parametrize("version", versions.VERSIONS)
def test_engine_follows_the_facts(version: str) -> None:
    wrong = {
        seed: found for seed in range(MUTANTS_PER_VERSION) if (found := differences(mutant(version, seed), version))
    }
    assert wrong == {}
