"""How far a run is, for who watches: of this export, and of all of them together."""

import io
import sys

import pytest

from dod2oso.cli import progress
from dod2oso.cli.progress import TerminalProgress, time_left


@pytest.mark.parametrize(
    ("share", "seconds", "left"),
    [(0.5, 60, "1:00"), (0.25, 1200, "1:00:00"), (0.99, 100, "0:01"), (1.0, 9, "0:00"), (0, 60, ""), (0.1, 1, "")],
)
def test_the_rest_takes_as_long_as_what_is_done_did(share: float, seconds: float, left: str) -> None:
    assert time_left(share, seconds) == left


@pytest.mark.parametrize(
    ("lang", "said"), [("nl", "alles: 75%, nog ongeveer 0:10"), ("en", "all: 75%, about 0:10 left")]
)
def test_behind_the_bar_stands_how_far_all_exports_are(lang: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    window, now = io.StringIO(), [0.0]
    window.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", window)
    monkeypatch.setattr(progress, "stopwatch", lambda: now[0])
    with TerminalProgress(lang) as shown:
        shown.export("a.xml", 1, 2, 10)
        shown.dossiers(10)
        now[0] = 30.0
        shown.export("b.xml", 2, 2, 10)
        shown.dossiers(5)
    assert said in window.getvalue()


def test_of_one_export_its_own_bar_says_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    window = io.StringIO()
    window.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", window)
    with TerminalProgress("nl") as shown:
        shown.export("a.xml", 1, 1, 10)
        shown.dossiers(5)
    assert "alles" not in window.getvalue() and "1/1 a.xml" in window.getvalue()
