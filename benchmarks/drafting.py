"""How good drafts of unknown layouts are, and the weights that they are made with.

    python -m benchmarks.drafting            the figures, on the vocabularies that the tests measure
    python -m benchmarks.drafting --learn    learn mappings/evidence.yaml anew, then the figures
    python -m benchmarks.drafting --calibrate    only how sure a line is, after a change of words or limits

The weights are learned on other vocabularies than those: other seeds, and the words of another stranger. Each question
that the aligner puts (which field is this path, or none?) is one example; the weights are those that make the right
answer likeliest among the fields that were candidates (a conditional logit model, drawn to the weights there were).
Confidence is then what was right, made to rise with the certainty (isotonic regression): on flat vocabularies of words
that nobody learned from (a third stranger), and apart from those on the trees.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dod2oso.base.resources import mappings_dir
from dod2oso.discover.propose.align import HIGH, Asked, Group
from dod2oso.discover.propose.draft import Draft, make_draft
from dod2oso.discover.propose.evidence import Kind, evidence, limit
from dod2oso.discover.propose.score import leaf_evidence
from dod2oso.discover.survey.check import all_bindings
from tests.discover.propose.flat import FlatVocabulary
from tests.discover.propose.flat_measure import FlatMeasured, judge, measured, names_of, surveyed
from tests.discover.propose.kit import Measured, export, measure, placed, reference, survey
from tests.discover.propose.vocabularies import Vocabulary, renamed

FLAT_LEARN = [("dictionary", seed) for seed in range(100, 130)] + [("learn", seed) for seed in range(60)]
FLAT_SURE = [("sure", seed) for seed in range(90)]
FLAT_TEST = [(words, seed) for words in ("dictionary", "test") for seed in range(15)]
TREE_LEARN, TREE_TEST = range(100, 124), range(20)
_PULL = 0.02  # how strongly weights are drawn to those there were
_SURE = 1.28  # standard deviations on one side that hold 9 of 10
_STEPS, _RATE = 400, 0.05


class Example(NamedTuple):
    """One path: the evidence for each candidate, and which of them it is (-1: none of them)."""

    evidence: NDArray[np.float64]
    right: int


def names() -> list[str]:
    return list(evidence().weights)


def examples() -> Iterator[Example]:
    for words, seed in FLAT_LEARN:
        vocabulary = FlatVocabulary(seed, words)  # type: ignore[arg-type]
        asked: list[Asked] = []
        draft = make_draft(surveyed(vocabulary), asked)
        assert draft is not None
        truth = {name: column.fields for column, name in zip(vocabulary.columns, names_of(vocabulary), strict=True)}
        yield from _of(asked, truth, None)
    for seed in TREE_LEARN:
        model = renamed(reference(), Vocabulary(seed))
        asked = []
        draft = make_draft(survey(export(model, "vo" if seed % 4 == 0 else "po")), asked)
        assert draft is not None
        truth = {one.path: (one.field,) for one in all_bindings(model)}
        yield from _of(asked, truth, draft)


def _of(asked: list[Asked], truth: dict[str, tuple[str, ...]], draft: Draft | None) -> Iterator[Example]:
    columns = {name: number for number, name in enumerate(names())}
    starts = dict(_starts(draft.record, draft.layout.path)) if draft is not None else {}
    for one in asked:
        start = starts.get(id(one.group), "")
        for number, (path, leaf) in enumerate(one.leaves):
            full = path.lstrip("@") if draft is None else start if path == "." else f"{start}/{path}"
            if not leaf.values.count or full not in truth:
                continue
            rows, right = [], -1
            for place, slot in enumerate(one.slots):
                if slot.section is not None and "/" in path:
                    continue
                said = leaf_evidence(leaf, slot.field, (slot.section or one.group.section).concepts)
                if said is None:
                    continue
                row = np.zeros(len(columns))
                for name, much in said:
                    row[columns[name]] += much
                if slot.section is not None:
                    row[columns["loose"]] = 1.0
                row[columns["beside"]] = one.beside.get((number, place), 0.0)
                if slot.field.name in truth[full]:
                    right = len(rows)
                elif not row[columns["name"]] and row.sum() < 0.3:
                    continue
                rows.append(row)
            if rows and (right >= 0 or not truth[full]):
                yield Example(np.array(rows), right)


def _starts(group: Group, at: str) -> Iterator[tuple[int, str]]:
    yield id(group), at
    for inner in group.groups:
        yield from _starts(inner, at if inner.columns else f"{at}/{inner.at}")


def learn(known: list[Example]) -> dict[str, float]:
    """The weights that explain the examples best; the score from which a field is bound stays what it is."""
    start = np.array(list(evidence().weights.values()))
    bind, sharp = limit("bind"), limit("sharpness")
    table = np.vstack([one.evidence for one in known])
    sizes = np.array([len(one.evidence) for one in known])
    first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    owner = np.repeat(np.arange(len(known)), sizes)
    right = np.array([one.right for one in known])
    hit = first + right
    weights, moment, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, _STEPS + 1):
        odds = np.exp(np.clip(sharp * (table @ weights - bind), -30, 30))
        total = np.add.reduceat(odds, first) + 1.0  # 1: none of them
        chance = odds / total[owner]
        target = np.zeros(len(table))
        target[hit[right >= 0]] = 1.0
        slope = sharp * (table.T @ (chance - target)) / len(known) + _PULL * (weights - start)
        moment = 0.9 * moment + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        weights = weights - _RATE * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    signs = np.where(start >= 0, np.maximum(weights, 0.0), np.minimum(weights, 0.0))  # what speaks for, never against
    return dict(zip(names(), map(float, signs), strict=True))


@dataclass(slots=True)
class _Bin:
    raw: float
    right: float
    count: float


def calibrate(told: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(certainty, share right), rising; the share is what it is at least, 9 times in 10, given the number of lines."""
    told.sort()
    bins: list[_Bin] = []
    size = max(1, len(told) // 60)
    for at in range(0, len(told), size):
        part = told[at : at + size]
        bins.append(_Bin(sum(raw for raw, _ok in part), float(sum(ok for _raw, ok in part)), float(len(part))))
        while len(bins) > 1 and bins[-2].right / bins[-2].count >= bins[-1].right / bins[-1].count:
            last = bins.pop()
            bins[-1] = _Bin(bins[-1].raw + last.raw, bins[-1].right + last.right, bins[-1].count + last.count)
    shares = np.maximum.accumulate([_at_least(one.right, one.count) for one in bins])
    return [(round(one.raw / one.count, 2), round(float(share), 4)) for one, share in zip(bins, shares, strict=True)]


def _at_least(right: float, count: float) -> float:
    """The lower end of Wilson's interval for a share."""
    share, z = right / count, _SURE
    middle, width = share + z * z / (2 * count), z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - width) / (1 + z * z / count)


def certainties(kind: Kind) -> list[tuple[float, bool]]:
    """How certain the draft computes itself to be of each line in layouts of a kind, and whether it was right.

    Also of the lines that it would not have drawn, for being too uncertain.
    """
    told = []
    likelier, evidence().limits["likelier"] = limit("likelier"), 0.0
    for words, seed in FLAT_SURE if kind == "flat" else ():
        judged = judge(FlatVocabulary(seed, words))  # type: ignore[arg-type]
        told += [(one.proposal.raw, one.verdict == "right") for one in judged if one.proposal is not None]
    for seed in TREE_LEARN if kind == "tree" else ():
        model = renamed(reference(), Vocabulary(seed))
        draft = make_draft(survey(export(model, "vo" if seed % 4 == 0 else "po")))
        assert draft is not None
        truth = {one.path: one.field for one in all_bindings(model)}
        told += [(one.raw, truth[path] == one.field.name) for path, _group, one in placed(draft) if path in truth]
    evidence().limits["likelier"] = likelier
    return told


def write(weights: dict[str, float], confidence: dict[Kind, list[tuple[float, float]]]) -> None:
    """Put the numbers into evidence.yaml; its comments stay."""
    path = mappings_dir() / "evidence.yaml"
    text = path.read_text(encoding="utf-8")
    for name, value in weights.items():
        text = re.sub(rf"^(  {name}: )-?[0-9.]+", rf"\g<1>{value:.3f}", text, flags=re.M)
    for kind, curve in confidence.items():
        steps = ", ".join(f"[{raw}, {share}]" for raw, share in curve)
        text = re.sub(rf"^(  {kind}: )\[.*", rf"\g<1>[{steps}]", text, flags=re.M)
    path.write_text(text, encoding="utf-8", newline="\n")
    evidence.cache_clear()


def figures() -> Iterator[str]:
    for words in ("dictionary", "test"):
        total = FlatMeasured()
        for which, seed in FLAT_TEST:
            if which == words:
                total = total.plus(measured(judge(FlatVocabulary(seed, words))))  # type: ignore[arg-type]
        yield total.said(f"flat, words of {'the dictionary' if words == 'dictionary' else 'a stranger'}")
    tree = Measured(0, 0, 0, 0, 0)
    for seed in TREE_TEST:
        model = renamed(reference(), Vocabulary(seed))
        tree = tree.plus(measure(model, survey(export(model, "vo" if seed % 4 == 0 else "po"))))
    yield (
        f"20 vocabularies of the reference layout: {tree.paths} paths, {tree.right / tree.paths:.1%} right, "
        f"{tree.wrong / tree.paths:.1%} wrong, {tree.wrong_high} of {tree.high} called sure wrong "
        f"({tree.wrong_high / max(1, tree.high):.2%}; sure is {HIGH:.2f})"
    )


if __name__ == "__main__":
    if "--learn" in sys.argv:
        write(learn(list(examples())), {})
    if {"--learn", "--calibrate"} & set(sys.argv):
        write({}, {"flat": calibrate(certainties("flat")), "tree": calibrate(certainties("tree"))})
    print("\n".join(figures()))  # a benchmark prints
