"""The shortest list of repairs, against trying everything."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.supplement import goals
from dod2oso.supplement.goals import gain, shortest

KEYS = list("abcdefg")
needs = st.frozensets(st.sampled_from(KEYS), min_size=1)
groups = st.dictionaries(needs, st.integers(1, 50), max_size=8)


def by_trying(found: dict[frozenset[str], int], wanted: int) -> int | None:
    for size in range(len(KEYS) + 1):
        if any(gain(found, frozenset(chosen)) >= wanted for chosen in combinations(KEYS, size)):
            return size
    return None


@given(groups, st.integers(0, 200))
@settings(max_examples=150)
def test_the_list_is_the_shortest(found: dict[frozenset[str], int], wanted: int) -> None:
    (goal,) = shortest(found, KEYS, [wanted])
    size = by_trying(found, wanted)
    assert goal.exact
    assert goal.reached == (size is not None)
    if size is not None:
        assert len(goal.repairs) == size
        assert (goal.gained[-1] if goal.gained else 0) >= wanted
    else:
        assert goal.gained[-1] == sum(found.values()) if found else goal.gained == ()
    for number in range(len(goal.repairs)):
        assert goal.gained[number] == gain(found, frozenset(goal.repairs[: number + 1]))


@given(groups, st.integers(0, 200))
@settings(max_examples=100)
def test_the_greedy_list_gets_there_too_and_tells_the_truth(found: dict[frozenset[str], int], wanted: int) -> None:
    exact, before = goals.EXACT, by_trying(found, wanted)
    goals.EXACT = 0
    try:
        (goal,) = shortest(found, KEYS, [wanted])
    finally:
        goals.EXACT = exact
    assert goal.reached == (before is not None)
    if before is not None and goal.repairs:
        assert not goal.exact
        assert len(goal.repairs) >= before
        assert goal.gained[-1] == gain(found, frozenset(goal.repairs)) >= wanted


def test_one_repair_can_do_less_than_two_together() -> None:
    found = {frozenset("ab"): 60, frozenset("c"): 10, frozenset("a"): 5}
    half, most = shortest(found, ["a", "b", "c"], [50, 70])
    assert (half.repairs, half.gained) == (("a", "b"), (5, 65))
    assert (most.repairs, most.gained) == (("c", "a", "b"), (10, 15, 75))
