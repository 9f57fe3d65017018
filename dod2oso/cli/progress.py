"""What a person sees while a run is busy: a bar on a terminal, plain lines otherwise; always on stderr."""

import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

import typer

from dod2oso.base.texts import Text


def terminal_confirm(lang: str) -> Callable[[Text], bool] | None:
    """A question to be answered with yes or no on the terminal; None when nobody sits at one."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return partial(_confirm, lang)


def _confirm(lang: str, question: Text) -> bool:
    return typer.confirm(question.text(lang), default=False, err=True)


class TerminalProgress:
    """Shows progress; use as a context manager."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._bar: Any = None

    def export(self, name: str, number: int, total: int, records: int) -> None:
        """A new export begins."""
        self._close()
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=records, desc=f"{number}/{total} {name}", unit=" dossier", file=sys.stderr)

    def dossiers(self, done: int) -> None:
        """So many more dossiers are done."""
        if self._bar is not None:
            self._bar.update(done)

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
