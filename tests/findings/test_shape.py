"""The shape of a value tells how it is written and nothing of what it says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.findings.shape import MAX_SHAPE, shape


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("12-03-2011", "99-99-9999"),
        ("31/02/2010 ", "99/99/9999"),
        ("Jansen", "Aaaa"),
        ("van der Berg", "aaa aaa Aaaa"),
        ("999912345678", "9999999999"),
        ("3,5", "9,9"),
        ("x", "a"),
        ("Ünïe", "Aaaa"),
        ("a\nb\t c", "a a a"),
        ("<b>€", "?a?"),
        ("=1+1", "=9+9"),
        ("", ""),
    ],
)
def test_examples(text: str, drawn: str) -> None:
    assert shape(text) == drawn


@given(st.text())
def test_no_letter_or_digit_of_the_value_is_left(text: str) -> None:
    drawn = shape(text)
    assert len(drawn) <= MAX_SHAPE + 1
    assert re.fullmatch(r"[Aa9? \-/.,:;()+_#%=*@'…]*", drawn)
    assert not re.search(r"[Aa]{5}|9{11}", drawn)


def test_a_huge_value_is_not_read_whole() -> None:
    assert shape("a" * 10_000_000) == "aaaa…"
