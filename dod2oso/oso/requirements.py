"""What a transfer asks of every element of the dossier, read from the schema and from the rules themselves.

Nothing is listed here: an element is required because the schema or a rule says that it may not be absent. What the
transfer decides (its name, the categories) is filled in, and what is then left of a rule tells how firm it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from dod2oso.base.caches import by_version
from dod2oso.oso.added import added
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.rules import loading
from dod2oso.oso.rules.expression import And, Expression, Not, Or, Path, Test, Then
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.places import Places
from dod2oso.oso.transfers import categories, transfer

# required     may not be absent                      one-of      one of several is required
# conditional  required when something else is so     in-block    required where the block around it is there
# advised      a rule that is not enforced officially forbidden   may not be there
# law          no rule asks for it; the law names it (transfers.yaml), in what form is not said
Level = Literal["required", "one-of", "conditional", "in-block", "advised", "law", "forbidden", "optional"]
_FIRM: tuple[Level, ...] = ("required", "one-of", "conditional", "advised", "forbidden")

_PUPIL_PARTS = "LASLVS"  # what dod2oso writes; a dossier without tests says LAS, for which the same rules hold


@dataclass(frozen=True, slots=True)
class Requirement:
    """How firmly an element is asked for, and the rules that say so (none: the schema does, or nobody)."""

    level: Level
    rules: tuple[str, ...] = ()


OPTIONAL = Requirement("optional")


@by_version
def requirements(version: str, name: str) -> Mapping[str, Requirement]:
    """The requirement of every path under dossier, blocks too. UsageError for an unknown version or transfer."""
    known = catalogue(version)
    said = _said(known, name)
    named = transfer(name).law_names
    found: dict[str, Requirement] = {}

    def visit(element: Element, above: bool) -> None:
        """`above`: everything around this element is required."""
        levels = said.get(element.path, {})
        must = "required" in levels or _in_schema(element) == "required"
        if must or _in_schema(element) == "one-of":
            level: Level = "in-block" if not above else "required" if must else "one-of"
            found[element.path] = Requirement(level, tuple(levels.get("required", ())))
        else:
            level = next((level for level in _FIRM if level in levels), "optional")
            found[element.path] = Requirement(level, tuple(key for keys in levels.values() for key in keys))
        if element.path in named and found[element.path].level in ("optional", "in-block"):
            found[element.path] = Requirement("law", found[element.path].rules)
        for child in element.children:
            visit(child, must and above)

    for child in known.root.children:
        visit(child, True)
    return MappingProxyType(found)


def _in_schema(element: Element) -> Level:
    group = element.group
    if element.min == 0 or (group is not None and group.min == 0):
        return "optional"
    return "one-of" if group is not None and group.kind == "choice" else "required"


def _said(known: Catalogue, name: str) -> dict[str, dict[Level, list[str]]]:
    """Per path what the rules say of it, the place of the rule taken as given."""
    said: dict[str, dict[Level, list[str]]] = {}
    facts = _facts(known.version, name)
    places = Places(known)
    for rule in loading.rules(known.version, transfer(name).layer):
        for level, paths in _claims(rule, facts):
            for path, asked in places.under(rule, paths):
                keys = said.setdefault(path, {}).setdefault(level, [])
                if asked and rule.key not in keys:
                    keys.append(rule.key)
    derived = added().get(known.version)
    for path in derived.asked.get(name, ()) if derived is not None else ():  # found by leaving it out
        if not said.get(path):  # a rule of ours knows better when it is asked
            said[path] = {"required": []}
    return said


def _claims(rule: Rule, facts: Mapping[str, str]) -> Iterator[tuple[Level, list[Path]]]:
    left = _reduce(rule.fires, facts)
    if isinstance(left, bool):
        return
    parts = left.parts if isinstance(left, And) else (left,)
    absent = [part.path for part in parts if isinstance(part, Test) and part.function == "absent"]
    if isinstance(left, Not) and isinstance(left.part, Test) and left.part.function == "true":
        absent = [left.part.path]  # it must say yes, so it must be there
    any_of = left.parts if isinstance(left, Or) else parts if len(parts) == 1 else ()
    present = [part.path for part in any_of if isinstance(part, Test) and part.function == "exists"]
    if absent:
        if rule.advised:
            yield "advised", absent
        elif len(absent) < len(parts):
            yield "conditional", absent
        else:
            yield ("required" if len(absent) == 1 else "one-of"), absent
    elif present and len(present) == len(any_of) and not rule.advised:
        yield "forbidden", present


def _facts(version: str, name: str) -> dict[str, str]:
    """What the transfer decides, by the last name of its path."""
    asked = transfer(name)
    facts = {"overstap": asked.overstap or "", "overdrachtsoort": asked.overdrachtsoort, "deeldossier": _PUPIL_PARTS}
    return {**facts, **categories(name, version)}


def _reduce(expression: Expression, facts: Mapping[str, str]) -> Expression | bool:
    """The expression with the facts filled in; a bool when nothing is left to ask."""
    match expression:
        case Test():
            return _test(expression, facts)
        case Not(part):
            left = _reduce(part, facts)
            return not left if isinstance(left, bool) else Not(left)
        case Then(first, second):
            return _reduce(And((first, second)), facts)
        case And(parts):
            return _join([_reduce(part, facts) for part in parts], And, neutral=True)
        case Or(parts):
            return _join([_reduce(part, facts) for part in parts], Or, neutral=False)


def _test(test: Test, facts: Mapping[str, str]) -> Expression | bool:
    last = test.path.steps[-1] if test.path.steps else ""
    return facts[last] == test.value if test.op == "=" and last in facts else test


def _join(parts: list[Expression | bool], kind: type[And] | type[Or], *, neutral: bool) -> Expression | bool:
    if any(part is (not neutral) for part in parts):
        return not neutral
    left: list[Expression] = []
    for part in parts:
        if isinstance(part, bool):
            continue
        left.extend(part.parts if isinstance(part, kind) else (part,))
    if not left:
        return neutral
    return left[0] if len(left) == 1 else kind(tuple(left))
