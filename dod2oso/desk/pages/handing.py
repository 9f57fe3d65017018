"""Hand over: rehearse in the sandbox, see what may go and to whom, order it, follow each dossier, take it back."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dod2oso.base.errors import UsageError
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.handing import (
    REHEARSAL,
    SENDING,
    Ordered,
    in_hand,
    rehearsal_job,
    sending_job,
)
from dod2oso.desk.kept import Kept
from dod2oso.desk.region import Region, region
from dod2oso.desk.serving import SERVING, Listening, serving_job
from dod2oso.desk.status import stamp
from dod2oso.desk.working import Job, Order, Work, minutes
from dod2oso.handover import orders
from dod2oso.handover.foreseen import HandoverStatus, Overview, School, foreseen, overview, statuses
from dod2oso.handover.send import Sent, finished, selection
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.senders.sender import BRON, HTTP, OUTBOX
from dod2oso.handover.sending import Wish
from dod2oso.ledger.audit import system_account
from dod2oso.ledger.handovers import (
    ACKNOWLEDGED,
    EXPIRED,
    FETCHED,
    OFFERED,
    RECALL,
    REFUSED,
    STAGED,
    STAGING,
    UNKNOWN,
    WITHDRAWN,
)
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer
from dod2oso.sandbox.rehearsal import Rehearsed, rehearsed, sweep

RECEIVERS = "receivers"  # in a form with a file: who may fetch which dossiers
_ACCOUNT = 60  # signs
_TOLD = 20  # lines of what happened at the source system
_MISSED = 10  # dossiers that did not arrive, shown one by one
_COUNTS = ("ready", "go", "staged", "over", "back", "attention")  # columns: fields of Row, and how they are called
_WAITING, _OVER = (STAGING, STAGED, OFFERED), (FETCHED, ACKNOWLEDGED)
_ATTENTION = (REFUSED, UNKNOWN, RECALL, EXPIRED)  # of these a person must do something


class Row(NamedTuple):
    """A school in the overview, in dossiers."""

    code: str
    name: str
    ready: int
    go: int
    staged: int
    over: int
    back: int
    attention: int
    here: bool  # of the last run: it has a page of its own


class Source(NamedTuple):
    """The source system of this project, as the desk serves it. `state` "absent": the settings say nothing of one."""

    state: Literal["absent", "off", "starting", "on", "stopping"]
    at: Listening | None = None
    problem: Text | None = None
    told: Sequence[Text] = ()  # what happened, the last first
    asks_word: bool = False  # for the passphrase of its certificate


class Known(NamedTuple):
    """What the ledger says of handing over, read once until it changes."""

    overview: Overview
    rehearsed: Rehearsed | None
    where: dict[str, School]  # the school of each dossier that did not arrive in the rehearsal


_kept: Kept[Known] = Kept()


def _page(ask: Ask) -> Answer:
    return _overview(ask, ask.desk.at(ask))


def _overview(ask: Ask, at: At, problem: Text | None = None) -> Page:
    work = ask.desk.job(_key(at))
    found = region(at, ask.desk.lang)
    if found is None:
        return Page("nothing-yet.html.j2", Text("desk-menu-handover"), {"url": at.url})
    if work is None or work.over:
        sweep(at.out)
    known, names = _known(at), _names(found)
    rows = [_row(known.overview, school, names.get(school)) for school in known.overview.schools]
    last = known.rehearsed
    return Page(
        "handover.html.j2",
        Text("desk-menu-handover"),
        {
            "url": f"{at.url}/handover", "deliver": f"{at.url}/deliveries/upload", "run": f"{at.url}/run",
            "dossiers": f"{at.url}/dossiers", "fill": f"{at.url}/fill", "problem": problem,
            "qualify": f"{at.url}/qualify",
            "work": work, "share": round(100 * work.share) if work is not None else 0,
            "left": minutes(work.left) if work is not None and work.left is not None else None,
            "sent": _sent(work), "rows": rows, "last": last,
            "ready": sum(known.overview.ready.values()), "go": sum(known.overview.go.values()),
            "unfinished": known.overview.unfinished, "well": last is not None and last.complete,
            "missed": [
                (name, _code(known.where[name]) if name in known.where else "", why)
                for name, why in (last.missed if last is not None else ())
            ][:_MISSED],
            "more": max(0, len(last.missed) - _MISSED) if last is not None else 0,
            "to": sorted((to, n) for to, n in known.overview.to.items() if to), "nobody": known.overview.to[""],
            "brins": sorted({school[0]: names.get(school, "") for school in known.overview.schools}.items()),
            "own_brin": transfer(at.transfer).same_brin, "account": system_account(), "how": _how(at),
            "columns": [(key, Text(f"desk-heading-{key}")) for key in _COUNTS],
            "busy": Text(f"desk-job-busy-{work.name}") if work is not None else "",
            "stop": Text(f"desk-job-stop-{work.name}") if work is not None else "",
            "outbox": str(at.out / "outbox") if at.handover.sender == OUTBOX else "",
            "source": _source(ask, at) if at.handover.sender == BRON else None,
            "waiting": known.overview.total(*_WAITING), "fetched": known.overview.total(*_OVER),
        },
        200 if problem is None else 409,
    )  # fmt: skip


def _how(at: At) -> Text:
    """What handing over means with the sender of this project."""
    return Text(f"desk-hand-over-{at.handover.sender}")


def _row(found: Overview, school: School, name: str | None) -> Row:
    count: Counter[str] = found.states.get(school, Counter())

    def together(*states: str) -> int:
        return sum(count[state] for state in states)

    return Row(
        _code(school), name or "", found.ready[school], found.go[school], together(*_WAITING), together(*_OVER),
        together(WITHDRAWN), together(*_ATTENTION),
        name is not None,
    )  # fmt: skip


def _known(at: At) -> Known:
    return _kept.of(at.out, stamp(at), lambda: _read(at))


def _read(at: At) -> Known:
    with Ledger.open(at.out, create=False) as ledger:
        with ledger.read() as connection:
            last = rehearsed(connection)
        missed = [name for name, _why in last.missed] if last is not None else []
        return Known(overview(ledger), last, orders.schools_of(ledger, missed))


def _names(found: Region) -> dict[School, str]:
    return {(one.part.brin, one.part.vestiging): one.part.name for one in found.plan.schools}


def _sent(work: Work | None) -> list[Text]:
    """What handing over brought, as lines."""
    if work is None or work.name != SENDING or work.state != "done" or work.result is None:
        return []
    sent, nobody = work.result
    return [text for text, count in _lines(sent, nobody) if count or text.key == "desk-sent-staged"]


def _lines(sent: Sent, nobody: int) -> list[tuple[Text, int]]:
    pushed = sent.pushed
    counts = {
        "desk-sent-staged": sent.staged, "desk-sent-acknowledged": pushed.acknowledged,
        "desk-sent-refused": pushed.refused, "desk-sent-in-doubt": pushed.unknown + pushed.doubtful,
        "desk-sent-not-yet": pushed.left, "desk-sent-changed": sent.changed, "desk-sent-unfinished": sent.unfinished,
        "desk-sent-uninspected": sent.uninspected, "desk-sent-nobody": nobody,
    }  # fmt: skip
    lines = [(Text(key, count=count), count) for key, count in counts.items()]
    return lines if pushed.problem is None else [*lines, (pushed.problem.message, 1)]


# --- the two jobs --------------------------------------------------------------------------------------------------


def _rehearse(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    _begin(ask, at, REHEARSAL, rehearsal_job, None)
    return Go(f"{at.url}/handover#oefenen")


def _begin(ask: Ask, at: At, name: str, job: Job, details: Any, word: str = "", key: str = "") -> None:
    key = key or _key(at)
    work = ask.desk.works.get(key)
    if work is None or work.over:
        ask.desk.works[key] = work = Work(name)
        order = Order(at.project.home, ask.desk.load, ask.desk.lang, (word,) if word else (), at.transfer, details)
        work.start(order, job)


def _stop(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    _work(ask, at).stop()
    return Go(f"{at.url}/handover")


def _state(ask: Ask) -> Answer:
    work = _work(ask, ask.desk.at(ask))
    return Download("state.json", json.dumps(work.told(ask.desk.lang)).encode(), "application/json")


def _work(ask: Ask, at: At) -> Work:
    if _key(at) not in ask.desk.works:
        raise NotHere
    return ask.desk.works[_key(at)]


def _key(at: At) -> str:
    return f"{at.id}/{at.transfer}"


# --- being the source system ---------------------------------------------------------------------------------------


def _source(ask: Ask, at: At) -> Source:
    settings, work = at.handover, ask.desk.job(_serve_key(at))
    if settings.bron is None or settings.tls is None:
        return Source("absent")
    asks = settings.tls.passphrase_file is None and settings.tls.is_pkcs12
    if work is None or work.over:
        problem = work.problem if work is not None else None
        return Source("off", problem=problem, told=_told(work), asks_word=asks)
    if work.state == "stopping":
        return Source("stopping", told=_told(work))
    return Source("starting" if work.result is None else "on", work.result, told=_told(work))


def _told(work: Work | None) -> Sequence[Text]:
    return work.messages[: -_TOLD - 1 : -1] if work is not None else ()


def _serve(ask: Ask) -> Answer:
    """Let receivers fetch, until somebody says to stop."""
    at = ask.desk.at(ask)
    if at.handover.sender != BRON:
        raise NotHere
    try:
        who = _account(ask)
    except UsageError as error:
        return _overview(ask, at, error.message)
    _begin(ask, at, SERVING, serving_job, who, ask.field("word"), _serve_key(at))
    return Go(f"{at.url}/handover#bron")


def _stop_serving(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    work = ask.desk.works.get(_serve_key(at))
    if work is None:
        raise NotHere
    work.stop()
    return Go(f"{at.url}/handover#bron")


def _serve_key(at: At) -> str:
    """Its own: it goes on beside sending."""
    return f"{_key(at)}/{SERVING}"


# --- what goes, and to whom ----------------------------------------------------------------------------------------


def _allow(ask: Ask) -> Answer:
    """Say which school may fetch the dossiers of one school, or of all."""
    at = ask.desk.at(ask)
    try:
        who, brin = _account(ask), ask.field("brin")
        with in_hand(at.out, "send") as ledger:
            marked = orders.allow_selected(ledger, ask.field("to"), selection((), brin), who)
    except UsageError as error:
        return _overview(ask, at, error.message)
    ask.desk.say(Text("desk-allowed", count=len(marked), to=ask.field("to").upper()))
    return Go(f"{at.url}/handover#wie")


def allow_table(at: At, path: Path) -> int:
    """Mark who may fetch as a table says that was dropped on the page; how many pupils."""
    with in_hand(at.out, "send") as ledger:
        return len(orders.allow_table(ledger, Pseudonyms(load_key(at.out)), path, system_account()))


def _review(ask: Ask) -> Answer:
    """What would happen, in numbers, with the button that orders exactly that."""
    at = ask.desk.at(ask)
    try:
        who, brin = _account(ask), ask.field("brin")
        with Ledger.open(at.out, create=False) as ledger:
            finished(ledger)
            seen = foreseen(ledger, at.out, at.handover, selection((), brin))
    except UsageError as error:
        return _overview(ask, at, error.message)
    found = region(at, ask.desk.lang)
    names = _names(found) if found is not None else {}
    return Page(
        "handover-review.html.j2",
        Text("desk-review"),
        {
            "url": f"{at.url}/handover", "seen": seen, "brin": brin, "account": who, "how": _how(at),
            "rows": [(_code(school), names.get(school, ""), n) for school, n in sorted(seen.go.items())],
            "back": [(Text(f"desk-back-{reason}"), n) for reason, n in seen.back.items()],
            "nobody": seen.nobody if at.handover.sender == BRON else 0, "asks_word": _asks_word(at),
            "well": (last := _known(at).rehearsed) is not None and last.complete,
        },
    )  # fmt: skip


def _send(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    try:
        ordered = Ordered(Wish(brin=ask.field("brin")), _account(ask))
        selection((), ordered.wish.brin)
        if (last := _known(at).rehearsed) is None or not last.complete:
            raise UsageError("desk-rehearse-first")
    except UsageError as error:
        return _overview(ask, at, error.message)
    _begin(ask, at, SENDING, sending_job, ordered, ask.field("word"))
    return Go(f"{at.url}/handover#overdragen")


def _asks_word(at: At) -> bool:
    tls = at.handover.tls
    return at.handover.sender == HTTP and tls is not None and tls.passphrase_file is None


def _account(ask: Ask) -> str:
    """Who orders it, as it will stand in the ledger; UsageError when nobody says."""
    name = ask.field("account")
    if not name or not name.isprintable() or len(name) > _ACCOUNT:
        raise UsageError("desk-account-wrong", limit=_ACCOUNT)
    return name


# --- one school ----------------------------------------------------------------------------------------------------


def _school(ask: Ask) -> Answer:
    at, found, school = _chosen(ask)
    return _school_page(ask, at, found, school)


def _school_page(ask: Ask, at: At, found: Region, school: School, problem: Text | None = None) -> Page:
    with Ledger.open(at.out, create=False) as ledger:
        rows = statuses(ledger, found.run, school)
    return Page(
        "handover-school.html.j2",
        Text("desk-handover-school", school=_code(school)),
        {
            "rows": rows, "up": f"{at.url}/handover", "here": f"{at.url}/handover/{_code(school)}", "problem": problem,
            "dossiers": f"{at.url}/dossiers/{_code(school)}", "account": system_account(),
            "name": _names(found)[school], "words_of": lambda one: _stands(one).text(ask.desk.lang),
            "own_brin": transfer(at.transfer).same_brin,
            "doubt": any(one.handover is not None and one.handover.state == UNKNOWN for one in rows),
        },
        200 if problem is None else 409,
    )  # fmt: skip


def _stands(one: HandoverStatus) -> Text:
    return Text("desk-not-over") if one.handover is None else Text(f"page-handover-{one.handover.state}")


def _withdraw(ledger: Ledger, at: At, chosen: Sequence[Any], who: str, _ask: Ask) -> orders.Ordered:
    return orders.withdraw(ledger, at.out, local_senders(ledger, at.out), chosen, who)


def _retry(ledger: Ledger, at: At, chosen: Sequence[Any], who: str, ask: Ask) -> orders.Ordered:
    return orders.retry(ledger, at.out, chosen, who, not_arrived=ask.field("not-arrived") == "1")


def _confirm(ledger: Ledger, at: At, chosen: Sequence[Any], who: str, _ask: Ask) -> orders.Ordered:
    return orders.confirm(ledger, at.out, chosen, who)


_ORDERS: dict[str, Callable[[Ledger, At, Sequence[Any], str, Ask], orders.Ordered]] = {
    "withdraw": _withdraw, "retry": _retry, "confirm": _confirm,
}  # fmt: skip


def _order(ask: Ask) -> Answer:
    """What a person orders about chosen dossiers of a school; others are not touched, whatever a form says."""
    at, found, school = _chosen(ask)
    what, names = ask.field("order"), list(dict.fromkeys(ask.form.get("dossier", ())))
    if what not in _ORDERS:
        raise NotHere
    try:
        who = _account(ask)
        if not names:
            raise UsageError("desk-order-none")
        with in_hand(at.out, what) as ledger:
            mine = {one.id for one in statuses(ledger, found.run, school) if one.handover is not None}
            if not mine.issuperset(names):
                raise NotHere
            done = _ORDERS[what](ledger, at, orders.named(ledger, names), who, ask)
    except UsageError as error:
        return _school_page(ask, at, found, school, error.message)
    ask.desk.say(Text(f"desk-order-{what}", count=done.done))
    if done.recalled:
        ask.desk.say(Text("desk-order-recalled", count=done.recalled))
    if done.too_late:
        ask.desk.say(Text(f"desk-order-not-{what}", count=done.too_late))
    return Go(f"{at.url}/handover/{_code(school)}")


def _chosen(ask: Ask) -> tuple[At, Region, School]:
    at = ask.desk.at(ask)
    brin, _, vestiging = ask.path["school"].partition("-")
    found = region(at, ask.desk.lang)
    if found is None or found.school(brin, vestiging) is None:
        raise NotHere
    return at, found, (brin, vestiging)


def _code(school: School) -> str:
    return "-".join(filter(None, school))


_HERE = "/p/{project}/{transfer}/handover"
ROUTES = (
    Route("GET", _HERE, _page),
    Route("POST", _HERE + "/rehearse", _rehearse),
    Route("POST", _HERE + "/allow", _allow),
    Route("POST", _HERE + "/review", _review),
    Route("POST", _HERE + "/send", _send),
    Route("POST", _HERE + "/serve", _serve),
    Route("POST", _HERE + "/serve/stop", _stop_serving),
    Route("POST", _HERE + "/stop", _stop),
    Route("GET", _HERE + "/state", _state),
    Route("GET", _HERE + "/{school}", _school),
    Route("POST", _HERE + "/{school}", _order),
)
