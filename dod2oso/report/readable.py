"""An OSO dossier as lines that people read: labels for elements, words for codes, dates as they write them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import labels, meaning
from dod2oso.oso.element import Element
from dod2oso.report.numbers import date as shown_date
from dod2oso.report.texts import Lexicon

INSIDE = frozenset({"metadata", "inzage", "overdrachtsoort"})  # nothing of the pupil
FILE = "bestandsinhoud"
_PUPIL = "huidigeschool/leerling"
_LONGEST = 4000  # characters of a value that a page shows


class Line(NamedTuple):
    """One thing in a dossier: `level` how deep it lies; a heading has no value."""

    level: int
    label: str
    value: str


class Readable:
    """Makes lines of dossiers of one version. `file`: what is said of an attachment, else how large it is."""

    def __init__(self, words: Lexicon, oso: str, file: Callable[[etree._Element], str] | None = None) -> None:
        self._words = words
        self._oso = oso
        self._known = catalogue(oso)
        self._file = file or self._size

    def lines(self, root: etree._Element, skip: frozenset[str] = INSIDE) -> Iterator[Line]:
        """The lines of a dossier, without the blocks named in `skip`."""
        for child in root.iterchildren("{*}*"):
            name = etree.QName(child).localname
            if name not in skip:
                yield from self._element(child, name, 0)

    def at(self, element: etree._Element, path: str) -> Iterator[Line]:
        """The lines of one element, which stands at this path."""
        return self._element(element, path, 0)

    def label(self, path: str) -> str:
        """What an element is called; its own name when this version does not know it."""
        return (self._words.target(path) if self._known.at(path) is not None else "") or path.rpartition("/")[2]

    def value(self, element: etree._Element, path: str) -> str:
        """What a field says."""
        known, text, say = self._known.at(path), (element.text or "").strip(), self._words.say
        if path.rpartition("/")[2] == FILE:
            return self._file(element)
        if known is None:
            return text
        if known.type == "boolean":
            return say("inspection-yes" if text in ("true", "1") else "inspection-no")
        if known.type == "date":
            return shown_date(text[:10], self._words.lang)
        return self._coded(known, text)

    def _coded(self, known: Element, text: str) -> str:
        if known.codelist is not None and (meant := meaning(known.codelist, self._oso, text)):
            alike = [code for code, label in labels(known.codelist).items() if label == meant and code != text]
            return f"{meant} ({text})" if alike else meant  # a code says nothing to parents where words are enough
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    def _size(self, element: etree._Element) -> str:
        return self._words.say("inspection-file", size=max(1, len((element.text or "").strip()) * 3 // 4 >> 10))

    def _element(self, element: etree._Element, path: str, level: int) -> Iterator[Line]:
        inner = list(element.iterchildren("{*}*"))
        if not inner:
            yield Line(level, self.label(path), self.value(element, path))
            return
        below = level + 1
        if path.endswith("lijst") and len({child.tag for child in inner}) == 1:
            below = level  # a list of one kind: what is in it says what it is
        else:
            yield Line(level, self.label(path), "")
        for child in inner:
            yield from self._element(child, f"{path}/{etree.QName(child).localname}", below)


def name_of(root: etree._Element) -> str:
    """What the pupil of a dossier is called."""
    parts = (("roepnaam", "voornaam"), ("voorvoegsel",), ("achternaam",))
    found = []
    for names in parts:
        texts = (root.findtext("/".join(f"{{*}}{step}" for step in f"{_PUPIL}/{name}".split("/"))) for name in names)
        found.append(next((text.strip() for text in texts if text), ""))
    return " ".join(filter(None, found))
