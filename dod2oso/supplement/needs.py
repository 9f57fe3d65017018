"""What a waiting dossier needs to become ready, found out by trying: fill in a copy, judge it again, see what is left.

Subtracting findings would be wrong in both directions: a value can bring a rule to life that was silent before (liable
carers must be named), and one value can silence several rules at once (inspection by the parents).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.findings.catalogue import entry
from dod2oso.findings.model import Finding
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.verdict import Verdict, check
from dod2oso.oso.versions import version as known_version
from dod2oso.supplement import consent
from dod2oso.supplement.repairs import EMPTY, Repair, Repairs

UNFIXABLE = "!"  # before a cause that nobody can fill in
_ROUNDS = 6  # a value reveals a rule, whose value reveals another …; deeper than this is a mistake in repairs.yaml
_JUDGED = frozenset({"oso-schema", "oso-regel", "wet-vereist"})  # findings that judging again tells better


class Needs(NamedTuple):
    """The keys of the repairs it takes, and the causes that stay whatever is filled in."""

    repairs: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As it stands in the ledger."""
        return " ".join((*self.repairs, *(UNFIXABLE + cause for cause in self.stuck)))

    @classmethod
    def parse(cls, text: str) -> "Needs":
        words = text.split()
        return cls(
            tuple(word for word in words if not word.startswith(UNFIXABLE)),
            tuple(word[len(UNFIXABLE) :] for word in words if word.startswith(UNFIXABLE)),
        )


def simulate_repairs(
    root: etree._Element,
    version: str,
    layer: str,
    verdict: Verdict,
    findings: Iterable[Finding],
    repairs: Repairs,
    refused: bool = False,
    legal: frozenset[str] = frozenset(),
) -> Needs:
    """What the dossier of which `root` is the root needs; `root` is filled in on the way, so give a copy.

    `verdict` is that of the dossier as it is, `findings` what was found besides. `refused`: the parents refused consent
    in so many words, which no repair undoes. `legal`: rules that officially only advise, while the law asks the same.
    """
    told = {_cause(finding) for finding in findings if finding.code not in _JUDGED and _blocks(finding)}
    done: dict[str, Repair] = {}
    stuck: set[str] = set()
    known = catalogue(version)
    for _round in range(_ROUNDS):
        causes = told | _judged(root, known, verdict, legal)
        wanted: dict[str, Repair] = {}
        for cause in sorted(causes):
            repair = repairs.of(cause)
            if repair is None or repair.key in done or _impossible(repair, root, known, cause, refused):
                stuck.add(cause)
            else:
                wanted[repair.key] = repair
        now = [repair for repair in wanted.values() if not any(earlier in wanted for earlier in repair.after)]
        if not now:
            break
        for repair in now:
            done[repair.key] = repair
            put_all(root, known, repair)
            told -= {cause for cause in told if repairs.of(cause) is repair}
        stuck.clear()
        verdict = check(root, version, layer)
    else:
        stuck |= told | _judged(root, known, verdict, legal)
    return Needs(tuple(sorted(done, key=lambda key: done[key].number)), tuple(sorted(stuck)))


def _blocks(finding: Finding) -> bool:
    return entry(finding.code).severity == "error"


def _cause(finding: Finding) -> str:
    return f"{finding.code}@{finding.target}" if finding.target else finding.code


def _judged(root: etree._Element, known: Catalogue, verdict: Verdict, legal: frozenset[str]) -> set[str]:
    """The causes in a verdict: rules that fire, what the law asks besides, and what the schema misses."""
    causes = {fired.rule for fired in verdict.rules.fired}
    causes |= {advised.rule for advised in verdict.rules.advised} & legal
    if verdict.rules.state == "crashed":
        causes.add("oso-regel")
    if verdict.schema.state != "passed":
        missing = {EMPTY + path for path in missing_elements(root, known)}
        causes |= missing or {"oso-schema"}
    return causes


def _impossible(repair: Repair, root: etree._Element, known: Catalogue, cause: str, refused: bool) -> bool:
    if refused and cause.startswith(consent.REFUSED):
        return True
    return any(_text(root, known, path) in ("true", "1") for path in repair.unless)


def missing_elements(root: etree._Element, known: Catalogue) -> list[str]:
    """The paths of elements that the schema wants and that are not there, in blocks that are."""
    found: list[str] = []
    _missing(root, known.root, found)
    return found


def _missing(block: etree._Element, element: Element, found: list[str]) -> None:
    children: dict[str, list[Any]] = {}
    for one in block:
        if isinstance(one.tag, str):
            children.setdefault(etree.QName(one).localname, []).append(one)
    for child in element.children:
        there = children.get(child.name)
        if there is None:
            if child.min and child.group is None and child.path not in found:
                found.append(child.path)
        elif child.kind == "block":
            for one in there:
                _missing(one, child, found)


# --- filling in ---


def put_all(root: etree._Element, known: Catalogue, repair: Repair) -> None:
    """Fill in everything of a repair; what is there already stays, unless it is what was wrong."""
    for fill in repair.fill:
        put(root, known, fill.target, fill.value, replace=fill.replace)
    for path, value in repair.also.items():
        put(root, known, path, value)


def put(root: etree._Element, known: Catalogue, path: str, value: str, *, replace: bool = False) -> None:
    """Set the field at a path, in the first of blocks that repeat, in schema order; blocks are made where needed.

    A path that this version does not have is left alone.
    """
    if known.at(path) is None:
        return
    namespace = known_version(known.version).namespace
    block, parent = root, known.root
    steps = path.split("/")
    for depth, name in enumerate(steps):
        tag = f"{{{namespace}}}{name}"
        child = block.find(tag)
        last = depth == len(steps) - 1
        if child is not None and last and not replace:
            return
        if child is None:
            child = etree.Element(tag)
            _insert(block, child, parent)
        if last:
            child.text = value
            return
        block, parent = child, next(one for one in parent.children if one.name == name)


def _insert(block: etree._Element, child: etree._Element, parent: Element) -> None:
    order = {one.name: number for number, one in enumerate(parent.children)}
    place = order[etree.QName(child).localname]
    for number, other in enumerate(block):
        if isinstance(other.tag, str) and order.get(etree.QName(other).localname, -1) > place:
            block.insert(number, child)
            return
    block.append(child)


def _text(root: etree._Element, known: Catalogue, path: str) -> str | None:
    namespace = known_version(known.version).namespace
    found = root.find("/".join(f"{{{namespace}}}{step}" for step in path.split("/")))
    return None if found is None or found.text is None else found.text.strip()
