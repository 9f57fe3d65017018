"""A made-up dossier with every element of a version, to try official stylesheets on; nobody is in it."""

from collections import Counter
from collections.abc import Container, Iterator

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.oso.catalogue import Catalogue, Element
from dod2oso.oso.codelists import codes
from dod2oso.oso.element import python_pattern
from dod2oso.oso.transfers import Transfer, categories
from dod2oso.oso.versions import Version
from dod2oso.oso.writer import Node, write_dossier

_BY_TYPE = {"string": "tekst", "boolean": "true", "date": "2018-05-14", "integer": "12", "int": "34", "decimal": "7.5"}
# One of these fits most patterns that a school system needs.
_SHAPES = (
    *("00", "99ZZ", "0011", "2018-2019", "2019-07-31", "14-05-2007", "2007-05", "2018-05-14", "1234AB", "1234", "1"),
    *("A", "AB", "99ZZ00", "123456789", "999900006", "0612345678", "a@b.nl", "2018", "12.5", "ja", "J", "00:00"),
)
_MOST = 2  # of a block that stands in many places so many are enough
_SAFE = {"adresgeheim": "false", "geheim": "false", "bsn": "999900006", "onderwijsnummer": "999900006"}


def specimen(known: Catalogue, version: Version, kind: Transfer, mentioned: Container[str]) -> etree._Element:
    """The root of a dossier of this version and transfer with every element that is `mentioned`, or needed around one.

    Of each choice the first member; of a block that stands in many places (addresses, attachments) the first two.
    """
    values = {
        "overdrachtsoort": kind.overdrachtsoort,
        "metadata/overstap": kind.overstap,
        "metadata/deeldossier": "LASLVS",
        **{f"metadata/{name}": getattr(version, name) for name in ("standaardversie", "validatieversie")},
    }
    for name, word in categories(kind.name, version.name).items():
        values[f"metadata/categorie_uitlevering/{name}"] = word
    given = {path: value for path, value in values.items() if value}
    return parse_bytes(write_dossier(version.name, list(_Maker(version.name, given, mentioned).children(known.root))))


def sample_value(element: Element, version: str) -> str:
    """A value that may stand in this field, as far as its type and limits tell."""
    facets = element.facets
    if element.codelist is not None and (allowed := codes(element.codelist, version)):
        return min(allowed)
    if element.name in _SAFE:
        return _SAFE[element.name]
    if facets.pattern is not None:
        fits = python_pattern(facets.pattern).fullmatch
        return next((shape for shape in _SHAPES if fits(shape)), "tekst")
    if facets.min_inclusive is not None or facets.max_inclusive is not None:
        low = facets.min_inclusive if facets.min_inclusive is not None else facets.max_inclusive
        return str(low)
    text = _BY_TYPE.get(element.type, "tekst")
    if facets.max_length is not None:
        text = text[: facets.max_length]
    return text.ljust(facets.min_length or 0, "x")


class _Maker:
    def __init__(self, version: str, given: dict[str, str], mentioned: Container[str]) -> None:
        self.version, self.given, self.mentioned = version, given, mentioned
        self.made: Counter[str] = Counter()

    def children(self, block: Element) -> Iterator[Node]:
        chosen: set[object] = set()
        for child in block.children:
            choice = child.group is not None and child.group.kind == "choice"
            if (choice and child.group in chosen) or not self._wanted(child):
                continue
            if choice:
                chosen.add(child.group)
            self.made[child.name] += 1
            if child.kind == "block":
                yield child.name, list(self.children(child))
            elif child.path != "metadata/overstap" or child.path in self.given:
                yield child.name, self.given.get(child.path) or sample_value(child, self.version)

    def _wanted(self, child: Element) -> bool:
        if child.min > 0 and (child.group is None or child.group.min > 0):
            return True
        if child.kind == "block" and self.made[child.name] >= _MOST:
            return False
        return any(one.name in self.mentioned for one in child.walk())
