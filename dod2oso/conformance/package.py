"""The conformance package of one version: made-up dossiers, and of each what a system must say of it.

Valid dossiers that together hold every element and every code that can be handed over, a broken one per rule and layer,
one per kind of limit of the schema, and files that are no dossier at all. Every verdict is that of our own validator on
the very bytes that are written; what could not be made is named with the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple

from lxml import etree

from dod2oso.base.errors import CheckerError
from dod2oso.base.texts import Text
from dod2oso.conformance.breaking import broken
from dod2oso.conformance.cover import Item, corpus, exceptions, together, transfers, wanted
from dod2oso.conformance.dossiers import everything_back, minimal_nodes
from dod2oso.conformance.shapes import forms, shapes
from dod2oso.oso.check_files import FileReport, validate_bytes
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.ruleset import TRANSFER_LAYERS, ruleset
from dod2oso.oso.versions import version as known_version
from dod2oso.oso.writer import write_dossier

Kind = Literal["valid", "rule", "schema", "form"]
Expected = Literal["valid", "invalid"]
KINDS: tuple[Kind, ...] = ("valid", "rule", "schema", "form")
MANY = "dossiers"  # what several dossiers in one document are called
_WITHIN = "BB"  # the transfer for which parents need not inspect


class Case(NamedTuple):
    """One file. `about`: the rule, the kind of limit, or which of the valid ones it is.

    `report` is what our own validator says; `expected` invalid also holds for what is no dossier at all: no receiver
    may take it. `transfer`: "" for what is no dossier of one transfer.
    """

    file: str
    kind: Kind
    about: str
    version: str
    transfer: str
    layer: str
    data: bytes
    report: FileReport

    @property
    def expected(self) -> Expected:
        return "valid" if self.report.verdict == "valid" else "invalid"

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that a validator must name."""
        return tuple(dict.fromkeys(fired.rule for fired in self.report.checked.rules.fired))

    @property
    def advised(self) -> tuple[str, ...]:
        """The rules that officially never speak here; dod2oso advises by them."""
        return tuple(dict.fromkeys(fired.rule for fired in self.report.checked.rules.advised))

    def title(self, lang: str) -> str:
        """What it is about, in words."""
        if self.kind == "rule":
            return ruleset(self.version, self.layer).message(self.about, lang)
        key = "dossier" if self.kind == "valid" and self.transfer else self.about
        return Text(f"conformance-{self.kind}-{key}", transfer=self.transfer).text(lang)


class Missing(NamedTuple):
    """What no dossier of the package shows, and why."""

    what: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a whole, and what is not among them."""

    have: int
    whole: int
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """All of one version. covered: elements, codes (each in each field), rules, kinds of limits of the schema."""

    version: str
    cases: tuple[Case, ...]
    covered: dict[str, Share]


def package(version: str) -> Package:
    """Make the package of a version, the same every time.

    UsageError when there is no such version, CheckerError when what judges it cannot judge here.
    """
    name = known_version(version).name
    made, limits = list(_valid(name)), list(shapes(name, transfers(name)[0]))
    layers = [layer for layer in TRANSFER_LAYERS if layer in known_version(name).layers]
    rules = {layer: list(broken(name, layer)) for layer in layers}
    for layer, found in rules.items():
        for rule, one in found:
            if one is not None:
                made.append(_case(name, "rule", rule.key, one.data, transfer=one.transfer, layer=layer))
    for kind, shape in limits:
        if shape is not None:
            made.append(_case(name, "schema", kind, shape.data, transfer=shape.transfer))
    for form in forms(name, transfers(name)[0]):
        made.append(_case(name, "form", form.kind, form.data))
    if any(case.report.problem is None and case.report.verdict in ("not-checked", "failed") for case in made):
        raise CheckerError("conformance-not-judged", version=name)
    spoken = {rule.key for found in rules.values() for rule, one in found if one is not None}
    every = {rule.key: rule for found in rules.values() for rule, _ in found}
    covered = {
        **_covered(name),
        "rules": Share(
            len(spoken), len(every), tuple(_cannot_speak(rule) for key, rule in every.items() if key not in spoken)
        ),
        "limits": Share(
            sum(shape is not None for _, shape in limits), len(limits),
            tuple(Missing(kind, Text("conformance-no-such-limit")) for kind, shape in limits if shape is None),
        ),
    }  # fmt: skip
    return Package(name, tuple(made), covered)


def _valid(version: str) -> Iterator[Case]:
    made = corpus(version)
    for number, one in enumerate(made, start=1):
        yield _case(version, "valid", f"{number:03}", one.data, transfer=one.plan.overstap)
    nodes = [node for node in minimal_nodes(version, _WITHIN) if node[0] != "inzage"]  # with two the official one stops
    yield _case(version, "valid", MANY, _together(version, [write_dossier(version, nodes)] * 2))
    back = _case(version, "valid", "terugkoppeling", everything_back(version))
    if back.expected == "valid":
        yield back


def _together(version: str, dossiers: Sequence[bytes]) -> bytes:
    """One document `dossiers` with these in it."""
    namespace = known_version(version).namespace
    root = etree.Element(f"{{{namespace}}}dossiers", nsmap={None: namespace})  # type: ignore[dict-item]
    root.extend(etree.fromstring(data) for data in dossiers)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _case(version: str, kind: Kind, about: str, data: bytes, *, transfer: str = "", layer: str = "") -> Case:
    middle = "-".join(part for part in (layer, transfer, about) if part)
    name = f"{version}/{kind}/{middle}.xml"
    report = validate_bytes(data, name, layer or None)
    return Case(name, kind, about, version, transfer, layer or report.layer, data, report)


def _covered(version: str) -> dict[str, Share]:
    have, refused = together(corpus(version)), exceptions(version)

    def share(every: set[Item]) -> Share:
        missing = tuple(_refused(item, refused.get(item, ())) for item in sorted(every - have, key=str))
        return Share(len(every & have), len(every), missing)

    items = wanted(version)
    return {
        "elements": share({item for item in items if item.code is None}),
        "codes": share({item for item in items if item.code is not None}),
    }


def _refused(item: Item, rules: tuple[str, ...]) -> Missing:
    what = item.path if item.code is None else f"{item.path} = {item.code}"
    return Missing(what, Text("conformance-refused-by", rules=", ".join(rules)))


def _cannot_speak(rule: Rule) -> Missing:
    return Missing(rule.key, Text("conformance-cannot-speak", note=rule.note))
