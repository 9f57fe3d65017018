"""The part of a dossier in the counts: what is packed comes out again, whatever was counted before it."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.findings.outcome import FieldCount
from dod2oso.ledger import counts
from dod2oso.ledger.counts import CountNames, unpacker
from dod2oso.ledger.store import Ledger

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
COUNTED = st.builds(FieldCount, WORDS, st.sampled_from(["mapped", "dropped"]), st.sampled_from(["", "geen-plaats"]))
PARTS = st.tuples(st.dictionaries(COUNTED, st.integers(0, 2**31), max_size=6), st.lists(WORDS, unique=True, max_size=6))


def of(fields: dict[FieldCount, int], targets: list[str]) -> Any:
    return SimpleNamespace(fields=fields, targets=targets)


@pytest.fixture(name="ledger", scope="module")
def _ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger.open(tmp_path_factory.mktemp("counts") / "ledger.sqlite")


@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_what_is_packed_comes_out_again(parts: list[tuple[dict[FieldCount, int], list[str]]], ledger: Ledger) -> None:
    outcomes = [of(*part) for part in parts]
    first, second = CountNames(ledger), CountNames(ledger)
    first.learn(outcomes[:1])
    second.learn(outcomes)  # another run gave out numbers meanwhile
    first.learn(outcomes)
    for names in (first, second):
        packed = [names.pack(outcome) for outcome in outcomes]
        with ledger.read() as connection:
            unpack = unpacker(connection)
        assert [unpack(data) for data in packed] == parts


def test_a_field_and_an_oso_field_of_one_name_are_two(ledger: Ledger) -> None:
    outcome = of({FieldCount("naam", "mapped", ""): 300, FieldCount("naam", "refused", "x"): 1}, ["naam"])
    names = CountNames(ledger)
    names.learn([outcome])
    with ledger.read() as connection:
        assert unpacker(connection)(names.pack(outcome)) == (outcome.fields, outcome.targets)


def test_numbers_that_no_longer_fit_the_small_form(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    names, outcome = CountNames(ledger), of({FieldCount("groot", "mapped", ""): 2}, ["doel"])
    names.learn([outcome])
    small = names.pack(outcome)
    monkeypatch.setattr(counts, "_LIMIT_NAME", 0)
    wide = names.pack(outcome)
    assert len(wide) > len(small)
    with ledger.read() as connection:
        unpack = unpacker(connection)
    assert unpack(wide) == unpack(small) == (outcome.fields, outcome.targets)
