"""Destroying one school, one pupil, what is old, everything: nothing of them is left, and nothing of others changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select, update

from dod2oso.base.errors import TryLaterError, UsageError
from dod2oso.base.wipe import wipe, wipe_tree
from dod2oso.ledger import tables
from dod2oso.ledger.audit_file import FILE
from dod2oso.ledger.engine import DESTRUCTION
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.safety import check, ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.report.write import write as write_report
from dod2oso.trust.audit import verify_file, verify_project
from dod2oso.trust.destroy import Plan, _holds, destroy, prepare
from tests.cli.kit import dod2oso
from tests.trust.kit import convert, copy_of

SCHOOL = "99XB"


@pytest.fixture(name="whole")
def _whole(region: Path, tmp_path: Path) -> Path:
    """With all forms of the report, which are made again: that is the most of the work of destroying."""
    return copy_of(region, tmp_path / "out")


@pytest.fixture(name="out")
def _out(whole: Path) -> Path:
    """With the report as CSV alone."""
    for path in whole.glob("report/gaps.[hxj]*"):
        path.unlink()
    return whole


def plan_of(out: Path, kind: str, which: str, **more: Any) -> Plan:
    with Ledger.open(out, create=False) as ledger:
        return prepare(ledger, kind, which, account="beheerder", why="doel-bereikt", **more)


def files(out: Path) -> Iterator[tuple[Path, bytes]]:
    for path in out.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def of_school(out: Path, brin: str) -> list[Any]:
    return [row for row in rows(out) if row.brin == brin]


def rows(out: Path) -> list[Any]:
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        return list(connection.execute(select(tables.dossiers)))


def personal(out: Path, brin: str) -> set[bytes]:
    """Every value in the dossiers of a school that is in no other dossier, and all by which its pupils are known.

    Not the name of the school: that it is expected to deliver stays, as its BRIN does.
    """
    texts: dict[bool, set[str]] = {True: set(), False: set()}
    for path in out.glob("dossiers/*/*/*.xml"):
        root = etree.parse(path).getroot()
        texts[path.parent.name == brin] |= {(node.text or "").strip() for node in root.iter()}
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        schools = set(connection.scalars(select(tables.expected_schools.c.name)))
    others = "\n".join(texts[False] | schools)
    ours = {text for text in texts[True] if len(text) >= 6 and text not in others}
    keys: dict[bool, set[str]] = {True: set(), False: set()}
    for row in rows(out):
        known = (row.dossier_id, row.pseudonym, row.match_pgn, row.match_name, row.key_name, row.supplied)
        keys[row.brin == brin] |= set(known)
    return {text.encode() for text in ours | (keys[True] - keys[False]) - {""}}


def numbers(out: Path, brin: str) -> Any:
    """All that the ledger counts of the other schools."""
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        found = {}
        for table in (tables.field_counts, tables.target_counts, tables.run_states, tables.dossiers, tables.history):
            rows = connection.execute(select(table).where(table.c.brin != brin))
            found[table.name] = sorted(str(row) for row in rows)
        others = select(handovers).where(handovers.c.brin != brin)
        found["handovers"] = sorted(str(row) for row in connection.execute(others))
        mine = select(tables.dossiers.c.id).where(tables.dossiers.c.brin == brin)
        about = tables.findings.c.dossier
        told = select(tables.findings).where(about.is_not(None), about.not_in(mine))
        found["findings"] = sorted(str(row) for row in connection.execute(told))
    return found


def test_after_one_school_no_byte_of_it_is_left_and_all_numbers_of_others_stand(whole: Path) -> None:
    out = whole
    with Ledger.open(out, create=False) as ledger:
        write_report(ledger, ledger.last_run() or "", out, ["csv"], masked=True)
    gone, before = personal(out, SCHOOL), numbers(out, SCHOOL)
    others = {path: data for path, data in files(out / "outbox") if not any(word in data for word in gone)}
    assert len(gone) > 100 and any(word in data for _, data in files(out) for word in gone)
    plan = plan_of(out, "school", SCHOOL)
    done = destroy(out, plan)
    assert [path.name for path, data in files(out) for word in gone if word in data] == []
    assert numbers(out, SCHOOL) == before
    assert {path: path.read_bytes() for path in others} == others
    assert (out / "report" / "gaps.html").exists() and (out / "report-delen" / "gaps.csv").exists()
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
    assert plan.counts["dossiers"] > 5 and not (out / DESTRUCTION).exists()
    proof = done.proof.read_text(encoding="utf-8")
    assert "beheerder" in proof and f"  {plan.counts['dossiers']} dossiers" in proof
    assert SCHOOL not in proof and not any(word.decode() in proof for word in gone)
    last = json.loads((out / FILE).read_text().splitlines()[-1])
    assert last["what"] == "destroyed" and last["about"]["dossiers"] == plan.counts["dossiers"]
    assert last["about"]["found-elsewhere"] == len([text for text in done.left if "supplement" in text.key])


def test_an_unchanged_export_brings_nothing_back_and_a_changed_one_says_so(out: Path) -> None:
    destroy(out, plan_of(out, "school", SCHOOL))
    told = convert(out, report=False).told
    assert of_school(out, SCHOOL) == [] and "destroyed-returns" not in {text.key for text in told}
    told = convert(out, report=False, datum="2025-06-16").told
    assert {text.values["count"] for text in told if text.key == "destroyed-returns"} != set()


def test_one_pupil_goes_from_every_export_and_school(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger, ledger.write() as connection:
        table = tables.dossiers
        one, other = connection.execute(
            select(table.c.id, table.c.dossier_id, table.c.brin).where(table.c.match_pgn != "").limit(2)
        ).all()
        connection.execute(update(table).where(table.c.id.in_([one.id, other.id])).values(match_pgn="a" * 16))
    destroy(out, plan_of(out, "pupil", f"{one.dossier_id}.xml"))
    left = b"".join(data for _, data in files(out))
    assert one.dossier_id.encode() not in left and other.dossier_id.encode() not in left and b"a" * 16 not in left
    with Ledger.open(out, create=False) as ledger:
        check(ledger)


def test_until_a_day_takes_what_no_later_run_counted(out: Path) -> None:
    with pytest.raises(UsageError) as raised:
        plan_of(out, "until", "2001-01-01")
    assert raised.value.code == "destroy-nothing"
    plan = plan_of(out, "until", "2999-01-01")
    destroy(out, plan)
    assert list(out.glob("dossiers/*/*/*.xml")) == [] and list(out.glob("outbox/*.*ml")) == []


def test_a_whole_project_leaves_its_log_and_the_proof(out: Path) -> None:
    lines = len((out / FILE).read_text().splitlines())
    done = destroy(out, plan_of(out, "project", "-"))
    left = sorted(path.name for path in out.iterdir() if not path.name.startswith(".dod2oso"))
    assert left == sorted([done.proof.name, next(out.glob("audit-*")).name])
    seen = verify_file(next(out.glob("audit-*")))
    assert seen.problems == [] and seen.lines == lines + 1 and seen.last is not None and seen.last.what == "destroyed"
    convert(out, report=False)  # a new project may begin here
    with Ledger.open(out, create=False) as ledger:
        assert verify_project(ledger).problems == []


def test_files_that_a_person_names_go_too(out: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.xml"
    export.write_bytes(b"secret")
    destroy(out, plan_of(out, "school", SCHOOL, also=[export]))
    assert not export.exists()
    with pytest.raises(UsageError) as raised:
        plan_of(out, "project", "-", also=[export])
    assert raised.value.code == "destroy-also-absent"


def test_what_is_on_its_way_is_not_destroyed(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger, ledger.write() as connection:
        connection.execute(update(handovers).where(handovers.c.brin == SCHOOL).values(state="offered"))
    with pytest.raises(TryLaterError) as raised:
        plan_of(out, "school", SCHOOL)
    assert raised.value.code == "destroy-on-its-way"


# --- interrupted ---

STEPS = ("files", "rows", "vacuum", "copies", "reports", "search", "proof")


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", STEPS)
def test_a_destruction_that_was_broken_off_stops_all_else_and_is_finished(
    at: str, request: pytest.FixtureRequest
) -> None:
    out: Path = request.getfixturevalue("whole" if at == "search" else "out")
    gone, before = personal(out, SCHOOL), numbers(out, SCHOOL)

    def step(name: str) -> None:
        if name == at:
            raise Killed

    plan = plan_of(out, "school", SCHOOL)
    with pytest.raises(Killed):
        destroy(out, plan, step=step)
    for attempt in (lambda: Ledger.open(out, create=False), lambda: convert(out)):
        with pytest.raises(TryLaterError) as raised:
            attempt()
        assert raised.value.code == "destruction-unfinished"
    kept = Plan.read(out)
    assert kept == plan
    destroy(out, kept)
    assert [path.name for path, data in files(out) for word in gone if word in data] == []
    assert numbers(out, SCHOOL) == before
    lines = [json.loads(line) for line in (out / FILE).read_text().splitlines()]
    assert [line["what"] for line in lines[-2:]] == ["destruction-begun", "destroyed"]
    with ledger_to_write_in(out, out, "test") as ledger:
        assert verify_project(ledger).problems == []


@pytest.mark.parametrize("at", ["files", "rows", "proof"])
def test_the_destruction_of_a_project_is_finished_too(at: str, out: Path) -> None:
    def step(name: str) -> None:
        if name == at:
            raise Killed

    with pytest.raises(Killed):
        destroy(out, plan_of(out, "project", "-"), step=step)
    kept = Plan.read(out)
    assert kept is not None
    destroy(out, kept)
    assert verify_file(next(out.glob("audit-*"))).problems == [] and not (out / "ledger.sqlite").exists()
    assert list(out.rglob("*.xml")) == [] and not (out / "project.key").exists()


# --- the command ---


def test_the_command_shows_what_goes_and_does_it_only_when_told(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "purge", "--school", SCHOOL, "--out", out)
    assert ended.code == 2 and "dossiers" in ended.err and of_school(out, SCHOOL)
    ended = dod2oso(capsys, monkeypatch, "purge", "--school", SCHOOL, "--out", out, "--yes", "--account", "fg")
    assert ended.code == 0 and "vernietigd-" in ended.out and of_school(out, SCHOOL) == []
    ended = dod2oso(capsys, monkeypatch, "purge", "--out", out)
    assert ended.code == 2
    ended = dod2oso(capsys, monkeypatch, "purge", "--project", "--out", out, "--ground", "zomaar", "--yes")
    assert ended.code == 2 and "doel-bereikt" in ended.err


def test_the_command_finishes_what_was_broken_off(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_of(out, "school", SCHOOL).keep(out)
    assert dod2oso(capsys, monkeypatch, "report", "--out", out).code == 75
    assert dod2oso(capsys, monkeypatch, "purge", "--out", out).code == 0
    assert of_school(out, SCHOOL) == []


# --- one file ---


def test_a_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"secret" * 1000)
    with path.open("rb") as still_open:
        assert wipe(path) == 1 and not path.exists()
        assert still_open.read() == b""
    assert wipe(path) == 0


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "keep").write_text("keep")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "other" / "keep")
    (tmp_path / "tree" / "folder").symlink_to(tmp_path / "other")
    assert wipe_tree(tmp_path / "tree") == 2
    assert (tmp_path / "other" / "keep").read_text() == "keep" and not (tmp_path / "tree").exists()


def test_the_search_finds_one_also_where_two_parts_of_a_large_file_meet(tmp_path: Path) -> None:
    name = "abcdefgh23456723"
    for at in (0, (1 << 20) - 9, (1 << 20) - 15, (1 << 20) + 1):
        (tmp_path / "large").write_bytes(b"-" * at + name.encode() + b"-" * 9)
        assert _holds(tmp_path / "large", {name.encode()}), at
    assert not _holds(tmp_path / "large", {b"b" * 16})
