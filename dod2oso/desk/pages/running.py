"""Run: convert what came in, see how far it is, stop it, answer what it asks."""

import json

from dod2oso.base.texts import Text
from dod2oso.desk.ahead import look_ahead
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.opened import Opened
from dod2oso.desk.region import region
from dod2oso.desk.working import Order, Work, minutes
from dod2oso.project.inbox import anything_new


def _page(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    work = ask.desk.job(at.id)
    state, question, left = (work.state, work.question, work.left) if work is not None else ("", None, None)
    going = work is not None and not work.over
    found = region(at, ask.desk.lang) if not going else None
    if not going:
        look_ahead(ask.desk, at.id, Opened(at.project, at.handover))  # what it left is read before anybody asks
    inbox = at.project.inbox()
    return Page(
        "run.html.j2",
        Text("desk-menu-run"),
        {
            "url": at.url, "work": work, "state": state, "going": going, "question": question,
            "new": anything_new(at.out, inbox), "files": inbox.files,
            "changes": found.changes if found is not None else None,
            "share": round(100 * work.share) if work is not None else 0,
            "left": minutes(left) if left is not None else None,
        },
    )  # fmt: skip


def _start(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    work = ask.desk.works.get(at.id)
    if work is None or work.over:
        ask.desk.works[at.id] = work = Work()
        work.start(Order(at.project.home, ask.desk.load, ask.desk.lang, tuple(ask.desk.pins(at.id))))
    return Go(f"{at.url}/run")


def _stop(ask: Ask) -> Answer:
    at, work = _work(ask)
    work.stop()
    return Go(f"{at.url}/run")


def _answer(ask: Ask) -> Answer:
    at, work = _work(ask)
    work.answer(ask.field("answer") == "yes")
    return Go(f"{at.url}/run")


def _work(ask: Ask) -> tuple[At, Work]:
    at = ask.desk.at(ask)
    if at.id not in ask.desk.works:
        raise NotHere
    return at, ask.desk.works[at.id]


def _state(ask: Ask) -> Answer:
    """For the script of the page: how far it is, and whether the page says something else by now."""
    _at, work = _work(ask)
    return Download("state.json", json.dumps(work.told(ask.desk.lang)).encode(), "application/json")


ROUTES = (
    Route("GET", "/p/{project}/{transfer}/run", _page),
    Route("POST", "/p/{project}/{transfer}/run", _start),
    Route("POST", "/p/{project}/{transfer}/run/stop", _stop),
    Route("POST", "/p/{project}/{transfer}/run/answer", _answer),
    Route("GET", "/p/{project}/{transfer}/run/state", _state),
)
