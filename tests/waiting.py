"""Waiting for what must come. No limits here: whatever never comes, pytest-timeout names."""

import asyncio
import time
from collections.abc import Callable

PAUSE = 0.01
HANG = 800  # seconds, where a limit must be named: no machine is so slow, and pytest-timeout comes after it


async def until(there: Callable[[], bool]) -> None:
    """Let others work until it is there."""
    while not there():
        await asyncio.sleep(PAUSE)


def wait_until(there: Callable[[], bool]) -> None:
    """The same outside an event loop: for what another process does."""
    while not there():
        time.sleep(PAUSE)
