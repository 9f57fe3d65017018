"""Errors of ours in tests: known by the key of their text and the values in it, never by a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from dod2oso.base.errors import Dod2osoError

E = TypeVar("E", bound=Dod2osoError)


@contextmanager
def refused(kind: type[E], key: str, /, **values: object) -> Iterator[pytest.ExceptionInfo[E]]:
    """`pytest.raises`, for an error with the text `key` (errors.yaml) in which these values stand."""
    with pytest.raises(kind) as raised:
        yield raised
    message = raised.value.message
    found = {name: value.text("nl") if hasattr(value, "text") else value for name, value in message.values.items()}
    assert (message.key, {name: str(found.get(name)) for name in values}) == (
        key, {name: str(value) for name, value in values.items()}
    )  # fmt: skip
