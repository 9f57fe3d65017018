"""What an unknown value may well be, with a score; a person decides, whatever the score."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from dod2oso.decide.facets import NamedTest, Question
from dod2oso.decide.testlist import ListedTest
from dod2oso.source.codes import load_codes
from dod2oso.source.decisions import plain
from dod2oso.source.dictionary import load_dictionary

SHOWN = 5
_LOOKED_AT = 50  # of the names that are most alike, version and area are compared
_LEAST = 40.0  # a candidate with a lower score is none
_WEIGHTS = (0.6, 0.2, 0.2)  # name, version, area
_NOT_THE_SAME = 90.0  # the highest score when the numbers in the names differ: M6 is not M7
_A_WORD = 3  # letters
_NUMBER = re.compile(r"[a-z]?[0-9]+")


class Candidate(NamedTuple):
    """What a value may be: what it would become, in words what that is, and 0-100 how alike it is."""

    becomes: str
    said: str
    score: int


def candidates(question: Question, tests: Sequence[ListedTest]) -> list[Candidate]:
    """The likeliest answers to a question, best first."""
    if question.test is not None:
        return _tests(question.test, tests)
    if question.name is not None:  # nothing tells one from the other
        return [Candidate(one, one, 0) for one in sorted(question.allowed)]
    return _codes(question)


def _tests(asked: NamedTest, tests: Sequence[ListedTest]) -> list[Candidate]:
    name = plain(asked.name)
    near = process.extract(
        name, [plain(test.name) for test in tests], scorer=fuzz.token_sort_ratio, limit=_LOOKED_AT, score_cutoff=_LEAST
    )
    found = [(_alike(asked, tests[number], score), tests[number]) for _text, score, number in near]
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return [
        Candidate(test.code, " / ".join(filter(None, test[1:])), round(score))
        for score, test in found
        if score >= _LEAST
    ][:SHOWN]


def _alike(asked: NamedTest, test: ListedTest, name_score: float) -> float:
    """How alike two tests are. What only one of them says counts for nothing; other numbers are another test."""
    scores, weights = [name_score], [_WEIGHTS[0]]
    for one, other, weight in ((asked.version, test.version, _WEIGHTS[1]), (asked.area, test.area, _WEIGHTS[2])):
        if one and other:
            scores.append(fuzz.token_sort_ratio(plain(one), plain(other)))
            weights.append(weight)
    score = sum(score * weight for score, weight in zip(scores, weights, strict=True)) / sum(weights)
    if _numbers(asked.name, asked.version) != _numbers(test.name, test.version):
        return min(score, _NOT_THE_SAME)
    return score


def _numbers(*texts: str) -> list[str]:
    return sorted(number for text in texts for number in _NUMBER.findall(plain(text)))


def _codes(question: Question) -> list[Candidate]:
    """What a field can be, by how alike the value is to any code that is known to mean that."""
    best: dict[str, float] = dict.fromkeys(question.allowed, 0.0)
    value = plain(question.value)
    for code, meaning in _known(question):
        if not question.allowed or meaning in question.allowed:
            best[meaning] = max(best.get(meaning, 0.0), _same_word(value, plain(code)))
    ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
    if not question.allowed:
        ordered = [pair for pair in ordered if pair[1] >= _LEAST][:SHOWN]
    return [Candidate(meaning, meaning, round(score)) for meaning, score in ordered]


def _same_word(one: str, other: str) -> float:
    """How alike two codes are; a word that is cut off is nearly the word."""
    score = fuzz.ratio(one, other)
    if min(len(one), len(other)) >= _A_WORD:
        score = max(score, fuzz.partial_ratio(one, other) * 0.9)
    return score


def _known(question: Question) -> list[tuple[str, str]]:
    """Codes with what they mean in some layout: of the tables that the dictionary names for the field."""
    dictionary = load_dictionary()
    if question.field not in dictionary:
        return []
    looks = dictionary[question.field].looks_like
    tables = load_codes()
    found = [pair for name in (looks.codes if looks is not None else ()) for pair in tables[name].entries.items()]
    return [*found, *((meaning, meaning) for meaning in question.allowed)]
