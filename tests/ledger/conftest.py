"""A ledger on SQLite, and on PostgreSQL where DOD2OSO_TEST_POSTGRES is the URL of a database to test in."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine

from dod2oso.ledger.store import Ledger
from tests.postgres import server


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="target", params=["sqlite", "postgresql"])
def _target(request: pytest.FixtureRequest, out: Path) -> Iterator[str | Path]:
    """What to give to Ledger.open; opening it again finds the same ledger. On PostgreSQL: a schema of its own."""
    if request.param == "sqlite":
        yield out / "ledger.sqlite"
        return
    url = server()
    schema = f"dod2oso_test_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture(name="ledger")
def _ledger(target: str | Path, out: Path) -> Iterator[Ledger]:
    with Ledger.open(target, out) as ledger:
        yield ledger
