"""All rules of one version and layer, ready to judge documents."""

from collections.abc import Sequence
from typing import NamedTuple

from dod2oso.base.caches import by_version
from dod2oso.base.errors import UsageError
from dod2oso.oso import versions
from dod2oso.oso.codelists import codes
from dod2oso.oso.rules import loading
from dod2oso.oso.rules.compiling import Confirm, Need, compile_expression, compile_place, narrow, split_guards
from dod2oso.oso.rules.document import Document, Element, Spot, Tags, value
from dod2oso.oso.rules.expression import And, Expression, Not, Path, Test, parts_of
from dod2oso.oso.rules.functions import Abort, Functions, Judge
from dod2oso.oso.rules.model import Fired, Rule, RuleResult

DOCUMENT = "/[1]"
TRANSFER_LAYERS = ("ov", "swv")


class _Check(NamedTuple):
    """One rule, compiled. `order` is its place among the rules; `guards` are positions in the list of guards.

    Where a child of `needs` is missing or a child of `bars` is there, the rule certainly has nothing to say.
    """

    order: int
    rule: Rule
    guards: tuple[int, ...]
    needs: tuple[Need, ...]
    bars: Tags
    judge: Judge
    confirm: Confirm


class _Leaf(NamedTuple):
    """A code list rule on the elements with one tag. Most values are good, so they are looked up right here."""

    tag: str
    good: frozenset[str]
    check: _Check


class _Bundle(NamedTuple):
    """Checks that all wait for the same guards."""

    guards: tuple[int, ...]
    checks: list[_Check]


class _Group(NamedTuple):
    """All checks on the elements with one tag; no tag: on the document."""

    tag: str
    bundles: list[_Bundle]


class _Switch(NamedTuple):
    """Checks on the document that wait for one text in one field, such as VERPLICHT in a cat_ field."""

    tags: Tags
    cases: dict[str, list[_Check]]


class _Messages(NamedTuple):
    """What the rules say, with the order of the rule."""

    fired: list[tuple[int, Fired]]
    advised: list[tuple[int, Fired]]


class RuleSet:
    """The rules of one version for one layer (`ov` or `swv`), those of layer gegevensset included."""

    def __init__(self, version: str, layer: str) -> None:
        known = versions.version(version)
        if layer not in TRANSFER_LAYERS or layer not in known.layers:
            layers = ", ".join(name for name in known.layers if name in TRANSFER_LAYERS)
            raise UsageError("layer-unknown", version=version, layer=layer, known=layers)
        basis = loading.basis(version)
        self.version = version
        self.layer = layer
        self.rules = loading.rules(version, layer)
        self._by_key = {rule.key: rule for rule in self.rules}
        functions = Functions(known.namespace, lambda number: codes(number, version), basis.day)
        stops = [functions.tags(stop) for stop in basis.stops[layer]]
        self._guards: list[Judge] = []
        self._switches: list[_Switch] = []
        checks = self._compile(functions, stops)
        self._leaves = _leaves(functions, checks)
        self._groups = _grouped(functions, checks)

    def rule(self, key: str) -> Rule:
        """The rule with this key; KeyError when this version and layer have none."""
        return self._by_key[key]

    def legal(self) -> frozenset[str]:
        """The keys of rules that officially only advise here, while the law asks the same."""
        return frozenset(rule.key for rule in self.rules if rule.advised and rule.law is not None)

    def message(self, key: str, lang: str = "nl") -> str:
        """What is wrong when this rule speaks."""
        return self._by_key[key].message.text(lang)

    def remedy(self, key: str, lang: str = "nl") -> str:
        """What a person must do about it."""
        return self._by_key[key].remedy.text(lang)

    def evaluate(self, root: Element) -> RuleResult:
        """Judge the document of which `root` is the root element: `evaluate_document` of it."""
        return self.evaluate_document(Document(root))

    def evaluate_document(self, doc: Document) -> RuleResult:
        """Judge a document.

        Messages come in the order of the rules, then of the document, and as often as the official validator
        gives them.
        """
        messages = _Messages([], [])
        try:
            self._judge(doc, messages)
        except Abort:
            return RuleResult("crashed")
        fired, advised = (_ordered(found) for found in messages)
        return RuleResult("failed" if fired else "passed", fired, advised)

    def _judge(self, doc: Document, messages: _Messages) -> None:
        spot = Spot(doc)
        for tags, cases in self._switches:
            for text in {value(element) for element in doc.chains[tags]}:
                for check in cases.get(text, ()):
                    if check.judge(spot):
                        _speak(spot, check, messages)
        for tag, good, check in self._leaves:
            for element in doc.tagged[tag]:
                if element.text not in good:
                    spot.element = element
                    if check.judge(spot):
                        _speak(spot, check, messages)
        known: list[bool | None] = [None] * len(self._guards)
        for tag, bundles in self._groups:
            elements = doc.tagged[tag] if tag else (doc.root,)
            if not elements:
                continue
            for guards, checks in bundles:
                for guard in guards:
                    opened = known[guard]
                    if opened is None:
                        opened = known[guard] = self._guards[guard](spot)
                    if not opened:
                        break
                else:
                    for check in checks:
                        _try(spot, check, elements, messages)

    def _compile(self, functions: Functions, stops: Sequence[Tags]) -> list[_Check]:
        """All rules as checks; those that belong in a switch are put there."""
        positions: dict[Expression, int] = {}
        switches: dict[Tags, dict[str, list[_Check]]] = {}
        checks = []
        for order, rule in enumerate(self.rules):
            confirm = compile_place(rule.place, functions, stops)
            first, *rest = parts_of(rule.fires)
            if rule.place.kind == "document" and isinstance(first, Test) and first.function == "val" and first.path.doc:
                judge = compile_expression(And(tuple(rest)), functions)
                cases = switches.setdefault(functions.tags(first.path.steps), {})
                cases.setdefault(str(first.value), []).append(_Check(order, rule, (), (), (), judge, confirm))
                continue
            guards, local = split_guards(rule.fires)
            for guard in guards:
                if guard not in positions:
                    positions[guard] = len(self._guards)
                    self._guards.append(compile_expression(guard, functions))
            numbers = tuple(positions[guard] for guard in guards)
            judge = compile_expression(local, functions)
            needs, bars = narrow(local)
            tagged = tuple((functions.tags((name,))[0], text) for name, text in needs)
            checks.append(_Check(order, rule, numbers, tagged, functions.tags(bars), judge, confirm))
        self._switches = [_Switch(tags, cases) for tags, cases in switches.items()]
        return checks


@by_version
def ruleset(version: str, layer: str) -> RuleSet:
    """The rules of this version and layer (`ov` or `swv`); UsageError when there are none."""
    return RuleSet(version, layer)


def _speak(spot: Spot, check: _Check, messages: _Messages) -> None:
    """Report a rule that is true here, as often as this place counts."""
    times, without_stops = check.confirm(spot)
    if without_stops:
        place = check.rule.place
        at = DOCUMENT if place.kind == "document" else spot.doc.locator.place(spot.element)
        message = (check.order, Fired(check.rule.key, at))
        messages.fired.extend([message] * times)
        if check.rule.advised:
            messages.advised.extend([message] * (without_stops - times))


def _try(spot: Spot, check: _Check, elements: Sequence[Element], messages: _Messages) -> None:
    """Judge these elements, those that `needs` and `bars` leave."""
    doc = spot.doc
    for tag, text in check.needs:
        parents = doc.families[tag] if text is None else doc.parents(tag, text)
        if not parents:
            return
        elements = [element for element in elements if element in parents]
    for tag in check.bars:
        family = doc.families[tag]
        if family:
            elements = [element for element in elements if element not in family]
    for spot.element in elements:
        try:
            if check.judge(spot):
                _speak(spot, check, messages)
        except Abort:
            if check.confirm(spot)[0]:
                raise


def _leaves(functions: Functions, checks: Sequence[_Check]) -> list[_Leaf]:
    numbered = [(_codelist(check.rule), check) for check in checks]
    return [
        _Leaf(functions.tags(check.rule.place.steps)[-1], functions.codes(number), check)
        for number, check in numbered
        if number is not None
    ]


def _grouped(functions: Functions, checks: Sequence[_Check]) -> list[_Group]:
    by_tag: dict[str, dict[tuple[int, ...], list[_Check]]] = {}
    for check in checks:
        if _codelist(check.rule) is None:
            tag = "".join(functions.tags(check.rule.place.steps)[-1:])
            by_tag.setdefault(tag, {}).setdefault(check.guards, []).append(check)
    return [_Group(tag, [_Bundle(*item) for item in bundles.items()]) for tag, bundles in by_tag.items()]


def _codelist(rule: Rule) -> int | None:
    """The number of the list when the rule says no more than `not in_list(., number)` of an element."""
    match parts_of(rule.fires):
        case (Not(Test("in_list", Path((), False), _, number)),) if rule.place.steps:
            return int(number)
    return None


def _ordered(messages: list[tuple[int, Fired]]) -> list[Fired]:
    messages.sort(key=lambda message: message[0])
    return [fired for _, fired in messages]
