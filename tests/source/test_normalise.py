"""Reading values: every notation comes down to one, and what is no value of its type is refused, never guessed."""

from calendar import isleap, monthrange
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dod2oso.source.codes import CodeTable
from dod2oso.source.normalise import (
    Unreadable,
    boolean_normaliser,
    code_normaliser,
    date_normaliser,
    decimal_normaliser,
    integer,
    is_bsn,
    is_onderwijsnummer,
    normaliser,
    pgn,
)
from dod2oso.source.profile import Binding, DateStyle, Text

STYLES: dict[DateStyle, str] = {
    "jjjj-mm-dd": "{y:04}-{m:02}-{d:02}",
    "dd-mm-jjjj": "{d:02}-{m:02}-{y:04}",
    "dd/mm/jjjj": "{d:02}/{m:02}/{y:04}",
    "jjjjmmdd": "{y:04}{m:02}{d:02}",
}
styles = st.sampled_from(sorted(STYLES))
texts = st.one_of(st.text(max_size=12), st.from_regex(r"[0-9./,+ -]{0,12}", fullmatch=True))


def code_of(read, text: str) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Unreadable) as error:
        read(text)
    return error.value.code


# --- dates ---


@pytest.mark.parametrize(
    ("style", "text", "read", "told"),
    [
        ("jjjj-mm-dd", "2012-03-04T00:00:00", "2012-03-04", None),
        ("jjjj-mm-dd", "2012-03-04 00:00:00.000", "2012-03-04", None),
        ("jjjj-mm-dd", "2012-03-04T00:00:00+01:00", "2012-03-04", None),
        ("jjjj-mm-dd", "2012-03-04T00:00:00Z", "2012-03-04", None),
        ("jjjj-mm-dd", "2012-03-04T14:30:00", "2012-03-04", "tijd-weg"),
        ("jjjj-mm-dd", "2012-03-04T23:30:00+01:00", "2012-03-04", "tijd-weg"),
        ("dd-mm-jjjj", "4-3-2012 0:00", "2012-03-04", None),
        ("dd/mm/jjjj", "04/03/2012 09:15", "2012-03-04", "tijd-weg"),
        ("jjjjmmdd", "20120304 00:00", "2012-03-04", None),
    ],
)
def test_a_date_with_a_time(style: DateStyle, text: str, read: str, told: str | None) -> None:
    found = date_normaliser(style)(text)
    assert found == read
    assert getattr(found, "code", None) == told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2012-03-03T23:00:00Z", "datum-met-tijd"),  # midnight in the Netherlands, as some programs convert it
        ("2012-03-03T22:00:00+00:00", "datum-met-tijd"),
        ("2012-03-04T25:00:00", "datum-onleesbaar"),
        ("2012-02-30T00:00:00", "datum-onleesbaar"),
        ("04-03-2012 00:00", "datum-onleesbaar"),  # in another style than the profile says
        ("2012-03-04T", "datum-onleesbaar"),
    ],
)
def test_a_moment_that_is_no_date(text: str, code: str) -> None:
    assert code_of(date_normaliser("jjjj-mm-dd"), text) == code


@given(styles, st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_survives_every_style(style: DateStyle, day: date) -> None:
    written = STYLES[style].format(y=day.year, m=day.month, d=day.day)
    assert date_normaliser(style)(written) == day.isoformat()


@given(styles, st.integers(1900, 2100), st.integers(0, 99), st.integers(0, 99))
def test_parts_of_a_date(style: DateStyle, year: int, month: int, day: int) -> None:
    """Unknown parts are 00, the day first; everything else has to exist."""
    written = STYLES[style].format(y=year, m=month, d=day)
    exists = (month == day == 0) or (1 <= month <= 12 and 0 <= day <= monthrange(year, month)[1])
    if exists:
        assert date_normaliser(style)(written) == f"{year}-{month:02}-{day:02}"
    else:
        assert code_of(date_normaliser(style), written) == "datum-onleesbaar"


@given(styles, st.integers(1900, 2100))
def test_the_29th_of_february(style: DateStyle, year: int) -> None:
    written = STYLES[style].format(y=year, m=2, d=29)
    if isleap(year):
        assert date_normaliser(style)(written) == f"{year}-02-29"
    else:
        assert code_of(date_normaliser(style), written) == "datum-onleesbaar"


@given(styles, st.one_of(st.integers(0, 1899), st.integers(2101, 9999)))
def test_a_year_that_stands_for_nothing(style: DateStyle, year: int) -> None:
    assert code_of(date_normaliser(style), STYLES[style].format(y=year, m=1, d=1)) == "datum-onleesbaar"


@given(styles, styles, st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_in_another_style_is_not_guessed(style: DateStyle, other: DateStyle, day: date) -> None:
    assume(style != other)
    written = STYLES[other].format(y=day.year, m=day.month, d=day.day)
    assert code_of(date_normaliser(style), written) == "datum-onleesbaar"


@pytest.mark.parametrize("text", ["2010-05-01Z", "2010-05-01+01:00"])
def test_a_time_zone_is_no_part_of_the_day(text: str) -> None:
    assert date_normaliser("jjjj-mm-dd")(text) == "2010-05-01"


def test_people_leave_out_zeros() -> None:
    assert date_normaliser("dd-mm-jjjj")("1-5-2010") == date_normaliser("dd/mm/jjjj")("1/05/2010") == "2010-05-01"


# --- numbers ---


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "0", "000"]))
def test_integers(number: int, zeros: str) -> None:
    sign, digits = ("-", str(-number)) if number < 0 else ("", str(number))
    assert integer(f"{sign}{zeros}{digits}") == str(number)
    if number > 0:
        assert integer(f"+{digits}") == str(number)


@pytest.mark.parametrize("text", ["", "1.0", "1,0", "1e3", "een", "--1", "1 000", "9" * 31, "٣", "0x1", "1_000"])
def test_what_is_no_integer(text: str) -> None:
    assert code_of(integer, text) == "getal-onleesbaar"


@given(st.integers(0, 10**6), st.integers(0, 99), st.sampled_from([".", ","]), st.sampled_from(["", "-", "+"]))
def test_decimals(whole: int, part: int, mark: str, sign: str) -> None:
    expected = f"{sign.replace('+', '')}{whole}.{part:02}"
    assert decimal_normaliser(mark)(f"{sign}{whole}{mark}{part:02}") == expected
    assert decimal_normaliser(mark)(f"{whole}") == str(whole)


@pytest.mark.parametrize(
    "text", ["1.234", "12.345", "-1.234.567", "1.234,5", "1,234,5", ",5", "5,", "1 000,5", "1e3", "½"]
)
def test_thousands_are_not_guessed_where_a_comma_is_the_mark(text: str) -> None:
    assert code_of(decimal_normaliser(","), text) == "getal-onleesbaar"


@pytest.mark.parametrize("text", ["80,5", "1,234.5", "1.2.3", ".5", "5."])
def test_a_comma_is_not_guessed_where_a_point_is_the_mark(text: str) -> None:
    assert code_of(decimal_normaliser("."), text) == "getal-onleesbaar"


# --- yes or no, codes ---


@given(texts)
def test_yes_and_no_are_only_the_words_of_the_profile(text: str) -> None:
    read = boolean_normaliser(("ja", "J"), ("nee", "N"))
    folded = text.lower()
    if folded in ("ja", "j", "nee", "n"):
        assert read(text) == ("true" if folded[0] == "j" else "false")
    else:
        assert code_of(read, text) == "ja-nee-onleesbaar"


@given(texts)
def test_codes_are_only_those_of_the_table(text: str) -> None:
    read = code_normaliser(CodeTable("t", "", {"0,3": "0.3", "M": "man"}, frozenset()))
    if text in ("0,3", "M"):
        assert read(text) == {"0,3": "0.3", "M": "man"}[text]
    else:
        assert code_of(read, text) == "code-onbekend"


# --- personal numbers, against an implementation of our own ---


def weighed(digits: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)) % 11


def own_bsn(digits: str) -> bool:
    return int(digits) > 0 and weighed(digits) == 0


def own_onderwijsnummer(digits: str) -> bool:
    return digits.startswith("10") and weighed(digits) == 5


numbers = st.one_of(
    st.integers(0, 10**9 - 1).map("{:09}".format),
    st.integers(99990000, 99999999).map("{:09}".format),
    st.integers(0, 10**7 - 1).map("10{:07}".format),
    st.integers(999900000, 999999999).map(str),
)


@given(numbers)
def test_the_eleven_tests(digits: str) -> None:
    assert is_bsn(digits) == own_bsn(digits)
    assert is_onderwijsnummer(digits) == own_onderwijsnummer(digits)
    assert not (is_bsn(digits) and is_onderwijsnummer(digits))
    if own_bsn(digits) or own_onderwijsnummer(digits):
        assert pgn(digits) == pgn(f"{digits[:4]} {digits[4:6]}.{digits[6:]}") == digits
    else:
        assert code_of(pgn, digits) == "pgn-elfproef"


def with_check_digit(number: int) -> str:
    """Eight digits and the ninth that makes them a BSN; "" when there is none."""
    digits = f"{number:08}"
    check = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
    return f"{digits}{check}" if check < 10 and number else ""


@given(st.integers(1, 10**8 - 1).map(with_check_digit).filter(bool), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(digits: str, place: int, shift: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert not is_bsn(wrong)


@given(st.integers(10**6, 10**7 - 1).map(with_check_digit).filter(bool))
def test_a_lost_leading_zero_is_restored(digits: str) -> None:
    assert own_bsn(digits) and digits.startswith("0")
    assert pgn(digits[1:]) == digits


@given(st.text(max_size=14))
def test_no_text_is_a_number_by_accident(text: str) -> None:
    digits = text.replace(" ", "").replace(".", "")
    assume(not (digits.isascii() and digits.isdigit()))
    assert code_of(pgn, text) == "pgn-elfproef"
    assert not is_bsn(text)


# --- the choice of a normaliser ---


@pytest.mark.parametrize(
    ("kind", "binding", "text", "value"),
    [
        ("date", Binding(at=("x",)), "01-05-2010", "2010-05-01"),
        ("date", Binding(at=("x",), dates="jjjjmmdd"), "20100501", "2010-05-01"),
        ("decimal", Binding(at=("x",)), "80,5", "80.5"),
        ("decimal", Binding(at=("x",), decimal="."), "80.5", "80.5"),
        ("boolean", Binding(at=("x",)), "Ja", "true"),
        ("integer", Binding(at=("x",)), "007", "7"),
        ("code", Binding(at=("x",), codes="geslacht-edex"), "1", "man"),
        ("text", Binding(at=("x",), codes="geslacht-bron"), "V", "vrouw"),
    ],
)
def test_a_binding_wins_over_the_profile(kind: str, binding: Binding, text: str, value: str) -> None:
    profile = Text(dates="dd-mm-jjjj", decimal=",", true=("ja",), false=("nee",))
    read = normaliser(kind, binding, profile)  # type: ignore[arg-type]
    assert read is not None
    assert read(text) == value


@pytest.mark.parametrize("kind", ["text", "code", "datetime", "attachment"])
def test_text_is_taken_as_it_is(kind: str) -> None:
    assert normaliser(kind, Binding(at=("x",)), Text()) is None  # type: ignore[arg-type]
