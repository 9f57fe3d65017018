"""The recorder: names, places, modes, counts, and what it does when the disk is full."""

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from dod2oso.base import atrest
from dod2oso.base.errors import TryLaterError
from dod2oso.base.texts import Text, shown, stored
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding, detail_of
from dod2oso.findings.outcome import FieldCount
from dod2oso.ledger import tables
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.rows import REASON
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, raise_stopped, stop_at
from tests.ledger.kit import CONSENT, MAPPED, OSO, OVERSTAP, UNKNOWN, WITHHELD, begin, convert, files, outcome, start
from tests.refusals import refused


def test_a_dossier_stands_under_its_state_and_school(ledger: Ledger, out: Path) -> None:
    convert(ledger, out, begin(ledger), [outcome(1, pupil="x"), outcome(2, "held", brin="99BB", pupil="y")])
    x, y = (outcome(1, pupil=name).pseudonym for name in "xy")
    assert files(out) == {
        f"ready/99AA/{x}-20191-povo.xml": b"<dossier>x </dossier>\n",
        f"held/99BB/{y}-20191-povo.xml": b"<dossier>y </dossier>\n",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="file modes mean little on Windows")
def test_everything_is_private(out: Path) -> None:
    with Ledger.open(out) as ledger:
        convert(ledger, out, begin(ledger), [outcome(1)])
        for path in (out, *out.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path.name


def test_the_same_pupil_again_gets_another_id(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1, pupil="x"), outcome(2, pupil="x")], "a.xml")
    convert(ledger, out, run, [outcome(1, pupil="x")], "b.xml", batch=1)
    base = f"{outcome(1, pupil='x').pseudonym}-20191-povo"
    with ledger.read() as connection:
        names = connection.scalars(select(tables.dossiers.c.dossier_id).order_by(tables.dossiers.c.id)).all()
    assert names == [base, f"{base}-2", f"{base}-3"]
    assert len(files(out)) == 3


def test_an_id_lasts_through_another_conversion(ledger: Ledger, out: Path) -> None:
    convert(ledger, out, begin(ledger), [outcome(1, pupil="x")], fingerprint="f1")
    before = set(files(out))
    convert(ledger, out, begin(ledger), [outcome(1, pupil="x", content="new")], fingerprint="f2")
    assert set(files(out)) == before


@pytest.mark.parametrize("brin", ["../../up", "/etc", "99aa", "CON", "", "99AA\x00", "99AA/..", "99AAA", "९९AA"])
def test_a_strange_brin_never_becomes_a_path(ledger: Ledger, out: Path, brin: str) -> None:
    if brin == "99AA\x00" and ledger.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL cannot hold a NUL; XML cannot either")
    convert(ledger, out, begin(ledger), [outcome(1, brin=brin)])
    (path,) = files(out)
    assert path.startswith("ready/onbekend/")


def test_equal_findings_are_one_row_with_a_count(ledger: Ledger, out: Path) -> None:
    convert(ledger, out, begin(ledger), [outcome(1, "held", findings=[CONSENT, UNKNOWN, CONSENT, CONSENT])])
    with ledger.read() as connection:
        rows = connection.execute(select(tables.findings.c.code, tables.findings.c.severity, tables.findings.c.count))
        assert sorted(tuple(row) for row in rows) == [("oso-regel", "error", 3), ("veld-onbekend", "warning", 1)]


def test_counts_per_field_and_school(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    row = start(ledger, run)
    with Recorder(ledger, out, row) as recorder:
        recorder.record([outcome(1), outcome(2, brin="99BB"), outcome(3, "rejected")], {"at": 3})
        header = FieldCount("export.auteur", "dropped", "techniek")
        recorder.count_outside({header: 2}, Balance(2, 0, 2, 0, 0, 0))
        assert recorder.unmapped_fields() == set()
    ledger.finish_export(row.id, recorder.balance, [])
    with ledger.read() as connection:
        counts = {tuple(r)[1:] for r in connection.execute(select(tables.field_counts))}
        paths = {tuple(r)[1:] for r in connection.execute(select(tables.target_counts))}
    assert counts == {
        *((brin, *key, n) for brin in ("99AA", "99BB", "") for key, n in ((MAPPED, 3), (WITHHELD, 1))),
        ("", *header, 2),
    }
    assert ("99AA", "metadata/datum", 1) in paths and ("", "metadata/datum", 1) not in paths
    assert recorder.balance == Balance(14, 9, 5, 0, 0, 0)


def test_values_outside_the_records_count_once_after_a_resume(ledger: Ledger, out: Path) -> None:
    header = FieldCount("export.auteur", "dropped", "techniek")
    run = begin(ledger)
    for _ in range(2):  # stopped between closing and finishing, then resumed
        row = start(ledger, run)
        with Recorder(ledger, out, row) as recorder:
            recorder.record([outcome(1)] if row.records == 0 else [])
            recorder.count_outside({header: 2}, Balance(2, 0, 2, 0, 0, 0))
    ledger.finish_export(row.id, recorder.balance, [])
    assert recorder.balance.source_values == 6


def test_the_reader_gets_back_where_it_was(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    with Recorder(ledger, out, start(ledger, run)) as recorder:
        recorder.record([outcome(1)], {"member": "a", "offset": 10})
        recorder.record([outcome(2)], {"member": "a", "offset": 20})
    row = start(ledger, run)
    assert (row.records, row.reader) == (2, {"member": "a", "offset": 20})


def test_a_resume_first_removes_what_was_not_known_to_be_in_place(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should nobody convert them again (another export list, another version), no file may stay without its row."""
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, Recorder, "_place", "after", 3, raise_stopped)
        convert(ledger, out, begin(ledger), [outcome(n) for n in range(1, 5)])
    assert len(files(out)) == 3
    assert start(ledger, begin(ledger)).records == 2
    assert len(files(out)) == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_full_disk_while_writing(ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    real = atrest.write_private
    calls = iter(range(1, 100))

    def full(path: Path | str, data: bytes) -> None:
        if next(calls) == number:
            Path(path).write_bytes(data[:5])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, data)

    outcomes = [outcome(n) for n in (1, 2, 3)]
    with monkeypatch.context() as patch, refused(TryLaterError, "disk-full"):
        patch.setattr(atrest, "write_private", full)
        convert(ledger, out, begin(ledger), outcomes)
    assert all(content.endswith(b"</dossier>\n") for content in files(out).values())
    assert not [path for path in files(out) if path.startswith(".tmp/")]
    convert(ledger, out, begin(ledger), outcomes)
    assert len(files(out)) == 3


def test_a_full_disk_while_renaming(ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace
    calls = iter(range(1, 100))

    def full(path: Path | str, to: Path | str) -> None:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, to)

    outcomes = [outcome(n) for n in (1, 2, 3)]
    with monkeypatch.context() as patch, refused(TryLaterError, "disk-full"):
        patch.setattr(os, "replace", full)
        convert(ledger, out, begin(ledger), outcomes)
    convert(ledger, out, begin(ledger), outcomes)
    assert len(files(out)) == 3


def test_a_full_disk_under_the_ledger_itself(out: Path) -> None:
    outcomes = [outcome(n, findings=[UNKNOWN._replace(field=f"pad/{k}") for k in range(300)]) for n in range(1, 9)]
    with Ledger.open(out) as ledger:
        run = begin(ledger)
        with ledger.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def limit(connection: Any, _record: Any, _proxy: Any) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")

        event.listen(ledger.engine, "checkout", limit)
        with refused(TryLaterError, "disk-full"):
            convert(ledger, out, run, outcomes)
    with Ledger.open(out) as ledger:
        convert(ledger, out, begin(ledger), outcomes)
        assert len(files(out)) == 8
        with ledger.read() as connection:
            assert connection.scalar(select(func.count()).select_from(tables.findings)) == 2400


def test_nothing_to_record_is_fine(ledger: Ledger, out: Path) -> None:
    row = convert(ledger, out, begin(ledger), [])
    assert (row.status, row.records, row.oso, row.overstap) == ("done", 0, OSO, OVERSTAP)


def test_each_part_of_a_finding_has_its_own_column(ledger: Ledger, out: Path) -> None:
    place, note = Text("table-line", table="leerlingen", line="3"), Text("file-number", number=2)
    said = [
        Finding("veld-onbekend", "leerling.naam", cause="geen-datum", place=place, note=note),
        Finding("oso-regel", target="inzage", rule="inzage-blok-verplicht"),
    ]
    convert(ledger, out, begin(ledger), [outcome(1, "held", findings=said)])
    c = tables.findings.c
    with ledger.read() as connection:
        rows = connection.execute(select(c.rule, c.cause, c.place, c.note, REASON).order_by(c.code)).all()
    assert [tuple(row) for row in rows] == [
        ("inzage-blok-verplicht", "", "", "", "inzage-blok-verplicht"),
        ("", "geen-datum", stored(place), stored(note), "geen-datum"),
    ]
    assert detail_of(rows[1].note, rows[1].place) == said[0].detail
    assert "leerlingen" in shown(said[0].detail, "en")
