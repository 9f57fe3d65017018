"""YAML 1.2 out of text, and text out of data.

PyYAML does the parsing (libyaml, fast); the resolution of plain scalars follows the YAML 1.2 core schema
instead of PyYAML's 1.1, because codes such as `NO`, `on` or `1_000` must never turn into something else.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from dod2oso.base.errors import ConfigurationError

_Keys = tuple[str | int, ...]

MAX_NODES = 200_000  # keys and items in a file, references filled in; our own largest has 9,000
MAX_DEPTH = 100  # keys above one another

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


def parse(text: str, name: str) -> tuple[Any, dict[_Keys, int]]:
    """The data, and the line (1-based) of each key or item by its path of keys.

    Raises ConfigurationError, with file and line, when the text is not YAML 1.2 or holds a key twice.
    """
    lines: dict[_Keys, int] = {}
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        problem = getattr(error, "problem", None) or "?"
        raise ConfigurationError("yaml-wrong", place=where, problem=problem) from None
    data = None if root is None else _plain(root, (), lines, name)
    return data, lines


def _plain(node: yaml.Node, path: _Keys, lines: dict[_Keys, int], name: str) -> Any:
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


# --- and back --------------------------------------------------------------------------------------------------------


def dumped(data: Mapping[str, Any]) -> str:
    """Plain data as YAML; every text that could be read as something else is quoted."""
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=120)
    return text


def dumped_quoted(data: Mapping[str, Any], *, keys: bool = False) -> str:
    """Plain data as YAML, a line per value; every text stands in quotes, keys as well when `keys` says so."""
    dumper = yaml.SafeDumper if keys else _Quoted
    text: str = yaml.dump(
        dict(data), Dumper=dumper, allow_unicode=True, sort_keys=False, width=4000, default_style='"' if keys else None
    )
    return text


class _Quoted(yaml.SafeDumper):
    """Every text stands in quotes, so that no code ever turns into something else; keys do not."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode) and re.fullmatch(r"[a-z-]+", key.value):
                key.style = None
        return node


_Quoted.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
