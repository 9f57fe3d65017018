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
    LargeBinary,
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
    Column("number", Integer, nullable=False, default=0),  # counts up; 0: of before runs were numbered
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
    Column("status", Text, nullable=False),  # reading, done, amending (some of its dossiers again), unreadable
    Column("records", Integer, nullable=False),  # leading records that are safely done
    Column("balance", JSON, nullable=False),
    Column("progress", Text, nullable=False),  # JSON of the running counters
    Column("destroyed", Integer, nullable=False, default=0),  # records of which nothing is kept any more, by order
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
    # by what rows of a supplement find the pupil, as the export said it; "": recorded before that was kept
    Column("key_school", Text, nullable=False, default=""),
    Column("key_number", Text, nullable=False, default=""),
    Column("key_name", Text, nullable=False, default=""),
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
    Column("needs", Text),  # what would make it ready (supplement/needs.py); null: recorded before that was known
    Column("supplied", Text, nullable=False, default=""),  # keyed hash of the supplement rows it was made with
    Column("counts", LargeBinary),  # its part in field_counts and target_counts, to take out again (counts.py)
    Index("dossiers_export", "export_id", "record"),
    Index("dossiers_pseudonym", "pseudonym"),
    Index("dossiers_pgn", "match_pgn"),
)

# What the dossiers count, each once: of values read a field with its outcome and reason, of OSO fields only the name.
count_names = Table(
    "count_names",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("name", "outcome", "reason"),
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
    Column("rule", Text, nullable=False),  # of OSO
    Column("cause", Text, nullable=False),  # why, in a word of ours
    Column("place", Text, nullable=False),  # these two may be texts (base/texts.stored)
    Column("note", Text, nullable=False),
    Column("shape", Text, nullable=False, default=""),  # what the value looked like, never the value
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

# The schools that are to deliver, as the register of the last run said; and who delivered what.

expected_schools = Table(
    "expected_schools",
    metadata,
    Column("brin", Text, primary_key=True),
    Column("vestiging", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # in the register
    Column("name", Text, nullable=False),
    Column("pupils", Integer),  # null: nobody said how many
    Column("vendor", Text, nullable=False),
    Column("deadline", Text, nullable=False),  # ISO; "" for that of the transfer
    Column("unlisted", Boolean, nullable=False),  # it stands in none of the files of DUO that were given
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("export_id", Integer, ForeignKey("exports.id"), primary_key=True),
    Column("brin", Text, primary_key=True),
    Column("vestiging", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),  # of the content with which it was first seen
    Column("seen", Integer, nullable=False),  # the number of the run that first saw that content
    Column("moment", Text, nullable=False),  # of the file, UTC; "" where that is not known
    Column("state", Text, nullable=False),  # see deliveries.py
    Column("by", Integer),  # the export that counts in its stead
)

# What was, run by run. A dossier has a line here for every finished run in which its state or causes were others
# than before, and one with state "" when it was no longer there.

causes = Table(
    "causes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    UniqueConstraint("code", "rule", "target", "detail"),
)

history = Table(
    "history",
    metadata,
    Column("dossier_id", Text, primary_key=True),  # not a foreign key: history outlives its dossier
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("brin", Text, nullable=False),
    Column("vestiging", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("causes", Text, nullable=False),  # ids of what blocks it, in order, with spaces between
    Index("history_run", "run_id"),
)

run_states = Table(
    "run_states",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("brin", Text, primary_key=True),
    Column("vestiging", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)
