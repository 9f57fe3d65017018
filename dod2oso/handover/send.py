"""Handing over: the one place that decides which dossiers may go.

Only what is ready, of an export that was converted to its end, with a file that is byte for byte what the ledger says,
and that was not handed over with these bytes before.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, insert, not_, or_, select, true

from dod2oso.base.errors import TryLaterError
from dod2oso.base.folderlock import held
from dod2oso.findings.model import Finding
from dod2oso.handover.inspected import inspected
from dod2oso.handover.receivers import check_brin
from dod2oso.handover.review import Senders, review, superseded, take_back
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.senders.sender import OUTBOX, Pushed, Pusher, Sender, Watch
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import EXPIRED, STAGED, WITHDRAWN, Handover, Ready, Step, may_leave, pages, same_bytes
from dod2oso.ledger.rows import exports_of, finding_rows
from dod2oso.ledger.runs import last_run, of_finished_run
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, findings

CODE_CHANGED = "bestand-gewijzigd"
BY_ORDER = "opdracht"  # the reason of what a person withdrew: it stays so until a person says otherwise
CONVERTING = "omzetting"  # the account of what a run does by itself
EXPIRES_AFTER_DAYS = 365

_CHUNK = 200


class Sent(NamedTuple):
    """What `hand_over` did: dossiers staged now, files that were not what they were, what a push brought, dossiers
    that may not go because the last run with their export did not come to its end, and those that wait because parents
    did not inspect what they say now.
    """

    staged: int
    changed: int
    pushed: Pushed
    unfinished: int = 0
    uninspected: int = 0


def publish(
    ledger: Ledger, run_id: str, out_dir: Path, account: str = CONVERTING, *, only_inspected: bool = False
) -> Sent:
    """Stage in the outbox every ready dossier of a run that was not handed over before."""
    senders = local_senders(ledger, out_dir)
    ours = dossiers.c.export_id.in_(exports_of(run_id))
    return hand_over(
        ledger, out_dir, senders, OUTBOX, ours, Step(account), ending=run_id, only_inspected=only_inspected
    )


def hand_over(
    ledger: Ledger,
    out_dir: Path,
    senders: Senders,
    current: str,
    only: ColumnElement[bool],
    step: Step,
    *,
    changed_receivers: Sequence[str] = (),
    expires_after_days: int = EXPIRES_AFTER_DAYS,
    ending: str | None = None,
    only_inspected: bool = False,
    watch: Watch = lambda _outcome, _left: None,
) -> Sent:
    """Settle, take back what is no longer right, stage what may go, and push it with the sender `current`.

    A dossier file that is not what the ledger says is not staged; its export gets the finding `bestand-gewijzigd`.
    `changed_receivers`: pupils (pseudonyms) for whom a school was marked just now; a manifest that names the receivers
    is made again. `ending`: the run that is at its end and hands over itself. `only_inspected`: see inspected.py.
    Raises TryLaterError when another process writes in this folder.
    """
    with held(out_dir, "handover"):
        for sender in senders.values():
            sender.settle(step)
        review(ledger, senders, current, expires_after_days, step)
        for page in _staged_in_outbox(ledger, changed_receivers):
            take_back(senders, page, WITHDRAWN, step._replace(reason="ontvanger-gewijzigd"))
        ended = of_finished_run(dossiers.c.export_id, ending)
        sender = senders[current]
        staged, changed, uninspected = _stage(
            ledger, out_dir, sender, and_(only, ended), step._replace(reason="klaargezet"), only_inspected
        )
        unfinished = sum(len(page) for page in waiting(ledger, and_(only, not_(ended))))
        pushed = sender.push(step, watch) if isinstance(sender, Pusher) else Pushed()
        return Sent(staged, changed, pushed, unfinished, uninspected)


def selection(names: Sequence[str], brin: str = "", overstap: str = "") -> ColumnElement[bool]:
    """Which dossiers a person means: by id, by school, by transfer; all of them when nothing is said."""
    conditions: list[ColumnElement[bool]] = [true()]
    if names:
        conditions.append(dossiers.c.dossier_id.in_(names))
    if brin:
        conditions.append(dossiers.c.brin == check_brin(brin))
    if overstap:
        conditions.append(dossiers.c.export_id.in_(select(exports.c.id).where(exports.c.overstap == overstap)))
    return and_(*conditions)


def _staged_in_outbox(ledger: Ledger, pupils: Sequence[str]) -> Iterator[list[Handover]]:
    for at in range(0, len(pupils), _CHUNK):
        these = handovers.c.pseudonym.in_(pupils[at : at + _CHUNK])
        yield from pages(ledger, handovers.c.sender == OUTBOX, handovers.c.state == STAGED, these)


def withdraw_wrong(ledger: Ledger, out_dir: Path, current: str, account: str = CONVERTING) -> None:
    """After a conversion whose dossiers another sender hands over: only take back what is no longer right."""
    senders = local_senders(ledger, out_dir)
    step = Step(account)
    with held(out_dir, "handover"):
        for sender in senders.values():
            sender.settle(step)
        review(ledger, senders, current, EXPIRES_AFTER_DAYS, step)


def finished(ledger: Ledger) -> None:
    """TryLaterError while a run is busy or was broken off: then it is not known yet which dossiers are double."""
    with ledger.read() as connection:
        last = last_run(connection)
    if last is None or last.status != "done":
        raise TryLaterError("run-not-finished")


def _stage(
    ledger: Ledger, out_dir: Path, sender: Sender, only: ColumnElement[bool], step: Step, only_inspected: bool
) -> tuple[int, int, int]:
    """How many were staged, are not what they were, and were not inspected as they are."""
    with ledger.write() as connection:
        old = (findings.c.code == CODE_CHANGED, findings.c.dossier.is_(None))
        mine = select(dossiers.c.export_id).where(only)
        connection.execute(delete(findings).where(*old, findings.c.export_id.in_(mine)))
    staged = wrong = unseen = 0
    for page in waiting(ledger, only):
        whole: list[Ready] = []
        changed: list[Ready] = []
        with ledger.read() as connection:
            for dossier in page:
                data = places.read_ready(out_dir, dossier)
                if data is None:
                    changed.append(dossier)
                elif only_inspected and not inspected(connection, dossier.pseudonym, data):
                    unseen += 1
                else:
                    whole.append(dossier)
        _complain(ledger, changed)
        if whole:
            sender.stage(whole, step)
        staged, wrong = staged + len(whole), wrong + len(changed)
    return staged, wrong, unseen


def waiting(ledger: Ledger, only: ColumnElement[bool]) -> Iterator[list[Ready]]:
    """What may be handed over and was not yet, in pages, each read afresh."""
    over = exists().where(same_bytes(), handovers.c.state.not_in((WITHDRAWN, EXPIRED)))
    # by order, or because it lay too long: only a person brings it back, also when its bytes are other ones by now
    stopped = exists().where(
        handovers.c.dossier_id == dossiers.c.dossier_id,
        or_(handovers.c.state == EXPIRED, and_(handovers.c.state == WITHDRAWN, handovers.c.reason == BY_ORDER)),
    )
    columns = [exports.c[name] if name in ("oso", "overstap") else dossiers.c[name] for name in Ready._fields]
    chosen = (
        select(*columns)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(
            only, may_leave(), ~over, ~stopped, ~superseded(),
        )
        .order_by(dossiers.c.id)
        .limit(_CHUNK)
    )  # fmt: skip
    last = 0
    while True:
        with ledger.read() as connection:
            page = [Ready._make(row) for row in connection.execute(chosen.where(dossiers.c.id > last))]
        if not page:
            return
        yield page
        last = page[-1].id


def _complain(ledger: Ledger, changed: Sequence[Ready]) -> None:
    if changed:
        found = [
            line
            for each in changed
            for line in finding_rows(each.export_id, None, [Finding(CODE_CHANGED, note=each.dossier_id)])
        ]
        with ledger.write() as connection:
            connection.execute(insert(findings), found)
