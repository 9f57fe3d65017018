"""Causes put together as people work: who does what, in how many dossiers, and what that frees."""

from collections import Counter
from itertools import chain
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.report.actions import ActionPart, Undelivered, WaitingStatus, action_parts
from dod2oso.report.texts import Lexicon
from dod2oso.supplement.actions import actions, actions_of

WORDS = Lexicon("nl", "2019.1", "POVO")
NEEDS = ("inzage", "inzage advies", "adres voornaam", "adres", "verzorger inzage", "", "inzage !toestemming-geweigerd")


def parts(*statuses: tuple[str, str | None, int], undelivered: tuple[Undelivered, ...] = ()) -> list[ActionPart]:
    return list(
        action_parts(
            [WaitingStatus(brin, "00", needs, (), n) for brin, needs, n in statuses], undelivered, WORDS, "2019.1"
        )
    )


def told(part: ActionPart) -> Any:
    return part.key, part.dossiers, part.alone, part.more


def test_repairs_of_one_kind_are_one_action_that_counts_a_dossier_once() -> None:
    [one] = parts(("99XA", "inzage inzagedatum", 3), ("99XB", "inzage", 2), ("99XA", "akkoord", 1))
    assert told(one) == ("inzage", 6, 6, 6) and one.who == "school"
    assert [(step.dossiers, bool(step.hint)) for step in one.steps] == [(5, True), (3, True), (1, True)]
    assert [(school.brin, school.dossiers) for school in one.schools] == [("99XA", 4), ("99XB", 2)]


def test_what_an_action_frees_alone_and_after_those_before_it() -> None:
    found = parts(("99XA", "inzage", 5), ("99XA", "inzage adres", 4), ("99XA", "adres verzorger", 2))
    assert [told(one) for one in found] == [
        ("inzage", 9, 5, 5), ("leerling", 6, 0, 4), ("verzorgers", 2, 0, 2),
    ]  # fmt: skip


def test_of_a_decision_nobody_knows_what_it_frees() -> None:
    inspect, talk = parts(("99XA", "inzage !toestemming-geweigerd", 2))
    assert told(inspect) == ("inzage", 2, 0, 0)
    assert told(talk) == ("ouders", 2, None, None)
    assert talk.steps[0].text and talk.steps[0].hint


def test_what_was_not_delivered_comes_first() -> None:
    missing = (Undelivered("99XC", "00", 8, False), Undelivered("99XD", "00", 0, True))
    found = parts(("99XA", "inzage", 1), undelivered=missing)
    assert [(one.key, one.pupils, one.dossiers) for one in found] == [
        ("leveren", True, 8), ("opnieuw-leveren", True, 0), ("inzage", False, 1),
    ]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["99XA", "99XB", ""]), st.sampled_from([*NEEDS, None]), st.integers(1, 9))))
def test_every_waiting_dossier_is_counted_in_each_of_its_actions(rows: list[tuple[str, str | None, int]]) -> None:
    found = parts(*rows)
    wanted: Counter[str] = Counter()
    for _, needs, n in rows:
        wanted.update({one.key: n for one in actions_of(needs)})
    assert {one.key: one.dossiers for one in found} == dict(wanted)
    for one in found:
        assert sum(school.dossiers for school in one.schools) == one.dossiers
        assert one.text == actions()[one.key].words.text("nl")
    solvable = sum(n for _, needs, n in rows if needs and "!" not in needs)
    assert sum(chain(one.more or 0 for one in found)) == solvable
