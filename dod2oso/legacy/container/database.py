"""A database as export: by URL, or an SQLite file by path. No name, error or repr shows its password or host."""

import re
from pathlib import Path

from dod2oso.errors import UsageError
from dod2oso.legacy.container.member import safe_name

_URL = re.compile(r"[a-z][a-z0-9_+.-]*://", re.IGNORECASE)


def is_database_url(argument: str) -> bool:
    """Whether an argument is a URL and no path (`C:\\map` is a path)."""
    return _URL.match(argument) is not None


def database_name(url: str) -> str:
    """How messages, ledger and report name a database: its kind and its own name, nothing else of the URL.

    Raises UsageError when SQLAlchemy cannot read the URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        kind = ""
    if not kind or not parsed.database:
        raise UsageError(
            "Deze database-URL klopt niet. Zo is het goed: postgresql+psycopg://gebruiker:wachtwoord@server/database "
            "of sqlite:///map/bestand.sqlite.",
            "This database URL is wrong. This is right: postgresql+psycopg://user:password@server/database "
            "or sqlite:///folder/file.sqlite.",
        )
    name = parsed.database.partition("?")[0] if kind == "sqlite" else parsed.database
    return safe_name(f"{kind}:{name.replace(chr(92), '/').rpartition('/')[2]}")


def sqlite_file(url: str) -> Path | None:
    """The file behind an SQLite URL; None for any other database. UsageError when the file does not exist."""
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith("file:"):
        return None
    path = Path(parsed.database)
    if not path.is_file():
        raise UsageError(
            f"De database '{safe_name(path.name)}' bestaat niet.",
            f"The database '{safe_name(path.name)}' does not exist.",
        )
    return path


def read_only_url(path: Path) -> str:
    """The URL under which an SQLite file is read, and never changed or made."""
    from sqlalchemy.engine import URL

    where = URL.create("sqlite", database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})
    return where.render_as_string(hide_password=False)
