"""Which layout a ledger has is known by the steps it had."""

from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import tables
from dod2oso.ledger.layout import STEPS
from dod2oso.ledger.store import Ledger


def test_a_ledger_with_a_step_we_do_not_know_is_refused(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.write() as connection:
        connection.execute(tables.project.insert().values(key="step:from-the-future", value="new"))
    with pytest.raises(ConfigurationError, match="indeling"):
        Ledger.open(tmp_path)


def test_a_new_ledger_has_had_every_step(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.read() as connection:
        keys = set(connection.scalars(select(tables.project.c.key)))
    assert {f"step:{name}" for name, _ in STEPS} <= keys
