"""What each school delivered and for whom it waits: every expected school has a row, whether anything came or not."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from dod2oso.findings.outcome import EXPIRED, NOT_CHOSEN, REPLACED, STATES
from dod2oso.ledger.deliveries import COUNTS, UNREAD
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.schools import expected
from dod2oso.ledger.tables import deliveries, dossiers, exports, findings
from dod2oso.supplement.needs import Needs
from dod2oso.supplement.repairs import repairs

School = tuple[str, str]  # BRIN and location
DECIDE = "besluit"  # waits for somebody who decides: no cell to fill in helps
OVER = ("staged", "fetched", "offered", "acknowledged")  # handovers that count as handed over


@dataclass(slots=True)
class Delivered:
    """What is known of one school besides the states of its dossiers.

    `files`: the exports that count; `unread`: those that cannot be read, with the code of why; `over`: dossiers handed
    over; `waits_for`: dossiers by who must do something (`school`, `bestuur`, DECIDE).
    """

    name: str = ""
    expected: int | None = None
    is_expected: bool = False
    deadline: str = ""
    files: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    over: int = 0
    not_chosen: int = 0
    expired: int = 0
    replaced: int = 0
    waits_for: Counter[str] = field(default_factory=Counter)


def delivered(connection: Connection, run_id: str) -> dict[School, Delivered]:
    """Every school that is expected or of which something came; expected ones first, in the order of the register."""
    found: defaultdict[School, Delivered] = defaultdict(Delivered)
    for row in expected(connection):
        school = found[row.brin, row.vestiging]
        school.name, school.expected, school.is_expected, school.deadline = row.name, row.pupils, True, row.deadline
    _add_files(connection, run_id, found)
    _add_states(connection, run_id, found)
    _add_handovers(connection, run_id, found)
    _add_needs(connection, run_id, found)
    return dict(found)


def _add_files(connection: Connection, run_id: str, found: dict[School, Delivered]) -> None:
    why = (
        select(findings.c.export_id, func.min(findings.c.code).label("code"))
        .where(findings.c.dossier.is_(None), findings.c.severity == "error")
        .group_by(findings.c.export_id)
        .subquery()
    )
    rows = (
        select(deliveries, exports.c.name, why.c.code)
        .join(exports, exports.c.id == deliveries.c.export_id)
        .outerjoin(why, why.c.export_id == deliveries.c.export_id)
        .where(deliveries.c.export_id.in_(exports_of(run_id)))
        .order_by(exports.c.name)
    )
    for row in connection.execute(rows):
        school = found[row.brin, row.vestiging]
        if row.state == COUNTS:
            school.files.append(row.name)
        elif row.state == UNREAD:
            school.unread.append((row.name, row.code or ""))


def _add_states(connection: Connection, run_id: str, found: dict[School, Delivered]) -> None:
    group = (dossiers.c.brin, dossiers.c.vestiging, dossiers.c.state)
    counted = select(*group, func.count().label("n")).where(dossiers.c.export_id.in_(exports_of(run_id)))
    names = {NOT_CHOSEN: "not_chosen", EXPIRED: "expired", REPLACED: "replaced"}
    for row in connection.execute(counted.group_by(*group)):
        if row.state in names and row.brin:
            setattr(found[row.brin, row.vestiging], names[row.state], row.n)


def _add_handovers(connection: Connection, run_id: str, found: dict[School, Delivered]) -> None:
    group = (dossiers.c.brin, dossiers.c.vestiging)
    counted = (
        select(*group, func.count().label("n"))
        .join(handovers, (handovers.c.dossier_id == dossiers.c.dossier_id) & (handovers.c.sha256 == dossiers.c.sha256))
        .where(dossiers.c.export_id.in_(exports_of(run_id)), handovers.c.state.in_(OVER), dossiers.c.state.in_(STATES))
        .group_by(*group)
    )
    for row in connection.execute(counted):
        found[row.brin, row.vestiging].over = row.n


def _add_needs(connection: Connection, run_id: str, found: dict[School, Delivered]) -> None:
    group = (dossiers.c.brin, dossiers.c.vestiging, dossiers.c.needs)
    waiting = (dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.in_(("held", "rejected")))
    for row in connection.execute(select(*group, func.count().label("n")).where(*waiting).group_by(*group)):
        for who in _who(row):
            found[row.brin, row.vestiging].waits_for[who] += row.n


def _who(row: Any) -> set[str]:
    needs = Needs.parse(row.needs or "")
    known = repairs()
    who: set[str] = {known[key].who for key in needs.repairs if key in known}
    return {*who, DECIDE} if needs.stuck or not who else who
