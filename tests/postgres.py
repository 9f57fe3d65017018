"""The PostgreSQL server of DOD2OSO_TEST_POSTGRES, or one of the tests themselves where its programs are installed.

Neither: tests skip. The own one does not start: they skip, and say so. The named one is silent: they fail, and say so.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

ENV = "DOD2OSO_TEST_POSTGRES"
_SECONDS = "20"  # to connect
_DEBIAN = Path("/usr/lib/postgresql")  # which keeps the programs of a server out of the path


def server() -> URL:
    """Where the server is; no test waits for one that does not answer."""
    address = os.environ.get(ENV)
    if not address:
        own, why = _own()
        if own is None:
            pytest.skip(why)
        return own
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


def _programs() -> Path | None:
    """The folder with initdb and pg_ctl, the newest where there are more."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda folder: (len(folder.parent.name), folder.parent.name))[::-1]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@cache
def _own() -> tuple[URL | None, str]:
    """A server of this process on a socket in a folder of its own, gone with it; else why there is none."""
    programs = _programs()
    if programs is None or sys.platform == "win32":
        return None, f"needs a PostgreSQL server: install one, or set {ENV} to the URL of a database"
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = _somebody() if os.geteuid() == 0 else None  # its programs refuse to be root
    if user is not None:
        shutil.chown(folder, user)
    control: list[str | Path] = [programs / "pg_ctl", "--pgdata", folder / "data", "--wait", "--timeout", "60"]

    def run(*command: str | Path) -> None:
        with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server runs
            done = subprocess.run(
                command, cwd=folder, user=user, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
            )
            if done.returncode:
                said.seek(0)
                raise OSError(said.read().decode(errors="replace").strip().rpartition("\n")[2])

    def stop() -> None:
        subprocess.run([*control, "--mode", "immediate", "stop"], user=user, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    options = f"-k '{folder}' -c listen_addresses='' -c fsync=off -c max_connections=50"
    try:
        run(programs / "initdb", "--pgdata", folder / "data", "--username", "tests", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C", "--no-sync")  # fmt: skip
        run(*control, "--options", options, "--log", folder / "log", "start")
    except OSError as error:
        return None, f"there is a PostgreSQL server, but it does not start: {error}"
    url, problem = _asked(f"postgresql://tests@/postgres?host={folder}")
    return url, f"the PostgreSQL server of the tests does not answer: {problem}"


def _somebody() -> str:
    """A user that is not root."""
    import pwd  # not on every system

    known = {user.pw_name for user in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), "daemon")
