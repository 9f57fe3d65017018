"""What a dossier needs, against trying every set of repairs on it."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.verdict import check
from dod2oso.oso.versions import version as known_version
from dod2oso.supplement.needs import Needs, missing_elements, put, put_all, simulate_repairs
from dod2oso.supplement.repairs import repairs, repairs_for
from tests.oso.dossiers import full_dossier

L = "huidigeschool/leerling/"
REMOVABLE = [
    "inzage", "inzage/inzagedatum", "inzage/akkoord", "huidigeschool/aanleverpunt", "huidigeschool/naam",
    "huidigeschool/adreslijst", "huidigeschool/communicatielijst", *(
        L + name for name in (
            "voornaam", "achternaam", "geboortedatum", "adresgeheim", "adreslijst", "adresbuitenland", "bsn",
            "leerlingid", "datuminschrijving", "verzorgersaansprakelijk", "verzorger", "aansprakelijkeinstelling",
            "overstapadvies", "overstapadvies/advies", "overstapadvies/contactnodig", "schoolloopbaanlijst",
        )
    ),
]  # fmt: skip
CASES = [("2019.1", "POVO"), ("1.1.1", "POVO"), ("2016.1", "VOVO"), ("2019.1", "POSWV")]


def without(version: str, transfer: str, paths: frozenset[str]) -> bytes:
    """A full dossier from which these blocks and fields were taken."""
    root = parse_bytes(full_dossier(version, transfer))
    prefix = f"{{{known_version(version).namespace}}}"
    for path in sorted(paths):
        for found in root.findall("/".join(prefix + step for step in path.split("/"))):
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)
    return bytes(etree.tostring(root))


def found_needs(data: bytes, version: str, transfer: str) -> Needs:
    layer = known_transfer(transfer).layer
    verdict = check(parse_bytes(data), version, layer)
    return simulate_repairs(
        parse_bytes(data), version, layer, verdict, [], repairs_for(shipped_plan(version, transfer))
    )


def is_clean(data: bytes, version: str, transfer: str, made: tuple[str, ...]) -> bool:
    root = parse_bytes(data)
    for key in made:
        put_all(root, catalogue(version), repairs()[key])
    return check(root, version, known_transfer(transfer).layer).verdict == "valid"


@pytest.mark.parametrize(("version", "transfer"), CASES)
@given(st.frozensets(st.sampled_from(REMOVABLE), max_size=4))
@settings(max_examples=25)
def test_exactly_the_sets_with_all_needs_make_it_valid(version: str, transfer: str, paths: frozenset[str]) -> None:
    data = without(version, transfer, paths)
    found = found_needs(data, version, transfer)
    assert found.stuck == ()
    for size in range(len(found.repairs) + 1):
        for made in combinations(found.repairs, size):
            assert is_clean(data, version, transfer, made) == (made == found.repairs), (found, made)


def test_a_value_brings_a_silent_rule_to_life() -> None:
    """Nobody misses a carer as long as it is not known whether the carers are liable."""
    data = without("2019.1", "POVO", frozenset({L + "verzorgersaansprakelijk", L + "verzorger"}))
    fired = {one.rule for one in check(parse_bytes(data), "2019.1", "ov").rules.fired}
    assert "verzorger-verplicht-aansprakelijk" not in fired
    assert found_needs(data, "2019.1", "POVO").repairs == ("aansprakelijk", "verzorger")


def test_a_carer_is_enough_where_nobody_asks_who_is_liable() -> None:
    gone = frozenset({L + name for name in ("verzorger", "verzorgersaansprakelijk", "aansprakelijkeinstelling")})
    assert found_needs(without("2019.1", "POSWV", gone), "2019.1", "POSWV").repairs == ("verzorger",)


def test_one_value_silences_several_rules() -> None:
    data = without("2019.1", "POVO", frozenset({"inzage"}))
    fired = {one.rule for one in check(parse_bytes(data), "2019.1", "ov").rules.fired}
    assert fired == {"cat-ouderinzage-verplicht", "inzage-blok-verplicht"}
    assert found_needs(data, "2019.1", "POVO").repairs == ("inzage",)


def test_a_secret_address_is_not_asked_for() -> None:
    """In 1.1.1 a rule wants it all the same; a person has to decide, so no value is filled in."""
    root = parse_bytes(without("1.1.1", "POVO", frozenset({L + "adreslijst", L + "adresbuitenland"})))
    put(root, catalogue("1.1.1"), L + "adresgeheim", "true", replace=True)
    found = found_needs(bytes(etree.tostring(root)), "1.1.1", "POVO")
    assert found == Needs((), ("leerling-adres-verplicht",))


def test_what_nobody_can_fill_in_is_stuck() -> None:
    data = full_dossier("2019.1", "POVO").replace(b"<overdrachtsoort>overstapdossier", b"<overdrachtsoort>iets")
    assert found_needs(data, "2019.1", "POVO").stuck


def test_needs_survive_the_ledger() -> None:
    for found in (Needs(), Needs(("a", "b")), Needs((), ("x@y/z",)), Needs(("a",), ("x", "y"))):
        assert Needs.parse(str(found)) == found


@pytest.mark.parametrize("version", ["1.1.1", "2019.1"])
def test_absent_elements_are_those_of_the_schema(version: str) -> None:
    known: Any = catalogue(version)
    assert missing_elements(parse_bytes(full_dossier(version, "POVO")), known) == []
    paths = frozenset({"huidigeschool/naam", L + "achternaam"})
    assert set(missing_elements(parse_bytes(without(version, "POVO", paths)), known)) == paths
