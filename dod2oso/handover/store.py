"""What a source system (bron) in the OSO chain must find and remember: staged dossiers, requests, keys, notifications.

Every function is one transaction and takes the ledger; nothing here knows a message or a socket. Pupils are HMACs made
with the project key: `pgn_key` turns a PGN into the one to search with. No PGN is ever stored. (Source: what is
publicly known of the OSO protocol; see docs/overdragen.md.)
"""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, insert, select, update

from dod2oso.base import atrest
from dod2oso.base.files import disk_guard, make_private_dir
from dod2oso.handover.receivers import receivers_of
from dod2oso.handover.senders.sender import BRON
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import (
    document_requests,
    handover_log,
    handovers,
    koppelsleutels,
    notifications,
    terugkoppelingen,
)
from dod2oso.ledger.handovers import (
    ACKNOWLEDGED,
    FETCHED,
    OFFERED,
    STAGED,
    UNKNOWN,
    Handover,
    Step,
    is_right,
    log_entry,
    move,
    move_in,
    note,
)
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.oso.transfers import asked_by, transfer

DELIVERABLE = (STAGED, OFFERED, UNKNOWN, FETCHED, ACKNOWLEDGED)  # a receiver may fetch a dossier again
DELIVERED_OUTCOME = "geleverd"
FEEDBACK_FOLDER = "terugkoppeling"

# What every request asks of the ledger is made once: to make a statement takes longer than to have it done.
_STAGED_FOR = (
    select(handovers)
    .join(dossiers, is_right())
    .where(
        handovers.c.match_pgn == bindparam("asked_pgn"),
        handovers.c.brin == bindparam("asked_brin"),
        handovers.c.overstap.in_(bindparam("kinds", expanding=True)),
        handovers.c.sender == BRON,
        handovers.c.state.in_(DELIVERABLE),
    )
    .order_by(handovers.c.verzameldatum.desc(), handovers.c.id)
)
_NEW_REQUEST = insert(document_requests).returning(document_requests.c.id)
_ANSWER_REQUEST = (
    update(document_requests)
    .where(document_requests.c.id == bindparam("number"))
    .values(outcome=bindparam("said"), handover_id=bindparam("given"))
)


# --- staged dossiers ---------------------------------------------------------------------------------------------


def staged_for(ledger: Ledger, match_pgn: str, brin: str, soort: str) -> list[Handover]:
    """What may be delivered about this pupil by this school for this overdrachtsoort, the newest verzameldatum first.

    Only what sender `bron` has staged (or delivered before) and whose dossier is still ready with the same bytes. More
    than one when it was converted for several OSO versions. Says nothing about the receiver: see `is_allowed`.
    """
    if not match_pgn:
        return []
    asked = {"asked_pgn": match_pgn, "asked_brin": brin, "kinds": asked_by(soort)}
    with ledger.read() as connection:
        return [Handover(**row._mapping) for row in connection.execute(_STAGED_FOR, asked)]


def staged_versions(ledger: Ledger) -> dict[str, int]:
    """How many dossiers may be delivered of each OSO version."""
    chosen = (
        select(handovers.c.oso, func.count().label("n"))
        .where(handovers.c.sender == BRON, handovers.c.state.in_(DELIVERABLE))
        .group_by(handovers.c.oso)
    )
    with ledger.read() as connection:
        return {row.oso: row.n for row in connection.execute(chosen)}


def staged_by_id(ledger: Ledger, handover_id: str) -> Handover | None:
    """The same for one handover, as a koppelsleutel names it; None when it may not be delivered (any more)."""
    chosen = (
        select(handovers)
        .join(dossiers, is_right())
        .where(handovers.c.id == handover_id, handovers.c.sender == BRON, handovers.c.state.in_(DELIVERABLE))
    )
    with ledger.read() as connection:
        row = connection.execute(chosen).first()
    return None if row is None else Handover(**row._mapping)


def knows_pupil(ledger: Ledger, match_pgn: str, brin: str) -> bool:
    """Whether this school has any dossier of this pupil, in whatever state."""
    chosen = select(exists().where(dossiers.c.match_pgn == match_pgn, dossiers.c.brin == brin))
    with ledger.read() as connection:
        return bool(match_pgn) and bool(connection.scalar(chosen))


def is_allowed(ledger: Ledger, handover: Handover, doel_brin: str) -> bool:
    """Whether the user marked this school as allowed to fetch (see `receivers`).

    Within one BRIN, and to a samenwerkingsverband (whose aanleverpunt hangs under the school's own BRIN), the own BRIN
    is the receiver, and no other ever is.
    """
    return doel_brin in receivers_of(ledger, handover)


# --- delivering --------------------------------------------------------------------------------------------------


def offered(ledger: Ledger, handover_id: str, step: Step) -> bool:
    """Write down, before the first byte leaves, that a dossier is on its way to `step.receiver`.

    False when it may no longer be delivered (withdrawn in the meantime): then send nothing. One that was fetched before
    keeps that state; its log gets an entry.
    """
    with ledger.write() as connection:
        if move_in(connection, [handover_id], OFFERED, step, only_from=(STAGED, OFFERED, UNKNOWN)):
            return True
        again = (
            update(handovers)
            .where(handovers.c.id == handover_id, handovers.c.state.in_((FETCHED, ACKNOWLEDGED)))
            .values(attempts=handovers.c.attempts + 1, wire_sha256=step.wire_sha256)
            .returning(handovers.c.sender, handovers.c.attempts, handovers.c.dossier_id)
        )
        row = connection.execute(again).first()
        if row is None:
            return False
        entry = log_entry(handover_id, row.sender, OFFERED, timestamp(), step, row.attempts)
        connection.execute(insert(handover_log), [entry])
        note(connection, OFFERED, row.sender, step, [row.dossier_id])
        return True


def fetched(ledger: Ledger, handover_id: str, step: Step) -> bool:
    """The receiver took the whole answer. An acknowledged handover stays so."""
    return bool(move(ledger, [handover_id], FETCHED, step, only_from=(STAGED, OFFERED, UNKNOWN, FETCHED)))


def unconfirmed(ledger: Ledger, handover_id: str, step: Step) -> bool:
    """Bytes went out and nothing tells whether they were taken; the receiver may ask again."""
    return bool(move(ledger, [handover_id], UNKNOWN, step, only_from=(OFFERED,)))


def acknowledged(ledger: Ledger, handover_id: str, step: Step) -> bool:
    """The receiver confirmed it, for instance by feedback about it; so what was in doubt did arrive."""
    return bool(move(ledger, [handover_id], ACKNOWLEDGED, step, only_from=(OFFERED, UNKNOWN, FETCHED, ACKNOWLEDGED)))


def recover(ledger: Ledger, account: str) -> int:
    """At the start of a server: of what an earlier one was delivering nobody knows whether it arrived; how many."""
    with ledger.read() as connection:
        ids = connection.scalars(
            select(handovers.c.id).where(handovers.c.sender == BRON, handovers.c.state == OFFERED)
        ).all()
    return len(move(ledger, ids, UNKNOWN, Step(account, reason="afgebroken"), only_from=(OFFERED,)))


# --- requests ----------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    """A documentRequest as a source must store it; every word is as in the message, the PGN as `pgn_key`."""

    sessie_id: str
    overdrachtsoort: str
    match_pgn: str
    koppelsleutel: str
    bron_brin: str
    bron_ap: str
    doel_brin: str
    doel_ap: str
    aanvraagdatum: str
    at: str = ""  # the moment of the request; filled in when stored
    id: int = 0


def store_request(ledger: Ledger, request: Request) -> int:
    """Keep a request, also when nothing will be delivered (a later notification needs it); return its number."""
    values = request._asdict()
    del values["id"]
    values |= {"at": request.at or timestamp(), "outcome": "", "handover_id": "", "notified_at": ""}
    with ledger.write() as connection:
        return int(connection.execute(_NEW_REQUEST, values).scalar_one())


def answer_request(ledger: Ledger, request_id: int, outcome: str, handover_id: str = "") -> None:
    """How a stored request ended: DELIVERED_OUTCOME with the handover, or the fault code."""
    with ledger.write() as connection:
        connection.execute(_ANSWER_REQUEST, {"number": request_id, "said": outcome, "given": handover_id})


def request(ledger: Ledger, number: int) -> Request:
    """A stored request by its number."""
    chosen = select(*(document_requests.c[name] for name in Request._fields)).where(document_requests.c.id == number)
    with ledger.read() as connection:
        return Request(**connection.execute(chosen).one()._mapping)


def vain_requests(ledger: Ledger, handover: Handover) -> list[Request]:
    """Requests for this pupil that got nothing and whose school was not told since: the last of each aanleverpunt.

    Only of schools that are allowed to fetch: another school must not learn that there is a dossier.
    """
    requests = document_requests
    last = (
        select(func.max(requests.c.id))
        .where(
            requests.c.match_pgn == handover.match_pgn,
            requests.c.match_pgn != "",
            requests.c.bron_brin == handover.brin,
            requests.c.overdrachtsoort == transfer(handover.overstap).asked_as,
        )
        .group_by(requests.c.doel_brin, requests.c.doel_ap)
    )
    names = [requests.c[name] for name in Request._fields]
    chosen = (
        select(*names)
        .where(requests.c.id.in_(last), requests.c.outcome != DELIVERED_OUTCOME, requests.c.notified_at == "")
        .order_by(requests.c.id)
    )
    allowed = receivers_of(ledger, handover)
    with ledger.read() as connection:
        found = [Request(**row._mapping) for row in connection.execute(chosen)]
    return [request for request in found if request.doel_brin in allowed]


# --- koppelsleutels ----------------------------------------------------------------------------------------------


class Koppelsleutel(NamedTuple):
    """Known to and valid for two systems and one dossier; given out by the Traffic Center."""

    koppelsleutel: str
    handover_id: str
    bron_brin: str
    bron_ap: str
    doel_brin: str
    doel_ap: str
    at: str = ""


def add_koppelsleutel(ledger: Ledger, key: Koppelsleutel) -> None:
    """Keep a koppelsleutel. A second one for the same dossier stands beside the first; the same one replaces itself."""
    with ledger.write() as connection:
        known = select(koppelsleutels.c.koppelsleutel).where(koppelsleutels.c.koppelsleutel == key.koppelsleutel)
        values = key._asdict() | {"at": key.at or timestamp()}
        if connection.scalar(known) is None:
            connection.execute(insert(koppelsleutels).values(values))
        else:
            same = koppelsleutels.c.koppelsleutel == key.koppelsleutel
            connection.execute(update(koppelsleutels).where(same).values(values))


def find_koppelsleutel(ledger: Ledger, koppelsleutel: str) -> Koppelsleutel | None:
    with ledger.read() as connection:
        chosen = select(koppelsleutels).where(koppelsleutels.c.koppelsleutel == koppelsleutel)
        row = connection.execute(chosen).first()
    return None if row is None else Koppelsleutel(**row._mapping)


# --- notifications -----------------------------------------------------------------------------------------------


class Notification(NamedTuple):
    """That a receiver must be told of a staged dossier, or was.

    States: planned, registered (at the Traffic Center), received, failed.
    """

    handover_id: str
    doel: str  # OV, PaO, SWV
    doel_brin: str
    doel_ap: str
    request_id: int | None = None
    koppelsleutel: str = ""
    url: str = ""
    state: str = "planned"
    attempts: int = 0
    answer: str = ""
    account: str = ""
    at: str = ""
    id: int = 0


def plan_notification(ledger: Ledger, planned: Notification) -> Notification | None:
    """Write down that a receiver must be told, before anything is sent; None when it was written down before."""
    values = planned._asdict() | {"at": timestamp()}
    del values["id"]
    same = [notifications.c[name] == values[name] for name in ("handover_id", "doel", "doel_brin", "doel_ap")]
    with ledger.write() as connection:
        if connection.scalar(select(notifications.c.id).where(*same)) is not None:
            return None
        new = insert(notifications).values(values).returning(notifications.c.id)
        number = int(connection.execute(new).scalar_one())
    return planned._replace(id=number, at=values["at"])


def update_notification(
    ledger: Ledger, number: int, state: str, *, answer: str = "", koppelsleutel: str = "", url: str = ""
) -> None:
    """The next state of a notification; empty words leave what was known. `received` also settles its request."""
    words = {"answer": answer, "koppelsleutel": koppelsleutel, "url": url}
    values = {"state": state, "at": timestamp(), **{name: word for name, word in words.items() if word}}
    this = notifications.c.id == number
    with ledger.write() as connection:
        connection.execute(
            update(notifications).where(this).values(values | {"attempts": notifications.c.attempts + 1})
        )
        if state == "received":
            request = select(notifications.c.request_id).where(this).scalar_subquery()
            connection.execute(
                update(document_requests).where(document_requests.c.id == request).values(notified_at=timestamp())
            )


def notifications_in(ledger: Ledger, *states: str) -> list[Notification]:
    """Notifications in these states, oldest first."""
    chosen = select(notifications).where(notifications.c.state.in_(states)).order_by(notifications.c.id)
    with ledger.read() as connection:
        return [Notification(**row._mapping) for row in connection.execute(chosen)]


# --- feedback ----------------------------------------------------------------------------------------------------


def store_feedback(ledger: Ledger, out_dir: Path, key: Koppelsleutel, message: bytes) -> Path:
    """Keep the feedback of a samenwerkingsverband: the message in a private file, its hash in the ledger.

    The same feedback twice is kept once. The handover counts as acknowledged by its receiver.
    """
    digest = sha256(message).hexdigest()
    folder = out_dir / FEEDBACK_FOLDER / places.school_folder(key.bron_brin)
    with disk_guard():
        path = make_private_dir(folder) / f"{digest}.xml"
        atrest.atomic_write(out_dir, path, message)
    row = {"koppelsleutel": key.koppelsleutel, "sha256": digest}
    same = [terugkoppelingen.c[name] == word for name, word in row.items()]
    with ledger.write() as connection:
        if connection.scalar(select(terugkoppelingen.c.id).where(*same)) is None:
            row |= {"handover_id": key.handover_id, "at": timestamp()}
            connection.execute(insert(terugkoppelingen).values(**row, size=len(message)))
    acknowledged(ledger, key.handover_id, Step(account="", reason="terugkoppeling", receiver=key.doel_brin))
    return path
