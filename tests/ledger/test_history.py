"""History: where every dossier stood after every run, in lines only where something changed."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dod2oso.findings.outcome import Outcome
from dod2oso.ledger import tables
from dod2oso.ledger.history import NOWHERE, known_causes, moved, record_run, side_by_side, status_after, unmoved
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import ADVICE, CONSENT, begin, convert, outcome


def run(ledger: Ledger, out: Path, outcomes: list[Outcome], mark: str) -> str:
    """A whole run over one export; `mark` makes its content new."""
    run_id = begin(ledger)
    convert(ledger, out, run_id, outcomes, fingerprint=mark)
    record_run(ledger, run_id)
    ledger.finish_run(run_id, "done", 1.0)
    return run_id


def lines(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.history)) or 0


def states(ledger: Ledger, run_id: str) -> list[str]:
    with ledger.read() as connection:
        return sorted(status.state for _dossier, status in status_after(connection, run_id))


def test_only_changes_are_written(ledger: Ledger, out: Path) -> None:
    held = [outcome(n, "held", findings=[CONSENT]) for n in range(1, 21)]
    first = run(ledger, out, held, "1")
    assert lines(ledger) == 20
    second = run(ledger, out, held, "1")
    assert lines(ledger) == 20
    third = run(ledger, out, [outcome(1), *held[1:]], "3")
    assert lines(ledger) == 21
    assert states(ledger, first) == states(ledger, second) == ["held"] * 20
    assert states(ledger, third) == ["held"] * 19 + ["ready"]


def test_two_runs_side_by_side(ledger: Ledger, out: Path) -> None:
    first = run(ledger, out, [outcome(1, "held", findings=[CONSENT, ADVICE]), outcome(2), outcome(3)], "1")
    run(ledger, out, [outcome(1), outcome(2)], "2")
    last = run(ledger, out, [outcome(1, "held", findings=[ADVICE]), outcome(2), outcome(4)], "3")
    with ledger.read() as connection:
        pairs = [(then, now) for _dossier, then, now in side_by_side(connection, first, last)]
        causes = known_causes(connection)
    told = sorted(
        ((then.state, now.state, sorted(causes[n][0] for n in then.causes.split()),
          sorted(causes[n][0] for n in now.causes.split())) for then, now in pairs)
    )  # fmt: skip
    assert told == [
        ("", "ready", [], []),
        ("held", "held", ["advies-vervallen-2014", "oso-regel"], ["advies-vervallen-2014"]),
        ("ready", "", [], []),
        ("ready", "ready", [], []),
    ]
    assert (NOWHERE in [now for _then, now in pairs]) and (NOWHERE in [then for then, _now in pairs])


def test_writing_it_again_changes_nothing(ledger: Ledger, out: Path) -> None:
    run_id = run(ledger, out, [outcome(1), outcome(2, "rejected")], "1")
    record_run(ledger, run_id)
    assert lines(ledger) == 2
    with ledger.read() as connection:
        counts = {row.state: row._mapping["count"] for row in connection.execute(select(tables.run_states))}
    assert counts == {"ready": 1, "rejected": 1}


def test_a_run_that_stopped_while_writing_is_completed(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dod2oso.ledger.history._CHUNK", 2)
    run_id = begin(ledger)
    convert(ledger, out, run_id, [outcome(n) for n in range(1, 6)], fingerprint="1")
    from dod2oso.ledger import history

    write, calls = history._write, iter((1, 2))

    def stops(*arguments: object) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "_write", stops)
    with pytest.raises(KeyboardInterrupt):
        record_run(ledger, run_id)
    assert lines(ledger) == 2
    monkeypatch.setattr(history, "_write", write)
    record_run(ledger, run_id)
    assert states(ledger, run_id) == ["ready"] * 5


def test_versions_and_transfers_have_their_own_history(ledger: Ledger, out: Path) -> None:
    first = run(ledger, out, [outcome(1)], "1")
    other = ledger.begin_run("2018.1", "POVO", "2016-06-01")
    record_run(ledger, other)
    ledger.finish_run(other, "done", 1.0)
    assert states(ledger, other) == []
    assert states(ledger, first) == ["ready"]


def test_moved_and_unmoved_are_all_that_stands_side_by_side(ledger: Ledger, out: Path) -> None:
    first = run(ledger, out, [outcome(1, "held", findings=[CONSENT]), outcome(2), outcome(3), outcome(5)], "1")
    second = run(ledger, out, [outcome(1), outcome(2), outcome(5)], "2")
    third = run(ledger, out, [outcome(1), outcome(2), outcome(4), outcome(6)], "3")
    last = run(ledger, out, [outcome(1), outcome(2), outcome(4), outcome(6)], "3")
    with ledger.read() as connection:
        for before, after in ((first, second), (first, last), (second, third), (third, last)):
            whole = list(side_by_side(connection, before, after))
            some = list(moved(connection, before, after))
            assert some == [each for each in whole if each[0] in {name for name, _then, _now in some}]
            assert {name for name, then, now in whole if then != now} <= {name for name, _then, _now in some}
            rest = Counter((then.state, then.causes) for _name, then, now in whole if then == now)
            rest.subtract(Counter((then.state, then.causes) for _name, then, now in some if then == now))
            assert +rest == Counter({(same.state, same.causes): n for same, n in unmoved(connection, before, after)})
        assert not list(moved(connection, third, last))
