"""The layout of a ledger, and how an older one gets it: by named steps, each additive and safe to repeat.

Which steps a ledger had stands in its table `project`. A new table needs a new entry in STEPS
too, for that is what makes an existing ledger get it.
"""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Integer, Table, Text, bindparam, insert, inspect, select, update
from sqlalchemy.schema import CreateColumn

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger.handover_tables import handover_log, handovers, handovers_id, handovers_pupil, handovers_state
from dod2oso.ledger.tables import dossiers, exports, metadata, project

SCHEMA_VERSION = "2"  # since there are steps; what a ledger holds is told by those

_OLDER = frozenset({"1"})
_STEP = "step:"
_PAGE = 1000
_EMPTY: dict[type, str] = {Text: "''", Integer: "0"}
_HANDOVER_IDS = uuid.UUID("6d1f6a0e-6a4c-5b43-8f3e-1d6a53c0a9d2")


def handover_id(dossier_id: str, sha256: str) -> str:
    """The id under which these bytes of this dossier are handed over: always the same one.

    It follows from what is handed over, so a repeat has the same id even when the ledger was put back from a backup.
    """
    return str(uuid.uuid5(_HANDOVER_IDS, f"{dossier_id}:{sha256}"))


def _grow_handovers(connection: Connection) -> None:
    """Handovers get an id, an account and what a sender knows of them; `taken` is called `fetched` from now on."""
    _add_columns(connection, handovers)
    connection.execute(update(handovers).where(handovers.c.state == "taken").values(state="fetched"))
    known = select(
        handovers.c.dossier_id,
        handovers.c.sha256,
        handovers.c.at,
        handovers.c.state,
        handovers.c.sender,
        dossiers.c.pseudonym,
        dossiers.c.match_pgn,
        dossiers.c.brin,
        dossiers.c.vestiging,
        exports.c.oso,
        exports.c.overstap,
    ).select_from(
        handovers.outerjoin(dossiers, dossiers.c.dossier_id == handovers.c.dossier_id).outerjoin(
            exports, exports.c.id == dossiers.c.export_id
        )
    )
    copied = ("pseudonym", "match_pgn", "brin", "vestiging", "oso", "overstap")
    fill = (
        update(handovers)
        .where(handovers.c.dossier_id == bindparam("_dossier"), handovers.c.sha256 == bindparam("_sha256"))
        .values({name: bindparam(f"_{name}") for name in (*copied, "id", "verzameldatum", "staged_at")})
    )
    while rows := connection.execute(known.where(handovers.c.id == "").limit(_PAGE)).all():
        connection.execute(
            fill,
            [
                {
                    "_dossier": row.dossier_id,
                    "_sha256": row.sha256,
                    "_id": handover_id(row.dossier_id, row.sha256),
                    "_verzameldatum": row.at.replace("Z", ".000Z"),
                    "_staged_at": row.at,
                    **{f"_{name}": getattr(row, name) or "" for name in copied},
                }
                for row in rows
            ],
        )
        connection.execute(insert(handover_log), [_first_entry(row) for row in rows])
    for index in (handovers_id, handovers_state, handovers_pupil):
        index.create(connection, checkfirst=True)


def _first_entry(row: Any) -> dict[str, Any]:
    return {
        "handover_id": handover_id(row.dossier_id, row.sha256),
        "at": row.at,
        "state": row.state,
        "sender": row.sender,
        "account": "",  # nobody wrote it down then
        "reason": "overgenomen",
        "attempt": 0,
        "wire_sha256": "",
        "answer": "",
        "receiver": "",
    }


def _grow_dossiers(connection: Connection) -> None:
    """Dossiers, findings and counts get what repairs, comparing runs and a supplement of a part need."""
    for table in metadata.sorted_tables:
        _add_columns(connection, table)


STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("handover-states", _grow_handovers),
    ("supplied-dossiers", _grow_dossiers),
    ("pupil-keys", _grow_dossiers),
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
    facts = _facts(connection)
    return facts["schema"] == SCHEMA_VERSION and _done(facts) == {name for name, _ in STEPS}


def upgrade(connection: Connection) -> None:
    """Take the steps that this ledger did not have yet; all or none.

    Waits for another process that does the same, and then finds nothing left to do.
    """
    version = update(project).where(project.c.key == "schema")
    connection.execute(version.values(value=project.c.value))  # changes nothing, but nobody else can write from here
    done = _done(_facts(connection))
    metadata.create_all(connection)
    for name, step in STEPS:
        if name not in done:
            step(connection)
            connection.execute(insert(project).values(key=_STEP + name, value="upgraded"))
    connection.execute(version.values(value=SCHEMA_VERSION))


def _facts(connection: Connection) -> dict[str, str]:
    facts = {row.key: row.value for row in connection.execute(select(project))}
    version = facts.get("schema", "?")
    if version not in _OLDER | {SCHEMA_VERSION} or _done(facts) - {name for name, _ in STEPS}:
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
