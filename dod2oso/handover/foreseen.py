"""What handing over would do now, and how all hand-overs stand, before anybody orders anything. Nothing is written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, select, true

from dod2oso.handover.config import Handover as Settings
from dod2oso.handover.inspected import inspected
from dod2oso.handover.receivers import receivers_of_all
from dod2oso.handover.review import no_longer_right
from dod2oso.handover.send import waiting
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import allowed_receivers, handovers
from dod2oso.ledger.handovers import STAGED, STATES, Handover, Ready, may_leave, pages
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.runs import of_finished_run
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports

School = tuple[str, str]  # BRIN and vestiging


@dataclass(slots=True)
class Overview:
    """How hand-overs stand, in dossiers. `to`: of ready dossiers, by the BRIN that may fetch them; "" is nobody."""

    ready: Counter[School] = field(default_factory=Counter)
    go: Counter[School] = field(default_factory=Counter)  # may be handed over and was not yet
    unfinished: int = 0  # may not, for the run they are of did not come to its end
    states: dict[School, Counter[str]] = field(default_factory=dict)
    to: Counter[str] = field(default_factory=Counter)

    @property
    def schools(self) -> list[School]:
        return sorted({*self.ready, *self.states})

    def total(self, *states: str) -> int:
        """Of all schools together, how many are in one of these states."""
        return sum(counts[state] for counts in self.states.values() for state in states)


@dataclass(slots=True)
class Foreseen:
    """What `send` would do: dossiers it hands over, takes back (by reason), and leaves, and why."""

    go: Counter[School] = field(default_factory=Counter)
    back: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    uninspected: int = 0
    unfinished: int = 0
    nobody: int = 0  # of those that go: nobody was named who may fetch them

    @property
    def total(self) -> int:
        return sum(self.go.values())


class HandoverStatus(NamedTuple):
    """One dossier of a school; `handover` None: not handed over. `export` "": not of the last run any more."""

    id: str
    export: str
    record: int
    ready: bool
    handover: Handover | None
    receivers: frozenset[str]


def overview(ledger: Ledger) -> Overview:
    """How all of it stands."""
    found = Overview()
    ended = of_finished_run(dossiers.c.export_id)
    for ready in _each(ledger, ended):
        found.go[ready.brin, ready.vestiging] += 1
    found.unfinished = sum(1 for _ in _each(ledger, not_(ended)))
    h = handovers.c
    with ledger.read() as connection:
        counted = select(h.brin, h.vestiging, h.state, func.count().label("n")).group_by(h.brin, h.vestiging, h.state)
        for row in connection.execute(counted):
            found.states.setdefault((row.brin, row.vestiging), Counter())[row.state] = row.n
        for row in connection.execute(_ready_by_school()):
            found.ready[row.brin, row.vestiging] = row.n
        found.to = _destinations(connection)
    return found


def foreseen(ledger: Ledger, out_dir: Path, settings: Settings, only: ColumnElement[bool]) -> Foreseen:
    """What `send` would do with this selection; reads the files of the dossiers, as that does."""
    found = Foreseen()
    with ledger.read() as connection:
        seen: list[str] = []
        for reason, _new, wrong in no_longer_right(settings.sender, settings.expires_after_days):
            ids = list(connection.scalars(select(handovers.c.id).where(handovers.c.state == STAGED, wrong)))
            fresh = set(ids).difference(seen)
            seen += fresh
            if fresh:
                found.back[reason] = len(fresh)
    ended = of_finished_run(dossiers.c.export_id)
    for page in waiting(ledger, and_(only, ended)):
        going = []
        with ledger.read() as connection:
            for each in page:
                data = places.read_ready(out_dir, each)
                if data is None:
                    found.changed += 1
                elif settings.only_inspected and not inspected(connection, each.pseudonym, data):
                    found.uninspected += 1
                else:
                    going.append(each)
        found.go.update((each.brin, each.vestiging) for each in going)
        found.nobody += sum(not schools for schools in receivers_of_all(ledger, going).values())
    found.unfinished = sum(len(page) for page in waiting(ledger, and_(only, not_(ended))))
    return found


def statuses(ledger: Ledger, run_id: str, school: School) -> list[HandoverStatus]:
    """The dossiers of a school that are ready or were handed over, those a person must look at first."""
    brin, vestiging = school
    known = {}
    columns = [exports.c[name] if name in ("oso", "overstap") else dossiers.c[name] for name in Ready._fields]
    chosen = (
        select(*columns, exports.c.name, dossiers.c.record, dossiers.c.state)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.export_id.in_(exports_of(run_id)))
        .where(dossiers.c.brin == brin, dossiers.c.vestiging == vestiging, dossiers.c.sha256.is_not(None))
    )
    with ledger.read() as connection:
        for row in connection.execute(chosen):
            words = row._mapping
            ready = Ready(**{name: words[name] for name in Ready._fields})
            known[row.dossier_id] = (ready, row.name, row.record, row.state == "ready")
    moved: dict[str, Handover] = {}
    here = and_(handovers.c.brin == brin, handovers.c.vestiging == vestiging)
    for page in pages(ledger, here):
        for each in page:  # of a dossier that was made anew the last hand-over counts here
            if each.dossier_id not in moved or each.verzameldatum > moved[each.dossier_id].verzameldatum:
                moved[each.dossier_id] = each
    wanted: list[Handover | Ready] = [*moved.values()]
    wanted += [each[0] for name, each in known.items() if each[3] and name not in moved]
    may = receivers_of_all(ledger, wanted)
    found = []
    for name in may:
        _ready, export, record, is_ready = known.get(name, (None, "", 0, False))
        found.append(HandoverStatus(name, export, record, is_ready, moved.get(name), may[name]))
    order = ("recall", "sent-unknown", "refused", "expired", "withdrawn", "")
    return sorted(found, key=lambda one: (_rank(order, one.handover), one.export, one.record, one.id))


def _rank(order: tuple[str, ...], handover: Handover | None) -> int:
    state = handover.state if handover is not None else ""
    return order.index(state) if state in order else len(order) + STATES.index(state)


def _each(ledger: Ledger, only: ColumnElement[bool]) -> Iterable[Ready]:
    for page in waiting(ledger, and_(true(), only)):
        yield from page


def _ready_by_school() -> Select[Any]:
    d = dossiers.c
    return (
        select(d.brin, d.vestiging, func.count().label("n"))
        .join(exports, exports.c.id == d.export_id)
        .where(may_leave())
        .group_by(d.brin, d.vestiging)
    )


def _destinations(connection: Connection) -> Counter[str]:
    """Ready dossiers by who may fetch them; one that several may counts for each."""
    d, may = dossiers.c, allowed_receivers.c
    chosen = (
        select(may.doel_brin, func.count(d.id).label("n"))
        .select_from(dossiers.outerjoin(allowed_receivers, may.pseudonym == d.pseudonym))
        .where(d.state == "ready", d.placed)
        .group_by(may.doel_brin)
    )
    return Counter({row.doel_brin or "": row.n for row in connection.execute(chosen)})
