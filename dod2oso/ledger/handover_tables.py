"""The tables of handing over: a row per dossier and bytes, an append-only log, and what a source in OSO must keep.

As in all of the ledger no column can hold a name, a personal number or a value from an export: pupils are pseudonyms
and HMACs, a school is a BRIN, and what a receiver sent back stands in a private file of which only the hash is here.
Columns of `handovers` have a server default, so that a ledger made before them can get them by ALTER TABLE.
"""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from dod2oso.ledger.tables import metadata


def _text(name: str) -> "Column[Any]":
    return Column(name, Text, nullable=False, server_default="")


handovers = Table(
    "handovers",
    metadata,
    Column("dossier_id", Text, primary_key=True),  # not a foreign key: a handover outlives its dossier
    Column("sha256", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("state", Text, nullable=False),  # see dod2oso/ledger/handovers.py
    Column("at", Text, nullable=False),  # when it came into this state
    _text("id"),  # the handover id: for life, and the same again when dossier and bytes are
    _text("pseudonym"),
    _text("match_pgn"),
    _text("brin"),  # the sending school
    _text("vestiging"),
    _text("oso"),
    _text("overstap"),
    _text("verzameldatum"),  # since when these bytes are what we hand out: dateTime with zone, UTC, milliseconds
    _text("staged_at"),
    _text("account"),  # who gave the last order about it
    _text("reason"),  # why it is in this state, as one word; `opdracht` when a person wanted it
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("wire_sha256"),  # of what was put on the wire in the last attempt
    _text("answer"),  # what came back: a code from a short list, an HTTP status, never free text
    _text("receipt"),  # the receiver's own number for it
    _text("receiver"),  # BRIN of the receiving school that fetched it
)
handovers_id = Index("handovers_id", handovers.c.id)
handovers_state = Index("handovers_state", handovers.c.state)
handovers_pupil = Index("handovers_pupil", handovers.c.match_pgn)

handover_log = Table(
    "handover_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("handover_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),  # the state it came into
    Column("sender", Text, nullable=False),
    Column("account", Text, nullable=False),  # OSO demands to know who made a dossier available
    Column("reason", Text, nullable=False),  # why, as a word: vervangen, niet-meer-klaar, opdracht, …
    Column("attempt", Integer, nullable=False),
    Column("wire_sha256", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Index("handover_log_handover", "handover_id"),
)

allowed_receivers = Table(
    "allowed_receivers",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("doel_brin", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("account", Text, nullable=False),
)

document_requests = Table(
    "document_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),  # the moment of the request
    Column("sessie_id", Text, nullable=False),
    Column("overdrachtsoort", Text, nullable=False),
    Column("match_pgn", Text, nullable=False),  # HMAC of the PGN asked for; "" when it could not be told
    Column("koppelsleutel", Text, nullable=False),
    Column("bron_brin", Text, nullable=False),
    Column("bron_ap", Text, nullable=False),  # aanleverpuntIndex, or routeringsKenmerk from OSO'21
    Column("doel_brin", Text, nullable=False),
    Column("doel_ap", Text, nullable=False),
    Column("aanvraagdatum", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # "" while undecided, "geleverd", or the fault code
    Column("handover_id", Text, nullable=False),  # of the dossier that was delivered
    Column("notified_at", Text, nullable=False),
    Index("document_requests_pupil", "match_pgn", "bron_brin"),
    Index("document_requests_session", "sessie_id"),
)

koppelsleutels = Table(
    "koppelsleutels",
    metadata,
    Column("koppelsleutel", Text, primary_key=True),
    Column("handover_id", Text, nullable=False),
    Column("bron_brin", Text, nullable=False),
    Column("bron_ap", Text, nullable=False),
    Column("doel_brin", Text, nullable=False),
    Column("doel_ap", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("koppelsleutels_handover", "handover_id"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("handover_id", Text, nullable=False),
    Column("doel", Text, nullable=False),  # OV, PaO, SWV
    Column("request_id", Integer, ForeignKey("document_requests.id")),  # OV: the request that was made in vain
    Column("koppelsleutel", Text, nullable=False),  # SWV: as given by the Traffic Center
    Column("doel_brin", Text, nullable=False),
    Column("doel_ap", Text, nullable=False),
    Column("url", Text, nullable=False),  # of the receiver, as given by the Traffic Center
    Column("state", Text, nullable=False),  # planned, registered, received, failed
    Column("attempts", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("at", Text, nullable=False),
    UniqueConstraint("handover_id", "doel", "doel_brin", "doel_ap"),  # a dossier is announced to a receiver once
)

terugkoppelingen = Table(
    "terugkoppelingen",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("koppelsleutel", Text, nullable=False),
    Column("handover_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # of the message, which stands in a private file of that name
    Column("size", Integer, nullable=False),
    UniqueConstraint("koppelsleutel", "sha256"),  # the same feedback twice is one
)

# Everything that handing over writes, in an order in which it can be emptied.
HANDED_OVER = (
    notifications, koppelsleutels, terugkoppelingen, document_requests, handover_log, allowed_receivers, handovers,
)  # fmt: skip
