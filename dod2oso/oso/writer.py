"""Writes an OSO dossier: the same nodes always give the same bytes.

It only serialises. What stands where is decided before (mapping) and checked after (schema, rules).
"""

import re
from functools import cache
from typing import TypeAlias

from dod2oso.oso.versions import version as known_version

# An element with its text, a block with its children, or an element with its text and attributes.
Node: TypeAlias = "tuple[str, str | list[Node]] | tuple[str, str, dict[str, str]]"

_IN_TEXT = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_find = _IN_TEXT.search
_IN_ATTRIBUTE = re.compile(r'[&<>"\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class UnwritableTextError(ValueError):
    """A value holds a character that XML cannot hold; whoever makes the nodes removes those first."""


def write_dossier(version: str, nodes: list[Node]) -> bytes:
    """The document `dossier` with these children, in UTF-8, indented by two spaces.

    nodes stand in schema order already. Text survives to the character, line ends included.
    Raises UnwritableTextError when a value matches xmlsafe.UNWRITABLE.
    """
    out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<dossier xmlns="{known_version(version).namespace}">\n']
    _write(nodes, _tags(1), out)
    out.append("</dossier>\n")
    return "".join(out).encode()


class _Tags(dict[str, tuple[str, str, str, str]]):
    """At one depth, by name: the tags around a text, and the lines around a block; each put together once."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth = depth

    def __missing__(self, name: str) -> tuple[str, str, str, str]:
        indent = "  " * self.depth
        begin, end = f"{indent}<{name}>", f"</{name}>\n"
        made = self[name] = (begin, end, begin + "\n", indent + end)
        return made


@cache
def _tags(depth: int) -> _Tags:
    return _Tags(depth)


def _write(nodes: list[Node], tags: _Tags, out: list[str]) -> None:
    for node in nodes:
        content = node[1]
        begin, end, first, last = tags[node[0]]
        if not isinstance(content, str):
            out.append(first)
            _write(content, _tags(tags.depth + 1), out)
            out.append(last)
            continue
        text = _IN_TEXT.sub(_escape, content) if _find(content) else content
        if len(node) == 3:
            attributes = "".join(f' {key}="{_IN_ATTRIBUTE.sub(_escape, value)}"' for key, value in node[2].items())
            begin = f"{begin[:-1]}{attributes}>"
        out.append(f"{begin}{text}{end}")


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character not in _ESCAPED:
        raise UnwritableTextError(f"U+{ord(character):04X} cannot stand in XML")
    return _ESCAPED[character]
