"""Expressions and places become plain Python functions, once per version and layer.

The official `and` is kept: a part that is false decides, whatever the other parts do; only then an abort counts.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dod2oso.oso.rules.document import Spot, Tags, is_under, is_visited
from dod2oso.oso.rules.expression import (
    And,
    Expression,
    Not,
    Or,
    Path,
    Test,
    Then,
    can_abort,
    parts_of,
    tests_of,
)
from dod2oso.oso.rules.functions import Abort, Functions, Judge
from dod2oso.oso.rules.place import Place

# How often an element counts as a place, and how often it would if the official walk never stopped.
Confirm: TypeAlias = Callable[[Spot], tuple[int, int]]

# The name of a child, and its text when that is known as well.
Need: TypeAlias = tuple[str, str | None]

# False, and no abort, when there is no element on their path. Not contains(): an empty text is in every text.
_FALSE_WITHOUT = frozenset({"exists", "true", "text", "val", "in_list", "str", "search", "before"})


def compile_expression(expression: Expression, functions: Functions) -> Judge:
    """The whole expression as one function; raises Abort where the official validator would stop."""
    match expression:
        case Test():
            return functions.judge(expression)
        case Not(part):
            negated = compile_expression(part, functions)
            return lambda spot: not negated(spot)
        case Or(parts):
            either = [compile_expression(part, functions) for part in parts]
            return lambda spot: any(part(spot) for part in either)
        case Then(first, second):
            before, after = compile_expression(first, functions), compile_expression(second, functions)
            return lambda spot: before(spot) and after(spot)
        case And(parts):
            return _all([compile_expression(part, functions) for part in sorted(parts, key=can_abort)])


def compile_place(place: Place, functions: Functions, stops: Sequence[Tags]) -> Confirm:
    """Is an element with the last tag of the place really there? Asked only when a rule would speak.

    The official walk goes no further below an element of `stops`.
    """
    tags, each = functions.tags(place.steps), functions.tags(place.each)

    def per_visit(spot: Spot) -> tuple[int, int]:
        if not is_under(spot.element, tags):
            return 0, 0
        found = spot.doc.chains[each]
        return sum(1 for one in found if is_visited(one, stops)), len(found)

    def once_visited(spot: Spot) -> tuple[int, int]:
        return (int(is_visited(spot.element, stops)), 1) if is_under(spot.element, tags) else (0, 0)

    def once(spot: Spot) -> tuple[int, int]:
        return (1, 1) if is_under(spot.element, tags) else (0, 0)

    if each:
        return per_visit
    return once_visited if place.kind == "visit" else once


def split_guards(expression: Expression) -> tuple[list[Expression], Expression]:
    """The parts that look at the document only and cannot abort, and what remains for each place.

    Guards may be worked out first: a false part decides an `and` whatever the others do.
    """
    if isinstance(expression, Then):
        guards, first = split_guards(expression.first)
        return guards, Then(first, expression.second)
    parts = parts_of(expression)
    guards = [part for part in parts if _is_guard(part)]
    return guards, And(tuple(part for part in parts if not _is_guard(part)))


def narrow(expression: Expression) -> tuple[list[Need], list[str]]:
    """Children without which the expression is certainly false, and names of children with which it is.

    So most places are dismissed in one go, before any function is called. A false part decides an `and`, also when
    another part would abort.
    """
    if isinstance(expression, Then):
        return narrow(expression.first)
    needs: list[Need] = []
    bars: list[str] = []
    for part in parts_of(expression):
        match part:
            case Test("absent", Path((name,), False)) | Not(Test("exists", Path((name,), False))):
                bars.append(name)
            case Test("str", Path((name,), False), _, str(text)):
                needs.append((name, text))
            case Test(function, Path((name, *_), False)) if function in _FALSE_WITHOUT:
                needs.append((name, None))
    return needs, bars


def _is_guard(expression: Expression) -> bool:
    return not can_abort(expression) and all(test.path.doc for test in tests_of(expression))


def _all(parts: list[Judge]) -> Judge:
    if len(parts) == 1:
        return parts[0]

    def judge(spot: Spot) -> bool:
        aborted = False
        for part in parts:
            try:
                if not part(spot):
                    return False
            except Abort:
                aborted = True
        if aborted:
            raise Abort
        return True

    return judge
