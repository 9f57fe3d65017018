"""The PostgreSQL server of DOD2OSO_TEST_POSTGRES: absent, tests skip; named but silent, they fail and say so."""

import os
from functools import cache

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
