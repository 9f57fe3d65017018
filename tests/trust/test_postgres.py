"""A ledger on a PostgreSQL server does what one on SQLite does: deliveries, audit log, destroying."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, select, update

from dod2oso.base.errors import TryLaterError, UsageError
from dod2oso.base.pseudonym import KEY_FILE
from dod2oso.ledger import tables
from dod2oso.ledger.audit import audit_log
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.safety import check
from dod2oso.ledger.store import Ledger
from dod2oso.trust.audit import verify_file, verify_project
from dod2oso.trust.destroy import Plan, destroy, prepare
from tests.postgres import schema
from tests.trust.kit import SAMPLES, convert

SCHOOL = "99XB"
COUNTED = (
    tables.field_counts, tables.target_counts, tables.run_states, tables.dossiers, tables.deliveries, handovers,
)  # fmt: skip


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    with schema() as url:
        yield url


def plan_of(url: str, out: Path, kind: str, which: str) -> Plan:
    with Ledger.open(url, out, create=False) as ledger:
        return prepare(ledger, kind, which, account="beheerder", why="doel-bereikt")


def counted(target: str | Path, out: Path, without: str = "") -> dict[str, Any]:
    """What the ledger counts, but for what differs in every run: row ids, run ids, moments."""
    volatile = {"id", "run_id", "moment", "at", "staged_at", "verzameldatum", "export_id", "seen", "by", "counts"}
    with Ledger.open(target, out, create=False) as ledger, ledger.read() as connection:
        return {
            table.name: sorted(
                str({name: value for name, value in row._asdict().items() if name not in volatile})
                for row in connection.execute(select(table).where(table.c.brin != without))
            )
            for table in COUNTED
        }


def deliver_twice(out: Path, exports: Path, **more: Any) -> None:
    """A school delivers, and then again with a pupil less."""
    convert(out, exports=[exports], redeliveries=True, **more | {"report": False})
    newer = (exports / "dod-referentie-school-noord.xml").read_text(encoding="utf-8")
    start, end = newer.rindex("<Leerling>"), newer.rindex("</Leerling>") + len("</Leerling>")
    (exports / "noord-nieuw.xml").write_text(newer[:start] + newer[end:], encoding="utf-8")
    convert(out, exports=[exports], redeliveries=True, **more)


def test_deliveries_log_and_the_destruction_of_a_school_are_those_of_sqlite(url: str, tmp_path: Path) -> None:
    here, there = tmp_path / "sqlite", tmp_path / "server"
    there.mkdir()
    for out in (here, there):
        shutil.copytree(SAMPLES / "exports", tmp_path / f"exports-{out.name}")
    deliver_twice(here, tmp_path / "exports-sqlite", report=False)
    shutil.copyfile(here / KEY_FILE, there / KEY_FILE)  # so that the same pupils have the same names
    deliver_twice(there, tmp_path / "exports-server", ledger=url)
    before = counted(url, there)
    assert before == counted(here, here) and any("'replaced'" in row for row in before["deliveries"])
    with Ledger.open(url, there, create=False) as ledger:
        assert verify_project(ledger).problems == []

    others = counted(url, there, without=SCHOOL)
    done = destroy(there, plan_of(url, there, "school", SCHOOL), ledger=url)
    assert done.plan.counts["dossiers"] > 5 and "destroyed-left-database" in {text.key for text in done.left}
    assert counted(url, there, without=SCHOOL) == others != before
    assert not any(f"'{SCHOOL}'" in row for row in counted(url, there)["dossiers"])
    with Ledger.open(url, there, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
        with ledger.write() as connection:
            connection.execute(update(audit_log).where(audit_log.c.number == 2).values(line=audit_log.c.line + " "))
        assert verify_project(ledger).problems != []


def test_a_destruction_on_a_server_that_was_broken_off_is_finished_with_its_url(url: str, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def killed(name: str) -> None:
        if name == "rows":
            raise Killed

    out = tmp_path / "out"
    convert(out, ledger=url, report=False)
    with pytest.raises(Killed):
        destroy(out, plan_of(url, out, "school", SCHOOL), ledger=url, step=killed)
    with pytest.raises(TryLaterError):
        Ledger.open(url, out, create=False)
    kept = Plan.read(out)
    assert kept is not None and kept.elsewhere
    with pytest.raises(UsageError) as raised:
        destroy(out, kept)
    assert raised.value.code == "destroy-needs-ledger"
    destroy(out, kept, ledger=url)

    with pytest.raises(Killed):
        destroy(out, plan_of(url, out, "project", "-"), ledger=url, step=killed)
    kept = Plan.read(out)
    assert kept is not None
    destroy(out, kept, ledger=url)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    assert verify_file(next(out.glob("audit-*"))).problems == [] and list(out.rglob("*.xml")) == []
