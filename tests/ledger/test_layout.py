"""A ledger of another layout is refused, and left as it is."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Index, MetaData, Table, Text, create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import tables
from dod2oso.ledger.layout import SCHEMA_VERSION
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import begin
from tests.refusals import refused

ROOT = Path(__file__).parents[2]
# What each number of the layout stands for. A ledger in use says only the number, so a line that once stood here
# never changes: who changes a table raises SCHEMA_VERSION and adds a line.
LAYOUTS = {
    "3": "f1da6eb88ab71b63",
}


def fingerprint(tables: MetaData) -> str:
    """Of the statements that make these tables and their indexes; both kinds of database have the same ones."""
    made = [str(CreateTable(table)) for table in tables.tables.values()]
    made += [str(CreateIndex(index)) for table in tables.tables.values() for index in table.indexes]
    return hashlib.sha256("\n".join(sorted(made)).encode()).hexdigest()[:16]


def test_a_ledger_of_another_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        begin(ledger)
        with ledger.write() as connection:
            connection.execute(tables.project.update().where(tables.project.c.key == "schema").values(value="99"))
    file = tmp_path / "ledger.sqlite"
    before = file.read_bytes()
    with refused(ConfigurationError, "ledger-layout", found="99", expected=SCHEMA_VERSION):
        Ledger.open(tmp_path)
    assert file.read_bytes() == before


def test_a_ledger_has_all_its_tables_whoever_opens_it_first(tmp_path: Path) -> None:
    """In a fresh process: here some other test imported all of them."""
    told = subprocess.run(
        [sys.executable, "-c",
         "import sys; from sqlalchemy import inspect; from dod2oso.ledger.engine import connect;"
         "print(*inspect(connect(sys.argv[1], create=True)[0]).get_table_names())",
         str(tmp_path / "ledger.sqlite")],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.split()  # fmt: skip
    assert {"dossiers", "handovers", "audit_log"} <= set(told)


def test_the_tables_that_the_tests_make_at_once_are_those_of_the_ledger(tmp_path: Path) -> None:
    everything = "select type, name, tbl_name, sql from sqlite_master order by type, name"
    one_by_one = create_engine("sqlite://")
    with Ledger.open(tmp_path) as ledger, ledger.read() as here, one_by_one.begin() as there:
        tables.metadata.create_all(there)
        assert here.exec_driver_sql(everything).all() == there.exec_driver_sql(everything).all()


def test_a_changed_table_has_another_number() -> None:
    assert fingerprint(tables.metadata) == LAYOUTS.get(SCHEMA_VERSION), "raise SCHEMA_VERSION and add it to LAYOUTS"
    assert list(LAYOUTS)[-1] == SCHEMA_VERSION
    assert len(set(LAYOUTS.values())) == len(LAYOUTS)


@pytest.mark.parametrize(
    "change",
    [
        lambda copy: copy.tables["runs"].append_column(Column("more", Text)),
        lambda copy: setattr(copy.tables["runs"].c.started, "nullable", True),
        lambda copy: setattr(copy.tables["runs"].c.seconds, "type", Text()),
        lambda copy: Index("more", copy.tables["runs"].c.started),
        lambda copy: Table("more", copy, Column("id", Text)),
        lambda copy: copy.remove(copy.tables["runs"]),
    ],
    ids=["column", "empty", "type", "index", "table", "away"],
)
def test_every_change_of_a_table_is_seen(change: Callable[[MetaData], object]) -> None:
    copy = MetaData()
    for table in tables.metadata.tables.values():
        table.to_metadata(copy)
    before = fingerprint(copy)
    change(copy)
    assert fingerprint(copy) != before
