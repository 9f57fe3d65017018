"""The PostgreSQL server of DOD2OSO_TEST_POSTGRES: absent, tests skip; named but silent, they fail and say so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

ENV = "DOD2OSO_TEST_POSTGRES"
_SECONDS = "20"  # to connect


def server() -> URL:
    """Where the server is; no test waits for one that does not answer."""
    address = os.environ.get(ENV)
    if not address:
        pytest.skip(f"needs a PostgreSQL database: set {ENV} to its URL")
    url, problem = _asked(address)
    if url is None:
        pytest.fail(f"the PostgreSQL server of {ENV} does not answer: {problem}", pytrace=False)
    return url


@contextmanager
def schema() -> Iterator[str]:
    """The URL of a schema of its own on that server, gone afterwards."""
    url, name = server(), f"dod2oso_test_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        try:
            yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@cache
def _asked(address: str) -> tuple[URL | None, str]:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg").update_query_dict({"connect_timeout": _SECONDS})
        engine = create_engine(url)
        with engine.connect():
            pass
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        return None, str(error).partition("\n")[0]
    return url, ""
