"""The small language of the rules (mappings/oso/rules/basis.yaml explains it): text in, a tree out.

Names are resolved while parsing: variables and flags become paths, constants become texts. So the tree holds
only paths and literals, and a name that nobody declared is an error here, not a silence later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn, TypeAlias

from dod2oso.base.texts import Text


class ExpressionError(Exception):
    """The text is not an expression; the caller adds file and line."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.message = Text(key, **values)

    def text(self, lang: str) -> str:
        return self.message.text(lang)


class Path(NamedTuple):
    """Element names from the place that is judged (none: the place itself) or, with `doc`, anywhere in the document."""

    steps: tuple[str, ...]
    doc: bool = False


class Test(NamedTuple):
    """One function on one path. `op` is = < > for functions that compare, else empty."""

    function: str
    path: Path
    op: str = ""
    value: str | int = ""


class Not(NamedTuple):
    part: "Expression"


class And(NamedTuple):
    parts: tuple["Expression", ...]


class Or(NamedTuple):
    parts: tuple["Expression", ...]


class Then(NamedTuple):
    first: "Expression"
    second: "Expression"


Expression: TypeAlias = Test | Not | And | Or | Then

ALWAYS = And(())


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may call by name, for one version."""

    variables: Mapping[str, Path] = field(default_factory=dict)
    flags: Mapping[str, Expression] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)


# Per function: the kind of its second argument, and the comparisons that must follow it.
_SECOND = {"has": "string", "contains": "string", "search": "pattern", "search1": "pattern", "in_list": "number"}
_SECOND["before"] = "window"
_COMPARED = {"text": "=", "val": "=", "str": "=", "len": "<>"}
_FUNCTIONS = frozenset({"exists", "absent", "true", *_SECOND, *_COMPARED})
_ABORTING = frozenset({"true", "str", "len", "contains", "search", "search1", "before"})

_TOKEN = re.compile(r"\s*(?:((?:doc:)?[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)|(\d+)|'([^']*)'|([(),=<>.])|(\S))", re.ASCII)


def parse(text: str, names: Names) -> Expression:
    """The expression in `text`; ExpressionError when it is not one."""
    return _Parser(text, names).expression()


def parse_path(text: str) -> Path:
    """`a/b`, `doc:a/b` or `.`; ExpressionError when it is none of these."""
    if text == ".":
        return Path(())
    if not re.fullmatch(r"(?:doc:)?[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*", text, re.ASCII):
        raise ExpressionError("path-wrong", text=text)
    return Path(tuple(text.removeprefix("doc:").split("/")), text.startswith("doc:"))


def both(first: Expression, second: Expression) -> Expression:
    """`first` as a condition on `second`; a `then` keeps its own second half."""
    if isinstance(second, Then):
        return Then(both(first, second.first), second.second)
    return And((*parts_of(first), *parts_of(second)))


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The parts of an `and`; anything else is its own single part."""
    return expression.parts if isinstance(expression, And) else (expression,)


def tests_of(expression: Expression) -> tuple[Test, ...]:
    """Every test in the tree, left to right."""
    match expression:
        case Test():
            return (expression,)
        case Not(part):
            return tests_of(part)
        case Then(first, second):
            return tests_of(first) + tests_of(second)
        case And(parts) | Or(parts):
            return tuple(test for part in parts for test in tests_of(part))


def can_abort(expression: Expression) -> bool:
    """Could the official validator stop with an error while it works this out?"""
    return any(test.function in _ABORTING for test in tests_of(expression))


class _Parser:
    """Recursive descent: then < or < and < not < test."""

    def __init__(self, text: str, names: Names) -> None:
        self._names = names
        self._tokens = list(_tokens(text))
        self._next = 0

    def expression(self) -> Expression:
        found = self._or()
        if self._take("word", "then"):
            found = Then(found, self._or())
        if self._next < len(self._tokens):
            self._fail("expression-ended")
        return found

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._take("word", "or"):
            parts.append(self._and())
        if len(parts) == 1:
            return parts[0]
        found = Or(tuple(parts))
        if can_abort(found):  # the official outcome of such an `or` depends on the order of work
            self._fail("expression-or-aborts")
        return found

    def _and(self) -> Expression:
        parts = [*parts_of(self._not())]
        while self._take("word", "and"):
            parts += parts_of(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Expression:
        if self._take("word", "not"):
            return Not(self._not())
        if self._take("sign", "("):
            found = self._or()
            self._need("sign", ")")
            return found
        return self._test()

    def _test(self) -> Expression:
        name = self._need("word")
        if name in self._names.flags:
            return self._names.flags[name]
        if name not in _FUNCTIONS:
            self._fail("expression-name-unknown", name=name)
        self._need("sign", "(")
        path = self._variable() if name == "has" else self._path()
        value: str | int = ""
        op = ""
        if name in _SECOND:
            self._need("sign", ",")
            value = self._second(_SECOND[name])
        self._need("sign", ")")
        if name in _COMPARED:
            op = self._need("sign")
            if op not in _COMPARED[name]:
                self._fail("expression-comparison", name=name, expected=_COMPARED[name])
            value = int(self._need("number")) if name == "len" else self._text()
        if name == "before" and len(path.steps) != 2:
            self._fail("expression-before")
        return Test("text", path, "=", value) if name == "has" else Test(name, path, op, value)

    def _second(self, kind: str) -> str | int:
        if kind == "string":
            return self._need("string")
        if kind == "number":
            return int(self._need("number"))
        name = self._need("word")
        if kind == "window":
            if name != "WINDOW":
                self._fail("expression-window")
            return name
        if name not in self._names.patterns:
            self._fail("expression-pattern-unknown", name=name)
        return self._names.patterns[name]

    def _path(self) -> Path:
        if self._take("sign", "."):
            return Path(())
        return parse_path(self._need("word"))

    def _variable(self) -> Path:
        name = self._need("word")
        if name not in self._names.variables:
            self._fail("expression-variable-unknown", name=name)
        return self._names.variables[name]

    def _text(self) -> str:
        if self._next < len(self._tokens) and self._tokens[self._next][0] == "string":
            return self._need("string")
        name = self._need("word")
        if name not in self._names.constants:
            self._fail("expression-constant-unknown", name=name)
        return self._names.constants[name]

    def _take(self, kind: str, text: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next] == (kind, text)
        self._next += found
        return found

    def _need(self, kind: str, text: str = "") -> str:
        if self._next < len(self._tokens):
            found_kind, found = self._tokens[self._next]
            if found_kind == kind and text in ("", found):
                self._next += 1
                return found
        want = text or kind
        return self._fail("expression-expected", expected=want)

    def _fail(self, key: str, **values: object) -> NoReturn:
        seen = "".join(f" {text}" for _, text in self._tokens[: self._next])
        raise ExpressionError(key, seen=seen.strip(), **values)


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    for match in _TOKEN.finditer(text.rstrip()):
        kind = ("word", "number", "string", "sign", "other")[(match.lastindex or 1) - 1]
        if kind == "other":
            raise ExpressionError("expression-character", character=match[5])
        found.append((kind, match[match.lastindex or 1]))
    return found
