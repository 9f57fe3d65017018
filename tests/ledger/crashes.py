"""Stopping the programme at a chosen moment: with an exception, or as a power cut would."""

import functools
import os
from collections.abc import Callable
from typing import Any

import pytest


class Stopped(BaseException):
    """Not an Exception: nothing in the programme may swallow it."""


def vanish() -> None:
    """End this process at once: no cleanup, no flush, no rollback."""
    os._exit(9)


def raise_stopped() -> None:
    raise Stopped


def stop_at(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str, number: int, stop: Callable[[], None]
) -> None:
    """Stop just before or after call `number` of a function."""
    original = getattr(owner, name)
    calls = iter(range(1, 1_000_000))

    @functools.wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        mine = next(calls)
        if when == "before" and mine == number:
            stop()
        result = original(*args, **kwargs)
        if when == "after" and mine == number:
            stop()
        return result

    monkeypatch.setattr(owner, name, guarded)


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a forked process and return its exit code (9 after `vanish`)."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
