"""Which layout a ledger has is known by the steps it had."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import tables
from dod2oso.ledger.layout import STEPS
from dod2oso.ledger.store import Ledger

ROOT = Path(__file__).parents[2]


def test_a_ledger_with_a_step_we_do_not_know_is_refused(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.write() as connection:
        connection.execute(tables.project.insert().values(key="step:from-the-future", value="new"))
    with pytest.raises(ConfigurationError, match="indeling"):
        Ledger.open(tmp_path)


def test_a_new_ledger_has_had_every_step(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.read() as connection:
        keys = set(connection.scalars(select(tables.project.c.key)))
    assert {f"step:{name}" for name, _ in STEPS} <= keys


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
