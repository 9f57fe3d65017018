"""What is no longer right: staged dossiers that must not leave any more are taken back, delivered ones are called back.

Not right any more is a dossier that is not ready, has other bytes now, or whose pupil was converted again from a later
export. An old dossier must not win from a new one, so that also holds when the newer dossier is not ready itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from dod2oso.base.clock import now
from dod2oso.handover.senders.sender import Sender
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import (
    ACKNOWLEDGED,
    EXPIRED,
    FETCHED,
    RECALL,
    STAGED,
    WITHDRAWN,
    Handover,
    Step,
    is_right,
    move,
    pages,
)
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.runs import newest_run
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports

Senders = Mapping[str, Sender]


def review(ledger: Ledger, senders: Senders, current: str, expires_after_days: int, step: Step) -> None:
    """Take back and call back; `current` is the sender of now: what waits at another one is taken back as well."""
    for reason, new, wrong in no_longer_right(current, expires_after_days):
        for page in pages(ledger, handovers.c.state == STAGED, wrong):
            take_back(senders, page, new, step._replace(reason=reason))
    _recall(ledger, step)


def no_longer_right(current: str, expires_after_days: int) -> list[tuple[str, str, ColumnElement[bool]]]:
    """Why what is staged may be taken back, in the order that counts: the reason, what becomes of it, which those are.

    For `current` and `expires_after_days` see `review`.
    """
    found: list[tuple[str, str, ColumnElement[bool]]] = [
        ("niet-meer-klaar", WITHDRAWN, ~_right()),
        ("vervangen", WITHDRAWN, _replaced()),
        ("andere-verzender", WITHDRAWN, handovers.c.sender != current),
    ]
    if expires_after_days:
        limit = timestamp(now() - timedelta(days=expires_after_days))
        found.append(("verlopen", EXPIRED, handovers.c.staged_at < limit))
    return found


def take_back(senders: Senders, chosen: Sequence[Handover], new: str, step: Step) -> list[str]:
    """Let each sender take back what it has staged; the ids that had not left."""
    taken: list[str] = []
    for name, sender in senders.items():
        if ours := [each for each in chosen if each.sender == name]:
            taken += sender.take_back(ours, new, step)
    return taken


def superseded() -> ColumnElement[bool]:
    """Of a dossier: the same pupil stands in another export, of a later run, for the same version and transfer.

    The same by what the school knows them by, or by personal number within the school: a pupil may move to another
    location, and be given another number.
    """
    other, its_export = dossiers.alias("other_dossier"), exports.alias("other_export")
    # of ours whether there is a number: of the other, all without one would be looked through
    by_number = and_(other.c.match_pgn == dossiers.c.match_pgn, dossiers.c.match_pgn != "")
    newer = exists().where(
        or_(other.c.pseudonym == dossiers.c.pseudonym, and_(by_number, other.c.brin == dossiers.c.brin)),
        other.c.export_id != dossiers.c.export_id,
        its_export.c.id == other.c.export_id,
        its_export.c.oso == exports.c.oso,
        its_export.c.overstap == exports.c.overstap,
        newest_run(other.c.export_id) > newest_run(dossiers.c.export_id),
    )
    return newer.correlate_except(other, its_export)


def no_longer_ready() -> ColumnElement[bool]:
    """Of a handover: it waits to be fetched, and its dossier is not ready any more (or is not there)."""
    ready = exists().where(dossiers.c.dossier_id == handovers.c.dossier_id, dossiers.c.state == "ready")
    return and_(handovers.c.state == STAGED, ~ready)


def _right() -> ColumnElement[bool]:
    return exists().where(is_right())


def _replaced() -> ColumnElement[bool]:
    mine = select(dossiers.c.dossier_id).join(exports, exports.c.id == dossiers.c.export_id).where(superseded())
    return handovers.c.dossier_id.in_(mine)


def _recall(ledger: Ledger, step: Step) -> None:
    its_dossier = exists().where(dossiers.c.dossier_id == handovers.c.dossier_id)
    ready = its_dossier.where(dossiers.c.state == "ready")
    # of an export that could not be read nothing is known, and that is no reason to call anything back
    unread = exists().where(
        exports.c.oso == handovers.c.oso, exports.c.overstap == handovers.c.overstap, exports.c.status != "done"
    )
    wrong = or_(its_dossier.where(dossiers.c.state != "ready"), and_(~its_dossier, ~unread))
    by_order = and_(handovers.c.reason == "opdracht")
    for old, new, condition, reason in (
        (FETCHED, RECALL, wrong, "niet-meer-klaar"),
        (ACKNOWLEDGED, RECALL, wrong, "niet-meer-klaar"),
        (RECALL, ACKNOWLEDGED, and_(ready, handovers.c.receipt != "", not_(by_order)), "weer-klaar"),
        (RECALL, FETCHED, and_(ready, handovers.c.receipt == "", not_(by_order)), "weer-klaar"),
    ):
        for ids in _ids(ledger, handovers.c.state == old, condition):
            move(ledger, ids, new, step._replace(reason=reason), only_from=(old,))


def _ids(ledger: Ledger, *only: ColumnElement[bool]) -> Iterator[list[str]]:
    for page in pages(ledger, *only):
        yield [each.id for each in page]
