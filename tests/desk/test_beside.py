"""Work beside the pages: kept until its stamp changes, and broken off when the server stops."""

import threading

import pytest

from dod2oso.desk.beside import Beside


def done(beside: Beside, slot: str, stamp: int, work: object, *, long: bool = False) -> object:
    for _ in range(2000):
        if (found := beside.of(slot, stamp, work, long=long)) is not None:  # type: ignore[arg-type]
            return found
        threading.Event().wait(0.01)
    raise AssertionError(slot)


def test_an_outcome_is_kept_until_its_stamp_changes() -> None:
    beside, calls = Beside(), []

    def work() -> int:
        calls.append(1)
        return len(calls)

    assert [done(beside, "a", 1, work), done(beside, "a", 1, work), done(beside, "a", 2, work)] == [1, 1, 2]
    assert done(beside, "b", 1, work) == 3
    beside.close()


def test_what_takes_long_keeps_nothing_waiting_and_ends_with_the_server() -> None:
    beside, began, ended = Beside(), threading.Event(), threading.Event()

    def endless() -> None:
        began.set()
        try:
            while True:
                beside.check()
        finally:
            ended.set()

    assert beside.of("long", 1, endless, long=True) is None
    assert began.wait(60)
    assert done(beside, "short", 1, lambda: "seen") == "seen"
    beside.close()
    assert ended.wait(60)


def test_what_went_wrong_is_said_to_who_asks() -> None:
    beside = Beside()

    def wrong() -> object:
        raise OSError

    with pytest.raises(OSError):
        done(beside, "a", 1, wrong)
    beside.close()


def test_nothing_begins_while_a_page_is_made() -> None:
    beside, began = Beside(), threading.Event()
    with beside.page():
        assert beside.of("a", 1, began.set) is None
        assert beside.of("b", 1, began.set, long=True) is None
        assert not began.wait(0.05)
    assert began.wait(60)
    beside.close()


def test_what_went_wrong_is_done_again_for_who_asks_again() -> None:
    beside, calls = Beside(), []

    def wrong_at_first() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise OSError
        return "now"

    with pytest.raises(OSError):
        done(beside, "a", 1, wrong_at_first)
    assert done(beside, "a", 1, wrong_at_first) == "now"
    beside.close()


def test_of_more_files_than_any_region_has_nothing_is_looked_at_twice() -> None:
    beside, calls = Beside(), []
    for _twice in range(2):
        for number in range(1000):
            done(beside, str(number), 1, lambda: calls.append(1) or "seen")
    assert len(calls) == 1000
    beside.close()
