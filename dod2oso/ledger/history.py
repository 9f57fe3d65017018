"""What became of every dossier, run by run: written at the end of a run, only where something changed.

A run that changes three dossiers adds three lines, however many dossiers there are. Where a dossier stood after a run
is told by its last line up to that run. Runs are compared within one OSO version and transfer.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, exists, func, insert, select

from dod2oso.findings import catalogue
from dod2oso.findings.model import detail_of
from dod2oso.findings.outcome import UNCOUNTED
from dod2oso.ledger.rows import REASON, exports_of, in_pages
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import causes, dossiers, findings, history, run_states, runs

GONE = ""  # the state of a dossier that is not in a run
_CHUNK = 500
_REMEMBERED = 10_000

CauseParts = tuple[str, str, str, str]  # code, rule, target, detail


class DossierStatus(NamedTuple):
    """How a dossier stands: its school, state, and the ids of what blocks it."""

    brin: str
    vestiging: str
    state: str
    causes: str


NOWHERE = DossierStatus("", "", GONE, "")


def record_run(ledger: Ledger, run_id: str) -> None:
    """Write down how the dossiers of this run stand now, and how many per school. Again for the same run: the same."""
    known = _Causes(ledger)
    lines: list[dict[str, Any]] = []
    with ledger.read() as connection:
        if connection.scalar(select(func.count()).select_from(run_states).where(run_states.c.run_id == run_id)):
            return
        for dossier_id, before, now in _side_by_side(_latest(connection, run_id), _current(connection, run_id, known)):
            if before != now:
                lines.append({"dossier_id": dossier_id, "run_id": run_id, **_line(before, now)._asdict()})
            if len(lines) >= _CHUNK:
                _write(ledger, lines)
        _write(ledger, lines)
        group = (dossiers.c.brin, dossiers.c.vestiging, dossiers.c.state)
        counted = connection.execute(
            select(*group, func.count().label("count"))
            .where(dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.not_in(UNCOUNTED))
            .group_by(*group)
        ).all()
    with ledger.write() as connection:
        if counted:
            connection.execute(insert(run_states), [{"run_id": run_id, **row._asdict()} for row in counted])


def status_after(
    connection: Connection, run_id: str, *only: ColumnElement[bool]
) -> Iterator[tuple[str, DossierStatus]]:
    """(dossier id, status) of every dossier that was in this run, by dossier id; `only`: conditions on its lines."""
    for dossier_id, status in _latest(connection, run_id, *only):
        if status.state != GONE:
            yield dossier_id, status


def side_by_side(connection: Connection, before: str, after: str) -> Iterator[tuple[str, DossierStatus, DossierStatus]]:
    """(dossier id, how it stood after the one run, and after the other), for every dossier in either."""
    yield from _side_by_side(status_after(connection, before), status_after(connection, after))


def moved(connection: Connection, before: str, after: str) -> Iterator[tuple[str, DossierStatus, DossierStatus]]:
    """Of `side_by_side` only dossiers of which a line was written between the ends of both; all others are the same."""
    lines = select(history.c.dossier_id).where(
        history.c.run_id.in_(select(runs.c.id).where(runs.c.number > _number(before), runs.c.number <= _number(after)))
    )
    only = history.c.dossier_id.in_(lines)
    yield from _side_by_side(status_after(connection, before, only), status_after(connection, after, only))


def unmoved(connection: Connection, before: str, after: str) -> Iterator[tuple[DossierStatus, int]]:
    """How many dossiers stood like this after either run, of those that `moved` leaves out; schools are not told."""
    last = (
        select(history.c.dossier_id, func.max(runs.c.number).label("number"))
        .join(runs, runs.c.id == history.c.run_id)
        .where(_of_its_kind(after), runs.c.number <= _number(after))
        .group_by(history.c.dossier_id)
        .having(func.max(runs.c.number) <= _number(before))
        .subquery()
    )
    how = (history.c.state, history.c.causes)
    counted = (
        select(*how, func.count().label("n"))
        .join(runs, runs.c.id == history.c.run_id)
        .join(last, (last.c.dossier_id == history.c.dossier_id) & (last.c.number == runs.c.number))
        .where(_of_its_kind(after), history.c.state != GONE)
        .group_by(*how)
    )
    for row in connection.execute(counted):
        yield DossierStatus("", "", row.state, row.causes), row.n


class RunOfSchool(NamedTuple):
    """How the dossiers of a school stood after a run; `began` ISO."""

    began: str
    ready: int
    held: int
    rejected: int


def of_school(connection: Connection, brin: str, vestiging: str, most: int) -> list[RunOfSchool]:
    """The last runs in which a school had dossiers, the newest first."""
    rows = connection.execute(
        select(runs.c.number, runs.c.started, run_states.c.state, run_states.c.count)
        .join(runs, runs.c.id == run_states.c.run_id)
        .where(run_states.c.brin == brin, run_states.c.vestiging == vestiging)
        .order_by(runs.c.number.desc())
    )
    found = []
    for (_number, began), states in groupby(rows, key=lambda row: (row.number, row.started)):
        count: dict[str, int] = {row.state: row._mapping["count"] for row in states}
        found.append(RunOfSchool(began, count.get("ready", 0), count.get("held", 0), count.get("rejected", 0)))
        if len(found) == most:
            break
    return found


def known_causes(connection: Connection) -> dict[str, CauseParts]:
    """Every cause that ever blocked a dossier, by its id as it stands in `DossierStatus.causes`."""
    return {str(row.id): (row.code, row.rule, row.target, row.detail) for row in connection.execute(select(causes))}


def _line(before: DossierStatus, now: DossierStatus) -> DossierStatus:
    return now if now.state != GONE else before._replace(state=GONE, causes="")


def _write(ledger: Ledger, lines: list[dict[str, Any]]) -> None:
    if lines:
        with ledger.write() as connection:
            # of a run that stopped while it wrote them some lines may be there
            there = select(history.c.dossier_id).where(
                history.c.run_id == lines[0]["run_id"],
                history.c.dossier_id.in_([line["dossier_id"] for line in lines]),
            )
            known = set(connection.scalars(there))
            fresh = [line for line in lines if line["dossier_id"] not in known]
            if fresh:
                connection.execute(insert(history), fresh)
        lines.clear()


def _number(run_id: str) -> ScalarSelect[int]:
    return select(runs.c.number).where(runs.c.id == run_id).scalar_subquery()


def _of_its_kind(run_id: str) -> ColumnElement[bool]:
    """Of a run: it was for the same version and transfer as this one."""
    this = runs.alias("this_run")
    return exists().where(this.c.id == run_id, this.c.oso == runs.c.oso, this.c.overstap == runs.c.overstap)


def _latest(connection: Connection, run_id: str, *only: ColumnElement[bool]) -> Iterator[tuple[str, DossierStatus]]:
    """The last line up to and with this run of every dossier of its version and transfer, by dossier id."""
    rows = in_pages(
        connection,
        select(history)
        .join(runs, runs.c.id == history.c.run_id)
        .where(_of_its_kind(run_id), runs.c.number <= _number(run_id), *only)
        .order_by(history.c.dossier_id, runs.c.number),
    )
    for dossier_id, lines in groupby(rows, key=lambda row: row.dossier_id):
        *_, last = lines
        yield dossier_id, DossierStatus(last.brin, last.vestiging, last.state, last.causes)


def _current(connection: Connection, run_id: str, known: "_Causes") -> Iterator[tuple[str, DossierStatus]]:
    """How the dossiers of a run stand in the ledger now, by dossier id."""
    rows = in_pages(connection,
        select(
            dossiers.c.dossier_id, dossiers.c.brin, dossiers.c.vestiging, dossiers.c.state,
            findings.c.code, REASON.label("rule"), findings.c.target, findings.c.place, findings.c.note,
        )
        .select_from(
            dossiers.outerjoin(findings, (findings.c.dossier == dossiers.c.id) & (findings.c.severity == "error"))
        )
        .where(dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.not_in(UNCOUNTED))
        .order_by(dossiers.c.dossier_id)
    )  # fmt: skip
    for dossier_id, group in groupby(rows, key=lambda row: row.dossier_id):
        lines = list(group)
        ids = {
            known.id_of(row.code, row.rule, row.target, detail_of(row.note, row.place))
            for row in lines
            if row.code is not None
        }
        first = lines[0]
        blocking = " ".join(str(number) for number in sorted(ids))
        yield dossier_id, DossierStatus(first.brin, first.vestiging, first.state, blocking)


def _parts(code: str, rule: str, target: str, detail: str) -> CauseParts:
    """As in the report: an OSO rule speaks for itself, the schema by what it says, anything else by its code."""
    if catalogue.entry(code).layer != "oso":
        return code, "", "", ""
    return (code, rule, "", "") if rule else (code, "", target, detail)


def _side_by_side(
    before: Iterator[tuple[str, DossierStatus]], after: Iterator[tuple[str, DossierStatus]]
) -> Iterator[tuple[str, DossierStatus, DossierStatus]]:
    """Two rows in the same order as one: (dossier id, in the first, in the second); NOWHERE where it is not."""
    left, right = next(before, None), next(after, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None  # noqa: S101  the loop's condition
            yield left[0], left[1], NOWHERE
            left = next(before, None)
        elif left is None or right[0] < left[0]:
            yield right[0], NOWHERE, right[1]
            right = next(after, None)
        else:
            yield left[0], left[1], right[1]
            left, right = next(before, None), next(after, None)


class _Causes:
    """Gives every cause its number; there are some dozens."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[CauseParts, int] = {}  # by what the finding says
        with ledger.read() as connection:
            self._ids = {parts: int(number) for number, parts in known_causes(connection).items()}

    def id_of(self, code: str, rule: str, target: str, detail: str) -> int:
        """The number of the cause in a finding."""
        said = (code, rule, target, detail)
        number = self._seen.get(said)
        if number is None:
            number = self._number(_parts(*said))
            if len(self._seen) < _REMEMBERED:
                self._seen[said] = number
        return number

    def _number(self, parts: CauseParts) -> int:
        number = self._ids.get(parts)
        if number is None:
            values = dict(zip(("code", "rule", "target", "detail"), parts, strict=True))
            with self._ledger.write() as connection:
                number = connection.scalar(insert(causes).values(values).returning(causes.c.id))
            assert number is not None  # noqa: S101  it was just made
            self._ids[parts] = number
        return number
