"""What all tests share: the folder with facts and public standards, which is not part of this repository."""

import gc
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, MetaData, create_engine, inspect

from dod2oso.base import collector
from dod2oso.base.resources import is_shipped
from dod2oso.ledger import engine, layout
from dod2oso.oso.official import official_checker
from dod2oso.report.write import write
from dod2oso.run import first_pass, pipeline
from dod2oso.source.bind import BoundProfile
from dod2oso.source.decisions import Decisions
from dod2oso.source.dictionary import Dictionary
from dod2oso.source.profile import LoadedProfile
from dod2oso.supplement.workbook import write_workbook

pytest_plugins = ["tests.told", "tests.together"]


class Later(ModuleType):
    """`rfc3987_syntax` when it is first asked something: jsonschema loads it for a format that one test has.

    Loading it takes three seconds of every process of tests, for it makes a parser of a grammar.
    """

    def is_valid_syntax(self, term: str, text: str) -> bool:
        if sys.modules[self.__name__] is self:
            del sys.modules[self.__name__]
        return bool(import_module(self.__name__).is_valid_syntax(term, text))


if find_spec("rfc3987_syntax") is not None:
    sys.modules["rfc3987_syntax"] = Later("rfc3987_syntax")
# Settings of the tests themselves; all others in the environment are for users.
FOR_TESTS = {
    *("DOD2OSO_SHARED", "DOD2OSO_CHROMIUM", "DOD2OSO_FAULT_DOSSIERS"),
    *("DOD2OSO_TEST_POSTGRES", "DOD2OSO_TEST_BROWSER", "DOD2OSO_TEST_PDF", "DOD2OSO_TEST_LOG", "DOD2OSO_TEST_WHOLE"),
    "DOD2OSO_TEST_ODD",
}
# A slow or busy machine makes no property untrue, and examples share the folder of their test on purpose.
settings.register_profile(
    "dod2oso", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("dod2oso")


def shared(*parts: str) -> Path:
    """A path in the shared folder (DOD2OSO_SHARED, or `shared` beside the checkout); skips when absent."""
    folder = os.environ.get("DOD2OSO_SHARED")
    base = Path(folder) if folder else Path(__file__).resolve().parents[2] / "shared"
    path = base.joinpath(*parts)
    if not path.exists():
        what = "/".join(parts[:3]) or "any of it"
        pytest.skip(f"needs {what} of the shared folder, which is not part of this repository: set DOD2OSO_SHARED")
    return path


@pytest.fixture(scope="session", autouse=True)
def _nothing_from_around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What whoever runs the tests has set or installed for dod2oso itself decides nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DOD2OSO_") and name not in FOR_TESTS]:
            patch.delenv(name)
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)
        patch.delenv("XDG_RUNTIME_DIR", raising=False)  # keys in memory and in a keyring are of whoever works here
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        patch.setenv("DOD2OSO_DATA", str(tmp_path_factory.mktemp("data")))
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):  # each of hundreds of processes would compile everything anew
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.getbasetemp() / "bytecode"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _the_collector_runs_seldom() -> Iterator[None]:
    """A process of tests keeps plans and schemas of every version; to search them all each moment costs a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    yield
    gc.set_threshold(*before)


def pytest_collection_finish() -> None:
    """The tests themselves stay to the end."""
    collector.set_apart()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After each file what it left in circles goes, and what stays is not searched again: else a process only grows."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        collector.set_apart()


class Statements(dict[Any, Any]):
    """Compiled statements by all but the engine for which they were compiled: the kind of database is enough."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, key[0].driver, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, key[0].driver, *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Thousands of ledgers are opened here; for each SQLAlchemy would compile anew, a fifth of a small run."""
    with pytest.MonkeyPatch.context() as patch:
        options = {"compiled_cache": Statements()}
        patch.setattr(engine, "create_engine", partial(engine.create_engine, execution_options=options))
        yield


class QuickTables:
    """The tables of a ledger, in SQLite made by one ready script: one by one they take an eighth of a small run."""

    def __init__(self, metadata: MetaData) -> None:
        self.metadata = metadata
        made = create_engine("sqlite://")
        with made.begin() as connection:
            metadata.create_all(connection)
            rows = connection.exec_driver_sql("select sql from sqlite_master where sql is not null").scalars()
            self.script = "".join(f"{sql};" for sql in rows)

    def create_all(self, connection: Connection) -> None:
        file = connection.connection.driver_connection
        if isinstance(file, sqlite3.Connection) and not inspect(connection).get_table_names():
            file.executescript(f"BEGIN; {self.script} COMMIT;")
        else:
            self.metadata.create_all(connection)


@pytest.fixture(scope="session", autouse=True)
def _tables_are_made_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "metadata", QuickTables(layout.metadata))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_test_waits_for_the_disk() -> Iterator[None]:
    """The power is not cut here; a fifth of the time went to waiting until all would survive it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        patch.setattr(engine, "_sqlite_pragmas", _no_longer_on_disk)
        yield


SAFE_ON_DISK = engine._sqlite_pragmas


def _no_longer_on_disk(connection: Any, record: Any) -> None:
    SAFE_ON_DISK(connection, record)
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session", autouse=True)
def _the_command_line_is_read_once() -> Iterator[None]:
    """What typer makes of our sixty commands is always the same, and costs more than most of them do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def _our_layouts_are_bound_once() -> Iterator[None]:
    """To compile a profile is a tenth of a small run, and of ours without decisions it comes to the same every time."""
    kept: dict[int, tuple[LoadedProfile, BoundProfile]] = {}  # with the profile, so that its number stays its own

    def bind(profile: LoadedProfile, dictionary: Dictionary, decisions: Decisions) -> BoundProfile:
        if profile.path is None or not is_shipped(profile.path) or decisions.all or decisions.test_list:
            return BoundProfile(profile, dictionary, decisions)
        if id(profile) not in kept:
            kept[id(profile)] = profile, BoundProfile(profile, dictionary, decisions)
        return kept[id(profile)][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_pass, "BoundProfile", bind)
        yield


@contextmanager
def no_report() -> Iterator[None]:
    """Runs in here leave out the report, which costs as much as all the rest of a small run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "write_report", _nothing_written)
        yield


def _nothing_written(*_given: Any, **_named: Any) -> list[Path]:
    return []


@pytest.fixture(scope="module")
def without_workbook() -> Iterator[None]:
    """Runs of a whole file leave out the workbook for the schools, a tenth of a small run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "write_workbook", _no_workbook)
        yield


def _no_workbook(*_given: Any, **_named: Any) -> None:
    return None


@pytest.fixture(scope="module")
def without_report() -> Iterator[None]:
    """Runs of a whole file leave out the report: for tests of something else."""
    with no_report():
        yield


@pytest.fixture
def with_report(without_report: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test that does look at the report, among others that do not; it gets the workbook too."""
    monkeypatch.setattr(pipeline, "write_report", write)
    monkeypatch.setattr(pipeline, "write_workbook", write_workbook)


@pytest.fixture(autouse=True)
def _official_files_of_this_test_only() -> Iterator[None]:
    """The checker is made once per process, of the files that are installed then."""
    yield
    official_checker.cache_clear()


@pytest.fixture(name="shared")
def _shared() -> Path:
    """The shared folder; the test is skipped when it is absent."""
    return shared()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Long bytes do not name a test: they may hold a moment (a ZIP does), and all workers must collect the same."""
    return "bytes" if isinstance(val, bytes) and len(val) > 40 else None
