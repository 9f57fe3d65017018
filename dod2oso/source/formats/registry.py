"""The source formats that there are. A format registers itself; ALL below names the modules.

To add one: its module in this folder, and its name in ALL, before those that would take its files for theirs.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # profiles ask which formats there are, and formats are opened with profiles
    from dod2oso.source.formats.content import Shape
    from dod2oso.source.formats.format import SourceFormat

ALL = ("database", "access", "edex2000", "tables", "spreadsheet", "json", "oso", "xml")

_FORMATS: "dict[str, SourceFormat]" = {}


def register(format: "SourceFormat") -> None:
    _FORMATS[format.name] = format


@cache
def source_formats() -> "Mapping[str, SourceFormat]":
    """Every format by name, in the order in which they are asked whether they know a file."""
    for name in ALL:
        import_module(f"{__package__}.{name}")
    return {name: _FORMATS[name] for name in ALL}


@cache
def profile_formats() -> "Mapping[str, Shape]":
    """Every `format` that a profile can have, and whether such an export is a tree or tables."""
    return {word: shape for format in source_formats().values() for word, shape in format.reads.items()}
