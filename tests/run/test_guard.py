"""One bad export never stops the others, whatever it is that fails, and wherever."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.base.errors import BalanceError, ExportError, TryLaterError
from dod2oso.ledger import tables
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger
from dod2oso.run import export as one_export
from dod2oso.run.convert import Converter
from dod2oso.run.pipeline import STEPS
from dod2oso.run.workers import Workers
from dod2oso.source.export import Export, RecordReader
from dod2oso.source.guard import guarded
from dod2oso.source.opening import OpenExport
from dod2oso.source.recordstore import RecordStore
from tests.corpus.kit import CONSENT, convert, dossiers, pupil, reference, schools, supplement, totals, tree, write

pytestmark = pytest.mark.usefixtures("without_report")

FAULTS = [
    ExportError("export-leeg"),
    RecursionError("Voorbeeld1"),
    UnicodeDecodeError("utf-8", b"Voorbeeld1", 0, 1, "invalid start byte"),
    ValueError("Voorbeeld1"),
    AssertionError(),
    BalanceError("balance-wrong", name="x", values=3, accounted=2),
    type("PanicException", (BaseException,), {})("Voorbeeld1"),
]
# everything that is called for one export, from opening it to closing its books
CALLS = [
    (OpenExport, "__init__"),
    (OpenExport, "recognise"),
    (OpenExport, "export"),
    (OpenExport, "fingerprint"),
    (Export, "survey"),
    (Export, "dossiers"),
    (RecordReader, "read"),
    (Converter, "convert_all"),
    (Converter, "settle_shared"),
    (Workers, "outcomes"),
    (Recorder, "record"),
    (Recorder, "count_outside"),
    (one_export, "read_once"),
    (Ledger, "start_export"),
    (Ledger, "finish_export"),
]


class Fault:
    """Fails the `after`-th time that it is called since the export with this name was opened."""

    def __init__(self, error: BaseException, name: str) -> None:
        self.error = error
        self.name = name
        self.now = ""
        self.fired = 0

    def put_in(self, monkeypatch: pytest.MonkeyPatch, owner: Any, call: str) -> None:
        opened = one_export.convert_export

        def follow(session: Any, found: Any, *rest: Any) -> None:
            self.now = found.name
            opened(session, found, *rest)

        plain = getattr(owner, call)

        def faulty(*arguments: Any, **named: Any) -> Any:
            if self.now == self.name:
                self.fired += 1
                raise self.error
            return plain(*arguments, **named)

        for place in ("pipeline", "export"):
            monkeypatch.setattr(f"dod2oso.run.{place}.convert_export", follow)
        monkeypatch.setattr(owner, call, faulty)


def run_with_a_fault(
    folder: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch, owner: Any, call: str, **options: Any
) -> dict[str, Any]:
    exports = [write(folder / f"{name}.xml", reference(pupil(n))) for n, name in enumerate("bc", start=1)]
    with monkeypatch.context() as patch:
        fault.put_in(patch, owner, call)
        result = convert(folder / "out", exports, **options)
    assert result.unreadable == ["b.xml"]
    assert result.faulty == (not isinstance(fault.error, ExportError))
    with Ledger.open(folder / "out") as ledger, ledger.read() as connection:
        status = dict(connection.execute(select(tables.exports.c.name, tables.exports.c.status)).all())
        text = str(connection.execute(select(tables.findings)).all())
    assert "Voorbeeld" not in text
    return status


@pytest.mark.usefixtures("with_report")
@pytest.mark.parametrize(("owner", "call"), CALLS, ids=[f"{owner.__name__}.{call}" for owner, call in CALLS])
def test_a_fault_in_any_call_stops_one_export_only(
    owner: Any, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault(RecursionError("Voorbeeld1"), "b.xml")
    status = run_with_a_fault(tmp_path, fault, monkeypatch, owner, call)
    if not fault.fired:
        pytest.fail("the call was not reached")
    assert status == {"b.xml": "unreadable", "c.xml": "done"}
    assert len(dossiers(tmp_path / "out")) == 1  # nothing of the broken one stays
    assert (tmp_path / "out" / "report" / "gaps.html").exists()


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_every_kind_of_fault_stops_one_export_only(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = run_with_a_fault(tmp_path, Fault(error, "b.xml"), monkeypatch, Converter, "convert_all")
    assert status == {"b.xml": "unreadable", "c.xml": "done"}


def test_what_a_person_must_mend_first_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exports = [write(tmp_path / f"{name}.xml", reference(pupil(n))) for n, name in enumerate("ab", start=1)]
    with monkeypatch.context() as patch:
        Fault(TryLaterError("disk-full"), "a.xml").put_in(patch, Recorder, "record")
        with pytest.raises(TryLaterError):
            convert(tmp_path / "out", exports)
    assert convert(tmp_path / "out", exports).unreadable == []


@pytest.mark.parametrize("call", [(RecordStore, "keep"), (RecordStore, "all"), (Converter, "match")])
def test_a_fault_while_doubles_are_sought_stops_one_export_only(
    call: tuple[Any, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [write(tmp_path / f"{name}.xml", reference(pupil(n))) for n, name in enumerate("ab", start=1)]
    plain, calls = getattr(*call), []

    def once(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RecursionError
        return plain(*arguments)

    monkeypatch.setattr(*call, once)
    result = convert(tmp_path / "out", exports, merge="newest")
    assert result.unreadable == ["a.xml"]
    assert totals(tmp_path / "out", result)["dossiers"]["held"] == 1


@pytest.mark.parametrize("broken", ["a.xml", "b.xml", "c.xml"])
def test_what_was_merged_with_a_broken_export_is_not_lost(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pupil 1 stands in a (the newest, so it leads) and b, pupil 3 in b and c."""
    pupils = {"a": [1, 2], "b": [1, 3], "c": [3, 4]}
    exports = [
        write(
            tmp_path / f"{name}.xml",
            reference(*map(pupil, numbers), before=f"<Kop><Aanmaakdatum>0{9 - n}-10-2018</Aanmaakdatum></Kop>"),
        )
        for n, (name, numbers) in enumerate(pupils.items(), start=1)
    ]
    fault = Fault(RecursionError(), broken)
    with monkeypatch.context() as patch:
        fault.put_in(patch, Recorder, "count_outside")
        result = convert(tmp_path / "out", exports, merge="newest")
    assert result.unreadable == [broken]
    whole = {n for name, numbers in pupils.items() if f"{name}.xml" != broken for n in numbers}
    assert totals(tmp_path / "out", result)["dossiers"]["held"] == len(whole)
    found = b"".join(dossiers(tmp_path / "out").values())
    assert {n for n in range(1, 5) if f">{n}</leerlingid>".encode() in found} == whole
    again = convert(tmp_path / "out", exports, merge="newest")  # and all is merged as soon as it can be read
    assert again.unreadable == []
    assert totals(tmp_path / "out", again)["dossiers"]["held"] == 4


def test_scan_and_the_search_for_exports_have_the_same_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.discover.survey import scan
    from dod2oso.source.container import gather
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.profile import shipped_profiles

    exports = [write(tmp_path / f"{name}.xml", reference(pupil(n))) for n, name in enumerate("ab", start=1)]
    plain, calls = gather.sniff.sniff, []

    def once(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RecursionError
        return plain(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(gather.sniff, "sniff", once)
        bad, good = find_exports(exports).exports
    assert bad.problem is not None and bad.problem.code == "export-fout"
    assert good.problem is None
    monkeypatch.setattr(scan, "encoding_of", lambda _member: 1 // 0)
    told = scan.scan_export(good, shipped_profiles()).problem
    assert told is not None and told.code == "export-fout"


def test_a_temporary_file_that_does_not_fit_is_no_fault_of_the_export() -> None:
    told: list[ExportError] = []
    with pytest.raises(TryLaterError), guarded(told.append):
        raise sqlite3.OperationalError("database or disk is full")
    with pytest.raises(OSError), guarded(told.append):
        raise OSError(5, "Input/output error")
    with pytest.raises(KeyboardInterrupt), guarded(told.append):
        raise KeyboardInterrupt
    assert told == []


# --- seen in the world ---


@pytest.mark.usefixtures("with_report")
def test_a_byte_that_is_no_utf8_in_a_tag_of_an_oso_dossier(tmp_path: Path) -> None:
    convert(tmp_path / "bron", write(tmp_path / "a.xml", reference(pupil(1), pupil(2))), version="2018.1")
    shutil.copytree(tmp_path / "bron" / "dossiers", tmp_path / "elders")
    first, second = sorted(tmp_path.glob("elders/held/*/*.xml"))
    first.write_bytes(first.read_bytes().replace(b"<leerling>", b"<leerl\xffing>", 1))
    result = convert(tmp_path / "out", [tmp_path / "elders", tmp_path / "a.xml"], version="2019.1")
    assert result.unreadable == []
    found = totals(tmp_path / "out", result)
    assert sum(found["dossiers"].values()) == 3
    assert found["findings"]["by_code"]["export-onleesbaar"] == 1
    assert second.exists()


@pytest.mark.usefixtures("with_report")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file name is always text")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    def odd(folder: Path, name: bytes) -> Path:
        return Path(os.fsdecode(os.fsencode(folder) + b"/" + name))

    folder = odd(tmp_path, b"in\xff")
    write(odd(folder, b"a\xff\x1b.xml"), reference(pupil(1)))
    write(folder / "b.xml", reference(pupil(2)))
    options = {
        "supplements": [odd(tmp_path, b"aanvulling\xff.csv")],
        "schools": odd(tmp_path, b"scholen\xff.csv"),
    }
    write(options["supplements"][0], "brin;leerlingid;leerling.bsn\n99XX;1;\n99XX;77;fout\n99XX;2;fout\n")
    schools(tmp_path).rename(options["schools"])
    for _twice in range(2):
        result = convert(tmp_path / "out", folder, **options)
        assert result.unreadable == []
        assert sum(totals(tmp_path / "out", result)["dossiers"].values()) == 2
        assert (tmp_path / "out" / "report" / "gaps.html").exists()


def test_a_damaged_database_beside_a_good_export(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("create table leerlingen (leerlingid, achternaam)")
        database.executemany("insert into leerlingen values (?, ?)", [(str(n), "x" * 400) for n in range(200)])
    data = bytearray((tmp_path / "a.sqlite").read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    write(tmp_path / "a.sqlite", bytes(data))
    result = convert(tmp_path / "out", [tmp_path / "a.sqlite", write(tmp_path / "b.xml", reference(pupil(1)))])
    assert result.unreadable == ["a.sqlite"]
    assert totals(tmp_path / "out", result)["dossiers"]["held"] == 1


def test_an_export_that_breaks_after_its_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is cut off by somebody else between the two passes."""
    first = write(tmp_path / "a.xml", reference(*(pupil(n) for n in range(1, 400))))
    start = one_export._convert

    def cut(session: Any, passed: Any, *rest: Any) -> None:
        if passed.export.name == "a.xml":
            first.write_bytes(first.read_bytes()[:-500_000])
        start(session, passed, *rest)

    monkeypatch.setattr(one_export, "_convert", cut)
    result = convert(tmp_path / "out", [first, write(tmp_path / "b.xml", reference(pupil(1)))])
    assert result.unreadable == ["a.xml"]
    assert len(dossiers(tmp_path / "out")) == 1


@pytest.mark.usefixtures("with_report")
def test_what_is_out_of_reach_for_a_day_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    ready = {
        "schools": schools(tmp_path),
        "supplements": [supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", **CONSENT})],
    }
    assert convert(tmp_path / "out", export, **ready).staged == 1
    before = tree(tmp_path / "out" / "dossiers") | tree(tmp_path / "out" / "outbox")
    with monkeypatch.context() as patch:
        patch.setattr(OpenExport, "recognise", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
        result = convert(tmp_path / "out", export, **ready)
    found = totals(tmp_path / "out", result)
    assert result.unreadable == ["a.xml"]
    assert found["findings"]["by_code"]["export-geen-toegang"] == 1
    assert found["dossiers"]["ready"] == 1
    assert tree(tmp_path / "out" / "dossiers") | tree(tmp_path / "out" / "outbox") == before
    result = convert(tmp_path / "out", export, **ready)
    assert "export-geen-toegang" not in totals(tmp_path / "out", result)["findings"]["by_code"]
    # but not when what is known of it by now is another thing: then it is not known whether it may leave
    refused = [supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", **CONSENT, "inzage/toestemming": "Nee"})]
    with monkeypatch.context() as patch:
        patch.setattr(OpenExport, "recognise", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
        convert(tmp_path / "out", export, schools=schools(tmp_path), supplements=refused)
    assert not list((tmp_path / "out" / "outbox").glob("*.json"))


# --- the table of steps ---


def test_every_step_is_recorded_and_says_why_it_was_skipped(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    steps = convert(tmp_path / "out", export).steps
    assert [step.name for step in steps] == [step.name for step in STEPS]
    skipped = {step.name: step.skipped for step in steps if step.skipped}
    assert set(skipped) == {
        "decide what to merge",
        "expect rows of several pupils",
        "note supplements that cannot be read",
        "settle rows of nobody and of several pupils",
        "tell what the choice of pupils came to",
        "see which decisions nothing asked for",
        "withdraw what is no longer right",
        "list whose data must go",
        "have parts made on a cluster",
        "remove the parts",
    }
    skipped = {
        step.name for step in convert(tmp_path / "out", export, sender="http", merge="newest").steps if step.skipped
    }
    assert skipped == {
        "stage what is ready",
        "expect rows of several pupils",
        "note supplements that cannot be read",
        "settle rows of nobody and of several pupils",
        "tell what the choice of pupils came to",
        "see which decisions nothing asked for",
        "list whose data must go",
        "have parts made on a cluster",
        "remove the parts",
    }
