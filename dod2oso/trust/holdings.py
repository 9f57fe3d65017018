"""What an output folder holds, how old it is, and what of it is over its term; and per school what to do when.

When a pupil left school is not known here, so the moment we made a copy stands for it (certainty: see retention.yaml).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select

from dod2oso.base.pseudonym import COPIES
from dod2oso.handover.store import FEEDBACK_FOLDER
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import ACKNOWLEDGED, FETCHED
from dod2oso.ledger.places import ARRIVED, INSPECTION, PACKAGES, PARTS, RECEIVED
from dod2oso.ledger.runs import newest_run
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, runs
from dod2oso.report.write import FOLDER, MASKED_FOLDER
from dod2oso.source.container.discreet import LIST
from dod2oso.trust.terms import retention


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing: how many, the oldest of them, and how many are over their term."""

    what: str  # as in retention.yaml
    count: int
    oldest: str  # a date; "" when there is none
    over: int


class School(NamedTuple):
    """A school of which all that was ready has been handed over: until when its copies are still needed."""

    brin: str
    dossiers: int
    waiting: int  # of its dossiers the ones that are not ready: they were not handed over
    last: str  # date of the last hand-over
    until: str  # date
    over: bool


def holdings(ledger: Ledger, out_dir: Path, today: date, days: int, typed: Sequence[Path] = ()) -> list[Holding]:
    """Everything in the folder; `days` after a hand-over a dossier is over its term.

    `typed`: files of the project with what people typed on a page for this folder.
    """
    limit = _limit(today)
    made = list(_made(ledger, today, days))
    found = [_of("dossiers", made), _of("ledger", made)]
    by_age: dict[str, Iterable[Path]] = {
        "outbox": out_dir.glob("outbox/*.xml*"),
        "report": [*out_dir.glob(f"{FOLDER}/*"), *out_dir.glob(f"{MASKED_FOLDER}/*")],
        "terugkoppeling": out_dir.glob(f"{FEEDBACK_FOLDER}/*/*"),
        "reservekopie": out_dir.glob(f"{COPIES}/*/*"),
        "namen": out_dir.glob(LIST),
        "inzage": out_dir.glob(f"{INSPECTION}/*/*"),
        "pakketten": out_dir.glob(f"{PACKAGES}/*/*"),
        "delen": out_dir.glob(f"{PARTS}/*"),
        "ontvangen": out_dir.glob(f"{RECEIVED}/*/*"),
        "binnengekomen": out_dir.glob(f"{ARRIVED}/*/*"),
        "ingevuld": typed,
    }
    for what, paths in by_age.items():
        dates = [_day(path) for path in paths if path.is_file()]
        found.append(_of(what, [(day, day < limit) for day in dates]))
    return found


def completed(ledger: Ledger, today: date, days: int) -> list[School]:
    """Schools of which nothing ready is left to hand over, the one that was ready first first."""
    done = (FETCHED, ACKNOWLEDGED)
    with ledger.read() as connection:
        rows = connection.execute(
            select(dossiers.c.brin, dossiers.c.state, handovers.c.state.label("gone"), handovers.c.at)
            .select_from(
                dossiers.outerjoin(
                    handovers,
                    (handovers.c.dossier_id == dossiers.c.dossier_id) & (handovers.c.sha256 == dossiers.c.sha256),
                )
            )
            .where(dossiers.c.brin != "", dossiers.c.state != "merged")
        ).all()
    schools: dict[str, list[Any]] = {}
    for row in rows:
        schools.setdefault(row.brin, []).append(row)
    found = []
    for brin, mine in schools.items():
        ready = [row for row in mine if row.state == "ready"]
        if ready and all(row.gone in done for row in ready):
            last = max(row.at for row in ready)[:10]
            until = date.fromisoformat(last) + timedelta(days=days)
            found.append(School(brin, len(mine), len(mine) - len(ready), last, until.isoformat(), until < today))
    return sorted(found, key=lambda school: (school.until, school.brin))


def days_of(setting: int | None) -> int:
    """The days after a hand-over, as set, else as proposed."""
    return retention().limits.days_after_handover if setting is None else setting


def _made(ledger: Ledger, today: date, days: int) -> Iterator[tuple[date, bool]]:
    """Of every dossier when it was made, and whether it is over its term."""
    gone = select(func.max(handovers.c.at)).where(
        handovers.c.dossier_id == dossiers.c.dossier_id, handovers.c.state.in_((FETCHED, ACKNOWLEDGED))
    )
    chosen = select(runs.c.started, gone.scalar_subquery().label("gone")).select_from(
        dossiers.outerjoin(runs, runs.c.number == newest_run(dossiers.c.export_id))
    )
    limit, handed = _limit(today), today - timedelta(days=days)
    with ledger.read() as connection:
        for row in connection.execute(chosen):
            day = date.fromisoformat(row.started[:10]) if row.started else today
            over = row.gone is not None and date.fromisoformat(row.gone[:10]) < handed
            yield day, over or day < limit


def _of(what: str, found: Sequence[tuple[date, bool]]) -> Holding:
    oldest = min((day for day, _ in found), default=None)
    return Holding(what, len(found), oldest.isoformat() if oldest else "", sum(over for _, over in found))


def _limit(today: date) -> date:
    years = retention().terms[retention().limits.most].years
    assert years is not None  # noqa: S101  a test looks at the file
    return today.replace(year=today.year - years, day=min(today.day, 28))


def _day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
