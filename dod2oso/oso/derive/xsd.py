"""The elements of an OSO version from its XSD, in the same form as the catalogue that comes with dod2oso.

What the catalogue cannot hold is named and left to the XSD itself, which judges every dossier of such a version.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname, join, normpath
from typing import Any, Literal, NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.oso.derive.problem import Problem, UnusableError
from dod2oso.oso.element import Attribute, Element, Facets, Group, is_python_pattern

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_XML = "http://www.w3.org/XML/1998/namespace"
_LIST_NUMBER = re.compile(r"codelijst\s*[“”\"'„]?\s*(\d+)", re.IGNORECASE)
_DEEPEST = 40  # elements within each other; more is a type that holds itself
_LONGEST_LABEL = 120

# XML Schema types that the catalogue knows under another name, with the limits they bring.
_NAMED: dict[str, tuple[str, Facets]] = {
    **{name: (name, Facets()) for name in ("string", "boolean", "date", "integer", "int", "decimal")},
    "token": ("string", Facets()),
    "normalizedString": ("string", Facets()),
    "nonNegativeInteger": ("integer", Facets(min_inclusive=0)),
    "positiveInteger": ("integer", Facets(min_inclusive=1)),
    "unsignedInt": ("integer", Facets(min_inclusive=0, max_inclusive=2**32 - 1)),
    "short": ("int", Facets(min_inclusive=-(2**15), max_inclusive=2**15 - 1)),
    "byte": ("int", Facets(min_inclusive=-128, max_inclusive=127)),
}
_FACETS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "minLength": ("min_length", int),
    "maxLength": ("max_length", int),
    "pattern": ("pattern", str),
    "minInclusive": ("min_inclusive", int),
    "maxInclusive": ("max_inclusive", int),
}


class Value(NamedTuple):
    """What may stand in a field: base type, limits, and what an enumeration allows (none: no enumeration)."""

    base: str
    facets: Facets
    allowed: tuple[str, ...] = ()


@dataclass(slots=True)
class Structure:
    """What one XSD says.

    lists: path under the root -> number of the code list that the documentation names; allowed: path -> the values of
    an enumeration; both for the root dossier only. roots and aliases as in the catalogue.
    """

    namespace: str
    dossier: Element
    terugkoppeling: Element | None
    roots: tuple[str, ...]
    aliases: dict[str, str]
    lists: dict[str, int] = field(default_factory=dict)
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def dossier_has(self, path: str) -> bool:
        """Is there an element at this path under dossier?"""
        return any(element.path == path for element in self.dossier.walk())


def read_structure(files: Mapping[str, bytes], main: str) -> Structure:
    """Read the XSD `main`; files: name (with / in it) -> bytes of all files it may include.

    Raises UnusableError when it is no schema with an element dossier, or includes what is not there.
    """
    return _Reader(flattened(files, main)).structure()


def flattened(files: Mapping[str, bytes], main: str) -> etree._Element:
    """The schema with everything it includes put in place of the includes."""
    seen: set[str] = set()

    def read(name: str) -> etree._Element:
        seen.add(name)
        try:
            root = xmlsafe.parse_bytes(files[name])
        except etree.XMLSyntaxError:
            raise UnusableError("xsd-no-xml", name) from None
        for include in list(root.iterchildren(f"{_XSD}include", f"{_XSD}import", f"{_XSD}redefine")):
            tag, place = etree.QName(include).localname, include.get("schemaLocation", "")
            if tag == "import" and include.get("namespace") == _XML:  # what it brings is only missed where it is used
                root.remove(include)
                continue
            where = normpath(join(dirname(name), place))
            if tag != "include":
                raise UnusableError("xsd-not-taken-in", f"xs:{tag} {place}")
            if where not in files:
                raise UnusableError("xsd-include-outside", place)
            parts = [] if where in seen else list(read(where))
            at = root.index(include)
            root.remove(include)
            root[at:at] = parts
        return root

    return read(main)


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        if root.tag != f"{_XSD}schema":
            raise UnusableError("xsd-no-schema", etree.QName(root).localname)
        self.root = root
        self.namespace = root.get("targetNamespace", "")
        self.elements = self._named("element")
        self.types = {**self._named("simpleType"), **self._named("complexType")}
        self.groups = self._named("group")
        self.attribute_groups = self._named("attributeGroup")
        self.lists: dict[str, int] = {}
        self.allowed: dict[str, tuple[str, ...]] = {}
        self.problems: list[Problem] = []
        self.depth = 0

    def structure(self) -> Structure:
        if "dossier" not in self.elements:
            raise UnusableError("xsd-no-dossier", self.namespace)
        dossier = self._root("dossier")
        lists, allowed = dict(self.lists), dict(self.allowed)
        back = self._root("terugkoppeling") if "terugkoppeling" in self.elements else None
        roots, aliases = self._roots(dossier)
        return Structure(self.namespace, dossier, back, roots, aliases, lists, allowed, self.problems)

    def _named(self, kind: str) -> dict[str, etree._Element]:
        return {child.get("name", ""): child for child in self.root.iterchildren(f"{_XSD}{kind}")}

    def _root(self, name: str) -> Element:
        made = self._element(self.elements[name], "")
        return replace(made, path="", min=1, max=1)

    def _roots(self, dossier: Element) -> tuple[tuple[str, ...], dict[str, str]]:
        """The global elements besides dossier, dossiers and terugkoppeling, and those that only have another case."""
        names = {element.name for element in dossier.walk() if element.kind == "block"}
        roots, aliases = [], {}
        for name in self.elements:
            if name in ("dossier", "dossiers", "terugkoppeling"):
                continue
            if name in names:
                roots.append(name)
                continue
            twin = next((one for one in names if one.lower() == name.lower()), None)
            if twin is not None:
                aliases[name] = twin
        return tuple(sorted(roots)), aliases

    # --- elements ---

    def _element(self, node: etree._Element, parent: str, group: Group | None = None) -> Element:
        where = node
        if node.get("ref") is not None:
            node = self._find(self.elements, node.get("ref", ""), "element")
        name = node.get("name", "")
        path = f"{parent}/{name}" if parent else ("" if name in ("dossier", "terugkoppeling") else name)
        for odd in ("substitutionGroup", "abstract", "fixed", "default", "nillable"):
            if node.get(odd) not in (None, "false"):
                self._unheld(path, f"@{odd}")
        for odd in ("key", "keyref", "unique"):
            if node.find(f"{_XSD}{odd}") is not None:
                self._unheld(path, odd)
        least, most = _occurs(where)
        kind = self._type_of(node)
        label = self._label(where, node, kind) or name
        made = Element(name, path, label, "field", "string", least, most, group=group)
        if self.depth > _DEEPEST:
            self._unheld(path, "recursie")
            return made
        self.depth += 1
        try:
            return self._filled(made, kind, where, node)
        finally:
            self.depth -= 1

    def _filled(self, made: Element, kind: Any, where: etree._Element, node: etree._Element) -> Element:
        path = made.path
        if isinstance(kind, str) or kind.tag == f"{_XSD}simpleType":
            value = self._value(kind, path)
            self._remember(path, value, where, node)
            return replace(made, type=value.base, facets=value.facets)
        simple = kind.find(f"{_XSD}simpleContent")
        if simple is not None:
            value, attributes = self._simple_content(simple, path)
            self._remember(path, value, where, node)
            return replace(made, type=value.base, facets=value.facets, attributes=attributes)
        if kind.get("mixed") == "true":
            self._unheld(path, "mixed")
        if any(self._attributes(kind, path)):
            self._unheld(path, "attribute")
        return replace(made, kind="block", type="", children=tuple(self._content(kind, path)))

    def _remember(self, path: str, value: Value, *nodes: etree._Element) -> None:
        if value.allowed:
            self.allowed[path] = value.allowed
        for node in nodes:
            for text in node.iterfind(f"{_XSD}annotation/{_XSD}documentation"):
                found = _LIST_NUMBER.search("".join(map(str, text.itertext())))
                if found is not None and text.get("source") != "wijzigingen":
                    self.lists.setdefault(path, int(found[1]))

    def _type_of(self, node: etree._Element) -> Any:
        """The type of an element: a node of the schema, or the name of a type of XML Schema itself."""
        for kind in ("complexType", "simpleType"):
            inline = node.find(f"{_XSD}{kind}")
            if inline is not None:
                return inline
        return self._named_type(node, node.get("type", ""))

    def _named_type(self, node: etree._Element, name: str) -> Any:
        prefix, _, local = name.rpartition(":")
        if name and node.nsmap.get(prefix or None) == _XSD[1:-1]:
            return local
        if not name:
            return "string"
        return self._find(self.types, name, "type")

    def _find(self, known: Mapping[str, etree._Element], name: str, kind: str) -> etree._Element:
        local = name.rpartition(":")[2]
        if local not in known:
            raise UnusableError("xsd-unknown-name", f"{kind} {local}")
        return known[local]

    # --- blocks ---

    def _content(self, kind: etree._Element, path: str) -> Iterator[Element]:
        """The children of a complex type, those of the type it extends first."""
        for part in kind:
            if part.tag == f"{_XSD}complexContent":
                extension = part.find(f"{_XSD}extension")
                if extension is None:
                    self._unheld(path, "complexContent/restriction")
                    extension = part[0]
                base = self._named_type(extension, extension.get("base", ""))
                if not isinstance(base, str):
                    yield from self._content(base, path)
                yield from self._content(extension, path)
            elif part.tag in (f"{_XSD}sequence", f"{_XSD}choice", f"{_XSD}all"):
                yield from self._particle(part, path, outermost=True)
            elif part.tag == f"{_XSD}group":
                yield from self._group_reference(part, path)

    def _group_reference(self, node: etree._Element, path: str) -> Iterator[Element]:
        if _occurs(node) != (1, 1):
            self._unheld(path, "group")
        for part in self._find(self.groups, node.get("ref", ""), "group"):
            if part.tag in (f"{_XSD}sequence", f"{_XSD}choice", f"{_XSD}all"):
                yield from self._particle(part, path, outermost=True)

    def _particle(self, node: etree._Element, path: str, *, outermost: bool) -> Iterator[Element]:
        """A sequence, choice or all: its elements, with the group they form."""
        least, most = _occurs(node)
        tag = etree.QName(node).localname
        if tag == "all":
            self._unheld(path, "all")
        if tag != "choice" and (least, most) == (1, 1):
            for part in node:
                yield from self._part(part, path)
            return
        members = [element for part in node for element in self._part(part, path)]
        if any(element.group is not None for element in members) or not outermost:
            self._unheld(path, f"{tag} in {tag}")
        if tag == "choice" and len(members) == 1:
            only = members[0]
            yield replace(only, min=only.min * least, max=_times(only.max, most))
            return
        kind: Literal["choice", "repeat"] = "choice" if tag == "choice" else "repeat"
        group = Group(kind, least, most, tuple(element.name for element in members))
        for element in members:
            yield replace(element, group=group)

    def _part(self, part: etree._Element, path: str) -> Iterator[Element]:
        if not isinstance(part.tag, str):
            return
        tag = etree.QName(part).localname
        if tag == "element":
            yield self._element(part, path)
        elif tag in ("sequence", "choice", "all"):
            yield from self._particle(part, path, outermost=etree.QName(part.getparent()).localname == "sequence")
        elif tag == "group":
            yield from self._group_reference(part, path)
        elif tag != "annotation":
            self._unheld(path, tag)

    # --- values ---

    def _simple_content(self, simple: etree._Element, path: str) -> tuple[Value, tuple[Attribute, ...]]:
        inner = simple[-1]
        base = self._named_type(inner, inner.get("base", ""))
        attributes: list[Attribute] = []
        if not isinstance(base, str) and base.find(f"{_XSD}simpleContent") is not None:
            value, inherited = self._simple_content(base.find(f"{_XSD}simpleContent"), path)
            attributes += inherited
        else:
            value = self._value(base, path)
        if inner.tag == f"{_XSD}restriction":
            value = self._restricted(value, inner, path)
        attributes += self._attributes(inner, path)
        return value, tuple(attributes)

    def _attributes(self, node: etree._Element, path: str) -> Iterator[Attribute]:
        for part in node:
            if part.tag == f"{_XSD}attribute":
                if part.get("use") == "required":
                    self._unheld(path, f"@{part.get('name')} use=required")
                kind = part.find(f"{_XSD}simpleType")
                value = self._value(kind if kind is not None else self._named_type(part, part.get("type", "")), path)
                yield Attribute(part.get("name", ""), value.facets.min_length)
            elif part.tag == f"{_XSD}attributeGroup":
                yield from self._attributes(self._find(self.attribute_groups, part.get("ref", ""), "group"), path)
            elif part.tag == f"{_XSD}anyAttribute":
                self._unheld(path, "anyAttribute")

    def _value(self, kind: Any, path: str) -> Value:
        if isinstance(kind, str):
            if kind not in _NAMED:
                self._unheld(path, f"xs:{kind}")
            base, facets = _NAMED.get(kind, ("string", Facets()))
            return Value(base, facets)
        if kind.tag == f"{_XSD}complexType":
            simple = kind.find(f"{_XSD}simpleContent")
            if simple is not None:
                return self._simple_content(simple, path)[0]
            self._unheld(path, "complexType")
            return Value("string", Facets())
        restriction = kind.find(f"{_XSD}restriction")
        if restriction is None:
            self._unheld(path, etree.QName(kind[-1]).localname)  # union or list
            return Value("string", Facets())
        inline = restriction.find(f"{_XSD}simpleType")
        base_type = inline if inline is not None else self._named_type(restriction, restriction.get("base", ""))
        return self._restricted(self._value(base_type, path), restriction, path)

    def _restricted(self, value: Value, restriction: etree._Element, path: str) -> Value:
        limits: dict[str, Any] = {}
        patterns, allowed = [], []
        for facet in restriction.iterchildren("{*}*"):
            tag, text = etree.QName(facet).localname, facet.get("value", "")
            if tag == "enumeration":
                allowed.append(text)
            elif tag == "pattern":
                patterns.append(text)
            elif tag == "length":
                limits["min_length"] = limits["max_length"] = int(text)
            elif tag in _FACETS:
                name, make = _FACETS[tag]
                try:
                    limits[name] = make(text)
                except ValueError:
                    self._unheld(path, f"{tag}={text}")
            elif tag not in ("annotation", "simpleType", "attribute", "attributeGroup"):
                self._unheld(path, tag)
        if not all(map(is_python_pattern, patterns)):
            self._unheld(path, "pattern")
        elif patterns:
            limits["pattern"] = patterns[0] if len(patterns) == 1 else "|".join(f"({one})" for one in patterns)
        return Value(value.base, value.facets._replace(**limits), tuple(allowed) or value.allowed)

    def _label(self, *nodes: Any) -> str:
        """What the documentation says that an element means: its first sentence."""
        for node in nodes:
            if isinstance(node, str):
                continue
            for text in node.iterfind(f"{_XSD}annotation/{_XSD}documentation"):
                said = " ".join("".join(map(str, text.itertext())).split())
                if text.get("source") in ("semantiek", None) and said:
                    first = re.split(r"(?<=[a-z)])\.(?=\s|\Z)", said, maxsplit=1)[0]
                    return first if len(first) <= _LONGEST_LABEL else first[: _LONGEST_LABEL - 1] + "…"
        return ""

    def _unheld(self, path: str, what: str) -> None:
        problem = Problem("xsd-not-held", path or "dossier", what)
        if problem not in self.problems:
            self.problems.append(problem)


def _occurs(node: etree._Element) -> tuple[int, int | None]:
    most = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if most == "unbounded" else int(most)


def _times(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one * other
