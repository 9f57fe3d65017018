"""Opening the database behind the ledger: SQLite file or URL, its tables, its schema version, its errors."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError, LostLedgerError, TryLaterError, UsageError
from dod2oso.base.files import FILE_MODE, disk_full, disk_guard, make_private_dir
from dod2oso.base.folderlock import refuse_locked
from dod2oso.base.projectkey import Keys
from dod2oso.base.pseudonym import COPIES, KEY_FILE
from dod2oso.ledger import layout

LEDGER_FILE = "ledger.sqlite"
DESTRUCTION = ".vernietiging.json"  # what is being destroyed, until it is done (trust/destroy.py)
_TRACES = ("dossiers", "outbox", "report", COPIES)  # what only a run makes

_PLAIN = b"SQLite format 3\0"  # how an SQLite file begins that is not encrypted
_URL = re.compile(r"[a-z][a-z0-9+]*://")
_BUSY_SECONDS = 30


def connect(
    target: str | Path, out_dir: Path | None = None, *, create: bool, unfinished: bool = False
) -> tuple[Engine, Path | None]:
    """The engine for a URL, an SQLite file or an output directory, and the SQLite file if there is one.

    With `create` absent tables are made; without it an absent ledger is a UsageError, as is an encrypted project that
    was not opened, or whose ledger is to be outside the folder. Raises ConfigurationError when the ledger belongs to
    another version of dod2oso, is no ledger, or is gone from an output folder (`out_dir`) that had one; TryLaterError
    while a destruction or encryption there is half done or the folder is locked, but for who finishes or unlocks it
    (`unfinished`).
    """
    path = None if _URL.match(str(target)) else Path(target)
    if path is not None and path.name != LEDGER_FILE and (path.is_dir() or path.suffix == ""):
        path /= LEDGER_FILE
    folder = out_dir or (path.parent if path is not None else None)
    if not unfinished and folder is not None and (folder / DESTRUCTION).exists():
        raise TryLaterError("destruction-unfinished")
    if not unfinished and folder is not None:
        refuse_locked(folder)
    if folder is not None and (path is None or not path.resolve().is_relative_to(folder.resolve())):
        refuse_encrypted(folder)
    keys = atrest.keys_of(folder, unfinished=unfinished) if folder is not None and path is not None else None
    if keys is not None:
        atrest.refuse_without_extra()
    had_one = folder is not None and had_a_ledger(folder)
    if path is not None and (path.is_dir() or (had_one and _is_empty(path))):
        raise lost(folder)
    create = create and not had_one
    try:
        engine = _engine(str(target)) if path is None else _sqlite(path, keys, create=create)
        with translated_errors():
            _prepare(engine, create=create)
    except UsageError:
        raise (lost(folder) if had_one else no_ledger()) from None
    except LostLedgerError:
        raise lost(folder, encrypted=keys is not None) from None
    return engine, path


def refuse_encrypted(out_dir: Path) -> None:
    """UsageError when this folder is encrypted: a ledger outside it would be readable, and get no other keys."""
    if atrest.is_encrypted(out_dir):
        raise UsageError("encrypted-ledger-elsewhere")


def raw(path: Path, keys: Keys | None) -> Any:
    """A connection of the driver to an SQLite file, encrypted when there are keys; for copies, and for nothing else."""
    if keys is None:
        return sqlite3.connect(path)
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(path)
    say_key(connection, keys.writing)
    return connection


def is_plain(path: Path) -> bool:
    """Whether this is an SQLite file that is not encrypted."""
    with path.open("rb") as file:
        return file.read(len(_PLAIN)) == _PLAIN


def opens_with(path: Path, key: bytes) -> bool:
    """Whether this is an SQLite file that was encrypted with this key."""
    from sqlcipher3 import dbapi2

    with closing(dbapi2.connect(path)) as connection:
        say_key(connection, key)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except dbapi2.DatabaseError:
            return False
    return True


def driver_error(keys: Keys | None) -> type[Exception]:
    """What `raw` and its connection raise."""
    if keys is None:
        return sqlite3.Error
    from sqlcipher3 import dbapi2

    return dbapi2.Error  # type: ignore[no-any-return]


def say_key(connection: Any, key: bytes) -> None:
    """Before anything else: from then on every page, also of the write-ahead log, is encrypted."""
    connection.execute("PRAGMA cipher_log_level = NONE")  # what is wrong we say ourselves
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA temp_store = MEMORY")


def had_a_ledger(out_dir: Path) -> bool:
    """Whether runs were here: their key and what they made. A key alone was brought along from elsewhere."""
    return (out_dir / KEY_FILE).exists() and any((out_dir / name).exists() for name in _TRACES)


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0


def lost(out_dir: Path | None, *, encrypted: bool = False) -> LostLedgerError:
    """The ledger of this folder is gone or cannot be trusted; says how to get it back.

    Of an encrypted one that does not open it cannot be told whether it is damaged or was written with other keys.
    """
    days = sorted(folder.parent.name for folder in out_dir.glob(f"{COPIES}/*/{LEDGER_FILE}")) if out_dir else []
    if encrypted:
        return LostLedgerError("ledger-not-opened", file=LEDGER_FILE, key=KEY_FILE)
    if not days:
        return LostLedgerError("ledger-lost.no-copy", file=LEDGER_FILE)
    return LostLedgerError("ledger-lost", days=", ".join(days))


@contextmanager
def translated_errors() -> Iterator[None]:
    """Database errors as ours: full or locked means try again later, unusable means configuration.

    The original error is cut off: its text carries the parameters of the statement.
    """
    try:
        yield
    except OperationalError as error:
        raise _operational(error) from None
    except DatabaseError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise lost(None) from None
        raise


def _engine(url: str, keys: Keys | None = None) -> Engine:
    try:
        parsed = make_url(url)
        module: dict[str, Any] = {}
        if keys is not None:
            from sqlcipher3 import dbapi2

            module = {"module": dbapi2}
        if parsed.drivername == "postgresql":  # psycopg 3 is the driver of the extra `postgres`
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, hide_parameters=True, **module)
    except (ArgumentError, ImportError, SQLAlchemyError):
        raise ConfigurationError("ledger-url-wrong") from None
    if parsed.get_backend_name() == "sqlite":
        if keys is not None:
            key = keys.writing
            event.listen(engine, "connect", lambda connection, _record: say_key(connection, key))
        patience = Patience(engine)
        event.listen(engine, "handle_error", partial(_be_told, patience))
    return engine


def _sqlite(path: Path, keys: Keys | None, *, create: bool) -> Engine:
    if path.exists():
        if keys is not None and is_plain(path):
            raise ConfigurationError("ledger-not-encrypted", file=path.name)
    else:
        if not create:
            raise no_ledger()
        with disk_guard():
            make_private_dir(path.parent, tighten=False)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, FILE_MODE))
            path.chmod(FILE_MODE)  # the -wal and -shm files inherit this
    return _engine(f"sqlite:///{path}", keys)


def _be_told(patience: "Patience", context: Any) -> None:
    if "locked" in str(context.original_exception).lower():
        patience.lost()


class Patience:
    """How long a command waits for a ledger that another process has locked: once, and then no more.

    Otherwise each thing that it still wants to write down (that it was interrupted, the audit log) would wait as long.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seconds = _BUSY_SECONDS
        event.listen(engine, "connect", self._connected)

    def _connected(self, connection: Any, record: Any) -> None:
        _sqlite_pragmas(connection, record)
        connection.execute(f"PRAGMA busy_timeout = {self._seconds * 1000}")

    def lost(self) -> None:
        """It was locked all the while."""
        self._seconds = 0
        self._engine.dispose()


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: a dossier file may only appear when its row survives a power cut
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -32000")
    cursor.close()


def _prepare(engine: Engine, *, create: bool) -> None:
    with engine.begin() as connection:
        if layout.exists(connection):
            return
        if not create:
            raise no_ledger()
        layout.create(connection)


def no_ledger() -> UsageError:
    return UsageError("ledger-absent")


def _operational(error: OperationalError) -> Exception:
    text = str(error.orig).lower()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return disk_full()
    if "locked" in text or "busy" in text:
        return TryLaterError("ledger-locked")
    if "unable to open" in text or "readonly" in text:
        return _unusable()
    return TryLaterError("ledger-unreachable")


def _unusable() -> ConfigurationError:
    return ConfigurationError("ledger-unusable")
