"""Starting chromium for the tests; where that cannot be done, why."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.waiting import HANG

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowserError(Exception):
    """There is no browser that starts; says why."""


@contextmanager
def chromium(path: str | None, seconds: float = HANG) -> Iterator[Any]:
    """The browser at this path, started; ended afterwards. Raises NoBrowserError when there is none that starts."""
    if path is None:
        raise NoBrowserError("chromium is not installed")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoBrowserError("playwright is not installed") from None
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=path, args=FLAGS, timeout=seconds * 1000)
        except Error as error:
            raise NoBrowserError(f"{path} does not start ({error.message.splitlines()[0]})") from None
        yield started
        started.close()
