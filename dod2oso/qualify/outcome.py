"""What a rehearsal came to: per scenario and per requirement passed, failed, not tested or not certain, with evidence.

    a certain expectation not met                        failed
    something could not be done, seen or was not answered  not-tested
    no expectation is certain                            not-certain (and whether it went as we expect)
    else                                                 passed

A requirement failed when a scenario that verifies it failed; it passed when one passed; else it is not certain, or not
tested. Never passed by what was not seen.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dod2oso.base.texts import Text, packed, unpacked
from dod2oso.qualify.checks import Judged
from dod2oso.qualify.kit import Certainty, Expected, Kit, Scenario, least
from dod2oso.qualify.message import Line

State = Literal["passed", "failed", "not-tested", "not-certain"]
STATES: tuple[State, ...] = ("passed", "failed", "not-tested", "not-certain")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """One expectation with what it came to: yes, no, or not seen from here."""

    check: str
    word: str
    certainty: Certainty
    seen: bool | None
    saw: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to a question: yes, no or not applicable, by whom and when."""

    answer: Literal["yes", "no", "n/a"]
    by: str = ""
    at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario as it went. `as_expected`: whether nothing differed, also of what is not certain."""

    scenario: str
    state: State
    certainty: Certainty
    as_expected: bool | None
    checked: tuple[Checked, ...] = ()
    answer: Answer | None = None
    reason: Text | None = None
    lines: tuple[Line, ...] = ()
    began: str = ""
    seconds: float = 0.0


def settle(
    kit: Kit,
    name: str,
    judged: Sequence[Judged],
    answer: Answer | None,
    reason: Text | None,
    *,
    asked: bool,
    lines: Sequence[Line] = (),
    began: str = "",
    seconds: float = 0.0,
) -> Result:
    """The result of a scenario. `reason`: why it could not be done. `asked`: whether its question counts here."""
    scenario = kit.scenarios[name]
    of_year = kit.certainty(scenario)
    checked = tuple(
        Checked(j.expected.check, j.expected.word, least(j.expected.certainty, of_year), j.seen, j.saw) for j in judged
    )
    certainty, state, as_expected = _weigh(scenario, of_year, checked, answer, asked=asked)
    if scenario.untestable is not None:
        state, reason, as_expected = "not-tested", Text("qualify-reason-untestable"), None
    elif reason is not None:
        state, as_expected = "not-tested", None
    elif state == "not-tested":
        reason = Text("qualify-reason-question") if asked and answer is None else Text("qualify-reason-unseen")
    if state != "failed" and as_expected is not False:  # the whole messages only where somebody must look into them
        lines = [replace(line, envelope="") for line in lines]
    return Result(name, state, certainty, as_expected, checked, answer, reason, tuple(lines), began, seconds)


def _weigh(
    scenario: Scenario, of_year: Certainty, checked: Sequence[Checked], answer: Answer | None, *, asked: bool
) -> tuple[Certainty, State, bool | None]:
    found: list[tuple[Certainty, bool | None]] = [(each.certainty, each.seen) for each in checked]
    seen = [(certainty, good) for certainty, good in found if good is not None]
    if asked and scenario.asks is not None:
        said = None if answer is None or answer.answer == "n/a" else answer.answer == "yes"
        seen.append((least(scenario.asks.certainty, of_year), said)) if said is not None else None
        if answer is None:
            found.append((least(scenario.asks.certainty, of_year), None))
    certainty: Certainty = "C" if any(each == "C" for each, _ in seen) else "I" if seen else of_year
    good = all(each for _, each in seen) if seen else None
    if any(each == "C" and not well for each, well in seen):
        return certainty, "failed", good
    open_question = asked and scenario.asks is not None and answer is None and scenario.asks.certainty == "C"
    if not seen or open_question or (answer is not None and answer.answer == "n/a" and not checked):
        return certainty, "not-tested", good
    return certainty, "passed" if certainty == "C" else "not-certain", good


@dataclass(slots=True)
class Rehearsal:
    """A kit as it went, with where and when; of every scenario the last result."""

    kit: Kit
    mode: str
    results: dict[str, Result] = field(default_factory=dict)
    began: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def counts(self) -> dict[State, int]:
        """How many scenarios of the kit stand in each state; what was never done is not tested."""
        found = Counter(self.results[n].state if n in self.results else "not-tested" for n in self.kit.scenarios)
        return {state: found[state] for state in STATES}

    def failed(self) -> list[str]:
        return [name for name, each in self.results.items() if each.state == "failed"]

    def differing(self) -> list[str]:
        """Scenarios that are not certain and went otherwise than we expect."""
        return [n for n, each in self.results.items() if each.state == "not-certain" and each.as_expected is False]

    def requirement(self, name: str) -> State:
        """How a requirement stands; of one that is not certain itself nothing passes or fails."""
        states = {self.results[each].state for each in self.kit.verifying(name) if each in self.results}
        for state in ("failed", "passed", "not-certain"):
            if state in states:
                if self.kit.requirements()[name].certainty != "C":
                    return "not-certain"
                return state
        return "not-tested"

    def requirements(self) -> dict[str, State]:
        return {name: self.requirement(name) for name in self.kit.requirements()}


def answered(kit: Kit, result: Result, answer: Answer | None) -> Result:
    """A result with what was answered since: the same checks, weighed anew."""
    judged = [
        Judged(Expected(check=c.check, certainty=c.certainty, word=c.word), c.seen, c.saw) for c in result.checked
    ]
    asked = is_asked(kit, result.scenario)
    kept = result.reason if result.reason is not None and result.reason.key not in _OF_WEIGHING else None
    return settle(
        kit, result.scenario, judged, answer if asked else None, kept, asked=asked, lines=result.lines,
        began=result.began, seconds=result.seconds,
    )  # fmt: skip


def is_asked(kit: Kit, name: str) -> bool:
    """Whether the question of a scenario counts in this kit."""
    asks = kit.scenarios[name].asks
    return asks is not None and asks.of in (None, kit.role)


_OF_WEIGHING = ("qualify-reason-question", "qualify-reason-unseen", "qualify-reason-untestable")


def environment(mode: str, kit: Kit, **more: str) -> dict[str, str]:
    """What the rehearsal ran with, for the report."""
    import ssl

    import dod2oso

    return {
        "dod2oso": dod2oso.__version__,
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "system": f"{platform.system()} {platform.machine()}",
        "kit": f"{kit.name} {kit.version}",
        "wire": kit.speaks.wire,
        "oso": kit.speaks.oso,
        "mode": mode,
        **more,
    }


# --- as a file -------------------------------------------------------------------------------------------------------


def document(made: Rehearsal, lang: str) -> dict[str, Any]:
    """Everything, for programmes and for the next run. `format` changes when a key changes its meaning."""
    return {
        "format": FORMAT,
        "kit": made.kit.name,
        "version": made.kit.version,
        "mode": made.mode,
        "began": made.began,
        "environment": made.environment,
        "counts": made.counts(),
        "requirements": {
            name: {
                "state": state,
                "certainty": made.kit.requirements()[name].certainty,
                "source": made.kit.requirements()[name].source,
                "text": made.kit.requirements()[name].text(lang),
                "scenarios": made.kit.verifying(name),
            }
            for name, state in made.requirements().items()
        },
        "scenarios": {name: _result(result, lang) for name, result in made.results.items()},
    }


def _result(result: Result, lang: str) -> dict[str, Any]:
    return {
        "state": result.state,
        "certainty": result.certainty,
        "as-expected": result.as_expected,
        "reason": result.reason.text(lang) if result.reason else "",
        "reason-key": [result.reason.key, packed(result.reason)] if result.reason else None,
        "began": result.began,
        "seconds": round(result.seconds, 3),
        "checked": [
            {"check": c.check, "word": c.word, "certainty": c.certainty, "seen": c.seen, "saw": c.saw}
            for c in result.checked
        ],
        "answer": None if result.answer is None else _plain(result.answer),
        "messages": [_plain(line) for line in result.lines],
    }


def _plain(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def remembered(kit: Kit, data: Mapping[str, Any]) -> dict[str, Result]:
    """The results in a document of this kit and version; empty when it is of another, or no such document."""
    if (data.get("format"), data.get("kit"), data.get("version")) != (FORMAT, kit.name, kit.version):
        return {}
    try:
        return {name: _back(name, each) for name, each in data["scenarios"].items() if name in kit.scenarios}
    except (KeyError, TypeError, AttributeError):
        return {}


def _back(name: str, data: Mapping[str, Any]) -> Result:
    key = data["reason-key"]
    return Result(
        name,
        data["state"],
        data["certainty"],
        data["as-expected"],
        tuple(Checked(**each) for each in data["checked"]),
        Answer(**data["answer"]) if data["answer"] else None,
        unpacked(*key) if key else None,
        tuple(Line(**each) for each in data["messages"]),
        data["began"],
        data["seconds"],
    )


def coverage(kit: Kit) -> Iterable[tuple[str, list[str]]]:
    """Every requirement of a kit with the scenarios that verify it; none verify what nobody can test."""
    for name in kit.requirements():
        yield name, [each for each in kit.verifying(name) if kit.scenarios[each].untestable is None]


def expected_text(expected: Expected | Checked, lang: str) -> str:
    """What an expectation says, for people."""
    return Text(f"qualify-check-{expected.check}", word=expected.word or "-").text(lang)
