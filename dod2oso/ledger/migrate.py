"""Bring a ledger of an earlier layout up to the present one, in place and in one transaction.

Layouts only ever grew: tables and columns were added, none was removed or got another meaning. So an upgrade adds what
is not there yet. A column that may not be empty gets the empty value of its type; what that means for old rows stands
beside the column in tables.py.
"""

from sqlalchemy import Column, Connection, Integer, Text, inspect, text, update
from sqlalchemy.schema import CreateColumn

from dod2oso.ledger.tables import SCHEMA_VERSION, metadata, project

UPGRADABLE = frozenset({"1"})  # the earlier layouts for which that is true

_EMPTY = {Text: "''", Integer: "0"}


def upgrade(connection: Connection) -> None:
    """Add the tables and columns that are not there yet, and write down the present layout."""
    there = set(inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in there:
            table.create(connection)
            continue
        known = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {_definition(connection, column)}"))
    connection.execute(update(project).where(project.c.key == "schema").values(value=SCHEMA_VERSION))


def _definition(connection: Connection, column: Column[object]) -> str:
    definition = str(CreateColumn(column).compile(dialect=connection.dialect))
    if column.nullable:
        return definition
    return f"{definition} DEFAULT {_EMPTY[type(column.type)]}"
