"""OSO dossiers with damage done on purpose, aimed at what the rules look at; the same seed gives the same mutant."""

import copy
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from random import Random
from typing import Any

from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.codelists import codelists
from dod2oso.oso.rules.expression import tests_of
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import TRANSFERS, transfer
from tests.oso.dossiers import everything, everything_back, full_dossier, minimal_dossier

Mutation = Callable[["Mutant"], None]

_CATEGORY_WORDS = ("VERPLICHT", "OPTIONEEL", "VERBODEN", "OPT-UIT", "opt-uit", "")
_BOOLEANS = ("true", "false", "1", "0", " true ", "\n0", "TRUE", "", "ja")
_FLAGS = ("true", "false")
_DATES = (
    *("2016-07-31", "2016-08-01", "2015-05-05", "2017-08-01Z", "2016-08-01+14:00", "2016-07-31-14:00", "12019-01-01"),
    *("2019-07-31", "2019-08-01", " 2019-03-02 ", "0999-08-01", "1001-01-01", "-2019-01-01", "02-03-2019", ""),
)
_VALUES = {
    "overdrachtsoort": ("overstapdossier", "overdrachtbinnenbrin", "swv-dossier", " overstapdossier", "iets"),
    "overstap": ("POPO", "POVO", "VOVO", "POSWV", "VOSWV", "VOMBO", "POVO ", "VSPO"),
    "deeldossier": ("LAS", "LVS", "LASLVS", "TIB", "las", ""),
    "soort": ("e-mail", "telefoon", "mobiel", "fax", "SO", "BO"),
    "nummer": (
        *(
            "a@b",
            "a b@c.nl",
            "ü@x@c.nl",
            "ab",
            "x@-a.nl",
            "x@a-.nl",
            "x@a..nl",
            "x@a.nl\n",
            "0" * 300 + "@a.nl",
            "a@b@",
        ),
        *("9999999999", "geheim@geheim.geheim", "0612345678", "@a.nl"),
    ),
    "standaardversie": ("2016.1", "2017.1", "2018.1", "2019.1"),
    "validatieversie": ("2016.1.2", "2016.1.3", "2017.1.2", "2018.1.1", "2019.1.1"),
    "datum": _DATES,
    "afnamedatum": _DATES,
    "lwoo_einddatum": ("2019-07-31", " 2019-07-31 ", "2019-06-30", "x2019-07-31x", ""),
}


class Mutant:
    """One document under change."""

    def __init__(self, root: etree._Element, version: str, random: Random) -> None:
        self.root, self.version, self.random = root, version, random
        self.namespace = versions.version(version).namespace

    def pick(self, *names: str) -> etree._Element | None:
        """Some element other than the root; mostly one that a rule looks at."""
        if names:
            found = [e for name in names for e in self.root.iter(f"{{{self.namespace}}}{name}")]
        else:
            wanted = interesting(self.version) if self.random.random() < 0.85 else None
            found = [e for e in self.root.iter("*") if wanted is None or etree.QName(e).localname in wanted]
        found = [e for e in found if e is not self.root]
        return self.random.choice(found) if found else None


@cache
def interesting(version: str) -> frozenset[str]:
    """The names of all elements that some rule of this version mentions."""
    layers = [layer for layer in ("ov", "swv") if layer in versions.version(version).layers]
    return mentioned(rule for layer in layers for rule in ruleset(version, layer).rules)


def mentioned(rules: Iterable[Any]) -> frozenset[str]:
    """The names of all elements that these rules look at."""
    names: set[str] = set()
    for rule in rules:
        names.update(rule.place.steps)
        names.update(step for test in tests_of(rule.fires) for step in test.path.steps)
    return frozenset(names - {"*", "dossier"})


def _remove(mutant: Mutant) -> None:
    if (element := mutant.pick()) is not None:
        element.getparent().remove(element)


def _duplicate(mutant: Mutant) -> None:
    if (element := mutant.pick()) is not None:
        element.addnext(copy.deepcopy(element))


def _move(mutant: Mutant) -> None:
    element, target = mutant.pick(), mutant.pick()
    if element is not None and target is not None and element not in (target, *target.iterancestors()):
        target.append(element)


def _insert(mutant: Mutant) -> None:
    """An element from the dossier that has everything, under a parent of the same name."""
    alternative = mutant.random.randint(0, 1)
    donor = Mutant(_donor(mutant.version, alternative), mutant.version, mutant.random).pick()
    if donor is not None:
        parent = mutant.pick(etree.QName(donor.getparent()).localname)
        target = mutant.root if parent is None else parent
        target.insert(mutant.random.randint(0, len(target)), copy.deepcopy(donor))


def _blank(mutant: Mutant) -> None:
    if (element := mutant.pick()) is not None:
        element.text = mutant.random.choice(("", " ", None))


def _change(mutant: Mutant) -> None:
    element = mutant.pick()
    if element is None or len(element):
        return
    name = etree.QName(element).localname
    if name.startswith("cat_"):
        element.text = mutant.random.choice(_CATEGORY_WORDS)
    elif name in _VALUES:
        element.text = mutant.random.choice(_VALUES[name])
    elif (element.text or "").strip() in ("true", "false"):
        element.text = mutant.random.choice(_BOOLEANS)
    else:
        number = mutant.random.choice(sorted(codelists()))
        element.text = mutant.random.choice(codelists()[number].codes).code


def _flip(mutant: Mutant) -> None:
    flags = [e for e in mutant.root.iter("*") if e.text in ("true", "false")]
    if flags:
        element = mutant.random.choice(flags)
        element.text = "false" if element.text == "true" else "true"


def _transfer(mutant: Mutant) -> None:
    kind = transfer(mutant.random.choice(TRANSFERS))
    for element in mutant.root.iter(f"{{{mutant.namespace}}}overdrachtsoort"):
        element.text = kind.overdrachtsoort
    for element in mutant.root.iter(f"{{{mutant.namespace}}}overstap"):
        element.text = kind.overstap or "OVERIG"


def _categories(mutant: Mutant) -> None:
    for element in mutant.root.iter("*"):
        if etree.QName(element).localname.startswith("cat_") and mutant.random.random() < 0.4:
            element.text = mutant.random.choice(_CATEGORY_WORDS[:4])


def _split(mutant: Mutant) -> None:
    """A comment or an instruction in the middle of a value, at its start or at its end."""
    element = mutant.pick()
    if element is None or len(element) or not element.text:
        return
    at = mutant.random.randint(0, len(element.text))
    node = etree.Comment("x") if mutant.random.random() < 0.7 else etree.ProcessingInstruction("x", "y")
    element.text, tail = element.text[:at], element.text[at:]
    element.append(node)
    node.tail = tail


def _secret(mutant: Mutant) -> None:
    if (element := mutant.pick("communicatie")) is not None:
        geheim = etree.SubElement(element, f"{{{mutant.namespace}}}geheim")
        geheim.text = mutant.random.choice(_BOOLEANS)


def _foreign(mutant: Mutant) -> None:
    """An element goes to another namespace, or gets a parent from one."""
    element = mutant.pick()
    if element is None:
        return
    if mutant.random.random() < 0.5:
        element.tag = f"{{urn:elders}}{etree.QName(element).localname}"
    else:
        wrapper = etree.Element("{urn:elders}omslag")
        element.addprevious(wrapper)
        wrapper.append(element)


def _nest(mutant: Mutant) -> None:
    """Several dossiers in one document, sometimes with a terugkoppeling or a dossier inside a dossier."""
    several = etree.Element(f"{{{mutant.namespace}}}dossiers", nsmap={None: mutant.namespace})
    if etree.QName(mutant.root).localname != "dossier":
        return
    for _ in range(mutant.random.randint(0, 2)):
        kind = mutant.random.choice(_transfers(mutant.version))
        several.append(etree.fromstring(minimal_dossier(mutant.version, kind)))
    several.insert(mutant.random.randint(0, len(several)), mutant.root)
    if mutant.random.random() < 0.3:
        several.append(etree.fromstring(everything_back(mutant.version)))
    mutant.root = several


MUTATIONS: tuple[Mutation, ...] = (
    *(_remove, _duplicate, _move, _insert, _insert, _blank, _change, _change, _flip, _transfer),
    *(_categories, _split, _secret, _foreign, _nest),
)


def mutant(version: str, seed: int) -> bytes:
    """Mutant number `seed` of this version, as the bytes of a document."""
    random = Random(f"{version}/{seed}")
    root = etree.fromstring(random.choice(_bases(version)))
    made = Mutant(root, version, random)
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        random.choice(MUTATIONS)(made)
    return etree.tostring(made.root)


def sweep(version: str, overstap: str, names: frozenset[str]) -> Iterator[etree._Element]:
    """For one transfer: every element of these names left out, added, blanked, set to each odd value, each in turn."""
    base = etree.fromstring(full_dossier(version, overstap))
    for i, element in enumerate(base.iter("*")):
        name = etree.QName(element).localname
        if name not in names or element is base:
            continue
        flag = element.text in ("true", "false")
        odd = _CATEGORY_WORDS if name.startswith("cat_") else _VALUES.get(name, _BOOLEANS[:2] if flag else ("?",))
        for text in ("", *odd) if len(element) == 0 else ():
            yield _with(base, i, lambda e, text=text: setattr(e, "text", text))
        yield _with(base, i, lambda e: e.getparent().remove(e))
        yield _with(base, i, lambda e: [e.remove(child) for child in list(e)])
    for donor in _donor(version, 0).iter("*"):
        if etree.QName(donor).localname in names and donor.getparent() is not None:
            parents = list(base.iter(donor.getparent().tag))
            if parents and parents[0].find(donor.tag) is None:
                at = list(base.iter("*")).index(parents[0])
                yield _with(base, at, lambda e, donor=donor: e.append(copy.deepcopy(donor)))


def crowded(version: str, overdrachtsoort: str, overstap: str) -> Iterator[etree._Element]:
    """Dossiers with far too much in them, or nothing: all choices, secret numbers, codes that do not exist."""
    texts = {"overdrachtsoort": overdrachtsoort, "overstap": overstap, "geheim": "true"}
    for alternative, word in enumerate(_CATEGORY_WORDS[:4]):
        texts |= {"soort": "telefoon" if alternative else "e-mail"}
        root = copy.deepcopy(_donor(version, alternative))
        for element in root.iter("*"):
            name = etree.QName(element).localname
            element.text = word if name.startswith("cat_") else texts.get(name, element.text)
        yield root
        bare = copy.deepcopy(root)
        for element in list(bare.iter("*")):
            if etree.QName(element).localname in ("leerling", "inzage"):
                element[:] = []
        yield bare
        for element in list(bare):
            if etree.QName(element).localname not in ("metadata", "overdrachtsoort"):
                bare.remove(element)
        yield bare
        for element in root.iter("*"):
            known = element.text in _FLAGS or etree.QName(element).localname in texts
            if len(element) == 0 and not known:
                element.text = "?"
        yield root


def _with(base: etree._Element, number: int, change: Callable[[etree._Element], object]) -> etree._Element:
    root = copy.deepcopy(base)
    change(list(root.iter("*"))[number])
    return root


@cache
def _bases(version: str) -> list[bytes]:
    made = [
        make(version, kind) for kind in _transfers(version) for make in (full_dossier, minimal_dossier, minimal_dossier)
    ]
    return [*made, everything(version)]


def _transfers(version: str) -> list[str]:
    return [name for name in TRANSFERS if version in transfer(name).versions]


@cache
def _donor(version: str, alternative: int) -> etree._Element:
    return etree.fromstring(everything(version, alternative))
