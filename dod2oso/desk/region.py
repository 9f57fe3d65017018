"""The schools of a transfer as the last run left them, kept until its ledger changes: a page may be asked for often."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from dod2oso.base.clock import run_date
from dod2oso.desk.desk import At
from dod2oso.desk.kept import Kept
from dod2oso.desk.status import stamp
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.store import Ledger
from dod2oso.project.planning import Planning, SchoolPlan, planning
from dod2oso.report.actions import ActionPart, actions_by_school, waiting_statuses
from dod2oso.report.extras import Changes
from dod2oso.report.facts import run_facts
from dod2oso.report.model import undelivered
from dod2oso.report.since import changes, previous_run
from dod2oso.report.texts import Lexicon


@dataclass(frozen=True, slots=True)
class Region:
    """`run`: the last one; `actions`: by school what must be done, in order; `changes`: by it."""

    run: str
    oso: str
    plan: Planning
    actions: dict[tuple[str, str], tuple[ActionPart, ...]]
    changes: Changes | None

    def school(self, brin: str, vestiging: str) -> SchoolPlan | None:
        """The school with this number, None when it is not of this project."""
        return next(
            (one for one in self.plan.schools if (one.part.brin, one.part.vestiging) == (brin, vestiging)), None
        )


class _Key(NamedTuple):
    files: tuple[tuple[int, int], ...]
    day: date
    deadline: date | None
    lang: str


_kept: Kept[Region | None] = Kept()


def region(at: At, lang: str) -> Region | None:
    """How the schools stand; None before the first run."""
    settings, today = at.project.transfers[at.transfer], run_date(None)
    key = _Key(stamp(at), today, settings.deadline, lang)
    return _kept.of(at.out, key, lambda: _read(at, today, lang) if (at.out / LEDGER_FILE).is_file() else None)


def _read(at: At, today: date, lang: str) -> Region | None:
    with Ledger.open(at.out, create=False) as ledger:
        run = ledger.last_run()
        if run is None:
            return None
        plan = planning(ledger, run, at.project.transfers[at.transfer], today, lang)
        with ledger.read() as connection:
            facts = run_facts(connection, run)
            words = Lexicon(lang, facts.oso, facts.overstap)
            parts = (one.part for one in plan.schools)
            actions = actions_by_school(waiting_statuses(connection, run), undelivered(parts), words, facts.oso)
            before = previous_run(connection, run)
            changed = changes(connection, before, run, words) if before is not None else None
    return Region(run, facts.oso, plan, actions, changed)
