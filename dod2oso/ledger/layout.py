"""The layout of a ledger, and how an older one gets it: by named steps, each additive and safe to repeat.

Which steps a ledger had stands in its table `project`. A new table needs a new entry in STEPS
too, for that is what makes an existing ledger get it.
"""

import uuid
from collections.abc import Callable

from sqlalchemy import Connection, Integer, Table, Text, insert, inspect, select, update
from sqlalchemy.schema import CreateColumn

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import audit, handover_tables  # noqa: F401  every ledger has their tables
from dod2oso.ledger.tables import dossiers, metadata, project

SCHEMA_VERSION = "2"  # since there are steps; what a ledger holds is told by those

_STEP = "step:"
_EMPTY: dict[type, str] = {Text: "''", Integer: "0"}
_HANDOVER_IDS = uuid.UUID("6d1f6a0e-6a4c-5b43-8f3e-1d6a53c0a9d2")


def handover_id(dossier_id: str, sha256: str) -> str:
    """The id under which these bytes of this dossier are handed over: always the same one.

    It follows from what is handed over, so a repeat has the same id even when the ledger was put back from a backup.
    """
    return str(uuid.uuid5(_HANDOVER_IDS, f"{dossier_id}:{sha256}"))


def _grow_dossiers(connection: Connection) -> None:
    """Dossiers, findings and counts get what repairs, comparing runs and a supplement of a part need."""
    for table in metadata.sorted_tables:
        _add_columns(connection, table)


def _forget_packed_counts(connection: Connection) -> None:
    """The part of a dossier in the counts has another form; of one without it the whole export is converted anew."""
    connection.execute(update(dossiers).values(counts=None))


STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("supplied-dossiers", _grow_dossiers),
    ("pupil-keys", _grow_dossiers),
    ("deliveries", _grow_dossiers),
    ("audit", _grow_dossiers),
    ("destroyed", _grow_dossiers),
    ("count-names", _forget_packed_counts),
)


def exists(connection: Connection) -> bool:
    """Whether there is a ledger here at all, in whatever layout; one that was only half made does not count."""
    if not connection.dialect.has_table(connection, project.name):
        return False
    return connection.scalar(select(project.c.value).where(project.c.key == "schema")) is not None


def create(connection: Connection) -> None:
    """All tables, in a database without a ledger."""
    metadata.create_all(connection)
    rows = [{"key": "schema", "value": SCHEMA_VERSION}, *({"key": _STEP + name, "value": "new"} for name, _ in STEPS)]
    connection.execute(insert(project), rows)


def is_current(connection: Connection) -> bool:
    """Whether the ledger has the layout of this version; ConfigurationError when a newer version made it."""
    return _done(_facts(connection)) == {name for name, _ in STEPS}


def upgrade(connection: Connection) -> None:
    """Take the steps that this ledger did not have yet; all or none.

    Waits for another process that does the same, and then finds nothing left to do.
    """
    lock = update(project).where(project.c.key == "schema").values(value=project.c.value)
    connection.execute(lock)  # changes nothing, but nobody else can write from here
    done = _done(_facts(connection))
    metadata.create_all(connection)
    for name, step in STEPS:
        if name not in done:
            step(connection)
            connection.execute(insert(project).values(key=_STEP + name, value="upgraded"))


def _facts(connection: Connection) -> dict[str, str]:
    facts = {row.key: row.value for row in connection.execute(select(project))}
    version = facts.get("schema", "?")
    if version != SCHEMA_VERSION or _done(facts) - {name for name, _ in STEPS}:
        raise ConfigurationError("ledger-layout", found=version, expected=SCHEMA_VERSION)
    return facts


def _done(facts: dict[str, str]) -> set[str]:
    return {key.removeprefix(_STEP) for key in facts if key.startswith(_STEP)}


def _add_columns(connection: Connection, table: Table) -> None:
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            definition = str(CreateColumn(column).compile(dialect=connection.dialect))
            if not column.nullable and column.server_default is None:  # what the empty value means stands in tables.py
                definition += f" DEFAULT {_EMPTY[type(column.type)]}"
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
