"""What is to be destroyed: which dossiers a person means, and all by which those are known in ledger and folder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, true

from dod2oso.base.errors import TryLaterError, UsageError
from dod2oso.handover.receivers import check_brin
from dod2oso.ledger.arrived import Arrived
from dod2oso.ledger.handover_tables import handovers, koppelsleutels, terugkoppelingen
from dod2oso.ledger.handovers import OFFERED, STAGED, STAGING
from dod2oso.ledger.runs import newest_run
from dod2oso.ledger.tables import dossiers, runs
from dod2oso.supplement.claims import KEY_COLUMNS, keys_in_ledger
from dod2oso.supplement.pupil import Keys

PUPIL, SCHOOL, UNTIL, PROJECT = "pupil", "school", "until", "project"
_PAGE = 300


@dataclass(slots=True)
class Doomed:
    """Ids and keyed hashes only, no value of a person. `dossiers`, `feedback`: (brin, name)."""

    dossiers: list[tuple[str, str]] = field(default_factory=list)
    handovers: list[str] = field(default_factory=list)
    handed_over: list[str] = field(default_factory=list)  # dossier ids that only the handovers still know
    pupils: list[str] = field(default_factory=list)  # pseudonyms of whom nothing is left
    numbers: list[str] = field(default_factory=list)  # the same, as HMAC of the personal number
    feedback: list[tuple[str, str]] = field(default_factory=list)
    keys: list[list[str]] = field(default_factory=list)  # see supplement/pupil.Keys; of the same pupils
    schools: list[str] = field(default_factory=list)  # BRIN of a school that goes as a whole
    arrived: list[str] = field(default_factory=list)  # dossiers that were received (ledger/arrived.py)
    waiting: int = 0  # staged and not yet taken by a receiver

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Doomed":
        pairs = {name: [(one, other) for one, other in data[name]] for name in ("dossiers", "feedback")}
        return cls(**(data | pairs))

    @property
    def names(self) -> list[str]:
        """Every dossier id."""
        return list(dict.fromkeys([*(name for _, name in self.dossiers), *self.handed_over]))


def choose(
    connection: Connection, kind: str, which: str, received: Sequence[Arrived] = (), *, on_its_way: bool = False
) -> Doomed:
    """All that goes when a pupil (a dossier id), a school (BRIN), all until a day, or everything is destroyed.

    received: the dossiers that were received in the same folder; they may be all there is of somebody.

    UsageError when there is no such thing; TryLaterError while a dossier of it is on its way, unless that may be.
    """
    found = Doomed()
    named = [each for each in received if each.id == which.removesuffix(".xml")] if kind == PUPIL else []
    mine, sent = _conditions(connection, kind, which, named)
    found.arrived = _arrived(connection, kind, which, received, mine, sent)
    if not found.arrived and kind != PROJECT:
        _something(connection, mine, sent)
    columns = (dossiers.c.brin, dossiers.c.dossier_id, dossiers.c.pseudonym, dossiers.c.match_pgn)
    rows = connection.execute(select(*columns).where(mine).order_by(dossiers.c.id)).all()
    found.dossiers = [(row.brin, row.dossier_id) for row in rows]
    known = exists().where(dossiers.c.dossier_id == handovers.c.dossier_id)
    theirs = or_(exists().where(dossiers.c.dossier_id == handovers.c.dossier_id, mine), and_(sent, ~known))
    over = connection.execute(select(handovers).where(theirs)).all()
    if not on_its_way and any(each.state == OFFERED for each in over):
        raise TryLaterError("destroy-on-its-way")
    found.handovers = [each.id for each in over]
    ids = {name for _, name in found.dossiers}
    found.handed_over = sorted({each.dossier_id for each in over} - ids)
    found.waiting = sum(each.state in (STAGED, STAGING) for each in over)
    found.pupils = _gone(connection, "pseudonym", [*rows, *over], mine, theirs)
    found.numbers = _gone(connection, "match_pgn", [*rows, *over], mine, theirs)
    found.keys = _keys(connection, mine, found.pupils)
    found.schools = [check_brin(which)] if kind == SCHOOL else []
    came = select(koppelsleutels.c.bron_brin, terugkoppelingen.c.sha256).join(
        koppelsleutels, koppelsleutels.c.koppelsleutel == terugkoppelingen.c.koppelsleutel
    )
    for page in pages(found.handovers):
        here = connection.execute(came.where(terugkoppelingen.c.handover_id.in_(page)))
        found.feedback += [(row.bron_brin, row.sha256) for row in here]
    return found


def _arrived(
    connection: Connection, kind: str, which: str, received: Sequence[Arrived], mine: ColumnElement[bool],
    sent: ColumnElement[bool],
) -> list[str]:  # fmt: skip
    """Of the dossiers that were received those that go."""
    if kind == PROJECT:
        return [each.id for each in received]
    if kind == SCHOOL:
        return [each.id for each in received if each.brin == check_brin(which)]
    if kind == UNTIL:
        return [each.id for each in received if each.at[:10] <= which]
    known = {(each.pseudonym, each.number) for each in received if each.id == which.removesuffix(".xml")}
    for table, condition in ((dossiers, mine), (handovers, sent)):
        rows = connection.execute(select(table.c.pseudonym, table.c.match_pgn).where(condition))
        known |= {(row.pseudonym, row.match_pgn) for row in rows}
    pupils, numbers = ({keys[at] for keys in known} - {""} for at in (0, 1))
    return [
        each.id for each in received
        if each.id == which or each.pseudonym in pupils or each.number in numbers
    ]  # fmt: skip


def _conditions(
    connection: Connection, kind: str, which: str, named: Sequence[Arrived]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which dossiers, and which handovers of dossiers that are no longer there."""
    if kind == PROJECT:
        return true(), true()
    if kind == SCHOOL:
        brin = check_brin(which)
        conditions = dossiers.c.brin == brin, handovers.c.brin == brin
    elif kind == UNTIL:
        last = select(func.max(runs.c.number)).where(func.substr(runs.c.started, 1, 10) <= which).scalar_subquery()
        older = newest_run(dossiers.c.export_id) <= func.coalesce(last, 0)
        conditions = older, func.substr(handovers.c.at, 1, 10) <= which
    else:
        conditions = _pupil(connection, which, named)
    return conditions


def _something(connection: Connection, mine: ColumnElement[bool], sent: ColumnElement[bool]) -> None:
    """UsageError when the ledger knows nothing of what is to go."""
    there = select(dossiers.c.id).where(mine).limit(1)
    over = select(handovers.c.id).where(sent).limit(1)
    if connection.scalar(there) is None and connection.scalar(over) is None:
        raise UsageError("destroy-nothing")


def _pupil(
    connection: Connection, name: str, named: Sequence[Arrived]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Every dossier of one pupil: known under the same pseudonym or the same personal number."""
    name = name.removesuffix(".xml").removesuffix(".json")
    found = connection.execute(
        select(dossiers.c.pseudonym, dossiers.c.match_pgn)
        .where(or_(dossiers.c.dossier_id == name, dossiers.c.pseudonym == name))
        .union(
            select(handovers.c.pseudonym, handovers.c.match_pgn).where(
                or_(handovers.c.dossier_id == name, handovers.c.id == name, handovers.c.pseudonym == name)
            )
        )
    ).all()
    pupils = [*(row.pseudonym for row in found), *(each.pseudonym for each in named if each.pseudonym)]
    numbers = [row.match_pgn for row in found if row.match_pgn] + [each.number for each in named if each.number]
    return (
        or_(dossiers.c.pseudonym.in_(pupils), dossiers.c.match_pgn.in_(numbers)),
        or_(handovers.c.pseudonym.in_(pupils), handovers.c.match_pgn.in_(numbers)),
    )


def _keys(connection: Connection, mine: ColumnElement[bool], gone: Sequence[str]) -> list[list[str]]:
    """By what rows that people typed are about them; of whom only a handover is left the pseudonym alone."""
    known = [list(keys_in_ledger(row)) for row in connection.execute(select(*KEY_COLUMNS).where(mine))]
    left, at = set(gone), Keys._fields.index("pseudonym")
    found = [keys for keys in known if keys[at] in left]
    return found + [list(Keys(pseudonym=each)) for each in sorted(left - {keys[at] for keys in found})]


def _gone(
    connection: Connection, name: str, rows: Iterable[Any], mine: ColumnElement[bool], theirs: ColumnElement[bool]
) -> list[str]:
    """Of these keys the ones that no other dossier or handover has."""
    keys = {getattr(row, name) for row in rows} - {""}
    kept: set[str] = set()
    for page in pages(sorted(keys)):
        for table, condition in ((dossiers, mine), (handovers, theirs)):
            kept |= set(connection.scalars(select(table.c[name]).where(table.c[name].in_(page), ~condition)))
    return sorted(keys - kept)


def pages(names: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """At most so many at once, for an SQL statement."""
    return (names[at : at + _PAGE] for at in range(0, len(names), _PAGE))
