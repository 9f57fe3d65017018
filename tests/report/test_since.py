"""What changed between runs, and how schools went over time."""

from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.findings.outcome import Outcome
from dod2oso.ledger.history import record_run
from dod2oso.ledger.store import Ledger
from dod2oso.report.make_extras import make_extras
from dod2oso.report.since import find_run
from dod2oso.report.texts import Lexicon
from tests.ledger.kit import ADVICE, CONSENT, OSO, OVERSTAP, begin, convert, outcome
from tests.refusals import refused

WORDS = Lexicon("nl", OSO, OVERSTAP)


def run(ledger: Ledger, out: Path, outcomes: list[Outcome], mark: str, *, done: bool = True) -> str:
    run_id = begin(ledger)
    convert(ledger, out, run_id, outcomes, fingerprint=mark)
    if done:
        record_run(ledger, run_id)
        ledger.finish_run(run_id, "done", 1.0)
    return run_id


@pytest.fixture(name="three")
def _three(ledger: Ledger, out: Path) -> list[str]:
    """Two schools over three runs: one gets on, the other loses a dossier and falls back."""
    b = {"brin": "99BB"}
    return [
        run(ledger, out, [outcome(1, "held", findings=[CONSENT]), outcome(2, "held", findings=[CONSENT, ADVICE]),
                          outcome(3, **b), outcome(4, **b)], "1"),
        run(ledger, out, [outcome(1), outcome(2, "held", findings=[ADVICE]), outcome(3, **b), outcome(4, **b)], "2"),
        run(ledger, out, [outcome(1), outcome(2), outcome(3, "held", findings=[ADVICE], **b), outcome(5)], "3"),
    ]  # fmt: skip


def test_changes_are_told_dossier_by_dossier(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        changes = make_extras(connection, three[2], WORDS, since=three[0]).changes
    assert changes is not None
    assert (changes.since, changes.same_inputs) == (three[0], True)
    assert {(move.before, move.after): move.dossiers for move in changes.moves} == {
        ("held", "ready"): 2, ("ready", "held"): 1, ("", "ready"): 1, ("ready", ""): 1,
    }  # fmt: skip
    by_code = {(change.key.code, change.key.rule): change for change in changes.causes}
    consent = by_code["oso-regel", "inzage-blok-verplicht"]
    assert (consent.before, consent.after, consent.solved, consent.new) == (2, 0, 2, 0)
    advice = by_code["advies-vervallen-2014", ""]  # one was solved and another one came: not nothing
    assert (advice.before, advice.after, advice.solved, advice.new) == (1, 1, 1, 1)
    assert changes.causes[0] is consent and consent.text
    assert [(s.brin, s.became_ready, s.fell_back, s.arrived, s.left) for s in changes.schools] == [
        ("99AA", 2, 0, 1, 0),
        ("99BB", 0, 1, 0, 1),
    ]


def test_without_asking_it_is_the_run_before(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        changes = make_extras(connection, three[1], WORDS).changes
        first = make_extras(connection, three[0], WORDS).changes
    assert changes is not None and changes.since == three[0]
    assert {(move.before, move.after): move.dossiers for move in changes.moves} == {
        ("held", "held"): 1, ("held", "ready"): 1, ("ready", "ready"): 2,
    }  # fmt: skip
    assert first is None


def test_trends_go_up_to_the_run_of_the_report(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        trends = {trend.brin: trend for trend in make_extras(connection, three[1], WORDS).trends}
        last = {trend.brin: trend for trend in make_extras(connection, three[2], WORDS).trends}
    assert [(point.run, point.ready, point.held) for point in trends["99AA"].points] == [
        (three[0], 0, 2),
        (three[1], 1, 1),
    ]
    assert [(point.ready, point.held, point.rejected) for point in last["99BB"].points] == [
        (2, 0, 0), (2, 0, 0), (0, 1, 0)
    ]  # fmt: skip


def test_a_run_is_found_by_its_id_its_beginning_or_as_the_previous(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        assert find_run(connection, three[0], three[2]) == three[0]
        assert find_run(connection, "previous", three[2]) == three[1]
        assert find_run(connection, three[1][:-2], three[2]) == three[1] or three[0][:-2] == three[1][:-2]
        for wrong in ("", "2", "bestaat-niet", three[2]):
            with refused(UsageError, "earlier-run-unknown"):
                find_run(connection, wrong, three[2])
        with refused(UsageError, "no-earlier-run"):
            find_run(connection, "previous", three[0])


def test_a_run_that_did_not_finish_is_nothing_to_compare_with(ledger: Ledger, out: Path) -> None:
    first = run(ledger, out, [outcome(1)], "1")
    broken = run(ledger, out, [outcome(1), outcome(2)], "2", done=False)
    last = run(ledger, out, [outcome(1), outcome(2)], "3")
    with ledger.read() as connection:
        changes = make_extras(connection, last, WORDS).changes
        assert changes is not None and changes.since == first
        with pytest.raises(UsageError):
            find_run(connection, broken, last)
