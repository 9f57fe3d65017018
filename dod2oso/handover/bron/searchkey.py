"""From a zoeksleutel to a pupil, behind an interface: how OSO encrypts a PGN is not public.

A supplier who knows it names a function in dod2oso.toml, `search-key = "module:function"`. It is called once with the
path of `search-key-file` (or None) and returns an object with the method of `SearchKeys`. The sandbox has one of its
own (`dod2oso.sandbox.searchkey:search_keys`), good for the sandbox only.
"""

import importlib
from pathlib import Path
from typing import Protocol

from dod2oso.base.errors import ConfigurationError


class SearchKeys(Protocol):
    """Turns a zoeksleutel into a PGN. Called from one thread; must not log what it is given."""

    def resolve(self, zoeksleutel: str, pgnfrag: str) -> str | None:
        """The PGN, nine digits; None when the key is no good or `pgnfrag` (from OSO'21) does not fit. Never raises."""


def load_search_keys(name: str, key_file: Path | None) -> SearchKeys:
    """The object that `module:function` makes; ConfigurationError when there is no such function."""
    module, _, function = name.partition(":")
    try:
        made = getattr(importlib.import_module(module), function)(key_file)
    except (ImportError, AttributeError, TypeError, OSError, ValueError) as error:
        raise ConfigurationError("search-key-unusable", name=name, kind=type(error).__name__) from None
    if not callable(getattr(made, "resolve", None)):
        raise ConfigurationError("search-key-no-resolve", name=name)
    keys: SearchKeys = made
    return keys
