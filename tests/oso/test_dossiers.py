"""The dossiers that other tests build on: each passes the schema and every rule of its transfer."""

from collections.abc import Callable

import pytest

from dod2oso.base import xml as xmlsafe
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.schema import schema
from dod2oso.oso.transfers import TRANSFERS, transfer
from tests.oso.dossiers import full_dossier, minimal_dossier

PAIRS = [(version, overstap) for overstap in TRANSFERS for version in transfer(overstap).versions]


@pytest.mark.parametrize("make", [full_dossier, minimal_dossier])
@pytest.mark.parametrize(("version", "overstap"), PAIRS, ids="-".join)
def test_passes_schema_and_rules(make: Callable[[str, str], bytes], version: str, overstap: str) -> None:
    root = xmlsafe.parse_bytes(make(version, overstap))
    assert schema(version).validate(root)
    result = ruleset(version, transfer(overstap).layer).evaluate(root)
    assert [fired.rule for fired in result.fired] == []
    assert result.state == "passed"
