"""A pytest plugin that makes this process odd: DOD2OSO_TEST_ODD=slow-disk, jumping-clock, or both. For `tests.odd`."""

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

from dod2oso.base import clock

ENV = "DOD2OSO_TEST_ODD"
SLOW_DISK, JUMPING_CLOCK = "slow-disk", "jumping-clock"
DELAY = 0.02  # seconds for whatever must reach the disk
JUMP = 30 * 60  # seconds at most, to either side


@pytest.fixture(scope="session", autouse=True)
def _odd() -> Iterator[None]:
    wanted = os.environ.get(ENV, "").split(",")
    with pytest.MonkeyPatch.context() as patch:
        if SLOW_DISK in wanted:
            for name in ("fsync", "replace", "unlink", "mkdir"):
                patch.setattr(os, name, _late(getattr(os, name)))
        if JUMPING_CLOCK in wanted:
            patch.setattr(clock, "datetime", Jumping)
        yield


def _late(what: Callable[..., Any]) -> Callable[..., Any]:
    def late(*arguments: Any, **named: Any) -> Any:
        time.sleep(DELAY)
        return what(*arguments, **named)

    return late


class Jumping(datetime):
    """A clock that somebody sets back or forward all the time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """This moment, or one not far from it."""
        return datetime.now(tz) + timedelta(seconds=random.uniform(-JUMP, JUMP))
