"""What official stylesheets demand, found by asking them: about a made-up dossier, and about it with one thing changed.

Two answers come of it. Which fields may not be left out (a message that was not there before), per transfer; and which
of our own rules say the same as a message of the stylesheet: those are promoted from advice to verdict.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from lxml import etree

from dod2oso.oso.catalogue import Catalogue, catalogue
from dod2oso.oso.derive.specimen import specimen
from dod2oso.oso.rules.expression import tests_of
from dod2oso.oso.rules.model import RuleResult
from dod2oso.oso.rules.ruleset import RuleSet, ruleset
from dod2oso.oso.transfers import Transfer, all_transfers
from dod2oso.oso.versions import version as known_version

Message: TypeAlias = tuple[str, str]  # place, text
Judge = Callable[[etree._Element, str], "list[Message] | None"]  # document, layer; None: the stylesheet stopped

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_WRONG = "geen-code"
_STEERING = frozenset({"overstap", "overdrachtsoort", "deeldossier"})
_PLACES = 2  # a value is tried in so many fields of one name


@dataclass(slots=True)
class Learned:
    """promoted: layer -> keys of own rules; texts: text of a message -> key; asked: transfer -> paths.

    silent: transfers of which not even the dossier without a change was judged.
    """

    promoted: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    mutants: int = 0
    silent: list[str] = field(default_factory=list)
    stopped: int = 0  # documents on which the stylesheet gave no verdict

    @property
    def answered(self) -> bool:
        """Did the stylesheets give any verdict at all?"""
        return self.mutants > self.stopped


class _Answer(NamedTuple):
    """What both said of one document: the texts per place of the stylesheet, the rules per place of ours."""

    theirs: dict[str, set[str]]
    ours: dict[str, set[str]] | None  # None: one of our rules had no answer either


def learn(version: str, judge: Judge, stylesheets: Iterable[bytes]) -> Learned:
    """Ask the stylesheets of an added version; `stylesheets` are their bytes, to see what they mention at all."""
    mentioned = {name for data in stylesheets for name in _NAME.findall(data.decode("utf-8", "replace"))}
    learned, answers = Learned(), dict[str, list[_Answer]]()
    for kind in all_transfers():
        if version in kind.versions:
            _ask(_Trial(version, kind, judge, mentioned), learned, answers.setdefault(kind.layer, []))
    for layer, found in answers.items():
        agreed = agreement(found)
        learned.promoted[layer] = sorted(agreed)
        for key, text in agreed.items():
            learned.texts.setdefault(text, key)
    return learned


def agreement(answers: list[_Answer]) -> dict[str, str]:
    """The rules that spoke, and with each the text that stood at its place every time; only texts that we explain."""
    common: dict[str, set[str]] = {}
    explained: dict[str, bool] = {}
    comparable = [(answer.theirs, answer.ours) for answer in answers if answer.ours is not None]
    for theirs, ours in comparable:
        for place, keys in ours.items():
            for key in keys:
                here = theirs.get(place, set())
                common[key] = common[key] & here if key in common else set(here)
    for theirs, ours in comparable:
        for place, texts in theirs.items():
            for text in texts:
                rules = ours.get(place, set())
                explained[text] = explained.get(text, True) and any(text in common[key] for key in rules)
    agreed = {}
    for key, texts in common.items():
        fitting = sorted(text for text in texts if explained[text])
        if fitting:
            agreed[key] = fitting[0]
    return agreed


class _Trial:
    """One version and transfer under trial."""

    def __init__(self, version: str, kind: Transfer, judge: Judge, mentioned: set[str]) -> None:
        self.known: Catalogue = catalogue(version)
        self.rules: RuleSet = ruleset(version, kind.layer)
        self.kind, self.judge, self.mentioned = kind, judge, mentioned
        self.root = specimen(self.known, known_version(version), kind, mentioned)
        self.namespace = known_version(version).namespace

    def ask(self) -> _Answer | None:
        said = self.judge(self.root, self.kind.layer)
        if said is None:
            return None
        theirs: dict[str, set[str]] = {}
        for place, text in said:
            theirs.setdefault(place, set()).add(text)
        result = self.rules.evaluate(self.root)
        return _Answer(theirs, None if result.state == "crashed" else _by_place(result))

    def elements(self) -> Iterator[tuple[str, etree._Element]]:
        """Every element below the root that the stylesheets mention by name, with its path; of each path the first."""
        seen: set[str] = set()
        for path, element in list(_walk(self.root, "")):
            if path not in seen and etree.QName(element).localname in self.mentioned:
                seen.add(path)
                yield path, element

    def coded(self) -> list[etree._Element]:
        """The fields with a code list, but for those that steer all others."""
        found = []
        for path, element in _walk(self.root, ""):
            spec = self.known.at(path)
            if spec is not None and spec.codelist is not None and spec.name not in _STEERING:
                found.append(element)
        return found

    def values(self) -> Mapping[str, set[str]]:
        """What fields are set to, by name: the values that our rules look for, and one that nobody looks for."""
        wanted: dict[str, set[str]] = {}
        for rule in self.rules.rules:
            for test in tests_of(rule.fires):
                if test.function in ("exists", "absent", "in_list"):
                    continue
                name = test.path.steps[-1] if test.path.steps else rule.place.steps[-1] if rule.place.steps else ""
                values = wanted.setdefault(name, {_WRONG})
                if test.function == "true":
                    values |= {"true", "false"}
                elif test.function == "before":
                    values.add("2001-01-01")
                elif test.function == "len":
                    values.add("x" if test.op == "<" else "x" * (int(test.value) + 1))
                elif isinstance(test.value, str) and not test.function.startswith("search"):
                    values.add(test.value)
        return wanted


def _ask(trial: _Trial, learned: Learned, answers: list[_Answer]) -> None:
    before = trial.ask()
    learned.mutants += 1
    if before is None:
        learned.stopped += 1
        learned.silent.append(trial.kind.name)
        return
    answers.append(before)
    asked = learned.asked.setdefault(trial.kind.name, [])
    for path, element in trial.elements():
        parent = element.getparent()
        if parent is None:
            continue
        at = parent.index(element)
        parent.remove(element)
        answer = _counted(trial, learned, answers)
        parent.insert(at, element)
        if answer is not None and _new(before, answer) and _optional(trial.known, path):
            asked.append(path)
    _with_texts(trial, dict.fromkeys(trial.coded(), _WRONG), learned, answers)
    if trial.kind.layer in learned.promoted:
        return  # the values were tried with another transfer of this layer
    learned.promoted[trial.kind.layer] = []
    for name, texts in trial.values().items():
        fields = [element for element in trial.root.iter(f"{{{trial.namespace}}}{name}") if not len(element)]
        for element in fields[:_PLACES]:
            for text in sorted(texts - {element.text}):
                _with_texts(trial, {element: text}, learned, answers)


def _with_texts(trial: _Trial, texts: dict[etree._Element, str], learned: Learned, answers: list[_Answer]) -> None:
    """Ask about the dossier with other texts in some fields; afterwards it is as it was."""
    kept = {element: element.text for element in texts}
    for element, text in texts.items():
        element.text = text
    _counted(trial, learned, answers)
    for element, before in kept.items():
        element.text = before


def _counted(trial: _Trial, learned: Learned, answers: list[_Answer]) -> _Answer | None:
    learned.mutants += 1
    answer = trial.ask()
    if answer is None:
        learned.stopped += 1
        return None
    answers.append(answer)
    return answer


def _new(before: _Answer, after: _Answer) -> bool:
    """Is anything said that was not said before?"""
    known = {text for texts in before.theirs.values() for text in texts}
    return any(texts - known for texts in after.theirs.values())


def _optional(known: Catalogue, path: str) -> bool:
    """May the schema do without it? Else the schema asks for it, and nothing is learned."""
    element = known.at(path)
    return element is not None and (element.min == 0 or element.group is not None)


def _walk(parent: etree._Element, above: str) -> Iterator[tuple[str, etree._Element]]:
    for child in parent.iterchildren("{*}*"):
        path = f"{above}/{etree.QName(child).localname}" if above else etree.QName(child).localname
        yield path, child
        yield from _walk(child, path)


def _by_place(result: RuleResult) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for fired in (*result.fired, *result.advised):
        found.setdefault(fired.at, set()).add(fired.rule)
    return found
