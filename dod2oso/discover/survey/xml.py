"""Survey an XML export in one pass, without building a tree: memory depends on the layout only."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

from dod2oso.base.xml import target_parser
from dod2oso.discover.survey.facts import MAX_PLACES, ElementFacts, Survey, Values
from dod2oso.source.oddtext import BLANK, without_notes
from dod2oso.source.wrapping import ENVELOPES

_CHUNK = 1 << 18
_KEPT = 1 << 16  # characters of one value that are looked at; the rest is only counted
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_MAX_DEPTH = 60
_OTHER = ElementFacts("(andere)", None)


class Refused(Exception):
    """The document has a DOCTYPE."""


class _Target:
    """Told of each element by the parser."""

    def __init__(self) -> None:
        self.top = ElementFacts("", None)
        self._namespaces: dict[str, list[int]] = {}  # how many elements, the one of the root element first
        self._tags: dict[str, tuple[str, list[int]]] = {}  # the name in it, and how many are of its namespace
        self.root_namespace: str | None = None
        self.body: ElementFacts | None = None  # of a SOAP envelope: what stands in it is a document of its own
        self.places = 0
        self.other = 0
        self._serial = 0
        self._stack: list[tuple[ElementFacts, int, list[str]]] = [(self.top, 0, [])]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        above, parent, _text = self._stack[-1]
        known = self._tags.get(tag)
        name, number = self._read(tag) if known is None else known
        number[0] += 1
        place = above.children.get(name)
        if place is None:
            place = self._new(above, name)
            self._outermost(place, above, tag.rpartition("}")[0][1:])
        self._serial += 1
        place.occurs(parent)
        if attributes:
            self._attributes(place, attributes)
        self._stack.append((place, self._serial, []))

    def _read(self, tag: str) -> tuple[str, list[int]]:
        """The name in a tag and the count of its namespace; looked up from now on, while there are not too many."""
        namespace, _, name = tag.rpartition("}")
        known = name, self._namespaces.setdefault(namespace[1:], [0])
        if len(self._tags) < MAX_PLACES:
            self._tags[tag] = known
        return known

    def _attributes(self, place: ElementFacts, attributes: Mapping[str, str]) -> None:
        for key, value in attributes.items():
            text = value.strip(BLANK)
            if text and not key.startswith(_XSI):
                if place is _OTHER:
                    self.other += 1
                    continue
                local = key.rpartition("}")[2]
                facts = place.attributes.get(local)
                if facts is None:
                    facts = place.attributes[local] = Values()
                facts.add(text[:_KEPT], len(text), self._serial)

    @property
    def namespaces(self) -> dict[str, int]:
        """How many elements are of each namespace, the one of the root element first."""
        return {namespace: number[0] for namespace, number in self._namespaces.items()}

    def _new(self, above: ElementFacts, name: str) -> ElementFacts:
        if above is _OTHER or self.places >= MAX_PLACES or len(self._stack) > _MAX_DEPTH:
            return _OTHER
        self.places += 1
        place = above.children[name] = ElementFacts(name, None if above is self.top or above is self.body else above)
        return place

    def _outermost(self, place: ElementFacts, above: ElementFacts, namespace: str) -> None:
        """Take note of the root, and of the one in a SOAP envelope instead of that."""
        depth = len(self._stack)
        if depth == 1 or (above is self.body and place is next(iter(above.children.values()), None)):
            self.root_namespace = namespace
        if depth == 2 and place.name == "Body" and self.root_namespace in ENVELOPES:
            self.body = place

    def data(self, text: str) -> None:
        parts = self._stack[-1][2]
        if parts or not (text.isspace() and text.isascii()):  # mostly the line ends between elements
            parts.append(text)

    def end(self, _tag: str) -> None:
        place, _serial, parts = self._stack.pop()
        if parts:
            text = without_notes("".join(parts)).strip(BLANK)
            if text and place is _OTHER:
                self.other += 1
            elif text:
                place.text.add(text[:_KEPT], len(text), self._stack[-1][1])

    def doctype(self, *_parts: Any) -> None:
        raise Refused

    def comment(self, _text: str) -> None:
        pass

    def pi(self, *_parts: Any) -> None:
        pass

    def close(self) -> ElementFacts:
        return self.top


def survey_xml(
    documents: Iterable[Callable[[], BinaryIO]],
    *,
    encoding: str | None = None,
    huge: bool = False,
    watch: Callable[[int], None] | None = None,
) -> Survey:
    """The facts of XML documents of one layout. Raises lxml's XMLSyntaxError for a damaged one, Refused for a DOCTYPE.

    encoding: overrules what they declare. watch: told of the bytes read.
    """
    target = _Target()
    for open_stream in documents:
        parser = target_parser(target, encoding=encoding, huge=huge)
        with open_stream() as stream:
            while chunk := stream.read(_CHUNK):
                parser.feed(chunk)
                if watch is not None:
                    watch(len(chunk))
        parser.close()
    whole = next(iter(target.top.children.values()))
    root = next(iter(target.body.children.values()), whole) if target.body is not None else whole
    survey = Survey("xml", root)
    survey.namespaces.update(target.namespaces)
    survey.namespace = target.root_namespace or ""
    around = sum(values.count for _path, values, _parents in whole.values()) - survey.total
    survey.other_places = target.other + around
    return survey
