"""A slow and literal reading of the facts about the rules (domain/oso/rules.yaml): the judge of our fast engine.

It shares nothing with dod2oso: its own XML tree (expat), its own parser of `fires_if`, its own code lists. It
works everything out again for every rule and every place, and knows a third truth value: ABORT.
"""

import calendar
import csv
import re
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import yaml

ABORT = "abort"
Outcome = tuple[str, list[tuple[str, str]], list[tuple[str, str]]]  # state, (rule, at) fired, (rule, at) advised


@dataclass(eq=False)
class Element:
    """An element; `name` is None when it belongs to another namespace. Texts and elements in document order."""

    local: str
    name: str | None
    qualified: str
    parent: "Element | None"
    content: list["Element | str"] = field(default_factory=list)

    @cached_property
    def elements(self) -> list["Element"]:
        """Its children; asked for when the whole document has been read."""
        return [c for c in self.content if isinstance(c, Element)]

    def texts(self) -> list[str]:
        return [c for c in self.content if isinstance(c, str) and c]

    def string(self) -> str:
        return "".join(c if isinstance(c, str) else c.string() for c in self.content)

    def at(self) -> str:
        if self.parent is None:
            return f"/{self.local}[1]"
        n = 1
        for brother in self.parent.elements:
            if brother is self:
                break
            n += brother.qualified == self.qualified
        return f"{self.parent.at()}/{self.local}[{n}]"


@lru_cache(maxsize=1)  # the same document for one layer after the other
def parse(data: bytes, namespace: str) -> Element:
    """The tree of a document, with text nodes as XPath sees them."""
    stack: list[Element] = []
    root: list[Element] = []
    fresh = [True]  # does the next text start a new text node?

    def start(qualified: str, _attributes: Any) -> None:
        uri, _, local = qualified.rpartition(" ")
        element = Element(local, local if uri == namespace else None, qualified, stack[-1] if stack else None)
        (stack[-1].content if stack else root).append(element)
        stack.append(element)
        fresh[0] = True

    def end(_qualified: str) -> None:
        stack.pop()
        fresh[0] = True

    def text(piece: str) -> None:
        content = stack[-1].content
        if not fresh[0] and content and isinstance(content[-1], str):
            content[-1] += piece
        else:
            content.append(piece)
        fresh[0] = False

    def splits(*_anything: Any) -> None:
        fresh[0] = True

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.CommentHandler = parser.ProcessingInstructionHandler = splits
    parser.Parse(data, True)
    return root[0]


@dataclass(frozen=True)
class Facts:
    """The facts files, read once."""

    rules: dict[str, Any]
    codes: dict[tuple[int, str], frozenset[str]]
    namespaces: dict[str, str]


@cache
def facts(folder: Path) -> Facts:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rules = yaml.load((folder / "rules.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506
    lists = yaml.load((folder / "codelists.yaml").read_text("utf-8"), Loader=loader)["codelists"]  # noqa: S506
    codes = {}
    for one in lists:
        now: set[str] = set(one["codes"])
        changes = {change["version"]: change for change in one["changes"]}
        for version in one["versions"]:
            if version in changes:
                now = (now | set(changes[version]["add"])) - set(changes[version]["remove"])
            codes[one["number"], version] = frozenset(now)
    with (folder / "namespaces.csv").open(encoding="utf-8") as file:
        spaces = {row["version"]: row["target_namespace"] for row in csv.DictReader(file, delimiter=";")}
    return Facts(rules, codes, spaces)


def per_version(value: Any, version: str) -> Any:
    """A plain value, or the entry whose key names the version."""
    if not isinstance(value, dict):
        return value
    return next(found for key, found in value.items() if version in key.split())


@dataclass(frozen=True)
class PlainRule:
    key: str
    layer: str
    context: str
    fires_if: str


@cache
def rules_of(folder: Path, version: str, layer: str) -> list[PlainRule]:
    """Every rule of a version for one layer, gegevensset included."""
    data = facts(folder).rules
    found = []
    for rule in data["rules"]:
        if version in rule["versions"] and rule["layer"] in ("gegevensset", layer):
            texts = (per_version(rule["context"], version), per_version(rule["fires_if"], version))
            found.append(PlainRule(rule["key"], rule["layer"], *texts))
    for rule in data["codelist_rules"]:
        if version in rule["versions"]:
            number = rule["codelist"]
            text = f"not in_list(., {number})"
            if rule["context"] == "document":
                all_codes = sorted(facts(folder).codes[number, version])
                text = " and ".join(f"not has(deeldossier,'{code}')" for code in all_codes)
            found.append(PlainRule(rule["key"], "gegevensset", rule["context"], text))
    for rule in data["category_rules"]:
        if version in rule["versions"]:
            found += _category(rule, version)
    return found


def _category(rule: dict[str, Any], version: str) -> list[PlainRule]:
    name = rule["category"]
    found = []
    for words, paths in per_version(rule["paths"], version).items():
        full = [path.replace("L/", "dossier/huidigeschool/leerling/") for path in paths]
        for word in words.split():
            if not full:
                continue
            trigger = f"val(doc:dossier/metadata/categorie_uitlevering/{rule['field']}) = '{word}'"
            if word == "VERPLICHT":
                none = " and ".join(f"absent(doc:{path})" for path in full)
                text = f"{trigger} and {none}"
                found.append(PlainRule(f"cat-{name}-verplicht", "gegevensset", "document", text))
                continue
            kind = {"VERBODEN": "verboden", "OPT-UIT": "uitgezet"}[word]
            for path in full:
                key = f"cat-{name}-{kind}-{path.rpartition('/')[2]}"
                text = f"{trigger} and exists(doc:{path})"
                found.append(PlainRule(key, "gegevensset", "document", text))
    return found


def evaluate(folder: Path, data: bytes, version: str, layer: str) -> Outcome:
    """What the official validators would say, by the book."""
    known = facts(folder)
    document = _Document(parse(data, known.namespaces[version]), known, version, layer)
    fired: list[tuple[str, str]] = []
    advised: list[tuple[str, str]] = []
    silent = {
        key
        for one in known.rules["cannot_fire"]
        if version in one["versions"] and one["layer"] == layer and "doorloop stopt" in one["reason"]
        for key in one["keys"]
    }
    for rule in rules_of(folder, version, layer):
        for spot in document.context(rule.context, reached=True):
            outcome = document.outcome(rule.fires_if, spot)
            if outcome == ABORT:
                return "crashed", [], []
            if outcome:
                fired.append((rule.key, spot.at() if spot else "/[1]"))
        if rule.key in silent:
            for spot in document.context(rule.context, reached=False):
                if document.outcome(rule.fires_if, spot) is True:
                    advised.append((rule.key, spot.at() if spot else "/[1]"))
    return "failed" if fired else "passed", fired, advised


@lru_cache(maxsize=1)  # of the document that was parsed last
def _outcomes(_root: Element, _version: str) -> dict[tuple[str, Element | None], bool | str]:
    return {}


class _Document:
    def __init__(self, root: Element, known: Facts, version: str, layer: str) -> None:
        self.version, self.known = version, known
        self.all: list[Element] = []
        self.visited: list[Element] = []
        self.named: dict[str, list[Element]] = {}
        stops = known.rules["traversal_stops"][version][layer]
        self.outcomes = _outcomes(root, version)
        self.stops: dict[str, list[str]] = {}  # by the name in which they end
        for pattern in stops:
            self.stops.setdefault(pattern.rpartition("/")[2], []).append(pattern)
        self._walk(root, reached=True)
        self.reached = {id(element) for element in self.visited}

    def _walk(self, element: Element, *, reached: bool) -> None:
        self.all.append(element)
        self.named.setdefault(element.name or "", []).append(element)
        if reached:
            self.visited.append(element)
        stop = any(_fits(element, pattern) for pattern in self.stops.get(element.name or "", ()))
        for child in element.elements:
            self._walk(child, reached=reached and not stop)

    def context(self, text: str, *, reached: bool) -> list[Element | None]:
        if text == "document":
            return [None]
        if " > " in text:
            first, second = text.split(" > ")
            inner = self.context(second, reached=reached)
            return [spot for _ in self.context(first, reached=reached) for spot in inner]
        kind, pattern = text.split()
        found = self.like(pattern)
        return [e for e in found if kind == "all" or (id(e) in self.reached) == reached]

    def like(self, pattern: str) -> list[Element]:
        return [e for e in self.named.get(pattern.rpartition("/")[2], []) if _fits(e, pattern)]

    def find(self, path: str, spot: Element | None) -> list[Element]:
        if path.startswith("doc:"):
            return self.like(path[4:])
        found = [spot] if spot is not None else []
        if path == ".":
            return found
        for name in path.split("/"):
            found = [child for one in found for child in one.elements if child.name == name]
        return found

    def variable(self, name: str) -> list[str]:
        path = {
            "overdrachtsoort": "doc:overdrachtsoort",
            "overstap": "doc:metadata/overstap",
            "schoolsoort": "doc:huidigeschool/soort",
            "deeldossier": "doc:metadata/deeldossier",
        }[name]
        return [text for e in self.find(path, None) for text in e.texts()]

    def outcome(self, text: str, spot: Element | None) -> bool | str:
        """What a rule says at a place: worked out once, for both layers share rules, and neither changes an outcome."""
        key = (text, spot)
        if key not in self.outcomes:
            self.outcomes[key] = self.true(text, spot)
        return self.outcomes[key]

    def true(self, text: str, spot: Element | None) -> bool | str:
        """True, False or ABORT."""
        word, *parts = _apart(text)
        match word:
            case "then":
                outcome = self.true(parts[0], spot)
                return self.true(parts[1], spot) if outcome is True else outcome
            case "and":
                outcomes = [self.true(part, spot) for part in parts]
                return False if False in outcomes else ABORT if ABORT in outcomes else True
            case "or":
                return True in [self.true(part, spot) for part in parts]
            case "not":
                outcome = self.true(parts[0], spot)
                return outcome if outcome == ABORT else not outcome
            case "part":
                return any(part in (parts[0], "LASLVS") for part in self.variable("deeldossier"))
        return self._function(parts, spot)

    def _function(self, call: list[str], spot: Element | None) -> bool | str:
        name, path, second, _op, right = call
        wanted = self._literal(right or second or "")
        if name == "has":
            return wanted in self.variable(path)
        found = self.find(path, spot)
        if name in ("exists", "absent"):
            return bool(found) == (name == "exists")
        if name == "text":
            return any(wanted == t for e in found for t in e.texts())
        if name == "val":
            return any(e.string() == wanted for e in found)
        if name == "in_list":
            codes = self.known.codes[int(second), self.version]
            return any(t in codes for e in found for t in e.texts())
        if name == "before":
            return self._before(path, spot)
        if name == "search1":
            nodes = [t for e in found for t in e.texts()]
            return ABORT if len(nodes) > 1 else bool(re.search(self._pattern(second), "".join(nodes)))
        if len(found) > 1:
            return ABORT
        if name == "true":
            if not found:
                return False
            return {"true": True, "1": True, "false": False, "0": False}.get(found[0].string().strip(" \t\r\n"), ABORT)
        string = found[0].string() if found else None
        if name == "str":
            return string == wanted
        if name == "len":
            length = len(string or "")
            return length < int(right) if _op == "<" else length > int(right)
        if name == "contains":
            return string is not None and wanted in string
        assert name == "search", call
        return string is not None and bool(re.search(self._pattern(second), string))

    def _literal(self, text: str) -> str:
        if text in ("STANDAARDVERSIE", "VALIDATIEVERSIE"):
            return str(self.known.rules["version_values"][self.version][text.lower()])
        return text.strip("'")

    def _pattern(self, name: str) -> str:
        pattern = str(self.known.rules["constants"][name])
        return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern

    def _before(self, path: str, spot: Element | None) -> bool | str:
        outer, inner = path.split("/")
        for one in self.find(outer, spot):
            dates = self.find(inner, one)
            if not dates:
                continue
            if len(dates) > 1:
                return ABORT
            taken, start = _date(dates[0].string()), self._window()
            if taken is None or start is None:
                return ABORT
            if taken[1] < start:
                return True
        return False

    def _window(self) -> int | None:
        days = self.find("doc:metadata/datum", None)
        day = _date(days[0].string()) if len(days) == 1 else None
        if day is None:
            return None
        year, moment = day
        august = _date(f"{year:04d}-08-01") if year > 0 else None
        if august is None or year < 1000:
            return None
        year -= 3 if moment < august[1] else 2
        start = _date(f"{year:04d}-08-01")
        return None if year < 1000 or start is None else start[1]


def _fits(element: Element, pattern: str) -> bool:
    """Does the chain of names end in this element? `*` is any parent."""
    above: Element | None = element
    for name in reversed(pattern.split("/")):
        if above is None or (name != "*" and above.name != name):
            return False
        above = above.parent
    return True


@cache
def _apart(text: str) -> list[str]:
    """A text of `fires_if` taken apart once: a word and its parts, each of which may be taken apart again."""
    text = text.strip()
    if " then " in text:
        return ["then", *text.split(" then ")]
    for word in ("and", "or"):
        parts = _split(text, f" {word} ")
        if len(parts) > 1:
            return [word, *parts]
    if text.startswith("not "):
        return ["not", text[4:]]
    if text.startswith("(") and text.endswith(")"):
        return _apart(text[1:-1])
    if text in ("LAS", "LVS"):
        return ["part", text]
    match = re.fullmatch(r"(\w+)\(([^,)]*)(?:, ?([^)]*))?\)(?: ([=<>]) (.*))?", text)
    assert match, text
    return ["call", *(group or "" for group in match.groups())]


def _split(text: str, word: str) -> list[str]:
    """Split at a word outside brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and text.startswith(word, i):
            parts.append(text[start:i])
            start = i + len(word)
    return [*parts, text[start:]]


def _date(text: str) -> tuple[int, int] | None:
    """Year and a number that grows with time (not days: only the order counts, 31 July and 1 August touch)."""
    match = re.fullmatch(r"(-?)(\d{4,})-(\d\d)-(\d\d)(?:(Z)|([+-])(\d\d):(\d\d))?", text.strip(" \t\r\n"), re.ASCII)
    if match is None or (len(match[2]) > 4 and match[2].startswith("0")):
        return None
    year, month, day = int(match[1] + match[2]), int(match[3]), int(match[4])
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]:
        return None
    zone = int(match[7] or 0) * 60 + int(match[8] or 0)
    if zone > 840 or int(match[8] or 0) > 59:
        return None
    if match[6] == "-":
        zone = -zone
    if not match[5] and not match[6]:
        zone = _local_zone()
    return year, ((year * 12 + month) * 31 + day) * 1440 - zone


def _local_zone() -> int:
    import time

    return time.localtime().tm_gmtoff // 60
