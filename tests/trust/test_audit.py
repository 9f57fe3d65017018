"""The audit log: what stands in it, and that no change of it goes unseen."""

import json
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from dod2oso.base import clock
from dod2oso.base.errors import ConfigurationError, Dod2osoError, UsageError
from dod2oso.ledger import audit, audit_file, tables
from dod2oso.ledger.audit import audit_log, audit_refs
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.trust.audit import Anchor, anchors, entries, note, verify_file, verify_lines, verify_project
from tests.cli.kit import dod2oso
from tests.trust.kit import changed, convert, copy_of


@pytest.fixture(name="out")
def _out(region: Path, tmp_path: Path) -> Path:
    return copy_of(region, tmp_path / "out")


@pytest.fixture(name="small")
def _small(tmp_path: Path) -> Path:
    """A project with ten lines in its log and nothing else."""
    out = tmp_path / "small"
    with Ledger.open(out) as ledger:
        for number in range(10):
            note(ledger, "decision", "iemand", number=number)
    return out


def lines(out: Path) -> list[str]:
    return (out / audit_file.FILE).read_text(encoding="ascii").splitlines()


def problems(out: Path, *kept: Anchor) -> list[str]:
    with Ledger.open(out, create=False) as ledger:
        return [text.key for text in verify_project(ledger, kept).problems]


# --- what stands in it ---


def test_a_run_tells_who_what_with_which_files_and_what_came_of_it(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger:
        found = list(entries(ledger))
    begun, ended = (next(entry for entry in found if entry.what == f"run-{word}") for word in ("begun", "ended"))
    assert begun.account == "omzetter" and begun.system == audit.system_account()
    assert begun.about["overstap"] == "POVO" and len(begun.about["config"]) == 64
    assert [len(digest) for digest in begun.about["files"]["supplements"] + begun.about["files"]["schools"]] == [64, 64]
    assert ended.about["status"] == "done" and set(ended.about["dossiers"]) >= {"ready", "held"}
    for export in ended.about["exports"]:
        if export["status"] == "done" and export["records"]:
            assert export["fingerprint"]
            parts = (export[name] for name in ("mapped", "dropped", "unmapped", "refused"))
            assert export["source_values"] == sum(parts)


def test_every_answer_of_parents_and_every_hand_over_has_a_line(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger:
        found = list(entries(ledger))
        with ledger.read() as connection:
            dossiers = tables.dossiers
            supplied = connection.scalar(select(func.count()).where(dossiers.c.supplied != ""))
            ready = connection.scalar(select(func.count()).where(dossiers.c.state == "ready"))
    people = [entry for entry in found if entry.what in ("consent", "supplied")]
    assert sum(entry.about["dossiers"] for entry in people) == sum(len(entry.refs) for entry in people) == supplied
    assert any("inzage/toestemming" in entry.about["answers"] for entry in people)
    staged = [entry for entry in found if entry.what == "handover" and entry.about["state"] == "staged"]
    assert sum(len(entry.refs) for entry in staged) == ready


def test_a_second_run_tells_no_answer_again_but_tells_what_fell_away(out: Path) -> None:
    convert(out, report=False)
    convert(out, report=False, forget_supplements=True, supplements=(), account="")
    with Ledger.open(out, create=False) as ledger:
        found = list(entries(ledger))
    begun = [at for at, entry in enumerate(found) if entry.what == "run-begun"]
    second = {entry.what for entry in found[begun[1] : begun[2]]}
    third = {entry.what for entry in found[begun[2] :]}
    assert not second & {"consent", "supplied", "supplied-no-more"}
    assert "supplied-no-more" in third
    assert problems(out) == []


def test_the_log_holds_nothing_of_a_pupil(out: Path) -> None:
    text = (out / audit_file.FILE).read_text(encoding="ascii")
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        for row in connection.execute(select(tables.dossiers)):
            for word in (row.dossier_id, row.pseudonym, row.match_pgn, row.match_name, row.supplied):
                assert not word or word not in text


def test_names_in_a_workbook_and_a_report_have_their_line(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dod2oso(capsys, monkeypatch, "report", "--out", out, "--format", "csv", "--names").code == 0
    last = json.loads(lines(out)[-1])
    assert last["what"] == "report-written" and last["about"]["names"] is True
    convert(out, names=True)
    assert any(json.loads(line)["what"] == "names-exported" for line in lines(out))


def test_show_tells_what_is_about_one_dossier(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next((out / "outbox").glob("*.json")).stem
    ended = dod2oso(capsys, monkeypatch, "audit", "show", "--out", out, "--dossier", name, "--json")
    found = json.loads(ended.out)["entries"]
    assert [entry["what"] for entry in found] == ["consent", "handover", "handover"]
    whole = dod2oso(capsys, monkeypatch, "audit", "show", "--out", out, "--last", "0")
    assert whole.out.count("\n") == len(lines(out)) and "omzetten klaar" in whole.out


def test_an_order_about_a_dossier_names_the_account(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next((out / "outbox").glob("*.json")).stem
    dod2oso(capsys, monkeypatch, "handover", "withdraw", name, "--out", out, "--account", "intern-begeleider")
    last = json.loads(lines(out)[-1])
    assert (last["account"], last["about"]["state"], last["about"]["reason"]) == (
        "intern-begeleider",
        "withdrawn",
        "opdracht",
    )


# --- no change unseen ---


def test_a_log_that_nobody_touched_is_in_order(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "audit", "verify", "--out", out, "--json")
    seen = json.loads(ended.out)
    assert ended.code == 0 and seen["verified"] and seen["lines"] == len(lines(out))
    assert problems(out, *anchors([seen["anchor"]])) == []
    assert verify_file(out / audit_file.FILE, anchors([seen["anchor"]])).problems == []


@pytest.mark.parametrize("seed", range(4))
def test_every_random_change_of_the_file_is_found(seed: int, small: Path) -> None:
    chance = random.Random(seed)
    path = small / audit_file.FILE
    data = path.read_bytes()
    with Ledger.open(small, create=False) as ledger:
        last = verify_project(ledger).anchor
        assert last is not None
        for _ in range(50):
            path.write_bytes(changed(data, chance))
            assert verify_project(ledger).problems, "seen by the ledger"
            assert verify_file(path, [last]).problems, "seen by who has an anchor and no ledger"
            with pytest.raises(Dod2osoError):
                audit_file.check(ledger)


def test_a_changed_ledger_is_found_by_its_own_lines(small: Path) -> None:
    with Ledger.open(small, create=False) as ledger:
        with ledger.write() as connection:
            line = audit_log.c.line
            fourth = update(audit_log).where(audit_log.c.number == 4)
            connection.execute(fourth.values(line=func.replace(line, "iemand", "niemand")))
        seen = verify_project(ledger)
        assert [text.key for text in seen.problems] == ["audit-line-changed", "audit-file-differs"]
        with pytest.raises(ConfigurationError) as raised:
            list(entries(ledger))
        assert raised.value.code == "audit-damaged"


def test_a_line_that_is_gone_from_ledger_and_file_is_found(small: Path) -> None:
    with Ledger.open(small, create=False) as ledger, ledger.write() as connection:
        connection.execute(delete(audit_log).where(audit_log.c.number == 5))
    (small / audit_file.FILE).write_text("".join(f"{line}\n" for at, line in enumerate(lines(small), 1) if at != 5))
    assert "audit-line-misplaced" in problems(small)


def test_an_end_that_is_gone_everywhere_is_found_by_an_anchor_only(small: Path) -> None:
    with Ledger.open(small, create=False) as ledger:
        kept = verify_project(ledger).anchor
        assert kept is not None
        with ledger.write() as connection:
            connection.execute(delete(audit_log).where(audit_log.c.number > 7))
            connection.execute(delete(tables.project).where(tables.project.c.key == "audit-mirrored"))
    (small / audit_file.FILE).write_text("".join(f"{line}\n" for line in lines(small)[:7]))
    assert problems(small) == []
    assert problems(small, kept) == ["audit-anchor-absent"]
    assert problems(small, Anchor(3, "0" * 64)) == ["audit-anchor-differs"]


def test_a_log_written_anew_does_not_fit_an_anchor(tmp_path: Path) -> None:
    heads = []
    for name in "ab":
        with Ledger.open(tmp_path / name) as ledger:
            note(ledger, "decision", "iemand", number=1)
            heads.append(verify_project(ledger).anchor)
    assert heads[0] is not None and heads[0] != heads[1]
    assert problems(tmp_path / "b", heads[0]) == ["audit-anchor-differs"]
    shutil.copyfile(tmp_path / "a" / audit_file.FILE, tmp_path / "b" / audit_file.FILE)
    assert problems(tmp_path / "b") == ["audit-file-differs"]


@pytest.mark.parametrize("text", ["", "12", "12:abc", "x:" + "0" * 64])
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        anchors([text])
    assert raised.value.code == "audit-anchor-wrong"


def test_anchors_are_found_in_the_mails_they_were_kept_in() -> None:
    kept = f"Van: iemand\nAnker 7:{'a' * 64}\n\n8:{'b' * 64}  2026-01-01T00:00:00Z"
    assert anchors([kept]) == [Anchor(7, "a" * 64), Anchor(8, "b" * 64)]


# --- crashes, forks, older copies ---


def test_lines_that_a_crash_kept_from_the_file_are_added_by_the_next_command(small: Path) -> None:
    path = small / audit_file.FILE
    with Ledger.open(small, create=False) as ledger, ledger.write() as connection:
        audit.append(connection, "decision", "iemand", {"number": 11})
    with path.open("ab") as file:
        file.write(lines_in_ledger(small)[10].encode()[:30])  # the crash came in the middle of the line
    assert problems(small) == []
    with ledger_to_write_in(small, small, "test"):
        pass
    assert lines(small) == lines_in_ledger(small) and len(lines(small)) == 11


def lines_in_ledger(out: Path) -> list[str]:
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        return list(audit.lines(connection))


def test_a_file_that_was_cut_stops_every_command_until_it_was_repaired(small: Path) -> None:
    (small / audit_file.FILE).write_text("".join(f"{line}\n" for line in lines(small)[:4]))
    with pytest.raises(ConfigurationError) as raised, ledger_to_write_in(small, small, "test"):
        pass
    assert raised.value.code == "audit-file-cut"
    with Ledger.open(small, create=False) as ledger:
        audit_file.repair(ledger, "beheerder")
    assert problems(small) == [] and len(lines(small)) == 11
    assert json.loads(lines(small)[-1])["about"] == {"file-lines": 4, "found": "cut", "same-lines": 4}
    assert [len(path.read_text().splitlines()) for path in small.glob(f"{audit_file.ASIDE}-*")] == [4]


def test_two_logs_that_fork_stop_every_command(small: Path, tmp_path: Path) -> None:
    other = copy_of(small, tmp_path / "other")
    for out, account in ((small, "een"), (other, "ander")):
        with Ledger.open(out, create=False) as ledger:
            note(ledger, "decision", account)
    shutil.copyfile(other / audit_file.FILE, small / audit_file.FILE)
    with pytest.raises(ConfigurationError) as raised, ledger_to_write_in(small, small, "test"):
        pass
    assert raised.value.code == "audit-file-differs" and raised.value.message.values["line"] == 11
    with Ledger.open(small, create=False) as ledger:
        audit_file.repair(ledger, "beheerder")
    assert [json.loads(line)["what"] for line in lines(small)][-2:] == ["decision", "audit-repaired"]
    assert problems(small) == []


def test_an_older_ledger_gets_the_newer_lines_back(small: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.sqlite"
    with Ledger.open(small, create=False) as ledger, ledger.write() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(small / "ledger.sqlite", older)
    with Ledger.open(small, create=False) as ledger:
        note(ledger, "handover", "iemand", state="staged")
    for stale in small.glob("ledger.sqlite*"):
        stale.unlink()
    shutil.copyfile(older, small / "ledger.sqlite")
    with pytest.raises(ConfigurationError) as raised, ledger_to_write_in(small, small, "test"):
        pass
    assert raised.value.code == "audit-file-ahead"
    with Ledger.open(small, create=False) as ledger:
        audit_file.repair(ledger, "beheerder")
    assert [json.loads(line)["what"] for line in lines(small)][-2:] == ["handover", "audit-repaired"]
    assert problems(small) == []


def test_putting_the_ledger_back_is_told(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(out, create=False) as ledger:
        note(ledger, "decision", "iemand")  # after the copy was made
    (out / "ledger.sqlite").write_bytes(b"broken")
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (out / name).unlink(missing_ok=True)
    dod2oso(capsys, monkeypatch, "doctor", "--restore", "--out", out)
    assert [json.loads(line)["what"] for line in lines(out)][-3:] == ["decision", "audit-repaired", "ledger-restored"]
    assert problems(out) == []


def test_a_clock_that_went_back_is_told_and_no_fault(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now().replace(year=2001)
    monkeypatch.setattr("dod2oso.ledger.rows.now", lambda: moment)
    with Ledger.open(small, create=False) as ledger:
        note(ledger, "decision", "iemand")
        seen = verify_project(ledger)
    assert seen.problems == [] and [text.key for text in seen.notes] == ["audit-clock"]


def test_a_ref_says_nothing_once_its_row_is_gone(small: Path) -> None:
    with Ledger.open(small, create=False) as ledger:
        with ledger.write() as connection:
            refs = audit.refs_of(connection, ["abc-20191-povo", "xyz", "abc-20191-povo"])
            assert refs[0] == refs[2] != refs[1] and audit.refs_of(connection, ["xyz"]) == refs[1:2]
            audit.append(connection, "handover", "iemand", {}, refs[:1])
        assert [entry.what for entry in entries(ledger, about="abc-20191-povo")] == ["handover"]
        with ledger.write() as connection:
            connection.execute(delete(audit_refs))
        assert list(entries(ledger, about="abc-20191-povo")) == []


def test_lines_of_two_processes_stand_in_one_row(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as one, Ledger.open(tmp_path) as other:
        for _ in range(5):
            note(one, "decision", "een")
            note(other, "decision", "twee")
        assert verify_project(one).problems == [] and len(lines(tmp_path)) == 10
    assert verify_lines(lines(tmp_path)).problems == []
