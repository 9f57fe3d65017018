"""Reads mappings/oso/fields.yaml, whose head explains the notation, into the elements of one version."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from dod2oso.base import yaml as yamlfile
from dod2oso.base.models import fail
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import KeyPath, YamlFile
from dod2oso.oso import codelists
from dod2oso.oso.added import added, catalogue_file
from dod2oso.oso.element import Attribute, Element, Facets, Group
from dod2oso.oso.versions import within

_COUNTED = re.compile(r"(.+)\{(\d+),(\d*)\}\Z")
_OCCURS: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_GROUPS: dict[str, Literal["choice", "repeat"]] = {"keuze ": "choice", "herhaal ": "repeat"}
_PROPERTIES = frozenset({"nl", "type", "codes", "attributes", "block", "since", "until"})


def build(root: str, version: str) -> Element:
    """The element tree of `root` ("dossier" or "terugkoppeling") in this version.

    Raises ConfigurationError, with file and line, when fields.yaml breaks its own notation.
    """
    return _Reader(_file(version), version).root(root)


def roots(version: str) -> tuple[frozenset[str], dict[str, str]]:
    """Besides dossier and terugkoppeling: the blocks that may be the root of a document, and other names of those."""
    data = _file(version).data
    aliases = {
        name: spec["of"]
        for name, spec in data["aliases"].items()
        if within(version, spec.get("since"), spec.get("until"))
    }
    return frozenset(data["roots"]), aliases


def _file(version: str) -> YamlFile:
    return catalogue_file(version) if version in added() else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> YamlFile:
    return yamlfile.load(mappings_dir() / "oso" / "fields.yaml")


class _Reader:
    def __init__(self, file: YamlFile, version: str) -> None:
        self._file = file
        self._version = version
        self._blocks: dict[str, dict[str, Any]] = file.data["blocks"]
        self._types = {name: self._in_version(spec) for name, spec in file.data["types"].items()}

    def root(self, name: str) -> Element:
        spec = self._file.data[name]
        return Element(name, "", spec["."], "block", "", 1, 1, children=self._children(spec, "", (name,)))

    def _children(self, spec: dict[str, Any], path: str, at: KeyPath) -> tuple[Element, ...]:
        return tuple(self._each(spec, path, at))

    def _each(self, spec: dict[str, Any], path: str, at: KeyPath) -> Iterator[Element]:
        for key, node in spec.items():
            here = (*at, key)
            if key == ".":
                continue
            if key.startswith("+"):
                yield from self._each(self._block(key[1:], here), path, ("blocks", key[1:]))
            elif key.startswith(tuple(_GROUPS)):
                yield from self._group(key, node, path, here)
            else:
                element = self._element(key, node, path, here)
                if element is not None:
                    yield element

    def _group(self, key: str, node: dict[str, Any], path: str, at: KeyPath) -> Iterator[Element]:
        kind = next(kind for word, kind in _GROUPS.items() if key.startswith(word))
        members = self._children(node, path, at)
        if kind == "choice" and len(members) == 1:
            yield from members
            return
        _, least, most = _occurs(key)
        group = Group(kind, least, most, tuple(member.name for member in members))
        for member in members:
            yield replace(member, group=group)

    def _element(self, key: str, node: Any, path: str, at: KeyPath) -> Element | None:
        """The element, or None when this version does not have it."""
        inline = isinstance(node, dict) and "." in node
        props = node["."] if inline else node
        props = {"nl": props} if isinstance(props, str) else props
        if not isinstance(props, dict) or not _PROPERTIES.issuperset(props):
            raise fail(self._file, at, "fields-property-unknown")
        if not within(self._version, props.get("since"), props.get("until")):
            return None
        name, least, most = _occurs(key)
        here = f"{path}/{name}" if path else name
        if inline or "block" in props:
            block = node if inline else self._block(props["block"], at)
            children = self._children(block, here, at if inline else ("blocks", props["block"]))
            nl = props.get("nl") or block["."]
            return Element(name, here, nl, "block", "", least, most, children=children)
        base, facets = self._type(props.get("type", "tekst"), at)
        number = props.get("codes")
        if number is not None and not codelists.in_force(number, self._version):
            number = None
        attributes = tuple(
            Attribute(attribute, self._type(kind, at)[1].min_length)
            for attribute, kind in props.get("attributes", {}).items()
        )
        return Element(name, here, props["nl"], "field", base, least, most, facets, attributes, number)

    def _type(self, name: str, at: KeyPath) -> tuple[str, Facets]:
        if name not in self._types:
            raise fail(self._file, at, "fields-type-unknown", name=name)
        spec = {key: value for key, value in self._types[name].items() if key not in ("since", "until")}
        return spec.pop("base"), Facets(**spec)

    def _block(self, name: str, at: KeyPath) -> dict[str, Any]:
        if name not in self._blocks:
            raise fail(self._file, at, "fields-block-unknown", name=name)
        return self._blocks[name]

    def _in_version(self, spec: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
        if isinstance(spec, dict):
            return spec
        return next(one for one in spec if within(self._version, one.get("since"), one.get("until")))


def _occurs(key: str) -> tuple[str, int, int | None]:
    """Split "roepnaam?" into name, least and most."""
    counted = _COUNTED.match(key)
    if counted is not None:
        return counted[1], int(counted[2]), int(counted[3]) if counted[3] else None
    least, most = _OCCURS.get(key[-1], (1, 1))
    return (key[:-1] if key[-1] in _OCCURS else key), least, most
