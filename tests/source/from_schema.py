"""Documents made up out of a public schema: every choice, number and value by chance, and every document valid."""

import random
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
_OTHERS = {r"\p{Nd}": "0123456789", r"\p{Lu}": "ABCDEFGHXYZ", "[1-2]": "12"}
_PIECE = re.compile(r"(\\p\{\w+\}|\[1-2\]|.)(?:\{(\d+)(?:,(\d+))?\})?")
_PARTICLES = frozenset({"sequence", "choice", "group", "element"})
_FEW = 3  # items of an unbounded list


class Schema:
    """The named parts of a schema and of what it includes and imports, by their name."""

    def __init__(self, path: Path) -> None:
        self.valid = etree.XMLSchema(etree.parse(path))
        self._parts: dict[tuple[str, str], Any] = {}
        self._namespaces: dict[Any, str] = {}
        self._read(path, set())

    def _read(self, path: Path, seen: set[Path]) -> None:
        if path in seen:
            return
        seen.add(path)
        root = etree.parse(path).getroot()
        for part in root.iterchildren(tag=etree.Element):
            if part.get("name"):
                self._parts.setdefault((etree.QName(part).localname, part.get("name", "")), part)
            elif part.get("schemaLocation"):
                self._read(path.parent / part.get("schemaLocation", ""), seen)

    def part(self, kind: str, name: str) -> Any:
        """The part of that kind (element, complexType, simpleType, group, ...); None for one of XML Schema itself."""
        return self._parts.get((kind, name.rpartition(":")[2]))

    def document(self, root: str, seed: int) -> Any:
        """A document with this root, the same one for the same seed."""
        return _Maker(self, random.Random(seed)).element(self.part("element", root))


class _Maker:
    def __init__(self, schema: Schema, chance: random.Random) -> None:
        self.schema = schema
        self.chance = chance
        self.number = 0

    def element(self, declared: Any) -> Any:
        namespace = declared.getroottree().getroot().get("targetNamespace")
        made = etree.Element(f"{{{namespace}}}{declared.get('name')}")
        own = declared.find(f"{XS}complexType")
        kind = own if own is not None else self.schema.part("complexType", declared.get("type", ""))
        if kind is not None:
            self._fill(made, kind)
        else:
            made.text = self._text(declared.get("type", ""), declared.find(f"{XS}simpleType"))
        return made

    def _fill(self, made: Any, kind: Any) -> None:
        """What a complex type says, into an element."""
        for part in kind.iterchildren(tag=etree.Element):
            local = etree.QName(part).localname
            if local in ("complexContent", "simpleContent"):
                (extension,) = part.iterchildren(tag=etree.Element)
                base = extension.get("base", "")
                above = self.schema.part("complexType", base)
                if above is not None:
                    self._fill(made, above)
                else:
                    made.text = self._text(base, None)
                self._fill(made, extension)
            elif local == "attribute":
                self._attribute(made, part)
            elif local == "attributeGroup":
                self._fill(made, self.schema.part("attributeGroup", part.get("ref", "")))
            else:
                made.extend(self._particle(part))

    def _attribute(self, made: Any, part: Any) -> None:
        if part.get("use") == "required" or self.chance.random() < 0.5:
            made.set(part.get("name", ""), self._text(part.get("type", ""), part.find(f"{XS}simpleType")))

    def _particle(self, part: Any) -> Iterator[Any]:
        local = etree.QName(part).localname
        if local == "annotation":
            return
        least, most = int(part.get("minOccurs", "1")), part.get("maxOccurs", "1")
        for _time in range(self.chance.randint(least, _FEW if most == "unbounded" else int(most))):
            inner = [one for one in part.iterchildren(tag=etree.Element) if self._possible(one)]
            if local == "sequence":
                for one in inner:
                    yield from self._particle(one)
            elif local == "choice":
                yield from self._particle(self.chance.choice(inner))
            elif local == "group":
                group = self.schema.part("group", part.get("ref", "")) if part.get("ref") else part
                for one in group.iterchildren(tag=etree.Element):
                    yield from self._particle(one)
            elif local == "element" and self._possible(part):
                yield self.element(self.schema.part("element", part.get("ref", "")) if part.get("ref") else part)

    def _possible(self, part: Any) -> bool:
        """Whether there can be one: nothing in it that must be there is of an abstract type."""
        local = etree.QName(part).localname
        if local == "annotation":
            return False
        if local == "group" and part.get("ref"):
            part = self.schema.part("group", part.get("ref", ""))
        elif local == "element":
            part = self.schema.part("element", part.get("ref", "")) if part.get("ref") else part
            kind = self.schema.part("complexType", part.get("type", ""))
            part = kind if kind is not None else part.find(f"{XS}complexType")
            if part is None or part.get("abstract") == "true":
                return part is None
        inner = [one for one in part.iterchildren(tag=etree.Element) if etree.QName(one).localname in _PARTICLES]
        able = [self._possible(one) or one.get("minOccurs") == "0" for one in inner]
        return any(able) if local == "choice" else all(able)

    def _text(self, name: str, own: Any) -> str:
        kind = own if own is not None else self.schema.part("simpleType", name)
        facets: dict[str, list[str]] = {}
        while kind is not None:
            restriction = kind.find(f"{XS}restriction")
            if restriction is None:  # a union or a list
                return "1"
            for facet in restriction.iterchildren(tag=etree.Element):
                facets.setdefault(etree.QName(facet).localname, []).append(facet.get("value", ""))
            name = restriction.get("base", "")
            kind = self.schema.part("simpleType", name)
        return self._value(name.rpartition(":")[2], facets)

    def _value(self, builtin: str, facets: dict[str, list[str]]) -> str:
        self.number += 1
        if "enumeration" in facets:
            return self.chance.choice(facets["enumeration"])
        if "pattern" in facets:
            return self._matching(facets["pattern"][0])
        day = date(2010, 1, 1) + timedelta(days=self.chance.randint(0, 3000))
        low = float(facets.get("minInclusive", ["0"])[0])
        if builtin == "date":
            return day.isoformat()
        if builtin == "dateTime":
            return datetime(day.year, day.month, day.day, 12, 30).isoformat()
        if builtin == "boolean":
            return self.chance.choice(["true", "false"])
        if builtin == "decimal":
            return f"{self.chance.uniform(low, float(facets.get('maxInclusive', ['100'])[0])):.2f}"
        if builtin in ("int", "integer", "nonNegativeInteger", "positiveInteger"):
            return str(self.chance.randint(int(low) or 1, int(facets.get("maxInclusive", ["100"])[0])))
        if builtin == "anyURI":
            return f"urn:x:{self.number}"
        return f"w{self.number} é&<"[: int(facets.get("maxLength", ["99"])[0])]

    def _matching(self, pattern: str) -> str:
        text = ""
        for what, low, high in _PIECE.findall(self.chance.choice(pattern.split("|"))):
            times = self.chance.randint(int(low or 1), int(high or low or 1))
            text += "".join(self.chance.choice(_OTHERS.get(what, what)) for _time in range(times))
        return text


def results(schema: Schema, seed: int) -> Any:
    """UWLR leerresultaten: what refers to a test, refers to one that is there."""
    root, chance = schema.document("leerresultaten_verzoek", seed), random.Random(seed)
    codes = [code.text for code in root.iterfind("{*}toetsen/{*}toets/{*}toetscode")]
    for code in root.iterfind(".//{*}resultaat/{*}toetscode"):
        code.text = chance.choice(codes)
    for parts in root.iterfind(".//{*}toetsonderdelen"):
        for number, one in enumerate(parts.iterfind("{*}toetsonderdeel/{*}toetsonderdeelvolgnummer"), start=1):
            one.text = str(number)
    return root


def pupils(schema: Schema, seed: int) -> Any:
    """UWLR leerlinggegevens: what refers to a group, a location or a pupil, refers to one that is there."""
    root, chance = schema.document("leerlinggegevens", seed), random.Random(seed)
    known = {
        name: [one.get("key") for one in root.iterfind(path)]
        for name, path in (
            ("groep", "{*}groepen/{*}groep"), ("samengestelde_groep", "{*}groepen/{*}samengestelde_groep"),
            ("vestiging", "{*}vestigingen/{*}vestiging"),
        )
    }  # fmt: skip
    for name, keys in known.items():
        for one in list(root.iterfind(f".//{{*}}{name}")):
            above = one.getparent()
            if above.getparent() is root:
                continue
            if keys:
                one.set("key", chance.choice(keys))
            else:
                above.remove(one)
    for empty in [one for name in ("samengestelde_groepen", "groepen") for one in root.iterfind(f".//{{*}}{name}")]:
        if not len(empty):
            empty.getparent().remove(empty)
    return root
