"""Exports with anything in them that a profile allows, and things that it does not: the same seed, the same bytes.

The XML is made as text, from the layout of the profile; the counting is done with the parser of the standard library.
Neither shares code with the engine.
"""

import base64
import random
import re
import unicodedata
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from dod2oso.source.bind import BoundProfile, FieldReader, LayoutNode
from dod2oso.source.codes import code_table
from dod2oso.source.dictionary import Dictionary, load_dictionary
from dod2oso.source.profile import Binding, ListBinding, LoadedProfile
from tests.corpus.kit import bsn

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BLANKS = ("", " ", "\n\t ", "\r\n")
_ODD = ("?", "-", "n.v.t.", "31-02-2010", "1e3", "\u00a0", "Ångström & zn", "<b>", "x" * 300, "]]>", "€ 5", "0")


def says_something(text: str) -> bool:
    """Whether a text holds more than space, of XML or of Unicode, and characters without width."""
    return any(unicodedata.category(c)[0] != "Z" and c not in "\t\r\n\u00ad\u200b\u2060\ufeff" for c in text)


def count(xml: str | bytes) -> int:
    """Source values: elements with own text that is not blank, and attributes that are not blank (not xsi:*)."""
    total = 0
    for element in ElementTree.fromstring(xml).iter():
        own = (element.text or "") + "".join(child.tail or "" for child in element)
        total += says_something(own)
        total += sum(
            1 for name, value in element.attrib.items() if says_something(value) and not name.startswith(f"{{{XSI}}}")
        )
    return total


class Maker:
    """Makes exports in the layout of one profile. `mess`: the share of odd, blank, unknown and doubled things."""

    def __init__(self, profile: LoadedProfile, seed: int, mess: float = 0.1, fill: float = 0.5) -> None:
        self.random = random.Random(seed)
        self.mess, self.fill = mess, fill
        self.bound = BoundProfile(profile, load_dictionary())
        self.values = Values(profile, load_dictionary(), self.random)

    def export(self, records: int) -> str:
        root, *steps = self.bound.record_path
        node = self.bound.outside.children[root]
        body = self._element(root, node, [self._record() for _ in range(records)], steps)
        if root.startswith("{"):
            body = re.sub(r"\A<[^\s/>]+", rf'\g<0> xmlns="{root[1:].partition("}")[0]}"', body)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'

    def _record(self) -> str:
        return self._element(self.bound.record_tag, self.bound.record, [], [])

    def _element(self, tag: str, node: LayoutNode, records: list[str], steps: list[str]) -> str:
        name = tag.rpartition("}")[2]
        chance = self.random.random
        parts: list[str] = []
        for step, child in node.children.items():
            if child.record:
                parts += records
            elif steps and step == steps[0]:
                parts.append(self._element(step, child, records, steps[1:]))
            else:
                for _ in range(self._times(child)):
                    parts.append(self._element(step, child, [], []))
        while chance() < self.mess:
            parts.insert(self.random.randrange(len(parts) + 1), self._unknown())
        if node.text is not None and chance() < self.fill + 0.2:
            parts.insert(0, self._text(node.text))
        if chance() < self.mess:
            parts.append(self.random.choice(["<!-- weg -->", "<?weg ermee?>", "los", "<![CDATA[ <los> ]]>", " "]))
        return f"<{name}{self._attributes(node)}>{''.join(parts)}</{name}>"

    def _times(self, node: LayoutNode) -> int:
        if self.random.random() > self.fill:
            return 0
        if node.list_name is not None or node.table is not None or node.ignored is not None:
            return self.random.choice((1, 1, 2, 3))
        return 2 if self.random.random() < self.mess / 4 else 1

    def _attributes(self, node: LayoutNode) -> str:
        made = {}
        for name, reading in node.attributes.items():
            if self.random.random() < self.fill + 0.2:
                made[name] = self._plain(reading)
        if self.random.random() < self.mess:
            made["onbekend"] = self.random.choice(("iets", " "))
        if self.random.random() < self.mess:
            made["xsi:type"] = "iets"
        space = f' xmlns:xsi="{XSI}"' if "xsi:type" in made else ""
        return space + "".join(f" {name}={quoteattr(value)}" for name, value in made.items())

    def _plain(self, reading: FieldReader) -> str:
        if self.random.random() < self.mess:
            return self.random.choice(_BLANKS + _ODD)
        return self.values.of(reading)

    def _text(self, reading: FieldReader) -> str:
        text = self._plain(reading)
        if self.random.random() < self.mess:
            return f"\n  {escape(text)}<!-- een opmerking -->  "
        return escape(text)

    def _unknown(self) -> str:
        inner = self.random.choice(("", "tekst", "<Dieper>x</Dieper>los", '<Dieper a="1" b=" "/>', " "))
        name = f"Onbekend{self.random.randrange(3)}"
        return f'<{name} soort="x">{inner}</{name}>'


class Values:
    """A value that a binding accepts, in the notation of the profile."""

    def __init__(self, profile: LoadedProfile, dictionary: Dictionary, source: random.Random) -> None:
        self.text = profile.model.text
        self.dictionary = dictionary
        self.random = source
        self.bindings: dict[str, Binding] = {}
        model = profile.model
        for section in (model.shared, model.fields):
            self.bindings |= section
        for table, rows in model.tables.items():
            self.bindings |= {f"{table}.{name}": binding for name, binding in rows.fields.items()}
        for lists in (model.shared_lists, model.lists):
            self._lists("", lists)

    def _lists(self, prefix: str, lists: dict[str, ListBinding]) -> None:
        for name, binding in lists.items():
            below = f"{prefix}{name}[]."
            self.bindings |= {below + field: found for field, found in binding.fields.items()}
            self._lists(below, binding.lists)

    def of(self, reading: FieldReader) -> str:
        name = reading.bound.field
        if not name:
            return "genegeerd"
        binding, pick = self.bindings.get(name), self.random.choice  # None: of an item, or of rows found by a key
        if binding is not None and binding.join is not None:
            return f"k{self.random.randrange(4)}"
        if binding is not None and binding.codes is not None:
            return pick(list(code_table(binding.codes).entries))
        kind = self.dictionary[name].type
        if kind == "date":
            return self._date(binding)
        if kind == "boolean":
            return pick(self.text.true + self.text.false)
        if kind == "integer":
            return str(self.random.randrange(100))
        if kind == "decimal":
            comma = (binding and binding.decimal) or self.text.decimal
            return f"{self.random.randrange(100)}{comma}{self.random.randrange(10)}"
        if kind == "pgn":
            return pick((bsn(self.random.randrange(50)), "100000004"))
        if kind == "attachment":
            return base64.b64encode(pick((b"%PDF-1.4 leeg", b"platte tekst"))).decode()
        if name.endswith("bestandsnaam"):
            return pick(("verslag.pdf", "notitie.txt", "raar.exe"))
        if name.endswith(("brin", "brincode")):
            return pick(("99XX", "99xx", "99YY"))
        if name.endswith("vestiging"):
            return pick(("0", "00", "1"))
        if name.endswith("schooljaar"):
            return pick(("2015-2016", "2016-2017"))
        return pick(("Voorbeeld", "Test, van den", "1", "wat tekst", "Proef"))

    def _date(self, binding: Binding | None) -> str:
        year, month, day = self.random.randint(1995, 2019), self.random.randint(0, 12), self.random.randint(0, 28)
        day = day if month else 0
        style = (binding and binding.dates) or self.text.dates
        return {
            "jjjj-mm-dd": f"{year}-{month:02}-{day:02}",
            "dd-mm-jjjj": f"{day:02}-{month:02}-{year}",
            "dd/mm/jjjj": f"{day:02}/{month:02}/{year}",
            "jjjjmmdd": f"{year}{month:02}{day:02}",
        }[style]
