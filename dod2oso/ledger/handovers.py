"""The state machine of a handover: which states there are, which may follow which, and a log of every step.

    staging ─▶ staged ─▶ offered ─▶ fetched ─▶ acknowledged        fetched, acknowledged ─▶ recall
                 │          ├─▶ refused                              (delivered, but no longer right:
                 │          └─▶ sent-unknown                          a person must tell the receiver)
                 └─▶ withdrawn, expired ─▶ staged

- `staging`: the outbox is writing its files; `staged`: klaargezet, waits for the sender or the receiver;
- `offered`: bytes are on their way and nobody knows yet how that ends;
- `fetched`: the receiver has them; `acknowledged`: and said so, about exactly these bytes;
- `refused`: the receiver said no; `sent-unknown`: no answer, so it may or may not have arrived;
- `withdrawn`: taken back before it left (no longer ready, replaced by a newer conversion, or by order);
- `expired`: it waited too long.

A handover is about one dossier with certain bytes, and has one id for life. Every step is one transaction with its log
entry, and only happens when the handover is still in a state it can happen from; so of two who want to do something
with the same dossier (a person who withdraws it, a school that fetches it) exactly one succeeds.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Update, and_, bindparam, func, insert, select, update

from dod2oso.base.clock import now
from dod2oso.ledger import audit
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.layout import handover_id
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports

_ADD_TO_LOG = insert(handover_log)

STAGING, STAGED, OFFERED, FETCHED, ACKNOWLEDGED = "staging", "staged", "offered", "fetched", "acknowledged"
REFUSED, UNKNOWN, WITHDRAWN, EXPIRED, RECALL = "refused", "sent-unknown", "withdrawn", "expired", "recall"

MAY_FOLLOW: dict[str, frozenset[str]] = {
    STAGING: frozenset({STAGED, WITHDRAWN}),
    STAGED: frozenset({OFFERED, FETCHED, WITHDRAWN, EXPIRED}),
    OFFERED: frozenset({STAGED, OFFERED, FETCHED, ACKNOWLEDGED, REFUSED, UNKNOWN}),  # staged: it did not leave
    UNKNOWN: frozenset({OFFERED, STAGED, UNKNOWN, FETCHED, ACKNOWLEDGED, REFUSED, RECALL}),
    FETCHED: frozenset({FETCHED, ACKNOWLEDGED, RECALL}),  # a receiver may fetch again
    ACKNOWLEDGED: frozenset({FETCHED, ACKNOWLEDGED, RECALL}),
    REFUSED: frozenset({STAGED, WITHDRAWN}),
    WITHDRAWN: frozenset({STAGING, STAGED, EXPIRED, WITHDRAWN}),
    EXPIRED: frozenset({STAGING, STAGED, WITHDRAWN}),
    RECALL: frozenset({FETCHED, ACKNOWLEDGED}),
}
STATES = tuple(MAY_FOLLOW)
DELIVERED = frozenset({FETCHED, ACKNOWLEDGED, RECALL})

Only = ColumnElement[bool]  # a condition on the table of handovers

_PAGE = 200


class Handover(NamedTuple):
    """One handover as it stands; see the table `handovers` for what the columns mean."""

    dossier_id: str
    sha256: str
    sender: str
    state: str
    at: str
    id: str
    pseudonym: str
    match_pgn: str
    brin: str
    vestiging: str
    oso: str
    overstap: str
    verzameldatum: str
    staged_at: str
    account: str
    reason: str
    attempts: int
    wire_sha256: str
    answer: str
    receipt: str
    receiver: str


_COLUMNS = [handovers.c[name] for name in Handover._fields]


class Step(NamedTuple):
    """What is written down with a change of state; an empty word leaves what the handover knew."""

    account: str  # who gave the order
    reason: str = ""  # why, as one word in kebab-case
    answer: str = ""
    wire_sha256: str = ""
    receipt: str = ""
    receiver: str = ""


class Ready(NamedTuple):
    """A dossier that is ready, as far as handing over needs to know it."""

    dossier_id: str
    sha256: str
    size: int
    pseudonym: str
    match_pgn: str
    brin: str
    vestiging: str
    oso: str
    overstap: str
    export_id: int
    id: int  # of its row

    @property
    def handover_id(self) -> str:
        return handover_id(self.dossier_id, self.sha256)


_OF_DOSSIER = [name for name in Ready._fields if name not in ("size", "export_id", "id")]


def precise(moment: datetime | None = None) -> str:
    """A moment for `verzameldatum`: dateTime with zone, UTC, to the millisecond; sorts as text."""
    moment = moment or now()
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def begin(connection: Connection, dossiers: Sequence[Ready], sender: str, state: str, step: Step) -> None:
    """Put handovers at their beginning (staging or staged): new ones, and ones that were withdrawn or had expired.

    The same bytes keep their verzameldatum, unless something else of the same dossier was staged since.
    """
    if not dossiers:
        return
    moment, collected = timestamp(), precise()
    ids = {dossier.handover_id: dossier for dossier in dossiers}
    restarted = connection.execute(
        update(handovers)
        .where(handovers.c.id.in_(ids), handovers.c.state.in_((WITHDRAWN, EXPIRED)))
        .values(sender=sender, state=state, at=moment, staged_at=moment, account=step.account, reason=step.reason)
        .returning(handovers.c.id, handovers.c.verzameldatum, handovers.c.dossier_id)
    ).all()
    if restarted:
        newest = _newest(connection, [row.dossier_id for row in restarted])
        for row in restarted:
            if row.verzameldatum < newest[row.dossier_id]:
                same = handovers.c.id == row.id
                connection.execute(update(handovers).where(same).values(verzameldatum=collected))
    again = {row.id for row in restarted}
    fresh = {name: dossier for name, dossier in ids.items() if name not in again}
    if fresh:
        connection.execute(
            insert(handovers),
            [
                {
                    **{column: getattr(each, column) for column in _OF_DOSSIER},
                    "id": name,
                    "sender": sender,
                    "state": state,
                    "at": moment,
                    "staged_at": moment,
                    "verzameldatum": collected,
                    "account": step.account,
                    "reason": step.reason,
                }
                for name, each in fresh.items()
            ],
        )
    connection.execute(insert(handover_log), [log_entry(name, sender, state, moment, step) for name in ids])
    note(connection, state, sender, step, [dossier.dossier_id for dossier in dossiers])


def _newest(connection: Connection, names: Sequence[str]) -> dict[str, str]:
    newest = (
        select(handovers.c.dossier_id, func.max(handovers.c.verzameldatum).label("newest"))
        .where(handovers.c.dossier_id.in_(names))
        .group_by(handovers.c.dossier_id)
    )
    return {row.dossier_id: row.newest for row in connection.execute(newest)}


def find(ledger: Ledger, name: str) -> Handover | None:
    with ledger.read() as connection:
        row = connection.execute(select(handovers).where(handovers.c.id == name)).first()
    return None if row is None else Handover(**row._mapping)


def pages(ledger: Ledger, *only: Only) -> Iterator[list[Handover]]:
    """Handovers in pages, by id, each page read afresh: no cursor stays open while the caller writes."""
    last = ""
    while True:
        page = select(*_COLUMNS).where(handovers.c.id > last, *only).order_by(handovers.c.id).limit(_PAGE)
        with ledger.read() as connection:
            found = [Handover._make(row) for row in connection.execute(page)]
        if not found:
            return
        yield found
        last = found[-1].id


def move(ledger: Ledger, ids: Iterable[str], new: str, step: Step, *, only_from: Iterable[str] = ()) -> list[str]:
    """Bring handovers into the state `new`, each if it can still come from where it is; return those that did.

    `only_from` narrows from which states. An id that is not returned was in another state by then: somebody else was
    first.
    """
    wanted = list(dict.fromkeys(ids))
    moved = []
    for at in range(0, len(wanted), _PAGE):
        with ledger.write() as connection:
            moved += move_in(connection, wanted[at : at + _PAGE], new, step, only_from=only_from)
    return moved


def move_in(
    connection: Connection, ids: Sequence[str], new: str, step: Step, *, only_from: Iterable[str] = ()
) -> list[str]:
    """As `move`, within a transaction of the caller."""
    allowed = [old for old, following in MAY_FOLLOW.items() if new in following]
    allowed = [old for old in allowed if old in only_from] if only_from else allowed
    if not allowed:
        raise ValueError(f"no state in {sorted(only_from)} can become {new}")
    if not ids:
        return []
    moment = timestamp()
    values: dict[str, Any] = {"state": new, "at": moment, "reason": step.reason}
    values |= {name: word for name, word in step._asdict().items() if word}
    if new == OFFERED:
        values["answer"] = step.answer
    if new in (STAGED, STAGING):
        values["staged_at"] = moment
    given = {f"new_{name}": value for name, value in values.items()}
    changed = _changing(tuple(values), counted=new == OFFERED)
    rows = connection.execute(changed, given | {"ids": ids, "allowed": allowed}).all()
    if rows:
        connection.execute(
            _ADD_TO_LOG, [log_entry(row.id, row.sender, new, moment, step, row.attempts) for row in rows]
        )
        note(connection, new, rows[0].sender, step, [row.dossier_id for row in rows])
    return [row.id for row in rows]


@cache
def _changing(names: tuple[str, ...], *, counted: bool) -> Update:
    """What gives these columns the values `new_NAME` of the handovers `ids` that are `allowed`; `counted`: a try more.

    Made once: to make a statement takes longer than to have it done, and a source does so for every dossier.
    """
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if counted:
        values["attempts"] = handovers.c.attempts + 1
    chosen = handovers.c.id.in_(bindparam("ids", expanding=True))
    return (
        update(handovers)
        .where(chosen, handovers.c.state.in_(bindparam("allowed", expanding=True)))
        .values(values)
        .returning(handovers.c.id, handovers.c.sender, handovers.c.attempts, handovers.c.dossier_id)
    )


def note(connection: Connection, state: str, sender: str, step: Step, names: Sequence[str]) -> None:
    """Let the audit log tell that these dossiers came into a state; what they are is told by refs."""
    about = {"state": state, "sender": sender, "dossiers": len(names)}
    about |= {name: getattr(step, name) for name in ("reason", "answer", "receiver") if getattr(step, name)}
    audit.append(connection, "handover", step.account, about, audit.refs_of(connection, names))


def log_entry(handover_id: str, sender: str, state: str, at: str, step: Step, attempt: int = 0) -> dict[str, Any]:
    """A row for the log."""
    return {
        "handover_id": handover_id,
        "at": at,
        "state": state,
        "sender": sender,
        "account": step.account,
        "reason": step.reason,
        "attempt": attempt,
        "wire_sha256": step.wire_sha256,
        "answer": step.answer,
        "receiver": step.receiver,
    }


def history(ledger: Ledger, handover_id: str) -> Sequence[Any]:
    """The log of one handover, oldest first; rows of the table `handover_log`."""
    with ledger.read() as connection:
        chosen = select(handover_log).where(handover_log.c.handover_id == handover_id).order_by(handover_log.c.id)
        return connection.execute(chosen).all()


def may_leave() -> ColumnElement[bool]:
    """Of a dossier joined to its export: it is ready, on disk, and of an export that was read to its end."""
    return and_(dossiers.c.state == "ready", dossiers.c.placed, exports.c.status == "done")


def same_bytes() -> ColumnElement[bool]:
    """Joins a dossier to the handover of exactly what it holds now."""
    return and_(handovers.c.dossier_id == dossiers.c.dossier_id, handovers.c.sha256 == dossiers.c.sha256)


def is_right() -> ColumnElement[bool]:
    """With `same_bytes`: the dossier may still leave."""
    return and_(same_bytes(), dossiers.c.state == "ready", dossiers.c.placed)


def states(ledger: Ledger) -> dict[str, int]:
    """How many handovers are in each state, in the order of STATES; absent ones left out."""
    counted = select(handovers.c.state, func.count().label("n")).group_by(handovers.c.state)
    with ledger.read() as connection:
        counts = {row.state: row.n for row in connection.execute(counted)}
    return {state: counts[state] for state in STATES if state in counts}
