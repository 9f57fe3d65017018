"""The same pupil twice: both are held, once, through crashes and re-runs, and released when the double is gone."""

from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.findings.outcome import Outcome
from dod2oso.ledger import duplicates, moves, tables
from dod2oso.ledger.duplicates import CODE, hold_duplicates
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, raise_stopped, stop_at
from tests.ledger.kit import CONSENT, NO_SCHOOL, begin, convert, files, outcome


def states(ledger: Ledger) -> dict[str, list[str]]:
    """By dossier: its state and the codes of its findings."""
    d, f = tables.dossiers, tables.findings
    with ledger.read() as connection:
        found: dict[str, list[str]] = {
            row.dossier_id: [row.state] for row in connection.execute(select(d.c.dossier_id, d.c.state))
        }
        rows = select(d.c.dossier_id, f.c.code).join(d, d.c.id == f.c.dossier).order_by(f.c.code)
        for row in connection.execute(rows):
            found[row.dossier_id].append(row.code)
    return found


def by_pupil(ledger: Ledger, *outcomes: Outcome) -> list[list[str]]:
    found = states(ledger)
    return [found[f"{one.pseudonym}-20191-povo"] for one in outcomes]


def places_of(out: Path) -> list[str]:
    return sorted("/".join(path.split("/")[:2]) for path in files(out))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (outcome(1, pgn="1", pupil="a"), outcome(1, pgn="1", pupil="b", brin="99BB")),
        (outcome(1, name="n", pupil="a"), outcome(1, name="n", pupil="b", vestiging="01")),
    ],
    ids=["number, other school", "name, same school"],
)
def test_doubles_are_held_once(ledger: Ledger, out: Path, first: Outcome, second: Outcome) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [first], "a.xml")
    convert(ledger, out, run, [second], "b.xml")
    for _ in range(3):
        assert hold_duplicates(ledger, run, out) == 2
        assert by_pupil(ledger, first, second) == [["held", CODE]] * 2
    assert all(place.startswith("held/") for place in places_of(out)) and len(places_of(out)) == 2


def test_who_is_no_double_goes_on(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(
        ledger,
        out,
        run,
        [
            outcome(1, pgn="1", name="n"),
            outcome(2, pgn="2", name="m"),
            outcome(3, pgn="3", name="n", brin="99BB"),  # the same name at another school
            outcome(4),  # nothing to match on
            outcome(5),
        ],
    )
    assert hold_duplicates(ledger, run, out) == 0
    assert {state[0] for state in states(ledger).values()} == {"ready"}


def test_a_double_outside_this_run_does_not_count(ledger: Ledger, out: Path) -> None:
    convert(ledger, out, begin(ledger), [outcome(1, pgn="1", pupil="a")], "a.xml")
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1, pgn="1", pupil="b")], "b.xml")
    assert hold_duplicates(ledger, run, out) == 0


def test_held_and_rejected_doubles_are_named_but_stay_what_they_were(ledger: Ledger, out: Path) -> None:
    ready, held, rejected = trio = (
        outcome(1, pgn="1", pupil="a"),
        outcome(2, "held", pgn="1", pupil="b", findings=[CONSENT]),
        outcome(3, "rejected", pgn="1", pupil="c", findings=[NO_SCHOOL]),
    )
    run = begin(ledger)
    convert(ledger, out, run, trio)
    assert hold_duplicates(ledger, run, out) == 2
    assert by_pupil(ledger, ready, held, rejected) == [
        ["held", CODE],
        ["held", CODE, "oso-regel"],
        ["rejected", CODE, "school-onbekend"],
    ]


def test_release_when_the_double_is_gone(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    keep = [outcome(1, pgn="1", pupil="a"), outcome(2, "held", pgn="2", pupil="c", findings=[CONSENT])]
    done = convert(ledger, out, run, keep, "a.xml")
    convert(ledger, out, run, [outcome(1, pgn="1", pupil="b"), outcome(2, pgn="2", pupil="d")], "b.xml")
    assert hold_duplicates(ledger, run, out) == 4
    run = begin(ledger)
    ledger.link_export(run, 0, done.id)  # unchanged, and the other export was left out
    assert hold_duplicates(ledger, run, out) == 0
    assert by_pupil(ledger, *keep) == [["ready"], ["held", "oso-regel"]]
    assert (out / "dossiers/ready/99AA" / f"{keep[0].pseudonym}-20191-povo.xml").exists()


@pytest.mark.parametrize(
    ("owner", "name", "when", "number"),
    [
        (duplicates, "move_files", "before", 1),
        *((moves, "_place", when, n) for when in ("before", "after") for n in (1, 2)),
        (moves, "move_files", "after", 1),
    ],
)
def test_a_crash_half_way_is_finished_by_the_next_run(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, when: str, number: int
) -> None:
    run = begin(ledger)
    pair = [outcome(1, pgn="1", pupil="a"), outcome(2, pgn="1", pupil="b")]
    done = convert(ledger, out, run, pair)
    owner = duplicates if name == "move_files" else owner  # where the name is looked up
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, owner, name, when, number, raise_stopped)
        hold_duplicates(ledger, run, out)
    run = begin(ledger)
    ledger.link_export(run, 0, done.id)
    assert hold_duplicates(ledger, run, out) == 2
    assert by_pupil(ledger, *pair) == [["held", CODE]] * 2
    assert places_of(out) == ["held/99AA", "held/99AA"]
