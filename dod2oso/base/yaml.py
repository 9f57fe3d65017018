"""YAML 1.2 as people expect it: `NO` is text, `010` is text, a key may stand once, every line is known.

PyYAML does the parsing (libyaml, fast); the resolution of plain scalars follows the YAML 1.2 core schema
instead of PyYAML's 1.1, because codes such as `NO`, `on` or `1_000` must never turn into something else.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dod2oso.base.errors import ConfigurationError

KeyPath = tuple[str | int, ...]

MAX_NODES = 200_000  # keys and items in a file, references filled in; our own largest has 9,000
MAX_DEPTH = 100  # keys above one another

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Plain data plus the line (1-based) on which each key or item stands, by its path of keys."""

    name: str
    data: Any
    lines: dict[KeyPath, int]

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
    return loads(text, path.name)


def loads(text: str, name: str) -> YamlFile:
    """Like `load`, for text in memory."""
    lines: dict[KeyPath, int] = {}
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        problem = getattr(error, "problem", None) or "?"
        raise ConfigurationError("yaml-wrong", place=where, problem=problem) from None
    data = None if root is None else _plain(root, (), lines, name)
    return YamlFile(name, data, lines)


def _plain(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], name: str) -> Any:
    """The data in a node, references filled in; what those can make of a small file is bounded."""
    line = node.start_mark.line + 1
    if len(path) > MAX_DEPTH:
        raise ConfigurationError("yaml-too-deep", file=name, line=line, limit=MAX_DEPTH)
    if len(lines) > MAX_NODES:
        raise ConfigurationError("yaml-too-large", file=name, line=line, limit=MAX_NODES)
    lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), lines, name) for i, child in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ConfigurationError("yaml-key-wrong", file=name, line=line)
        key = str(key_node.value)
        if key in result:
            raise ConfigurationError("yaml-double-key", file=name, line=line, key=key)
        lines[(*path, key)] = line
        result[key] = _plain(value_node, (*path, key), lines, name)
    return result


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # quoted or block scalars are always text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
