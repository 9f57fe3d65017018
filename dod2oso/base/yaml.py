"""YAML 1.2 as people expect it: `NO` is text, `010` is text, a key may stand once, every line is known.

How it is parsed is in `yamltext`. What comes of our own files is kept between runs (`kept`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.kept import kept
from dod2oso.base.resources import is_shipped

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Plain data plus the line (1-based) on which each key or item stands, by its path of keys."""

    name: str
    data: Any
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of its nearest ancestor that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(path: Path) -> YamlFile:
    """Read one YAML file.

    Raises ConfigurationError, with file and line, when the file is absent, is not YAML 1.2 or holds a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("file-not-utf8", file=path.name, kind=type(error).__name__) from None
    if not is_shipped(path):
        return loads(text, path.name)
    return YamlFile(path.name, kept(path, text.encode(), lambda: loads(text, path.name).data), _Lines(text, path.name))


def loads(text: str, name: str) -> YamlFile:
    """Like `load`, for text in memory."""
    from dod2oso.base.yamltext import parse  # PyYAML is heavy, and our own files seldom need it

    data, lines = parse(text, name)
    return YamlFile(name, data, lines)


class _Lines(Mapping[KeyPath, int]):
    """The lines of a file of ours, looked up when a message or a page asks for them."""

    __slots__ = ("_found", "_name", "_text")

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._found: Mapping[KeyPath, int] | None = None

    def _lines(self) -> Mapping[KeyPath, int]:
        if self._found is None:
            self._found = loads(self._text, self._name).lines
        return self._found

    def __getitem__(self, path: KeyPath) -> int:
        return self._lines()[path]

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._lines())

    def __len__(self) -> int:
        return len(self._lines())
