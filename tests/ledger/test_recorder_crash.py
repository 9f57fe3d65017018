"""Crash anywhere, lose nothing: the recorder is stopped between each of its steps and then resumed."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.ledger import tables
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, in_child, raise_stopped, stop_at, vanish
from tests.ledger.kit import ADVICE, CONSENT, HOMELESS, MAPPED, NO_SCHOOL, UNREAD, begin, convert, files, outcome

OUTCOMES = [
    outcome(1),
    outcome(2, "held", findings=[CONSENT, CONSENT, ADVICE]),
    outcome(3, brin="99BB", fields={MAPPED: 2, HOMELESS: 1}),
    outcome(4, "rejected", findings=[NO_SCHOOL]),
    outcome(5, pupil="99AA-1", fields={MAPPED: 1, UNREAD: 4}),  # the pupil of record 1 again: its id gets -2
]
MOMENTS = [
    *((atrest, "write_private", when, n) for when in ("before", "after") for n in (1, 2, 4)),
    *((Recorder, "_commit", when, n) for when in ("before", "after") for n in (1, 2, 3)),
    *((Recorder, "_place", when, n) for when in ("before", "after") for n in (1, 2, 3, 4)),
    *((Recorder, "close", when, 1) for when in ("before", "after")),
    *((Ledger, "finish_export", when, 1) for when in ("before", "after")),
]
moments = pytest.mark.parametrize(
    ("owner", "name", "when", "number"), MOMENTS, ids=[f"{when} {name} {n}" for _, name, when, n in MOMENTS]
)


def contents(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a resumed run must have in common with one that was never stopped."""
    d, f = tables.dossiers, tables.findings
    with ledger.read() as connection:
        return {
            "dossiers": [
                tuple(row)
                for row in connection.execute(
                    select(
                        d.c.record, d.c.dossier_id, d.c.state, d.c.sha256, d.c.size, d.c.placed, d.c.mapped
                    ).order_by(d.c.record)
                )
            ],
            "findings": sorted(
                tuple(row)
                for row in connection.execute(
                    select(d.c.record, f.c.code, f.c.severity, f.c.rule, f.c.count).join(d, d.c.id == f.c.dossier)
                )
            ),
            **{
                table.name: sorted(tuple(row)[1:] for row in connection.execute(select(table)))
                for table in (tables.field_counts, tables.target_counts)
            },
            "exports": [
                tuple(row)
                for row in connection.execute(
                    select(*(tables.exports.c[name] for name in ("name", "status", "records", "progress")))
                )
            ],
            "balance": [tuple(sorted(b.items())) for b in connection.scalars(select(tables.exports.c.balance))],
        }


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, bytes]]:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    with Ledger.open(out) as ledger:
        convert(ledger, out, begin(ledger), OUTCOMES)
        return contents(ledger), files(out)


def assert_no_file_without_row(ledger: Ledger, out: Path) -> None:
    """Right after a crash: whatever stands under ready or held is whole and known."""
    with ledger.read() as connection:
        rows = connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.sha256))
        known = {row.dossier_id: row.sha256 for row in rows}
    for path, content in files(out).items():
        if not path.startswith(".tmp/"):
            assert known[Path(path).stem] == sha256(content).hexdigest()


@moments
def test_an_exception_at_any_step_loses_nothing(
    target: str | Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Any,
    owner: Any,
    name: str,
    when: str,
    number: int,
) -> None:
    with monkeypatch.context() as patch, Ledger.open(target, out) as ledger:
        stop_at(patch, owner, name, when, number, raise_stopped)
        with pytest.raises(Stopped):
            convert(ledger, out, begin(ledger), OUTCOMES)
    with Ledger.open(target, out) as ledger:
        assert_no_file_without_row(ledger, out)
        convert(ledger, out, begin(ledger), OUTCOMES)
        assert (contents(ledger), files(out)) == undisturbed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to be killed without cleanup")
@moments
def test_a_power_cut_at_any_step_loses_nothing(
    target: str | Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Any,
    owner: Any,
    name: str,
    when: str,
    number: int,
) -> None:
    def work() -> None:
        with Ledger.open(target, out) as ledger:
            convert(ledger, out, begin(ledger), OUTCOMES)

    with monkeypatch.context() as patch:
        stop_at(patch, owner, name, when, number, vanish)
        assert in_child(work) == 9
    with Ledger.open(target, out) as ledger:
        assert_no_file_without_row(ledger, out)
        convert(ledger, out, begin(ledger), OUTCOMES)
        assert (contents(ledger), files(out)) == undisturbed


def test_stopping_twice_at_different_places(
    target: str | Path, out: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Any
) -> None:
    for name, number in (("_place", 3), ("_commit", 1), ("_place", 1)):
        with monkeypatch.context() as patch, Ledger.open(target, out) as ledger:
            stop_at(patch, Recorder, name, "after", number, raise_stopped)
            with pytest.raises(Stopped):
                convert(ledger, out, begin(ledger), OUTCOMES)
    with Ledger.open(target, out) as ledger:
        convert(ledger, out, begin(ledger), OUTCOMES)
        assert (contents(ledger), files(out)) == undisturbed
