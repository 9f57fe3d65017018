"""How a project stands, in five lines per transfer: what it is, what came, from whom, how far, and what to do now."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dod2oso.base.folderlock import refuse_locked
from dod2oso.base.texts import Text
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import states_said
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.runs import last_run
from dod2oso.ledger.store import Ledger
from dod2oso.project.folder import EXPORTS, ProjectFolder
from dod2oso.project.inbox import Inbox, anything_new
from dod2oso.report import queries
from dod2oso.report.status import ledger_status
from dod2oso.source.register import EMPTY, Register, read_register

_NAMED = 5  # schools named in a line
_OVER = frozenset({"staged", "fetched", "offered", "acknowledged"})  # handovers that count as handed over


@dataclass(frozen=True, slots=True)
class TransferStatus:
    """How one transfer stands. `state` in the shape of `status --json`; `missing`: schools of which nothing came."""

    transfer: str
    state: dict[str, Any]
    lines: tuple[Text, ...]


def project_status(project: ProjectFolder, today: date) -> tuple[TransferStatus, ...]:
    """How each transfer of the project stands."""
    inbox = project.inbox()
    path = project.register
    register = EMPTY if path is None else read_register(path, project.directories)
    return tuple(_transfer_status(project, name, inbox, register, today) for name in project.transfers)


def _transfer_status(
    project: ProjectFolder, transfer: str, inbox: Inbox, register: Register, today: date
) -> TransferStatus:
    out = project.out(transfer)
    refuse_locked(out)  # a folder without its ledger looks as if nothing was done yet
    none = dict.fromkeys(STATES, 0)
    state: dict[str, Any] = {"format": 1, "run": None, "exports": [], "dossiers": none, "handovers": {}}
    there: set[tuple[str, str]] = set()
    if (out / LEDGER_FILE).is_file():
        with Ledger.open(out, create=False) as ledger:
            state = ledger_status(ledger)
            there = _delivered(ledger)
    lines = (
        _what(project, transfer, today),
        Text("stand-inbox", exports=inbox.files, supplements=len(inbox.supplements), last=_last(state)),
        _from_whom(register, there),
        _how_far(state),
        Text("stand-next", next=_next(out, inbox, state)),
    )
    return TransferStatus(transfer, state, lines)


def _what(project: ProjectFolder, transfer: str, today: date) -> Text:
    settings = project.transfers[transfer]
    name = project.project.name or project.home.name
    if settings.deadline is None:
        return Text("stand-transfer", project=name, transfer=transfer)
    days = (settings.deadline - today).days
    if days < 0:
        return Text("stand-transfer-late", project=name, transfer=transfer, day=_day(settings.deadline), days=-days)
    return Text("stand-transfer-days", project=name, transfer=transfer, day=_day(settings.deadline), days=days)


def _day(day: date) -> str:
    return f"{day.day:02}-{day.month:02}-{day.year}"


def _last(state: dict[str, Any]) -> Text:
    run = state["run"]
    if run is None:
        return Text("stand-no-run")
    moment = datetime.fromisoformat(run["started"]).astimezone()
    return Text("stand-last-run", moment=f"{_day(moment.date())} {moment:%H:%M}")


def _delivered(ledger: Ledger) -> set[tuple[str, str]]:
    with ledger.read() as connection:
        run = last_run(connection)
        return {(row.brin, row.vestiging) for row in queries.states(connection, run.id)} if run is not None else set()


def _from_whom(register: Register, there: set[tuple[str, str]]) -> Text:
    expected = register.expected
    if not expected:
        return Text("stand-schools-unknown", there=len({key for key in there if key[0]}))
    missing = [f"{school.name or school.brin} ({school.brin})" for key, school in expected.items() if key not in there]
    here = len(expected) - len(missing)
    said = (
        Text("stand-schools", there=here, expected=len(expected), missing=_some(missing))
        if missing
        else Text("stand-schools-all", expected=len(expected))
    )
    strange = sorted(f"{brin}-{vestiging}" for brin, vestiging in there - expected.keys() if brin)
    return Text("stand-schools-strange", said=said, strange=_some(strange)) if strange else said


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def _how_far(state: dict[str, Any]) -> Text:
    counts, over = state["dossiers"], state.get("handovers", {})
    return Text(
        "stand-dossiers",
        total=sum(counts.values()),
        states=states_said(**counts),
        over=sum(n for name, n in over.items() if name in _OVER),
    )


def _next(out: Path, inbox: Inbox, state: dict[str, Any]) -> Text:
    run = state["run"]
    if not inbox.files:
        return Text("next-drop", folder=EXPORTS)
    if run is None or run["status"] != "done" or anything_new(out, inbox):
        return Text("next-run")
    unread = [export["name"] for export in state["exports"] if export["status"] == "unreadable"]
    if unread:
        return Text("next-unread", count=len(unread), page=out / "report" / "gaps.html")
    if state["dossiers"]["held"] + state["dossiers"]["rejected"]:
        return Text("next-fill", book=out / "report" / "aanvulling.xlsx")
    return Text("next-send", folder=out / "outbox")
