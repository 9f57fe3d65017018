"""Put questions to a person, one after the other; every answer is written down before the next question comes."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from dod2oso.base.texts import Text
from dod2oso.decide.candidates import Candidate, candidates
from dod2oso.decide.facets import Question
from dod2oso.decide.person import Ask, Counts, Say, Signature
from dod2oso.decide.testlist import ListedTest, same_name
from dod2oso.decide.withdrawn import note_withdrawn
from dod2oso.source.decisions import (
    AnyRow,
    CodeListLayout,
    DecidedName,
    DecidedTest,
    DecidedValue,
    Decisions,
    objection,
    plain,
    write_decisions,
)

_CHOSEN = "="


def row_of(question: Question, becomes: str | None, by: Signature) -> AnyRow:
    """The decision that answers a question; `becomes` None: that it stays behind."""
    leave: Literal[True] | None = True if becomes is None else None
    made: dict[str, Any] = {"becomes": becomes, "leave": leave, **asdict(by)}
    if question.test is not None:
        return DecidedTest(**question.test._asdict(), **made)
    if question.name is not None:
        return DecidedName(profile=question.profile, **question.name._asdict(), **made)
    return DecidedValue(profile=question.profile, field=question.field, value=question.value, **made)


class Book:
    """The decisions file that is being filled: what was in it stays, every answer is added at once."""

    def __init__(self, path: Path, there: Decisions, layout: CodeListLayout | None) -> None:
        self._path = path
        self._rows: dict[tuple[str, ...], AnyRow] = {one.row.key: one.row for one in there.all}
        self._layout = layout or there.test_list

    def add(self, *rows: AnyRow) -> None:
        """Write these down too."""
        self._rows |= {row.key: row for row in rows}
        self._write()

    def withdraw(self, row: AnyRow, by: Signature) -> None:
        """Take a decision back. What was decided, and who took it back, is kept beside the file (`withdrawn`)."""
        note_withdrawn(self._path, row, by)
        self._rows.pop(row.key, None)
        self._write()

    def remember(self, layout: CodeListLayout) -> None:
        """Keep how the user's own list of test codes is laid out."""
        self._layout = layout
        self._write()

    def _write(self) -> None:
        write_decisions(self._path, self._rows.values(), self._layout)


def ask_all(
    questions: Sequence[Question], tests: Sequence[ListedTest], book: Book, by: Signature, say: Say, ask: Ask
) -> Counts:
    """Ask until everything was asked or the person stops; end of input is stopping."""
    counts = Counts(open=len(questions))
    try:
        waiting = _all_equal(questions, tests, book, by, ask, counts)
        for number, question in enumerate(waiting, start=1):
            if not _ask_one(number, len(waiting), question, tests, book, by, say, ask, counts):
                break
    except EOFError:
        pass
    return counts


def _all_equal(
    questions: Sequence[Question], tests: Sequence[ListedTest], book: Book, by: Signature, ask: Ask, counts: Counts
) -> list[Question]:
    """Tests that the list names exactly so, with one code: offered all at once. What is left to ask."""
    equal = exactly_listed(questions, tests)
    if not equal or ask(Text("decide-all-equal", count=len(equal))).strip().lower() not in ("j", "ja", "y", "yes"):
        return list(questions)
    book.add(*(row_of(question, code, by) for question, code in equal))
    counts.decided += len(equal)
    counts.open -= len(equal)
    done = {id(question) for question, _code in equal}
    return [one for one in questions if id(one) not in done]


def exactly_listed(questions: Sequence[Question], tests: Sequence[ListedTest]) -> list[tuple[Question, str]]:
    """Tests that the list names exactly so, each with its code; not those for which it has several."""
    known = same_name(tests)
    return [(one, codes[0]) for one in questions if one.test is not None and len(codes := _codes(one, known)) == 1]


def _codes(question: Question, known: dict[tuple[str, str, str], list[str]]) -> list[str]:
    test = question.test
    return known.get((plain(test.name), plain(test.version), plain(test.area)), []) if test is not None else []


def _ask_one(
    number: int, total: int, question: Question, tests: Sequence[ListedTest], book: Book, by: Signature, say: Say,
    ask: Ask, counts: Counts,
) -> bool:  # fmt: skip
    """Ask one question until the answer makes sense; False when the person stops."""
    offered = candidates(question, tests)
    say(Text("decide-question", number=number, total=total, what=said(question), count=question.count))
    for position, one in enumerate(offered, start=1):
        say(Text("decide-candidate", number=position, becomes=one.becomes, said=one.said, score=one.score))
    while True:
        answer = ask(Text("decide-answer")).strip()
        if answer == "":
            return True
        if answer.lower() == "q":
            return False
        becomes = None if answer.lower() == "l" else _meant(answer, offered, question)
        row = row_of(question, becomes, by) if becomes != "" else None
        problem = Text("decide-not-understood") if row is None else objection(row)
        if row is None or problem is not None:
            say(problem or Text("decide-not-understood"))
            continue
        book.add(row)
        counts.open -= 1
        counts.decided += becomes is not None
        counts.left += becomes is None
        return True


def _meant(answer: str, offered: Sequence[Candidate], question: Question) -> str:
    """What an answer stands for: the number of a candidate, `=` and a code, or a word that the field can be."""
    if answer.startswith(_CHOSEN):
        typed = answer.removeprefix(_CHOSEN).strip()
        return typed if not question.allowed or typed in question.allowed else ""
    if answer in question.allowed:
        return answer
    if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(offered):
        return offered[int(answer) - 1].becomes
    return ""


def said(question: Question) -> Text:
    """What a question is about, in the words of the exports."""
    if question.test is not None:
        test = question.test
        return Text("decide-test", name=test.name, version=test.version or "-", area=test.area or "-")
    if question.name is not None:
        return Text("decide-name", tail=question.name.tail, own=question.name.own, profile=question.profile)
    return Text("decide-value", field=question.field, value=question.value, profile=question.profile)
