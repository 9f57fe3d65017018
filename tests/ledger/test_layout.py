"""A ledger made before handovers had states gets them, keeps what it knew, and only once."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError
from dod2oso.handover.send import publish
from dod2oso.ledger import layout, tables
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.layout import STEPS, handover_id
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, raise_stopped, stop_at
from tests.ledger.kit import begin, convert, outcome

NEW = (
    "handover_log", "allowed_receivers", "notifications", "document_requests", "koppelsleutels", "terugkoppelingen",
)  # fmt: skip


@pytest.fixture(name="old")
def _old(tmp_path: Path) -> Path:
    """A ledger as the first layout had it: dossiers, and handovers of five columns."""
    out = tmp_path / "out"
    with Ledger.open(out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, [outcome(n, pupil=f"p{n}", pgn=f"pgn{n}") for n in range(3)])
        ledger.finish_run(run, "done", 0)
        with ledger.read() as connection:
            ready = connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.sha256)).all()
    with sqlite3.connect(out / "ledger.sqlite") as file:
        for table in (*NEW, "handovers"):
            file.execute(f"DROP TABLE {table}")
        file.execute(
            "CREATE TABLE handovers (dossier_id TEXT NOT NULL, sha256 TEXT NOT NULL, sender TEXT NOT NULL, "
            "state TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (dossier_id, sha256))"
        )
        rows = [(*ready[0], "taken"), (*ready[1], "withdrawn"), ("gone-20191-povo", "0" * 64, "taken")]
        for dossier, digest, state in rows:
            values = (dossier, digest, "outbox", state, "2025-01-02T03:04:05Z")
            file.execute("INSERT INTO handovers VALUES (?, ?, ?, ?, ?)", values)
        file.execute("DELETE FROM project WHERE key LIKE 'step:%'")
        file.execute("UPDATE project SET value = '1' WHERE key = 'schema'")
    file.close()
    return out


def check(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        rows = {row.dossier_id: row for row in connection.execute(select(handovers))}
        assert sorted(row.state for row in rows.values()) == ["fetched", "fetched", "withdrawn"]
        assert all(row.id == handover_id(row.dossier_id, row.sha256) for row in rows.values())
        assert {row.verzameldatum for row in rows.values()} == {"2025-01-02T03:04:05.000Z"}
        known = [row for name, row in rows.items() if not name.startswith("gone")]
        assert all((row.brin, row.oso, row.overstap) == ("99AA", "2019.1", "POVO") for row in known)
        assert all(row.match_pgn and row.pseudonym for row in known)
        assert len(connection.execute(select(handover_log)).all()) == 3


def test_an_older_ledger_is_brought_up_to_date_once(old: Path) -> None:
    for _ in range(2):
        check(old)
    with Ledger.open(old) as ledger:
        assert publish(ledger, ledger.last_run() or "", old) == 2  # what was taken does not go again
    names = sorted(path.name for path in (old / "outbox").glob("*.json"))
    assert len(names) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_bringing_it_up_to_date_loses_nothing(
    old: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, layout, "_add_columns", when, 1, raise_stopped)
        Ledger.open(old)
    check(old)


def test_a_ledger_with_a_step_we_do_not_know_is_refused(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.write() as connection:
        connection.execute(tables.project.insert().values(key="step:from-the-future", value="new"))
    with pytest.raises(ConfigurationError, match="indeling"):
        Ledger.open(tmp_path)


def test_a_new_ledger_has_had_every_step(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.read() as connection:
        keys = set(connection.scalars(select(tables.project.c.key)))
    assert {f"step:{name}" for name, _ in STEPS} <= keys
