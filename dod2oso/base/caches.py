"""Caches of what follows from an OSO version; they are emptied when versions are added or removed."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_clear: list[Callable[[], None]] = []


def by_version(function: F) -> F:
    """Like functools.cache, for what depends on which OSO versions there are."""
    cached = cache(function)
    _clear.append(cached.cache_clear)
    return cached  # type: ignore[return-value]  # a cached function is called as the function itself


def versions_changed() -> None:
    """Forget everything that follows from the versions there were."""
    for clear in _clear:
        clear()
