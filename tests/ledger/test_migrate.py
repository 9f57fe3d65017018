"""A ledger of an earlier layout is brought up to date in place; nothing in it is lost."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import layout, tables
from dod2oso.ledger.history import record_run
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, raise_stopped, stop_at
from tests.ledger.kit import ADVICE, begin, convert, outcome
from tests.refusals import refused

ADDED = {
    "dossiers": ("needs", "supplied", "counts"),
    "findings": ("shape",),
    "runs": ("number",),
}
NEW = ("history", "run_states", "causes")


@pytest.fixture(name="old")
def _old(tmp_path: Path) -> Path:
    """A ledger as the first layout had it: without what came later."""
    out = tmp_path / "out"
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, [outcome(1), outcome(2, "held", findings=[ADVICE])])
        ledger.finish_run(run, "done", 1.0)
    with sqlite3.connect(out / "ledger.sqlite") as raw:
        for name in NEW:
            raw.execute(f"DROP TABLE {name}")
        for table, columns in ADDED.items():
            for column in columns:
                raw.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        raw.execute("DELETE FROM project WHERE key LIKE 'step:%'")
    return out


def test_an_old_ledger_gets_what_it_lacks_and_keeps_what_it_has(old: Path) -> None:
    with Ledger.open(old) as ledger:
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers).order_by(tables.dossiers.c.record)).all()
            shapes = set(connection.scalars(select(tables.findings.c.shape)))
            numbers = set(connection.scalars(select(tables.runs.c.number)))
        assert [(row.record, row.state, row.needs, row.supplied, row.counts) for row in rows] == [
            (1, "ready", None, "", None),
            (2, "held", None, "", None),
        ]
        assert (shapes, numbers) == ({""}, {0})
        run = begin(ledger)
        convert(ledger, old, run, [outcome(1), outcome(2)], fingerprint="f2")
        record_run(ledger, run)
        assert ledger.last_run() == run
    with Ledger.open(old) as again, again.read() as connection:
        value = connection.scalar(select(tables.project.c.value).where(tables.project.c.key == "schema"))
        assert value == layout.SCHEMA_VERSION


def test_an_upgraded_ledger_has_the_layout_of_a_new_one(old: Path, tmp_path: Path) -> None:
    with Ledger.open(old), Ledger.open(tmp_path / "new" / "ledger.sqlite", tmp_path / "new"):
        pass

    def columns(path: Path) -> dict[str, set[tuple[str, str, int]]]:
        with sqlite3.connect(path) as raw:
            names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: {(column[1], column[2], column[3]) for column in raw.execute(f"PRAGMA table_info({name})")}
                for name in names
            }

    assert columns(old / "ledger.sqlite") == columns(tmp_path / "new" / "ledger.sqlite")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_bringing_it_up_to_date_loses_nothing(
    old: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, layout, "_add_columns", when, 1, raise_stopped)
        Ledger.open(old)
    with Ledger.open(old) as ledger, ledger.read() as connection:
        assert len(connection.execute(select(tables.dossiers)).all()) == 2


def test_a_layout_of_the_future_is_left_alone(old: Path) -> None:
    with sqlite3.connect(old / "ledger.sqlite") as raw:
        raw.execute("UPDATE project SET value = '99' WHERE key = 'schema'")
    with refused(ConfigurationError, "ledger-layout", found="99"):
        Ledger.open(old)
