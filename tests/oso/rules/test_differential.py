"""The fast rules engine against the literal reading of the facts: not one difference, in every version and layer."""

from collections import Counter
from collections.abc import Iterator

import pytest
from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import TRANSFERS, transfer
from tests.oso.facts import FACTS
from tests.oso.rules import literal
from tests.oso.rules.mutants import crowded, mutant
from tests.sweeps import WHOLE

# Beside the crowded dossiers, which make most of the rules fire: 850 mutants alone made fewer of them fire.
MUTANTS_PER_VERSION = 260
# In an ordinary run the first so many of them, and of the others those that make a rule fire which none before does: so
# it sees every rule fire that a whole run sees.
FIRST = 40
ALSO = {
    "1.1.1": (81, 101, 126, 129, 231, 257),
    "1.2.2": (42, 56, 90, 128, 185),
    "2016.1": (61, 62, 93, 143, 209, 216, 224, 249),
    "2017.1": (59, 63, 85, 90, 113, 158, 168),
    "2018.1": (41, 80, 100, 103, 133, 134, 139, 157, 188, 201, 234),
    "2019.1": (41, 45, 78, 79, 86, 96, 132, 179, 195, 211, 228),
}


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


def _documents(version: str) -> Iterator[tuple[str, bytes]]:
    """Documents with their names."""
    for seed in range(MUTANTS_PER_VERSION) if WHOLE else (*range(FIRST), *ALSO[version]):
        yield f"mutant {seed}", mutant(version, seed)
    for kind in map(transfer, TRANSFERS):
        if version in kind.versions:
            for number, root in enumerate(crowded(version, kind.overdrachtsoort, kind.overstap or "")):
                yield f"{kind.name} {number}", etree.tostring(root)


@pytest.mark.parametrize("version", versions.VERSIONS)
def test_engine_follows_the_facts(version: str) -> None:
    wrong = {name: found for name, data in _documents(version) if (found := differences(data, version))}
    assert wrong == {}
    if WHOLE:
        ordinary = {f"mutant {seed}" for seed in (*range(FIRST), *ALSO[version])}
        seen = {name: _fired(data, version) for name, data in _documents(version)}
        few = {name: rules for name, rules in seen.items() if name in ordinary or not name.startswith("mutant")}
        assert set().union(*seen.values()) == set().union(*few.values())


def _fired(data: bytes, version: str) -> set[tuple[str, str]]:
    """The layer and key of every rule that fires, or advises, in this document."""
    results = [(layer, ruleset(version, layer).evaluate(etree.fromstring(data))) for layer in _layers(version)]
    return {(layer, one.rule) for layer, result in results for one in (*result.fired, *result.advised)}
