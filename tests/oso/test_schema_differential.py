"""Our schema must give the verdict of the public XSD, on the public examples and on damaged dossiers."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.schema import schema, xsd_bytes
from dod2oso.oso.versions import VERSIONS, version
from tests.oso.dossiers import PUPIL, everything, everything_back, some
from tests.oso.mutations import SHAPES, contents, nth, random_mutant
from tests.sweeps import number

ALTERNATIVES = 7  # the largest choice has seven members
RANDOM_MUTANTS = number(400, 2_000)
EXAMPLE_MUTANTS = number(6, 25)
ONE_IN = number(4, 1)  # of the changes that an element meets; which ones differs from element to element
ALWAYS = {"_remove", "_duplicate", "_swap_with_next", "_empty"}  # each element meets these: how often, where, with what

every_version = pytest.mark.parametrize("name", VERSIONS)


class Judges:
    """Both schemas of one version, and how often they said what."""

    def __init__(self, shared: Path, name: str) -> None:
        (xsd,) = (shared / "standards" / "oso" / name).glob("*.xsd")
        self.public = etree.XMLSchema(etree.parse(xsd))
        self.own = schema(name)
        self.said = {True: 0, False: 0}
        self.disagreed: list[str] = []

    def judge(self, root: etree._Element, label: str) -> bool:
        verdict = self.public.validate(root)
        self.said[verdict] += 1
        if self.own.validate(root) != verdict:
            self.disagreed.append(f"{label}: the public XSD says {'valid' if verdict else 'invalid'}")
        return verdict

    def agree(self) -> bool:
        """No difference; and both verdicts often enough to mean something."""
        assert self.disagreed == []
        total = sum(self.said.values())
        assert min(self.said.values()) > total // 20, self.said
        return True


def kinds_of(root: etree._Element, name: str) -> list[str]:
    """The field type of every element in document order ("" for blocks and unknown elements)."""
    known = catalogue(name)
    types = {element.path: element.type for element in known.root.walk()}
    back = {element.path: element.type for element in known.terugkoppeling.walk()}
    kinds = []
    for element in root.iter("*"):
        names = [etree.QName(e).localname for e in (element, *element.iterancestors())][::-1]
        if names[0] == "dossiers":
            names.pop(0)
        found = back if names[:1] == ["terugkoppeling"] else types
        kinds.append(found.get("/".join(names[1:]), ""))
    return kinds


def complete(name: str) -> Iterator[etree._Element]:
    """Dossiers that together hold every element of the version, with each member of each choice."""
    for alternative in range(ALTERNATIVES):
        yield xmlsafe.parse_bytes(everything(name, alternative))


def shallow(name: str) -> Iterator[etree._Element]:
    """Dossiers with everything down to the blocks of a pupil, and below those only what is demanded."""

    def above_or_beside(path: str) -> bool:
        return not path.startswith(PUPIL) or "/" not in path.removeprefix(PUPIL)

    for alternative in range(ALTERNATIVES):
        yield xmlsafe.parse_bytes(some(name, above_or_beside, alternative))


def branches(name: str, copies: int = 1) -> Iterator[tuple[etree._Element, list[etree._Element]]]:
    """Small dossiers, each with one whole part of the pupil and else what is demanded, and the elements of that part.

    What stands deep inside a part meets no other part, so a small dossier tells as much, several times as fast.
    """
    parts = [element for element in catalogue(name).root.walk() if element.path.rpartition("/")[0] == PUPIL[:-1]]
    for alternative in range(ALTERNATIVES):
        for part in parts:
            if part.kind != "block":
                continue

            def of_the_part(path: str, part: str = part.path) -> bool:
                return path == part or path.startswith(f"{part}/")

            root = xmlsafe.parse_bytes(some(name, of_the_part, alternative, copies))
            here = root.findall(f"{{*}}huidigeschool/{{*}}leerling/{{*}}{part.name}")
            yield root, [element for one in here for element in one.iterdescendants("*")]


def document(name: str) -> etree._Element:
    """A document `dossiers` with two dossiers and two terugkoppelingen."""
    root = etree.Element(f"{{{version(name).namespace}}}dossiers")
    for data in (everything(name), everything(name, 1), everything_back(name), everything_back(name)):
        root.append(xmlsafe.parse_bytes(data))
    return root


@every_version
def test_complete_dossiers_pass_both_and_hold_every_path(shared: Path, name: str) -> None:
    judges = Judges(shared, name)
    paths = set()
    for root in complete(name):
        assert judges.judge(root, "complete")
        for element in root.iterdescendants():
            names = [etree.QName(e).localname for e in (element, *element.iterancestors())][-2::-1]
            paths.add("/".join(names))
    assert judges.judge(document(name), "document")
    assert judges.disagreed == []
    assert paths == set(catalogue(name).all_paths)


@every_version
def test_public_examples(shared: Path, name: str) -> None:
    judges = Judges(shared, name)
    for root, label in examples(shared, name):
        judges.judge(root, label)
    assert judges.disagreed == []
    assert sum(judges.said.values()) == 12
    if name == "2017.1":
        assert judges.said[False] == 0


@every_version
def test_same_roots(shared: Path, name: str) -> None:
    """Every block and field as a document of its own, and the same global declarations."""
    (xsd,) = (shared / "standards" / "oso" / name).glob("*.xsd")
    assert declared(etree.parse(xsd).getroot()) == declared(xmlsafe.parse_bytes(xsd_bytes(name)))
    judges = Judges(shared, name)
    for root in (*complete(name), document(name)):
        for element in root.iter("*"):
            alone = copy.deepcopy(element)
            alone.tail = None
            judges.judge(alone, f"root {etree.QName(alone).localname}")
    assert judges.agree()


@pytest.mark.slow
@every_version
def test_every_change_to_every_element(shared: Path, name: str) -> None:
    """Systematic: each element of the version meets each kind of change once; in an ordinary run a quarter of them."""
    judges = Judges(shared, name)
    seen: set[str] = set()
    high = [(root, list(root.iterdescendants("*"))) for root in shallow(name)]
    back = xmlsafe.parse_bytes(everything_back(name))
    for root, elements in (*branches(name), *high, (back, list(back.iterdescendants("*")))):
        assert judges.judge(root, "unchanged")
        kinds = kinds_of(root, name)
        place = {element: n for n, element in enumerate(root.iter("*"))}
        for element in elements:
            path = f"{root.tag} {root.getroottree().getelementpath(element)}"
            if path in seen:
                continue
            seen.add(path)
            n = place[element]
            for turn, (label, change) in enumerate(SHAPES.items(), len(seen)):
                if turn % ONE_IN and label not in ALWAYS:
                    continue
                mutant = copy.deepcopy(root)
                change(nth(mutant, n))
                judges.judge(mutant, f"{path} {label}")
            for turn, label in enumerate(contents(element, kinds[n]), len(seen)):
                if turn % ONE_IN == 0:
                    judges.judge(root, f"{path} {label}")
    met = {re.sub(r"\{[^}]*\}|\[\d+\]", "", path.partition(" ")[2]) for path in seen}
    assert set(catalogue(name).all_paths) <= met
    assert judges.agree()
    assert sum(judges.said.values()) > 10_000 // ONE_IN


@pytest.mark.slow
@every_version
def test_random_mutants(shared: Path, name: str) -> None:
    """Combined damage: documents with repeated blocks, and a whole document of several dossiers."""
    random = Random(f"differential {name}")
    judges = Judges(shared, name)
    whole = [xmlsafe.parse_bytes(everything(name, n, copies=2)) for n in range(2)] + [document(name)]
    small = [root for root, _elements in branches(name, copies=2)]
    known = [(root, kinds_of(root, name)) for root in (*whole, *small)]
    for n in range(RANDOM_MUTANTS):  # what meets elements far away is one in ten: those documents are large
        at = random.randrange(len(whole)) if n % 10 == 0 else len(whole) + n % len(small)
        root, label = random_mutant(*known[at], random)
        judges.judge(root, f"{n}: {label}")
    assert judges.agree()


@pytest.mark.slow
@every_version
def test_mutated_examples(shared: Path, name: str) -> None:
    random = Random(f"examples {name}")
    judges = Judges(shared, name)
    for root, example in examples(shared, name):
        kinds = kinds_of(root, name)
        for n in range(EXAMPLE_MUTANTS):
            mutant, label = random_mutant(root, kinds, random)
            judges.judge(mutant, f"{example} {n}: {label}")
    assert judges.disagreed == []


def examples(shared: Path, name: str) -> Iterator[tuple[etree._Element, str]]:
    """The public 2017.1 examples, re-labelled as dossiers of this version."""
    for path in sorted((shared / "standards" / "oso" / "2017.1" / "examples").glob("*.xml")):
        old, new = version("2017.1").namespace, version(name).namespace
        yield xmlsafe.parse_bytes(path.read_bytes().replace(old.encode(), new.encode())), path.stem


def declared(root: etree._Element) -> set[str]:
    return {element.get("name", "") for element in root.iterfind("{*}element")}
