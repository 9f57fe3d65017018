"""A ledger that is lost, damaged or miscounted stops every command before it does anything; a copy brings it back."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, LostLedgerError, TryLaterError, UsageError
from dod2oso.ledger import engine, safety
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.safety import KEPT_DAYS, check, ledger_to_write_in, restore
from dod2oso.ledger.store import Ledger
from tests.conftest import SAFE_ON_DISK
from tests.corpus.kit import convert, pupil, reference, tree, write
from tests.ledger.kit import begin, start
from tests.refusals import refused


def sql(out: Path, *statements: str) -> None:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement)


def remove(out: Path) -> None:
    for path in out.glob("ledger.sqlite*"):
        path.unlink()


def a_folder(out: Path) -> None:
    remove(out)
    (out / "ledger.sqlite").mkdir()


def empty(out: Path) -> None:
    remove(out)
    (out / "ledger.sqlite").touch()


def no_database(out: Path) -> None:
    remove(out)
    (out / "ledger.sqlite").write_bytes(b"geen grootboek" * 1000)


def a_torn_page(out: Path) -> None:
    sql(out, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((out / "ledger.sqlite").read_bytes())
    data[8192 : 8192 + 20_000] = b"\xa5" * 20_000
    (out / "ledger.sqlite").write_bytes(bytes(data))


def another_database(out: Path) -> None:
    remove(out)
    sql(out, "create table iets (x)")


def rows_gone(out: Path) -> None:
    sql(out, "delete from findings where dossier is not null", "delete from dossiers")


def rows_double(out: Path) -> None:
    sql(
        out,
        "create temp table extra as select * from dossiers",
        "update extra set id = id + 1000, dossier_id = dossier_id || '-2'",
        "insert into dossiers select * from extra",
    )


LOSSES = [remove, a_folder, empty, no_database, a_torn_page, another_database, rows_gone, rows_double]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder after a run, to copy."""
    folder = tmp_path_factory.mktemp("made")
    convert(folder / "out", write(folder / "a.xml", reference(pupil(1), pupil(2))))
    return folder


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_a_ledger_that_is_not_what_it_was_stops_the_run_and_a_copy_brings_it_back(
    lose: Callable[[Path], None], made: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    before = tree(out / "dossiers")
    lose(out)
    with pytest.raises(LostLedgerError) as caught:
        convert(out, made / "a.xml")
    assert (caught.value.exit_code, caught.value.message.key) == (5, "ledger-lost")
    with pytest.raises(LostLedgerError), ledger_to_write_in(out, out, "report"):
        pass
    assert tree(out / "dossiers") == before
    day = restore(out)
    assert (out / "reservekopie" / day / "ledger.sqlite").exists()
    assert len(list(out.glob("ledger-beschadigd-*"))) >= (lose is not remove)
    with Ledger.open(out) as ledger:
        check(ledger)
    assert convert(out, made / "a.xml").unreadable == []
    assert tree(out / "dossiers") == before  # unchanged: nothing was made again


def test_without_a_copy_it_says_what_to_do(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    remove(out)
    shutil.rmtree(out / "reservekopie")
    with pytest.raises(LostLedgerError) as caught:
        convert(out, made / "a.xml")
    assert caught.value.message.key == "ledger-lost.no-copy"
    with pytest.raises(LostLedgerError) as caught:
        restore(out)
    assert caught.value.code == "ledger-copy-absent"


def test_a_damaged_copy_is_passed_over(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    (good,) = (out / "reservekopie").iterdir()
    bad = out / "reservekopie" / "9999-01-01"
    bad.mkdir()
    (bad / "ledger.sqlite").write_bytes(b"x" * 5000)
    remove(out)
    assert restore(out) == good.name


def test_a_lost_key_is_never_replaced_by_a_new_one(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    key, before = (out / "project.key").read_bytes(), tree(out / "dossiers")
    (out / "project.key").unlink()
    for _twice in range(2):  # the refused run leaves no key behind that the next one would believe
        with pytest.raises(LostLedgerError) as caught:
            convert(out, made / "a.xml")
        assert (caught.value.exit_code, caught.value.message.key) == (5, "project-key-lost")
    sql(out, "update runs set datum = '2001-02-03'")  # newer than any copy: it must stay
    restore(out)
    assert (out / "project.key").read_bytes() == key
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database:
        assert database.execute("select datum from runs").fetchall() == [("2001-02-03",)]
    assert convert(out, made / "a.xml").unreadable == []
    assert tree(out / "dossiers") == before


def test_a_lost_key_without_a_copy_is_told(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    (out / "project.key").unlink()
    shutil.rmtree(out / "reservekopie")
    with pytest.raises(LostLedgerError) as caught:
        convert(out, made / "a.xml")
    assert caught.value.message.key == "project-key-lost.no-copy"
    assert not (out / "project.key").exists()


def test_a_new_folder_with_a_key_from_elsewhere_is_no_loss(tmp_path: Path) -> None:
    write(tmp_path / "out" / "project.key", b"0" * 64)
    assert convert(tmp_path / "out", write(tmp_path / "a.xml", reference(pupil(1)))).unreadable == []
    with pytest.raises(UsageError), Ledger.open(tmp_path / "other", create=False):
        pass


def test_a_copy_a_day_and_the_last_days_stay(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    shutil.rmtree(out / "reservekopie")
    real = safety.now()
    for day in range(1, KEPT_DAYS + 4):
        monkeypatch.setattr(safety, "now", lambda day=day: real.replace(year=2030, month=1, day=day))
        for _twice in range(2):
            with ledger_to_write_in(out, out, "report"):
                pass
    days = sorted(path.name for path in (out / "reservekopie").iterdir())
    assert days == [f"2030-01-{day:02}" for day in range(4, KEPT_DAYS + 4)]
    with Ledger.open(out / "reservekopie" / days[-1] / "ledger.sqlite", out) as copied:
        check(copied)
        assert copied.last_run() is not None
    modes = {path.stat().st_mode & 0o777 for path in (out / "reservekopie").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_doctor_says_so_and_puts_it_back(made: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from dod2oso.cli.app import app

    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    rows_double(out)
    ended = CliRunner().invoke(app, ["doctor", "--out", str(out)])
    assert ended.exit_code == 5 and "doctor --restore" in ended.output
    remove(out)
    assert CliRunner().invoke(app, ["doctor", "--out", str(out)]).exit_code == 5
    assert CliRunner().invoke(app, ["status", "--out", str(out)]).exception.exit_code == 5  # type: ignore[union-attr]
    assert CliRunner().invoke(app, ["doctor", "--out", str(out), "--restore"]).exit_code == 0
    assert CliRunner().invoke(app, ["doctor", "--out", str(tmp_path / "new")]).exit_code == 0


def test_a_ledger_elsewhere_comes_back_where_it_was(tmp_path: Path) -> None:
    export, ledger = write(tmp_path / "a.xml", reference(pupil(1))), tmp_path / "elders" / "boek.sqlite"
    convert(tmp_path / "out", export, ledger=str(ledger))
    for path in ledger.parent.iterdir():
        path.unlink()
    with pytest.raises(LostLedgerError):
        convert(tmp_path / "out", export, ledger=str(ledger))
    restore(tmp_path / "out", ledger)
    assert convert(tmp_path / "out", export, ledger=str(ledger)).unreadable == []


def test_a_link_in_the_place_of_our_temporary_folder_is_refused(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    (other / "keep").write_text("keep")
    with Ledger.open(out) as ledger:
        row = start(ledger, begin(ledger))
        (out / "dossiers").mkdir()
        (out / "dossiers" / ".tmp").symlink_to(other)
        with refused(ConfigurationError, "folder-is-link"):
            Recorder(ledger, out, row)
    assert (other / "keep").read_text() == "keep"


def test_a_command_waits_for_a_locked_ledger_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 1)
    with Ledger.open(tmp_path) as ledger, closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        for expected in (1000, 0, 0):
            with ledger.read() as connection:
                assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == expected
            with refused(TryLaterError, "ledger-locked"):
                begin(ledger)


def test_what_a_ledger_was_told_survives_a_power_cut(tmp_path: Path) -> None:
    """The tests themselves do without (tests/conftest.py), for they would wait for the disk all the time."""
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        SAFE_ON_DISK(connection, None)
        full = connection.execute("PRAGMA synchronous").fetchone()
    assert full == (2,)
