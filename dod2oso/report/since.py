"""What changed between two runs, dossier by dossier, and how every school stood after each run."""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, select

from dod2oso.base.errors import UsageError
from dod2oso.ledger import history
from dod2oso.ledger.exports import ASIDE
from dod2oso.ledger.tables import exports, run_exports, run_states, runs
from dod2oso.report.extras import CauseChange, Changes, SchoolChange, SchoolTrend, StateMove, TrendPoint
from dod2oso.report.texts import CauseKey, Lexicon

PREVIOUS = "previous"  # the run before


def find_run(connection: Connection, wanted: str, run_id: str) -> str:
    """The finished run that `--since` means: its id or the beginning of it, or `previous`.

    UsageError when there is none, when several begin like that, or when it was for another version or transfer.
    """
    earlier = _earlier(connection, run_id)
    if wanted == PREVIOUS:
        if not earlier:
            raise UsageError("no-earlier-run")
        return str(earlier[-1].id)
    found = [row.id for row in earlier if row.id == wanted] or [row.id for row in earlier if row.id.startswith(wanted)]
    if len(found) == 1 and wanted:
        return str(found[0])
    known = ", ".join(row.id for row in earlier[-5:]) or "-"
    raise UsageError("earlier-run-unknown", wanted=wanted, known=known)


def previous_run(connection: Connection, run_id: str) -> str | None:
    """The finished run before this one for the same OSO version and transfer."""
    earlier = _earlier(connection, run_id)
    return str(earlier[-1].id) if earlier else None


def changes(connection: Connection, since: str, run_id: str, words: Lexicon) -> Changes:
    """What changed between the end of run `since` and that of `run_id`. Memory: causes and schools, no dossiers."""
    moves: Counter[tuple[str, str]] = Counter()
    before, after, solved, new = (Counter[str]() for _ in range(4))
    schools: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for same, n in history.unmoved(connection, since, run_id):
        moves[same.state, same.state] += n
        for number in same.causes.split():
            before[number] += n
            after[number] += n
    for _dossier, then, now in history.moved(connection, since, run_id):
        moves[then.state, now.state] += 1
        had, has = set(then.causes.split()), set(now.causes.split())
        before.update(had)
        after.update(has)
        solved.update(had - has)
        new.update(has - had)
        what = _what(then.state, now.state)
        if what:
            place = now if now.state else then
            schools[place.brin, place.vestiging][what] += 1
    parts = history.known_causes(connection)
    told = [
        CauseChange(CauseKey(*parts[number]), words.cause(CauseKey(*parts[number])).text,
                    before[number], after[number], solved[number], new[number])
        for number in before | after
        if solved[number] or new[number]
    ]  # fmt: skip
    told.sort(key=lambda change: (-change.solved, -change.new, change.key))
    return Changes(
        since=since,
        since_started=connection.scalar(select(runs.c.started).where(runs.c.id == since)) or "",
        same_inputs=_inputs(connection, since) == _inputs(connection, run_id),
        moves=tuple(StateMove(*pair, n) for pair, n in sorted(moves.items())),
        causes=tuple(told),
        schools=tuple(
            SchoolChange(brin, vestiging, counts["ready"], counts["back"], counts["new"], counts["gone"])
            for (brin, vestiging), counts in sorted(schools.items())
        ),
    )


def trends(connection: Connection, run_id: str) -> tuple[SchoolTrend, ...]:
    """Every school over the finished runs up to this one, oldest first; runs without the school are left out."""
    order = [*_earlier(connection, run_id), *_this(connection, run_id)]
    started = {row.id: row.started for row in order}
    counts: defaultdict[tuple[str, str], defaultdict[str, Counter[str]]]
    counts = defaultdict(lambda: defaultdict(Counter))
    for row in connection.execute(select(run_states)):
        if row.run_id in started:
            counts[row.brin, row.vestiging][row.run_id][row.state] = row._mapping["count"]
    return tuple(
        SchoolTrend(
            brin,
            vestiging,
            tuple(
                TrendPoint(run, started[run], by_run[run]["ready"], by_run[run]["held"], by_run[run]["rejected"])
                for run in started
                if run in by_run
            ),
        )
        for (brin, vestiging), by_run in sorted(counts.items())
    )


def _what(then: str, now: str) -> str:
    if then == now:
        return ""
    if then == history.GONE:
        return "new"
    if now == history.GONE:
        return "gone"
    return "ready" if now == "ready" else "back" if then == "ready" else ""


def _earlier(connection: Connection, run_id: str) -> list[Any]:
    """The finished runs before this one for its version and transfer, of which the history is known; oldest first."""
    this = connection.execute(select(runs).where(runs.c.id == run_id)).one()
    rows = connection.execute(
        select(runs.c.id, runs.c.started)
        .where(runs.c.oso == this.oso, runs.c.overstap == this.overstap, runs.c.status == "done")
        .where(runs.c.number < this.number, runs.c.id.in_(select(run_states.c.run_id)))
        .order_by(runs.c.number)
    )
    return list(rows.all())


def _this(connection: Connection, run_id: str) -> list[Any]:
    return list(connection.execute(select(runs.c.id, runs.c.started).where(runs.c.id == run_id)).all())


def _inputs(connection: Connection, run_id: str) -> set[int]:
    chosen = select(run_exports.c.export_id).join(exports, exports.c.id == run_exports.c.export_id)
    return set(connection.scalars(chosen.where(run_exports.c.run_id == run_id, exports.c.profile.not_in(ASIDE))))
