"""One OSO document as the rules see it: an index by tag, made in one pass over the tree."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element
Family: TypeAlias = dict[Element | None, list[Element]]  # elements with one tag, by parent
Parents: TypeAlias = Collection[Element | None]
Tags: TypeAlias = tuple[str, ...]  # qualified names, parent first; `*` is any parent

ANY = "*"
WHITESPACE = " \t\r\n"


class Document:
    """The elements of a document by tag, and what is worked out from them, each thing once.

    One walk asks every element for its tag: with lxml that is cheaper than a walk that searches for the tags of
    the rules, and than listing the children of each place. Elements of other namespaces are walked through but have
    other tags, so they never count. `root` is the root of its tree.

    tagged: every element with a tag, in document order. families: the same, by parent. chains: every element with the
    last of some tags whose parents carry the tags before it. Each is asked with [], and empty for what is not there.
    """

    __slots__ = ("_talkers", "chains", "families", "locator", "root", "tagged", "windows")

    def __init__(self, root: Element) -> None:
        tagged = _Tagged()
        for element in root.iter("*"):
            tag = element.tag
            if tag in tagged:
                tagged[tag].append(element)
            else:
                tagged[tag] = [element]
        self.root = root
        self.tagged = tagged
        self.families = _Families(self.tagged)
        self.chains = _Chains(self.tagged)
        self._talkers: dict[tuple[str, str], Parents] = {}
        self.windows: dict[Tags, tuple[int, Any]] = {}  # for before(): see functions.py
        self.locator = Locator()

    def parents(self, tag: str, text: str) -> Parents:
        """The elements with a child with this tag that says this, or with two or more of them."""
        found = self._talkers.get((tag, text))
        if found is None:
            family = self.families[tag]
            found = {parent for parent, ones in family.items() if len(ones) > 1 or value(ones[0]) == text}
            self._talkers[tag, text] = found
        return found


class _Tagged(dict[str, list[Element]]):
    __slots__ = ()

    def __missing__(self, tag: str) -> list[Element]:
        return []


class _Families(dict[str, Family]):
    """Made when they are asked for: a method that looks whether it is there costs more than the rules themselves."""

    __slots__ = ("_tagged",)

    def __init__(self, tagged: _Tagged) -> None:
        super().__init__()
        self._tagged = tagged

    def __missing__(self, tag: str) -> Family:
        found: dict[Element | None, list[Element]] = {}
        for element in self._tagged[tag]:
            parent = element.getparent()
            if parent in found:
                found[parent].append(element)
            else:
                found[parent] = [element]
        self[tag] = found
        return found


class _Chains(dict[Tags, Sequence[Element]]):
    __slots__ = ("_tagged",)

    def __init__(self, tagged: _Tagged) -> None:
        super().__init__()
        self._tagged = tagged

    def __missing__(self, tags: Tags) -> Sequence[Element]:
        found = self._tagged[tags[-1]]
        if len(tags) > 1 and found:
            found = [one for one in found if is_under(one, tags)]
        self[tags] = found
        return found


class Spot:
    """What a rule looks at: one element of a document."""

    __slots__ = ("doc", "element")

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.element = doc.root


class Locator:
    """Where elements stand: /dossier[1]/huidigeschool[1]; n counts brothers of the same name."""

    __slots__ = ("_numbers", "_places")

    def __init__(self) -> None:
        self._places: dict[Element, str] = {}
        self._numbers: dict[Element, dict[Element, int]] = {}  # per parent, the number of each child

    def place(self, element: Element) -> str:
        """The place of one element; its parents and brothers are remembered for the next."""
        fresh: list[Element] = []  # no recursion: a hostile document can be deep
        above: Element | None = element
        while above is not None and above not in self._places:
            fresh.append(above)
            above = above.getparent()
        found = "" if above is None else self._places[above]
        for step in reversed(fresh):
            found = self._places[step] = f"{found}/{local_name(step)}[{self._number(step)}]"
        return found

    def _number(self, element: Element) -> int:
        parent = element.getparent()
        if parent is None:
            return 1
        if parent not in self._numbers:
            seen: dict[Any, int] = {}
            numbers = self._numbers[parent] = {}
            child: Any  # its tag is no text when it is a comment, whatever the types of lxml say
            for child in parent:
                numbers[child] = seen[child.tag] = seen.get(child.tag, 0) + 1
        return self._numbers[parent][element]


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def line_of(element: Element) -> int:
    """The line on which an element starts; 1 when it is not known."""
    line: Any = element.sourceline
    return int(line or 1)


def children_of(element: Element) -> list[Element]:
    """The child elements, comments and instructions left out."""
    children: Iterable[Any] = element  # the tag of a comment is no text, whatever the types of lxml say
    return [child for child in children if isinstance(child.tag, str)]


def is_under(element: Element, tags: Tags) -> bool:
    """Do the parents of `element` carry the tags before the last one?"""
    above: Element | None = element
    for tag in reversed(tags[:-1]):
        above = above.getparent() if above is not None else None
        if above is None or (tag != ANY and above.tag != tag):
            return False
    return True


def is_visited(element: Element, stops: Sequence[Tags]) -> bool:
    """Does the official walk reach this element? It goes no further below a stop."""
    return not any(
        is_under(ancestor, stop)
        for ancestor in element.iterancestors(*(stop[-1] for stop in stops))
        for stop in stops
        if ancestor.tag == stop[-1]
    )


def text_nodes(element: Element) -> list[str]:
    """The text nodes directly in an element; a comment, instruction or child element ends one."""
    first = element.text
    found = [first] if first else []
    if len(element):
        found += [child.tail for child in element if child.tail]
    return found


def value(element: Element) -> str:
    """The whole text of an element, that of its child elements included, comments left out."""
    if len(element) == 0:
        return element.text or ""
    return "".join(str(text) for text in element.itertext())
