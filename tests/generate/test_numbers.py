"""Generated numbers are well-formed, differ from each other and belong to nobody."""

import re

import pytest
from stdnum.nl import bsn
from stdnum.nl import onderwijsnummer as check

from dod2oso.base.errors import UsageError
from dod2oso.generate import numbers
from tests.refusals import refused


def test_all_free_bsns_pass_the_eleven_test_and_are_in_the_test_range() -> None:
    found = numbers.free_bsns()
    assert len(found) == len(set(found)) > 9000
    assert all(number.startswith("9999") and bsn.is_valid(number) for number in found)


def test_onderwijsnummers_pass_their_own_eleven_test() -> None:
    found = [numbers.onderwijsnummer(n) for n in range(0, numbers.MAX_PUPILS, 7)]
    assert len(found) == len(set(found))
    assert all(number.startswith("10") and check.is_valid(number) and not bsn.is_valid(number) for number in found)


def test_no_two_pupils_share_a_number() -> None:
    found = [numbers.identity_number(pupil) for pupil in range(25_000)]
    assert len(set(found)) == len(found)
    assert {kind for kind, _number in found[:100]} == {"bsn", "onderwijsnummer"}


def test_more_pupils_than_numbers_is_told() -> None:
    assert numbers.identity_number(numbers.MAX_PUPILS - 1)
    with refused(UsageError, "test-numbers-exhausted"):
        numbers.identity_number(numbers.MAX_PUPILS)


def test_schools_have_brins_of_nobody() -> None:
    found = [numbers.brin(school) for school in range(500)]
    assert len(set(found)) == 500
    assert all(re.fullmatch(r"99[X-Z][A-Z]", code) and re.fullmatch(r"\d\d", place) for code, place in found)
    with pytest.raises(UsageError):
        numbers.brin(7800)


def test_phone_numbers_stay_in_the_unused_ranges() -> None:
    assert all(re.fullmatch(r"0600000\d{3}", numbers.mobile(n)) for n in range(0, 5000, 13))
    assert all(re.fullmatch(r"0100000\d{3}", numbers.landline(n)) for n in range(0, 5000, 13))
