"""Consent, rule by rule as dod2oso/supplement/consent.py states them: what is answered, what counts, what stops."""

from itertools import permutations

import pytest

from dod2oso.findings.catalogue import entries
from dod2oso.oso.rules.loading import rules
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import VERSIONS
from dod2oso.supplement import consent

YES, NO, UNCLEAR = "Ja", "Nee", "Misschien"
INSPECTED = {"POPO", "POVO", "VOVO"}
ASKED = {"VOVO"}  # where only a recorded Ja lets it go


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, YES) for text in ("Ja", "ja", " JA ", "j", "J", "true", "TRUE", "1", "yes", "ja – gegeven")),
        *((text, NO) for text in ("Nee", "nee", " NEE ", "n", "N", "false", "0", "no", "nee – geweigerd")),
        *(("misschien", UNCLEAR), ("x – y", "X"), ("ja-maar", "Ja-maar"), ("nee - ja", "Nee - ja"), ("", "")),
    ],
)
def test_an_answer_is_read_as_oso_writes_it_and_what_is_neither_stays(text: str, said: str) -> None:
    assert consent.answer(text) == said


def test_of_different_answers_a_refusal_counts_before_what_is_unclear_and_consent_last() -> None:
    for texts in permutations(["j", "misschien", "n"]):
        assert consent.firmest(texts) == "n"
    for texts in permutations(["ja", "misschien"]):
        assert consent.firmest(texts) == "misschien"
    assert consent.firmest(["ja", "nee"]) == consent.firmest(["nee", "ja"]) == "nee"
    assert consent.firmest(["ja", "1"]) == "ja"


def test_of_different_words_on_an_objection_that_there_is_one_counts_else_the_last() -> None:
    for texts in permutations(["ja", "nee", "x"]):
        assert consent.objecting(texts) == "ja"
    assert consent.objecting(["nee", "1"]) == "1"
    assert consent.objecting(["x", "nee"]) == "nee" and consent.objecting(["nee", "x"]) == "x"


def test_only_a_no_is_a_refusal() -> None:
    assert [consent.refused(said) for said in (NO, YES, UNCLEAR, "", None)] == [True, False, False, False, False]


@pytest.mark.parametrize("overstap", TRANSFERS)
@pytest.mark.parametrize("has_field", [True, False])
def test_what_stops_a_dossier(overstap: str, has_field: bool) -> None:
    stopped = {
        said: [(found.code, found.target) for found in consent.stops(overstap, said, has_field=has_field)]
        for said in (YES, NO, UNCLEAR, None)
    }
    refused = [("toestemming-geweigerd", "inzage/toestemming")]
    asked = overstap in ASKED
    assert stopped == {
        YES: [],
        NO: refused,
        UNCLEAR: refused if asked else [],
        None: refused if asked and not has_field else [],  # where there is a field the rule of OSO tells it
    }


@pytest.mark.parametrize("overstap", TRANSFERS)
def test_the_last_lock_opens_for_what_the_dossier_itself_says(overstap: str) -> None:
    assert (transfer(overstap).inspected, transfer(overstap).consent == "needed") == (
        overstap in INSPECTED,
        overstap in ASKED,
    )
    looked = {
        inspected: consent.stands_in(overstap, inspected, YES)
        for inspected in ("true", "1", " true ", "false", "0", "True", "", None)
    }
    free = overstap not in INSPECTED
    assert looked == {
        "true": True,
        "1": True,
        " true ": True,
        "false": free,
        "0": free,
        "True": free,
        "": free,
        None: free,
    }
    given = {said: consent.stands_in(overstap, "true", said) for said in (" Ja ", YES, "ja", NO, "", None)}
    free = overstap not in ASKED
    assert given == {" Ja ": True, YES: True, "ja": free, NO: free, "": free, None: True}


def test_the_findings_that_keep_a_dossier_home_and_the_facts_are_these() -> None:
    assert set(consent.CODES) == {"toestemming-geweigerd", "toestemming-tegenstrijdig", "toestemming-onleesbaar"}
    assert consent.SCHOOL_WIDE not in consent.CODES and {*consent.CODES, consent.SCHOOL_WIDE} <= entries().keys()
    assert {"inzage/inzage", "inzage/akkoord", "inzage/toestemming"} == consent.FACTS


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rules_that_keep_a_dossier_home_are_all_of_oso_that_ask_for_what_parents_answer(version: str) -> None:
    asked = {rule.key for rule in rules(version, "ov") if rule.key.startswith(("inzage", "akkoord", "toestemming"))}
    assert asked == set(consent.RULES) - ({"toestemming-verplicht-vovo"} if version == "1.1.1" else set())
