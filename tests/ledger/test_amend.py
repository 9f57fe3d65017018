"""Some dossiers of a finished export anew: counters that fit, ids that stay, nothing lost by a crash at any moment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.findings.balance import Balance
from dod2oso.findings.outcome import FieldCount, Outcome
from dod2oso.ledger import tables
from dod2oso.ledger.amend import Amender
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, in_child, raise_stopped, stop_at, vanish
from tests.ledger.kit import ADVICE, MAPPED, OSO, OVERSTAP, REFUSED, begin, convert, files, outcome

OUTSIDE = {FieldCount("school.naam", "mapped", ""): 1}


def original() -> list[Outcome]:
    return [
        outcome(1),
        outcome(2, "held", findings=[ADVICE], fields={MAPPED: 2, REFUSED: 1}),
        outcome(3, "held", findings=[ADVICE], fields={MAPPED: 2, REFUSED: 1}),
        outcome(4),
    ]


def supplied(number: int, **more: Any) -> Outcome:
    made = outcome(number, fields={MAPPED: 3}, content="aangevuld", pupil=f"99AA-{number}", **more)
    made.supplied = "abc"
    return made


def whole(ledger: Ledger, out: Path, run: str) -> ExportRow:
    """The export as a full run with the same supplement would have recorded it."""
    return convert(ledger, out, run, [outcome(1), supplied(2), supplied(3, brin="99BB"), outcome(4)])


def amended(ledger: Ledger, out: Path, row: ExportRow) -> None:
    amender = Amender.begin(ledger, out, row)
    amender.record([supplied(2)])
    amender.record([supplied(3, brin="99BB")])
    ledger.finish_export(row.id, Balance.from_dict(amender.balance.as_dict()), [])


def content(ledger: Ledger) -> dict[str, Any]:
    """Everything the ledger says, but for its own row numbers."""
    with ledger.read() as connection:
        found = {}
        for table in (tables.dossiers, tables.findings, tables.field_counts, tables.target_counts):
            columns = [column for column in table.columns if column.name not in ("id", "dossier")]
            found[table.name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
        return found


def done(ledger: Ledger) -> ExportRow:
    row = ledger.export("a.xml", OSO, OVERSTAP)
    assert row is not None
    return row


def test_amending_ends_where_a_full_conversion_ends(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    row = convert(ledger, out, begin(ledger), original())
    with ledger.read() as connection:
        ids = dict(connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.id)).all())
    amended(ledger, out, row)
    fresh = tmp_path / "fresh"
    with Ledger.open(fresh / "ledger.sqlite", fresh) as other:
        whole(other, fresh, begin(other))
        expected = content(other)
    found = content(ledger)
    for name in ("dossiers", "findings", "field_counts", "target_counts"):
        assert found[name] == expected[name]
    assert done(ledger).status == "done"
    assert done(ledger).balance == whole_balance(original())
    with ledger.read() as connection:
        now = dict(connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.id)).all())
        assert all(connection.scalars(select(tables.dossiers.c.placed)))
    assert now == ids
    assert files(out) == files(fresh)


def whole_balance(_before: list[Outcome]) -> dict[str, int]:
    total = Balance()
    for one in (outcome(1), supplied(2), supplied(3), outcome(4)):
        total.add(one.balance)
    return total.as_dict()


def test_what_turns_out_the_same_is_left_alone(ledger: Ledger, out: Path) -> None:
    row = convert(ledger, out, begin(ledger), original())
    before = files(out)
    amender = Amender.begin(ledger, out, row)
    amender.record([outcome(1, content="anders")])  # the same supplement, so the bytes do not matter
    ledger.finish_export(row.id, Balance.from_dict(amender.balance.as_dict()), [])
    assert files(out) == before


def test_counts_outside_the_records_are_replaced(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    row = ledger.start_export(run, 0, "a.xml", OSO, OVERSTAP, "p", "f1", "c1", "2016-06-01")
    with Recorder(ledger, out, row) as recorder:
        recorder.record(original())
        recorder.count_outside(OUTSIDE, Balance(source_values=1, mapped=1))
        total = recorder.balance
    ledger.finish_export(row.id, total, [ADVICE])
    amender = Amender.begin(ledger, out, done(ledger))
    amender.record([supplied(2)])
    amender.count_outside(OUTSIDE, Balance(source_values=1, mapped=1))
    ledger.finish_export(row.id, amender.balance, [ADVICE])
    with ledger.read() as connection:
        own = connection.execute(select(tables.findings).where(tables.findings.c.dossier.is_(None))).all()
    assert len(own) == 1


STEPS: list[tuple[Any, str]] = [
    (atrest, "write_private"), (Path, "unlink"), (Path, "replace"), (Ledger, "write"),
]  # fmt: skip


@pytest.mark.parametrize("stop", [raise_stopped, vanish], ids=["exception", "power cut"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _owner, name in STEPS])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_crash_at_any_moment_loses_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    when: str,
    number: int,
    stop: Callable[[], None],
) -> None:
    out = tmp_path / "out"
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        row = convert(ledger, out, begin(ledger), original())

    def work() -> None:
        with monkeypatch.context() as patched, Ledger.open(out) as opened:
            stop_at(patched, owner, name, when, number, stop)
            try:
                amended(opened, out, row)
            except Stopped:
                pass

    if stop is vanish:
        in_child(work)
    else:
        work()
    with Ledger.open(out) as ledger:
        known = ledger.unchanged("a.xml", OSO, OVERSTAP, "f1", "c1")
        if known is not None:
            amended(ledger, out, known)
        else:  # a file is missing: all over again, as the pipeline does
            whole(ledger, out, begin(ledger))
        assert done(ledger).status == "done"
        assert done(ledger).balance == whole_balance(original())
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers)).all()
        assert {(one.record, one.state, one.placed, one.supplied) for one in rows} == {
            (1, "ready", True, ""), (2, "ready", True, "abc"), (3, "ready", True, "abc"), (4, "ready", True, ""),
        }  # fmt: skip
        there = {path.rpartition("/")[2]: data for path, data in files(out).items() if "/.tmp/" not in f"/{path}"}
        assert {f"{one.dossier_id}.xml": one.size for one in rows} == {key: len(data) for key, data in there.items()}
        assert len(there) == 4
