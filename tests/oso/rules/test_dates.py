"""Dates of XML Schema and the window for tests."""

import time

import pytest

from dod2oso.oso.rules.dates import parse_date, window_start


@pytest.mark.parametrize(
    "text",
    [
        *("", "2019", "2019-13-01", "2019-02-29", "0000-01-01", "19-01-01", "02019-01-01", "+2019-01-01", "2019-1-1"),
        *(
            "2019-01-01+15:00",
            "2019-01-01+13:60",
            "2019-01-01 Z",
            "２０１９-01-01",
            "2019-01-01T00:00:00",
            "-0000-01-01",
        ),
    ],
)
def test_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["2020-02-29", " 2019-01-01\n", "12019-12-31", "-0044-03-15", "2019-01-01-14:00"])
def test_dates(text: str) -> None:
    assert parse_date(text) is not None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2018-12-31", "2019-01-01"),
        ("-0001-12-31", "0001-01-01"),
        ("-0044-03-15", "-0043-03-15"),
        ("9999-12-31", "10000-01-01"),
        ("2019-01-01+01:00", "2019-01-01Z"),
        ("2019-01-01Z", "2019-01-01-01:00"),
        ("2019-01-01-14:00", "2019-01-02-01:00"),
    ],
)
def test_order(earlier: str, later: str) -> None:
    first, second = parse_date(earlier), parse_date(later)
    assert first is not None
    assert second is not None
    assert first.minutes < second.minutes


def test_a_day_is_1440_minutes_across_eras() -> None:
    for first, second in (("1999-12-31", "2000-01-01"), ("2399-12-31", "2400-01-01"), ("0399-12-31Z", "0400-01-01Z")):
        a, b = parse_date(first), parse_date(second)
        assert a is not None
        assert b is not None
        assert b.minutes - a.minutes == 1440


def test_without_a_zone_the_zone_of_this_computer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        here, zoned = parse_date("2019-01-10"), parse_date("2019-01-10+02:00")
        assert here == zoned
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2019-07-31", "2016-08-01"),
        ("2019-08-01", "2017-08-01"),
        ("2019-03-02", "2016-08-01"),
        ("1004-01-01", "1001-08-01"),
    ],
)
def test_window(day: str, start: str) -> None:
    written = parse_date(day)
    assert written is not None
    assert window_start(written) == parse_date(start)


@pytest.mark.parametrize("day", ["0999-12-31", "1002-01-01", "-2019-01-01"])
def test_no_window_before_the_year_1000(day: str) -> None:
    written = parse_date(day)
    assert written is not None
    assert window_start(written) is None
