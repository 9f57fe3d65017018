"""A ledger on SQLite, and on PostgreSQL where there is one (tests/postgres.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.ledger.store import Ledger
from tests.postgres import schema


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="target", params=["sqlite", "postgresql"])
def _target(request: pytest.FixtureRequest, out: Path) -> Iterator[str | Path]:
    """What to give to Ledger.open; opening it again finds the same ledger. On PostgreSQL: a schema of its own."""
    if request.param == "sqlite":
        yield out / "ledger.sqlite"
        return
    with schema() as url:
        yield url


@pytest.fixture(name="ledger")
def _ledger(target: str | Path, out: Path) -> Iterator[Ledger]:
    with Ledger.open(target, out) as ledger:
        yield ledger
