"""Runs and exports: resume, redo, skip, fail; and a ledger that cannot be used says so in words."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from dod2oso.base.errors import BalanceError, ConfigurationError, ExitCode, LostLedgerError, TryLaterError, UsageError
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger import engine as database
from dod2oso.ledger import tables
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import OSO, OVERSTAP, begin, convert, files, outcome, start
from tests.refusals import refused

OUTCOMES = [outcome(1), outcome(2), outcome(3)]


def rows_in(ledger: Ledger) -> dict[str, int]:
    names = ("dossiers", "findings", "field_counts", "target_counts")
    with ledger.read() as connection:
        return {name: connection.scalar(select(func.count()).select_from(getattr(tables, name))) or 0 for name in names}


def test_an_unchanged_export_is_skipped_and_counts_again(ledger: Ledger, out: Path) -> None:
    done = convert(ledger, out, begin(ledger), OUTCOMES)
    assert ledger.unchanged("a.xml", OSO, OVERSTAP, "f1", "c1") == done
    assert ledger.unchanged("a.xml", OSO, OVERSTAP, "f2", "c1") is None
    assert ledger.unchanged("a.xml", OSO, OVERSTAP, "f1", "c2") is None
    assert ledger.unchanged("a.xml", OSO, "POPO", "f1", "c1") is None
    run = begin(ledger)
    ledger.link_export(run, 0, done.id)
    ledger.link_export(run, 1, done.id)  # the same file named twice on the command line
    with ledger.read() as connection:
        links = connection.execute(select(tables.run_exports).where(tables.run_exports.c.run_id == run)).all()
    assert [link.position for link in links] == [1]


@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_an_export_whose_files_are_damaged_is_not_unchanged(ledger: Ledger, out: Path, damage: str) -> None:
    convert(ledger, out, begin(ledger), OUTCOMES)
    before = files(out)
    path = out / "dossiers" / sorted(before)[0]
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"")
    assert ledger.unchanged("a.xml", OSO, OVERSTAP, "f1", "c1") is None
    convert(ledger, out, begin(ledger), OUTCOMES)
    assert files(out) == before


@pytest.mark.parametrize("change", [{"fingerprint": "f2"}, {"config": "c2"}])
def test_a_changed_export_starts_again_and_its_old_files_go(ledger: Ledger, out: Path, change: dict[str, str]) -> None:
    first = convert(ledger, out, begin(ledger), OUTCOMES)
    row = start(ledger, begin(ledger), **change)
    assert (row.id, row.records, row.status) == (first.id, 0, "reading")
    assert files(out) == {}
    assert rows_in(ledger) == {"dossiers": 0, "findings": 0, "field_counts": 0, "target_counts": 0}


def test_another_export_keeps_its_files(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1, pupil="other")], "b.xml")
    kept = files(out)
    convert(ledger, out, run, OUTCOMES, "a.xml")
    ledger.fail_export(run, 0, "a.xml", OSO, OVERSTAP, Finding("export-onleesbaar"))
    assert files(out) == kept


def test_a_half_done_export_whose_files_vanished_starts_again(ledger: Ledger, out: Path) -> None:
    with Recorder(ledger, out, start(ledger, begin(ledger))) as recorder:
        recorder.record(OUTCOMES[:2])
    for path in (out / "dossiers" / "ready").rglob("*.xml"):
        path.write_bytes(b"")
    assert start(ledger, begin(ledger)).records == 0


def test_an_unreadable_export_keeps_nothing_but_its_finding(ledger: Ledger, out: Path) -> None:
    convert(ledger, out, begin(ledger), OUTCOMES)
    for _ in range(2):
        ledger.fail_export(begin(ledger), 0, "a.xml", OSO, OVERSTAP, Finding("export-onleesbaar"))
    row = ledger.export("a.xml", OSO, OVERSTAP)
    assert row is not None and row.status == "unreadable"
    assert rows_in(ledger) == {"dossiers": 0, "findings": 1, "field_counts": 0, "target_counts": 0}
    assert files(out) == {}
    assert convert(ledger, out, begin(ledger), OUTCOMES).status == "done"
    assert rows_in(ledger)["findings"] == 0


def test_a_balance_that_does_not_add_up_stops_the_export(ledger: Ledger, out: Path) -> None:
    row = start(ledger, begin(ledger))
    with Recorder(ledger, out, row) as recorder:
        recorder.record(OUTCOMES)
    wrong_sum = Balance(13, 9, 3, 0, 0, 0)
    other_story = Balance(12, 8, 4, 0, 0, 0)  # adds up, but the fields say 9 and 3
    for balance in (wrong_sum, other_story):
        with pytest.raises(BalanceError, match=r"klopt niet|andere dan de balans"):
            ledger.finish_export(row.id, balance, [])
        known = ledger.export("a.xml", OSO, OVERSTAP)
        assert known is not None and known.status == "reading"
    ledger.finish_export(row.id, recorder.balance, [])


def test_a_run_that_did_not_end_is_called_interrupted_by_the_next(ledger: Ledger) -> None:
    first, second = begin(ledger), begin(ledger)
    ledger.finish_run(second, "done", 1.5)
    with ledger.read() as connection:
        rows = {row.id: row for row in connection.execute(select(tables.runs))}
    assert (rows[first].status, rows[first].finished) == ("interrupted", None)
    assert (rows[second].status, rows[second].seconds) == ("done", 1.5) and rows[second].finished


def test_the_last_run_is_the_one_that_started_last(ledger: Ledger) -> None:
    assert ledger.last_run() is None
    first = begin(ledger)
    assert ledger.last_run() == first
    with ledger.write() as connection:
        connection.execute(update(tables.runs).values(started="2020-01-01T00:00:00Z"))
    assert begin(ledger) == ledger.last_run() != first


def test_another_key_is_refused(ledger: Ledger) -> None:
    ledger.bind_key("abc")
    ledger.bind_key("abc")
    with refused(ConfigurationError, "project-key-mismatch"):
        ledger.bind_key("xyz")


def test_a_ledger_of_another_layout_is_refused(target: str | Path, out: Path) -> None:
    with Ledger.open(target, out) as ledger, ledger.write() as connection:
        connection.execute(update(tables.project).where(tables.project.c.key == "schema").values(value="99"))
    with refused(ConfigurationError, "ledger-layout", found="99"):
        Ledger.open(target, out)
    with refused(ConfigurationError, "ledger-layout", found="99"):
        Ledger.open(target, out, create=False)


def test_opening_without_making(out: Path) -> None:
    with refused(UsageError, "ledger-absent"):
        Ledger.open(out, create=False)
    assert not out.exists()
    Ledger.open(out).close()
    Ledger.open(out, create=False).close()
    Ledger.open(f"sqlite:///{out}/ledger.sqlite", create=False).close()


def test_a_ledger_on_a_server_needs_an_output_directory(out: Path) -> None:
    out.mkdir()
    with Ledger.open(f"sqlite:///{out}/server.sqlite") as ledger:
        convert(ledger, out, begin(ledger), OUTCOMES)
        with refused(ConfigurationError, "ledger-needs-out"):
            ledger.unchanged("a.xml", OSO, OVERSTAP, "f1", "c1")


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql+nodriver://h/d", "mysql+nodriver://u@h/d"])
def test_an_unusable_url_is_a_configuration_error(url: str) -> None:
    with refused(ConfigurationError, "ledger-url-wrong"):
        Ledger.open(url)


def test_a_file_that_is_no_database(out: Path) -> None:
    out.mkdir()
    (out / "ledger.sqlite").write_bytes(b"this is not a database, " * 100)
    with pytest.raises(LostLedgerError) as raised:
        Ledger.open(out)
    assert raised.value.message.key == "ledger-lost.no-copy"


def test_a_locked_ledger_says_try_again_later(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with Ledger.open(out) as ledger:
        other = sqlite3.connect(out / "ledger.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with refused(TryLaterError, "ledger-locked") as caught:
            begin(ledger)
        assert caught.value.exit_code == ExitCode.TRY_LATER
        other.execute("ROLLBACK")
        other.close()
        begin(ledger)


def test_an_unreachable_server_says_try_again_later(out: Path) -> None:
    pytest.importorskip("psycopg")
    with refused(TryLaterError, "ledger-unreachable"):
        Ledger.open("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2", out)


def test_a_database_error_never_shows_what_was_written(ledger: Ledger) -> None:
    value = "Geheime naam"
    with pytest.raises(Exception, match=r".") as caught, ledger.write() as connection:
        connection.execute(insert(tables.project), [{"key": "a", "value": value}, {"key": "a", "value": value}])
    assert value not in str(caught.value)
