"""Jobs of the desk begin as copies of a process that has imported all and made the plans, in the tests only.

A job stays a process of its own, which can be killed. A new Python with all that is imported takes several times as
long as what these tests let it do. The copy is of a process without threads, that of `multiprocessing`'s fork server,
which imports tests/desk/warmed.py.
"""

import multiprocessing
import os
from collections.abc import Callable, Mapping
from typing import Any

FORKED = "forkserver" in multiprocessing.get_all_start_methods()


class Warm:
    """In place of the module `multiprocessing`, for who asks a context of it."""

    def get_context(self, method: str) -> "Warm":
        self._context = multiprocessing.get_context("forkserver" if FORKED else method)
        if FORKED:
            self._context.set_forkserver_preload(["tests.desk.warmed"])
        return self

    def Pipe(self) -> Any:  # noqa: N802  as multiprocessing names it
        return self._context.Pipe()

    def Process(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool, name: str) -> Any:  # noqa: N802
        return self._context.Process(
            target=_with_environment, args=(dict(os.environ), target, *args), daemon=daemon, name=name
        )


def _with_environment(environment: Mapping[str, str], target: Callable[..., None], *arguments: Any) -> None:
    """As a new process would have it: the copy has that of the moment at which the server began."""
    os.environ.clear()
    os.environ.update(environment)
    target(*arguments)
