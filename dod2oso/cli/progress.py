"""What a person sees while a run is busy: a bar on a terminal, plain lines otherwise; always on stderr."""

import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

import typer

from dod2oso.base.clock import stopwatch
from dod2oso.base.texts import Text

_GUESS = 2  # seconds before it is told how long the rest takes


def terminal_confirm(lang: str) -> Callable[[Text], bool] | None:
    """A question to be answered with yes or no on the terminal; None when nobody sits at one."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return partial(_confirm, lang)


def _confirm(lang: str, question: Text) -> bool:
    return typer.confirm(question.text(lang), default=False, err=True)


def time_left(share: float, seconds: float) -> str:
    """How long the rest takes, as m:ss or h:mm:ss, when this share took so many seconds; "" while that is a guess.

    Every export counts as much: how many dossiers are in those to come is known only when they are read.
    """
    if share <= 0 or seconds < _GUESS:
        return ""
    left = round(seconds * (1 - share) / share)
    hours, minutes, rest = left // 3600, left // 60 % 60, left % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class TerminalProgress:
    """Shows progress: of the export in hand by its dossiers, and of all exports together. Use as a context manager."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._bar: Any = None
        self._began = stopwatch()
        self._number = self._total = self._records = self._done = 0

    def export(self, name: str, number: int, total: int, records: int) -> None:
        """A new export begins."""
        self._close()
        self._number, self._total, self._records, self._done = number, total, records, 0
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=records, desc=f"{number}/{total} {name}", unit=" dossier", file=sys.stderr)
            self._tell_all()

    def dossiers(self, done: int) -> None:
        """So many more dossiers are done."""
        if self._bar is not None:
            self._done += done
            self._bar.update(done)
            self._tell_all()

    def _tell_all(self) -> None:
        """Behind the bar: how much of all exports is done, and how long the rest will take."""
        if self._total < 2:
            return
        share = (self._number - 1 + min(1, self._done / max(1, self._records))) / self._total
        left = time_left(share, stopwatch() - self._began)
        text = Text("progress-all", percent=round(100 * share), left=left) if left else None
        self._bar.set_postfix_str(text.text(self._lang) if text else "", refresh=False)

    def message(self, text: Text) -> None:
        """Something to know at once."""
        self._close()
        typer.echo(text.text(self._lang), err=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
