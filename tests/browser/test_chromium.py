"""A browser that is not there, is broken or never answers is named; a test neither hangs nor fails without a word."""

import sys
from pathlib import Path

import pytest

from tests.browser.chromium import NoBrowserError, chromium

pytest.importorskip("playwright", reason="needs playwright")


def test_without_a_browser_it_says_what_is_missing() -> None:
    with pytest.raises(NoBrowserError, match="chromium is not installed"), chromium(None):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("echo broken >&2; exit 1", "BrowserType.launch"),
        ("exec sleep 60", "Timeout"),
        (None, "doesn't exist"),
    ],
    ids=["broken", "silent", "gone"],
)
def test_a_browser_that_does_not_start_is_named(script: str | None, word: str, tmp_path: Path) -> None:
    path = tmp_path / "chromium"
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    with pytest.raises(NoBrowserError) as caught, chromium(str(path), seconds=1):
        pass
    said = str(caught.value)
    assert said.startswith(f"{path} does not start (") and word in said and "\n" not in said
