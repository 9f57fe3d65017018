"""The URL of a database as argument. No name and no error shows its user, password or host."""

import re

from dod2oso.base.errors import UsageError
from dod2oso.source.container.member import safe_name

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
        raise UsageError("database-url-wrong")
    name = parsed.database.partition("?")[0] if kind == "sqlite" else parsed.database
    return safe_name(f"{kind}:{name.replace(chr(92), '/').rpartition('/')[2]}")
