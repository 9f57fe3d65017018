"""The layout of a ledger: one of another layout is refused; before version 1 none is brought up to date."""

import uuid
from functools import lru_cache

from sqlalchemy import Connection, insert, select

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import audit, handover_tables  # noqa: F401  every ledger has their tables
from dod2oso.ledger.tables import metadata, project

SCHEMA_VERSION = "3"  # another one with every change of tables.py

_HANDOVER_IDS = uuid.UUID("6d1f6a0e-6a4c-5b43-8f3e-1d6a53c0a9d2")


@lru_cache(maxsize=1024)  # asked several times for each dossier of a page
def handover_id(dossier_id: str, sha256: str) -> str:
    """The id under which these bytes of this dossier are handed over: always the same one.

    It follows from what is handed over, so a repeat has the same id even when the ledger was put back from a backup.
    """
    return str(uuid.uuid5(_HANDOVER_IDS, f"{dossier_id}:{sha256}"))


def exists(connection: Connection) -> bool:
    """Whether there is a ledger here; ConfigurationError when it has another layout. One half made does not count."""
    if not connection.dialect.has_table(connection, project.name):
        return False
    version = connection.scalar(select(project.c.value).where(project.c.key == "schema"))
    if version not in (None, SCHEMA_VERSION):
        raise ConfigurationError("ledger-layout", found=version, expected=SCHEMA_VERSION)
    return version is not None


def create(connection: Connection) -> None:
    """All tables, in a database without a ledger."""
    metadata.create_all(connection)
    connection.execute(insert(project).values(key="schema", value=SCHEMA_VERSION))
