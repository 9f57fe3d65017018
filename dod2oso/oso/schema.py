"""The schema of each version, made from the catalogue, so that both can never say something different.

It gives the verdict of the public XSD, with the same global elements. Only xsi:type is out of scope.
"""

from collections.abc import Iterator
from html import escape

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.caches import by_version
from dod2oso.oso.added import added, schema_bytes
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.element import Element, Facets, Group
from dod2oso.oso.versions import version as known_version

_FACETS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_inclusive": "minInclusive",
    "max_inclusive": "maxInclusive",
}


@by_version
def schema(version: str) -> etree.XMLSchema:
    """The compiled schema of this version; UsageError when there is no such version.

    Of a version that a user added it is the official XSD itself, which may say more than a catalogue can hold.
    """
    data = schema_bytes(version) if version in added() else xsd_bytes(version)
    return etree.XMLSchema(xmlsafe.parse_bytes(data))


@by_version
def xsd_bytes(version: str) -> bytes:
    """The schema of this version as a document of XML Schema 1.0, in UTF-8."""
    namespace = known_version(version).namespace
    known = catalogue(version)
    types = _Types()
    roots = {"dossier": known.root, "terugkoppeling": known.terugkoppeling}
    for element in known.root.walk():
        if element.name in known.roots:
            roots.setdefault(element.name, element)
    roots |= {alias: roots[name] for alias, name in known.aliases.items()}
    declared = [f'<xs:element name="{name}" type="{types.of(element)}"/>' for name, element in roots.items()]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{namespace}"'
        f' targetNamespace="{namespace}" elementFormDefault="qualified">',
        '<xs:element name="dossiers"><xs:complexType><xs:sequence>',
        '<xs:element ref="dossier" minOccurs="0" maxOccurs="unbounded"/>',
        '<xs:element ref="terugkoppeling" minOccurs="0" maxOccurs="unbounded"/>',
        "</xs:sequence></xs:complexType></xs:element>",
        *declared,
        *types.definitions(),
        "</xs:schema>",
    ]
    return ("\n".join(lines) + "\n").encode()


class _Types:
    """Named types; elements of the same make share one, which keeps the schema small and quick to compile."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}  # the definition without its name -> its name
        self._used: dict[str, int] = {}

    def of(self, element: Element) -> str:
        """The type of an element, declared when new."""
        if element.kind == "block":
            rows = "".join(self._rows(element))
            return self._named(element.name, "complexType", f"<xs:sequence>{rows}</xs:sequence>")
        value = self._simple(element.type, element.facets)
        if not element.attributes:
            return value
        attributes = "".join(
            f'<xs:attribute name="{name}" type="{self._simple("string", Facets(min_length))}"/>'
            for name, min_length in element.attributes
        )
        extension = f'<xs:extension base="{value}">{attributes}</xs:extension>'
        return self._named(element.name, "complexType", f"<xs:simpleContent>{extension}</xs:simpleContent>")

    def definitions(self) -> Iterator[str]:
        """The declared types, one per line."""
        for body, name in self._names.items():
            kind, content = body.split(" ", 1)
            yield f'<xs:{kind} name="{name}">{content}</xs:{kind}>'

    def _rows(self, block: Element) -> Iterator[str]:
        """The content of a block: elements, and groups around the elements that belong together."""
        open_group: Group | None = None
        for child in block.children:
            if child.group != open_group:
                yield _closing(open_group)
                yield _opening(child.group)
                open_group = child.group
            occurs = _occurs(child.min, child.max)
            yield f'<xs:element name="{child.name}" type="{self.of(child)}"{occurs}/>'
        yield _closing(open_group)

    def _simple(self, base: str, facets: Facets) -> str:
        limits = [
            f'<xs:{_FACETS[name]} value="{escape(str(value))}"/>'
            for name, value in facets._asdict().items()
            if value is not None
        ]
        if not limits:
            return f"xs:{base}"
        restriction = f'<xs:restriction base="xs:{base}">{"".join(limits)}</xs:restriction>'
        return self._named(base, "simpleType", restriction)

    def _named(self, wish: str, kind: str, content: str) -> str:
        body = f"{kind} {content}"
        if body not in self._names:
            count = self._used[wish] = self._used.get(wish, 0) + 1
            self._names[body] = f"{wish}Type{count if count > 1 else ''}"
        return self._names[body]


def _opening(group: Group | None) -> str:
    if group is None:
        return ""
    return f"<xs:{_tag(group)}{_occurs(group.min, group.max)}>"


def _closing(group: Group | None) -> str:
    return "" if group is None else f"</xs:{_tag(group)}>"


def _tag(group: Group) -> str:
    return "choice" if group.kind == "choice" else "sequence"


def _occurs(least: int, most: int | None) -> str:
    low = "" if least == 1 else f' minOccurs="{least}"'
    high = "" if most == 1 else f' maxOccurs="{"unbounded" if most is None else most}"'
    return low + high
