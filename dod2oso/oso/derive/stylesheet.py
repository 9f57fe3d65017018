"""What official stylesheets say outright: code lists, fixed version values, and for which kind of transfer they are.

The forms are regular (every code list of six versions has the same one); an unknown form is named, never guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.oso.derive.problem import Problem, UnusableError

_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_QUOTED = r"""(?:'([^']*)'|"([^"]*)")"""
_ONE_CODE = re.compile(rf"\s*not\(\s*(?:text\(\)|\.)\s*=\s*{_QUOTED}\s*\)\s*\Z")
_EVERYWHERE = re.compile(r"(?:/descendant::\*/|//)((?:[\w.-]+:)?[\w.-]+(?:/(?:[\w.-]+:)?[\w.-]+)*)\Z")
_FIXED = re.compile(rf"not\(\s*(?:[\w.-]+:)?(standaardversie|validatieversie)\s*=\s*{_QUOTED}\s*\)")
_LITERAL = re.compile(_QUOTED)
_SOME = 2  # texts in one test: less is no list
_SWV = re.compile(r"overdrachtsoort[^'\"]{0,40}['\"]swv-dossier['\"]")

Steps = tuple[str, ...]


@dataclass(slots=True)
class Said:
    """What the stylesheets of one version say.

    lists: names of parent and field ("adres", "soortadres") -> the codes that pass, in the order of the test. unread:
    such names of which something is said about codes in a form that is not known.
    """

    lists: dict[Steps, tuple[str, ...]] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[Steps] = field(default_factory=set)


def read_stylesheets(files: Mapping[str, bytes]) -> Said:
    """Read all stylesheets of a bundle, modules too; UnusableError when one is no XML."""
    said = Said()
    for name, data in files.items():
        root = parsed(name, data)
        for node in root.iter(f"{_XSL}for-each"):
            _code_list(name, node, said)
        for text in (value for node in root.iter("*") for value in node.attrib.values()):
            for found in _FIXED.finditer(str(text)):
                said.fixed.setdefault(found[1], found[2] or found[3] or "")
    return said


def parsed(name: str, data: bytes) -> etree._Element:
    """The root of a stylesheet; UnusableError when it is no XML."""
    try:
        return xmlsafe.parse_bytes(data)
    except etree.XMLSyntaxError:
        raise UnusableError("stylesheet-no-xml", name) from None


def demands_swv(data: bytes) -> bool:
    """Does this stylesheet speak of dossiers for a samenwerkingsverband (overdrachtsoort swv-dossier)?"""
    root = xmlsafe.parse_bytes(data)
    return any(_SWV.search(str(value)) for node in root.iter("*") for value in node.attrib.values())


def _code_list(name: str, node: etree._Element, said: Said) -> None:
    where = _EVERYWHERE.match(" ".join(node.get("select", "").split()))
    tests = [child.get("test", "") for child in node.iterchildren(f"{_XSL}if")]
    if where is None or len(tests) != 1:
        return
    parts = _conjuncts(tests[0])
    codes = [_ONE_CODE.match(part) for part in parts]
    steps = tuple(step.rpartition(":")[2] for step in where[1].split("/"))
    if all(codes):
        found = tuple(code[1] if code[1] is not None else code[2] for code in codes if code is not None)
        before = said.lists.setdefault(steps, found)
        if set(before) != set(found):
            said.problems.append(Problem("codes-contradict", "/".join(steps), name))
    elif any(codes) or len(_LITERAL.findall(tests[0])) >= _SOME:  # in part, or in whole, another form
        said.unread.add(steps)
        said.problems.append(Problem("codes-not-understood", "/".join(steps), f"{name}:{node.sourceline}"))


def _conjuncts(test: str) -> Iterable[str]:
    """The parts of `a and b and c` outside quotes and brackets."""
    parts, depth, quote, start = [], 0, "", 0
    for at, char in enumerate(test):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif depth == 0 and test.startswith("and", at) and _apart(test, at):
            parts.append(test[start:at])
            start = at + 3
    return [*parts, test[start:]]


def _apart(test: str, at: int) -> bool:
    before, after = test[at - 1 : at], test[at + 3 : at + 4]
    return (before.isspace() or before == ")") and (after.isspace() or after == "")
