"""The region against its deadline: what is open of every school, who does it, by when, and whether the pace will do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.ledger.store import Ledger
from dod2oso.project.calendar import Event, events
from dod2oso.project.ics import Day
from dod2oso.project.pace import Forecast, Point, burn_down, forecast, together
from dod2oso.project.settings import TransferSettings
from dod2oso.report.model import SchoolPart, run_and_schools

BY_SCHOOL = frozenset({"nothing", "unreadable", "incomplete"})  # stands in which only the school can do something


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """One school; `deadline`: its own, else that of the transfer; `line`: what was open, by day."""

    part: SchoolPart
    deadline: date | None
    line: tuple[Point, ...]
    forecast: Forecast | None

    @property
    def open(self) -> int:
        """Dossiers that are not ready yet, with those that did not come."""
        return max(self.part.expected or 0, self.part.dossiers.total) - self.part.dossiers.ready

    @property
    def asks_school(self) -> bool:
        """Whether there is something that the school itself can do."""
        return self.part.stand in BY_SCHOOL or any(each.who == "school" for each in self.part.waits_for)


@dataclass(frozen=True, slots=True)
class Planning:
    """A transfer on a day."""

    transfer: str
    today: date
    deadline: date | None
    schools: tuple[SchoolPlan, ...]
    line: tuple[Point, ...]
    forecast: Forecast | None
    events: tuple[Event, ...]

    @property
    def open(self) -> int:
        """Of all schools together."""
        return sum(school.open for school in self.schools)


def planning(ledger: Ledger, run_id: str, settings: TransferSettings, today: date, lang: str) -> Planning:
    """How the last run stands against the deadlines."""
    with ledger.read() as connection:
        run, known = run_and_schools(connection, run_id, lang)
        parts = {(part.brin, part.vestiging): part for part in known if part.brin}
        lines = burn_down(connection, run_id, {key: part.expected or 0 for key, part in parts.items()})
    plans = []
    for key, part in parts.items():
        deadline = date.fromisoformat(part.deadline) if part.deadline else settings.deadline
        line = tuple(lines.get(key, ()))
        plans.append(SchoolPlan(part, deadline, line, forecast(line)))
    total = tuple(together({key: line for key, line in lines.items() if key in parts}))
    dates = events(run.overstap, settings.calendar, settings.deadline or today)
    return Planning(run.overstap, today, settings.deadline, tuple(plans), total, forecast(total), tuple(dates))


def agenda(plan: Planning, lang: str) -> list[Day]:
    """For an agenda: the dates of the transfer, its deadline, and those of schools with something open."""
    days = [Day(event.first, event.last, event.what[lang]) for event in plan.events]
    by_day: dict[date, list[SchoolPlan]] = {}
    for school in plan.schools:
        if school.open and school.deadline is not None and school.deadline != plan.deadline:
            by_day.setdefault(school.deadline, []).append(school)
    if plan.deadline is not None:
        title = Text("plan-agenda-last", transfer=plan.transfer)
        days.append(Day(plan.deadline, plan.deadline, title.text(lang)))
    for day, schools in by_day.items():
        names = ", ".join(_name(school.part) for school in schools)
        days.append(Day(day, day, Text("plan-agenda-school", transfer=plan.transfer, schools=names).text(lang)))
    return sorted(days)


def lines(plan: Planning, lang: str) -> list[str]:
    """For a person: all together, then every school with something open, the first deadline first, then the dates."""
    head = Text(
        "plan-total", transfer=plan.transfer, open=plan.open, until=until_said(plan.deadline, plan.today),
        pace=pace_said(plan.line, plan.forecast, plan.deadline),
    )  # fmt: skip
    said = [head]
    late = date.max
    for school in sorted(plan.schools, key=lambda one: (one.deadline or late, -one.open, one.part.brin)):
        if school.open:
            pace = pace_said(school.line, school.forecast, school.deadline)
            said.append(
                Text(
                    "plan-school", school=_name(school.part), open=school.open, who=who_said(school, lang),
                    until=until_said(school.deadline, plan.today), pace=pace,
                )
            )  # fmt: skip
    for event in plan.events:
        if event.last >= plan.today:
            days = shown(event.last) if event.first == event.last else f"{shown(event.first)} - {shown(event.last)}"
            said.append(Text("plan-event", days=days, what=event.what[lang], certainty=event.certainty))
    return [line.text(lang) for line in said]


def as_json(plan: Planning) -> dict[str, Any]:
    """In the shape of `remind --json`: days are ISO."""
    return {
        "transfer": plan.transfer, "today": plan.today.isoformat(), "deadline": _iso(plan.deadline), "open": plan.open,
        "line": _points(plan.line), "forecast": _forecast(plan.forecast),
        "schools": [
            {
                "brin": school.part.brin, "vestiging": school.part.vestiging, "name": school.part.name,
                "stand": school.part.stand, "open": school.open, "deadline": _iso(school.deadline),
                "waits_for": {each.who: each.dossiers for each in school.part.waits_for},
                "line": _points(school.line), "forecast": _forecast(school.forecast),
            }
            for school in plan.schools
        ],
        "dates": [
            {"name": event.name, "from": _iso(event.first), "until": _iso(event.last), "certainty": event.certainty,
             "own": event.own}
            for event in plan.events
        ],
    }  # fmt: skip


def shown(day: date) -> str:
    """A day as people here write it."""
    return f"{day:%d-%m-%Y}"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _points(line: tuple[Point, ...]) -> list[dict[str, Any]]:
    return [{"day": point.day.isoformat(), "open": point.open} for point in line]


def _forecast(found: Forecast | None) -> dict[str, Any] | None:
    return None if found is None else {name: _iso(day) for name, day in found._asdict().items()}


def _name(part: SchoolPart) -> str:
    return f"{part.brin}-{part.vestiging} {part.name}".strip()


_WHO: Mapping[str, str] = {"school": "plan-who-school", "bestuur": "plan-who-board", "besluit": "plan-who-decide"}


def who_said(school: SchoolPlan, lang: str) -> str:
    """Who must do what for a school."""
    stand = school.part.stand
    if stand in BY_SCHOOL:
        return Text(f"plan-do-{stand}").text(lang)
    waits = [Text(_WHO[each.who], count=each.dossiers) for each in school.part.waits_for]
    return ", ".join(each.text(lang) for each in waits) or Text("plan-do-none").text(lang)


def until_said(deadline: date | None, today: date) -> Text:
    """The last day, and how many days that is from today."""
    if deadline is None:
        return Text("plan-no-deadline")
    days = (deadline - today).days
    return Text("plan-late", day=shown(deadline), days=-days) if days < 0 else Text(
        "plan-days", day=shown(deadline), days=days
    )  # fmt: skip


def pace_said(line: tuple[Point, ...], found: Forecast | None, deadline: date | None) -> Text:
    """When it is ready at this pace, and whether that is in time."""
    if not line or not line[-1].open:
        return Text("plan-pace-done")
    if found is None:
        return Text("plan-pace-unknown")
    in_time = deadline is None or (found.latest is not None and found.latest <= deadline)
    too_late = deadline is not None and found.earliest > deadline
    verdict = Text("plan-enough") if in_time else Text("plan-too-slow") if too_late else Text("plan-unsure")
    latest = shown(found.latest) if found.latest is not None else Text("plan-never")
    return Text(
        "plan-pace", day=shown(found.day), earliest=shown(found.earliest), latest=latest, verdict=verdict
    )  # fmt: skip
