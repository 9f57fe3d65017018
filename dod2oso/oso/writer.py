"""Writes an OSO dossier: the same nodes always give the same bytes.

It only serialises. What stands where is decided before (mapping) and checked after (schema, rules).
"""

import re
from typing import TypeAlias

from dod2oso.oso.versions import version as known_version

# An element with its text, a block with its children, or an element with its text and attributes.
Node: TypeAlias = "tuple[str, str | list[Node]] | tuple[str, str, dict[str, str]]"

_IN_TEXT = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
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
    _write(nodes, "  ", out)
    out.append("</dossier>\n")
    return "".join(out).encode()


def _write(nodes: list[Node], indent: str, out: list[str]) -> None:
    search = _IN_TEXT.search
    for node in nodes:
        name, content = node[0], node[1]
        if not isinstance(content, str):
            out.append(f"{indent}<{name}>\n")
            _write(content, indent + "  ", out)
            out.append(f"{indent}</{name}>\n")
            continue
        text = _IN_TEXT.sub(_escape, content) if search(content) else content
        if len(node) == 3:
            attributes = "".join(f' {key}="{_IN_ATTRIBUTE.sub(_escape, value)}"' for key, value in node[2].items())
            out.append(f"{indent}<{name}{attributes}>{text}</{name}>\n")
        else:
            out.append(f"{indent}<{name}>{text}</{name}>\n")


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character not in _ESCAPED:
        raise UnwritableTextError(f"U+{ord(character):04X} cannot stand in XML")
    return _ESCAPED[character]
