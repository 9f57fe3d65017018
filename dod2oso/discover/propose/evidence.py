"""The one table of evidence: what speaks for or against a path being a field, and how much it weighs (evidence.yaml).

The weights are learned by `python -m benchmarks.drafting --learn` on vocabularies that no test measures.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import exp, log
from typing import Literal

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load

Kind = Literal["flat", "tree"]
Said = tuple[tuple[str, float], ...]  # a kind of evidence, and how much of it there is


class Evidence(Strict):
    """What evidence.yaml says.

    weights: of one kind of evidence, added up to a score. limits: what a score must be for a decision. confidence: for
    layouts of columns alone and for those with elements in elements, a score of certainty -> which share of such lines
    was right; between two the value lies between.
    """

    evidence: Literal[1]
    weights: dict[str, float]
    limits: dict[str, float]
    confidence: dict[Kind, tuple[tuple[float, float], ...]]


@lru_cache(maxsize=1)
def evidence() -> Evidence:
    """The shipped table."""
    file = load(mappings_dir() / "evidence.yaml")
    return validate(Evidence, file.data, file)


def weigh(said: Said) -> float:
    """The score of what speaks for and against."""
    weights = evidence().weights
    return sum(weights[name] * much for name, much in said)


def limit(name: str) -> float:
    """One of the limits."""
    return evidence().limits[name]


def certainty(score: float, rivals: Iterable[float], sure: float) -> float:
    """How certain a line is, as log-odds against its rivals and against being nothing (see benchmarks/drafting.py).

    rivals: scores of other fields for the path, and of other paths for the field. sure: of the group, 0 to 1.
    """
    sharp, bind = limit("sharpness"), limit("bind")
    against = 1.0 + sum(exp(sharp * (rival - bind)) for rival in rivals)
    return sharp * (score - bind) - log(against) - limit("unsure-group") * (1.0 - sure)


def confidence(raw: float, kind: Kind) -> float:
    """Which share of the lines that were as certain as this was right when it was measured in such layouts."""
    return along(evidence().confidence[kind], raw)


def along(steps: Sequence[tuple[float, float]], raw: float) -> float:
    """The share that (certainty, share) steps say at a certainty; between two of them it lies between."""
    after = bisect_right([step for step, _share in steps], raw)
    if after == 0:
        return steps[0][1]
    if after == len(steps):
        return steps[-1][1]
    (low, worst), (high, best) = steps[after - 1], steps[after]
    return worst + (best - worst) * (raw - low) / (high - low)
