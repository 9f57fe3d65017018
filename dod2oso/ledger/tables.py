"""The tables of the ledger, for SQLite and PostgreSQL alike.

Only what the report, a resume and the handover need: codes, counts, pseudonyms, hashes. No column can hold a
name, a BSN or a value from an export.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

project = Table(
    "project",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started", Text, nullable=False),
    Column("finished", Text),
    Column("status", Text, nullable=False),  # running, done, interrupted
    Column("oso", Text, nullable=False),
    Column("overstap", Text, nullable=False),
    Column("datum", Text, nullable=False),
    Column("tool_version", Text, nullable=False),
    Column("seconds", Float, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("oso", Text, nullable=False),
    Column("overstap", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),  # of the content
    Column("config", Text, nullable=False),  # of everything else that decides the outcome
    Column("datum", Text, nullable=False),
    Column("status", Text, nullable=False),  # reading, done, unreadable
    Column("records", Integer, nullable=False),  # leading records that are safely done
    Column("balance", JSON, nullable=False),
    Column("progress", Text, nullable=False),  # JSON of the running counters while reading, else ""
    UniqueConstraint("name", "oso", "overstap"),
)

run_exports = Table(
    "run_exports",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("export_id", Integer, ForeignKey("exports.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

dossiers = Table(
    "dossiers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("export_id", Integer, ForeignKey("exports.id"), nullable=False),
    Column("record", Integer, nullable=False),
    Column("dossier_id", Text, nullable=False, unique=True),
    Column("pseudonym", Text, nullable=False),
    Column("match_pgn", Text, nullable=False),
    Column("match_name", Text, nullable=False),
    Column("brin", Text, nullable=False),
    Column("vestiging", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("converted", Text, nullable=False),  # the state conversion gave; `state` can be stricter
    Column("sha256", Text),
    Column("size", Integer),
    Column("placed", Boolean, nullable=False),  # its file is known to stand where `state` says
    Column("source_values", Integer, nullable=False),
    Column("mapped", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("unmapped", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("lossy", Integer, nullable=False),
    Index("dossiers_export", "export_id", "record"),
    Index("dossiers_pseudonym", "pseudonym"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("export_id", Integer, ForeignKey("exports.id"), nullable=False),
    Column("dossier", Integer, ForeignKey("dossiers.id")),  # null: about the export as a whole
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("count", Integer, nullable=False),  # equal findings of one dossier are one row
    Index("findings_export", "export_id"),
    Index("findings_dossier", "dossier"),
)

field_counts = Table(
    "field_counts",
    metadata,
    Column("export_id", Integer, ForeignKey("exports.id"), primary_key=True),
    Column("brin", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

target_counts = Table(
    "target_counts",
    metadata,
    Column("export_id", Integer, ForeignKey("exports.id"), primary_key=True),
    Column("brin", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("count", Integer, nullable=False),  # dossiers of that school with this OSO field
)
