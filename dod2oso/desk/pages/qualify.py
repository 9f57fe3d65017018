"""Qualification: rehearse the kits against ourselves or a system at an address, answer questions, read the report."""

import json
from typing import NamedTuple

from dod2oso.base.clock import now
from dod2oso.base.errors import Dod2osoError, UsageError
from dod2oso.base.files import make_private_dir
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.qualifying import QUALIFY, Rehearse, inputs_of, qualify_job
from dod2oso.desk.working import Order, Work, minutes
from dod2oso.ledger.audit import system_account
from dod2oso.qualify import outcome
from dod2oso.qualify.answers import ANSWERS, INPUTS, Inputs, read_answers, used_pupils, write_answers, write_inputs
from dod2oso.qualify.kept import FOLDER, PAGE, RESULT, keep, reported
from dod2oso.qualify.kit import Kit, kits, pupils
from dod2oso.qualify.outcome import STATES, Rehearsal, expected_text, is_asked

_AGAIN = "failed"  # instead of a group: what did not pass
_SAID = ("yes", "no", "n/a")
_KINDS = {PAGE: "text/html; charset=utf-8", RESULT: "application/json"}
_NOTE = 500  # signs


class Row(NamedTuple):
    """A scenario as it went, and its question with the answer."""

    name: str
    given: str
    state: str
    reason: str
    wrong: list[str]
    asks: str
    answer: outcome.Answer | None

    @property
    def said(self) -> Text | str:
        """The answer in words."""
        word = self.answer.answer.replace("/", "") if self.answer is not None else ""
        return Text(f"qualify-answer-{word}") if word else ""


def _list(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    rows = [(each, each.title(ask.desk.lang), len(each.scenarios), _counts(at, each)) for each in kits()]
    return Page(
        "qualify.html.j2",
        Text("desk-qualify-title"),
        {
            "rows": rows, "url": f"{at.url}/qualify", "states": STATES, "folder": str(at.project.home / FOLDER),
            "state_word": lambda state: Text(f"qualify-state-{state}").text(ask.desk.lang),
        },
    )  # fmt: skip


def _counts(at: At, chosen: Kit) -> dict[outcome.State, int] | None:
    """How the scenarios of a kit stand; None when it was never rehearsed, or what is kept of it cannot be read."""
    try:
        return reported(at.project.home / FOLDER, chosen).counts()
    except Dod2osoError:
        return None


def _one(ask: Ask) -> Answer:
    at, chosen = _chosen(ask)
    return _page(ask, at, chosen)


def _page(ask: Ask, at: At, chosen: Kit, problem: Text | None = None) -> Page:
    work = ask.desk.job(_key(at))
    lang, folder = ask.desk.lang, at.project.home / FOLDER
    answers = read_answers(folder / ANSWERS)
    made = _made(at, chosen)
    given = inputs_of(at.project.home, chosen)
    state, question = (work.state, work.question) if work is not None else ("", None)
    used, where = used_pupils(chosen), _elsewhere(chosen)
    return Page(
        "qualify-kit.html.j2",
        Text("desk-qualify-kit", title=chosen.title(lang)),
        {
            "url": f"{at.url}/qualify/{chosen.name}", "up": f"{at.url}/qualify", "problem": problem, "chosen": chosen,
            "work": work, "state": state, "going": work is not None and not work.over,
            "question": question if state == "asking" else None,
            "share": round(100 * work.share) if work is not None else 0,
            "left": minutes(work.left) if work is not None and work.left is not None else None,
            "here": work is not None and work.details == chosen.name,
            "groups": chosen.groups(), "again": _AGAIN, "failed": len(made.failed()) if made is not None else 0,
            "elsewhere": where, "address": given.source or given.receiver, "seconds": f"{given.seconds:g}",
            "cast": [(name, each, given.pgns()[name]) for name, each in pupils().items() if name in used],
            "rows": [_row(chosen, each, made, answers, lang) for each in chosen.scenarios],
            "state_word": lambda state: Text(f"qualify-state-{state}").text(lang),
            "mode": Text(f"qualify-mode-{made.mode}") if made is not None else "",
            "own_is": Text(f"desk-qualify-own-{where}") if where else "",
            "theirs_is": Text(f"desk-qualify-at-{where}") if where else "",
            "counts": made.counts() if made is not None else None, "made": made, "files": list(_KINDS),
            "who": system_account(), "note": _NOTE,
        },
        200 if problem is None else 409,
    )  # fmt: skip


def _made(at: At, chosen: Kit) -> Rehearsal | None:
    try:
        return reported(at.project.home / FOLDER, chosen)
    except UsageError:
        return None


def _row(
    chosen: Kit, name: str, made: Rehearsal | None, answers: dict[str, outcome.Answer], lang: str
) -> Row:  # fmt: skip
    scenario, result = chosen.scenarios[name], made.results.get(name) if made is not None else None
    asks = scenario.asks.text(lang) if scenario.asks is not None and is_asked(chosen, name) else ""
    wrong = [] if result is None else [expected_text(each, lang) for each in result.checked if each.seen is False]
    return Row(
        name, scenario.text(lang), result.state if result is not None else "",
        result.reason.text(lang) if result is not None and result.reason is not None else "", wrong, asks,
        answers.get(name) if asks else None,
    )  # fmt: skip


def _elsewhere(chosen: Kit) -> str:
    """What of this kit can be somebody else's: a mode of scene.Mode, "" for nothing."""
    return {"bron": "source", "doel": "receiver", "swv": "receiver"}.get(chosen.role, "")


# --- rehearsing ----------------------------------------------------------------------------------------------------


def _start(ask: Ask) -> Answer:
    """Rehearse all of a kit, a group of it, or what did not pass; against ourselves or at an address."""
    at, chosen = _chosen(ask)
    work = ask.desk.works.get(_key(at))
    if work is not None and not work.over:
        return Go(f"{at.url}/qualify/{chosen.name}")
    try:
        mode = _set(ask, at, chosen)
        names = _names(ask, at, chosen)
    except UsageError as error:
        return _page(ask, at, chosen, error.message)
    ask.desk.works[_key(at)] = work = Work(QUALIFY, details=chosen.name)
    details = Rehearse(chosen.name, mode, tuple(names))
    work.start(Order(at.project.home, ask.desk.load, ask.desk.lang, transfer=at.transfer, details=details), qualify_job)
    return Go(f"{at.url}/qualify/{chosen.name}")


def _set(ask: Ask, at: At, chosen: Kit) -> str:
    """Keep the address, the time to wait and the numbers as they were typed; the mode that follows."""
    from dod2oso.sandbox.start import check_url

    before, address = inputs_of(at.project.home, chosen), ask.field("address")
    where = _elsewhere(chosen)
    if not where or ask.field("where") != "elsewhere":
        return "own"
    check_url(address)
    numbers = dict(before.pupils)
    for name in used_pupils(chosen):
        typed = ask.field(f"p:{name}")
        if typed and not (len(typed) == 9 and typed.isascii() and typed.isdigit()):
            raise UsageError("qualify-pupil-wrong", file=INPUTS, name=name)
        if typed:
            numbers[name] = typed
    try:
        seconds = float(ask.field("seconds").replace(",", ".") or before.seconds)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise UsageError("desk-qualify-seconds")
    given = Inputs(kit=chosen.name, seconds=seconds, pupils=numbers, **{where: address})
    write_inputs(make_private_dir(at.project.home / FOLDER, tighten=False) / INPUTS, given, chosen)
    return where


def _names(ask: Ask, at: At, chosen: Kit) -> list[str]:
    only = ask.field("only")
    if only == _AGAIN:
        made = _made(at, chosen)
        return [name for name in chosen.scenarios if made is not None and name in made.failed()]
    return chosen.chosen([only] if only else [])


def _stop(ask: Ask) -> Answer:
    at, chosen = _chosen(ask)
    _work(ask, at).stop()
    return Go(f"{at.url}/qualify/{chosen.name}")


def _reply(ask: Ask) -> Answer:
    """What a person says of what they were asked to do at the other system."""
    at, chosen = _chosen(ask)
    _work(ask, at).answer(ask.field("answer") == "yes")
    return Go(f"{at.url}/qualify/{chosen.name}")


def _state(ask: Ask) -> Answer:
    at, _kit = _chosen(ask)
    return Download("state.json", json.dumps(_work(ask, at).told(ask.desk.lang)).encode(), "application/json")


def _work(ask: Ask, at: At) -> Work:
    if _key(at) not in ask.desk.works:
        raise NotHere
    return ask.desk.works[_key(at)]


def _key(at: At) -> str:
    return f"{at.id}/{QUALIFY}"


def _chosen(ask: Ask) -> tuple[At, Kit]:
    at = ask.desk.at(ask)
    found = next((each for each in kits() if each.name == ask.path["kit"]), None)
    if found is None:
        raise NotHere
    return at, found


# --- questions and the report --------------------------------------------------------------------------------------


def _answer(ask: Ask) -> Answer:
    """Keep what a person saw, and weigh the results with it."""
    at, chosen = _chosen(ask)
    name, said = ask.field("scenario"), ask.field("answer")
    if name not in chosen.scenarios or not is_asked(chosen, name) or said not in _SAID:
        raise NotHere
    folder = make_private_dir(at.project.home / FOLDER, tighten=False)
    known = read_answers(folder / ANSWERS)
    before = known.get(name)
    if (before.answer if before is not None else "") not in (ask.field("was"), said):
        return _page(ask, at, chosen, Text("desk-qualify-other", scenario=name))
    moment, note = now().isoformat(timespec="seconds"), " ".join(ask.field("note").split())[:_NOTE]
    known[name] = outcome.Answer(said, ask.field("by")[:60] or system_account(), moment, note)  # type: ignore[arg-type]
    write_answers(folder / ANSWERS, known)
    made = _made(at, chosen)
    if made is not None:
        keep(folder, made, ask.desk.lang)
    ask.desk.say(Text("desk-qualify-kept"))
    return Go(f"{at.url}/qualify/{chosen.name}#s-{name}")


def _fetch(ask: Ask) -> Answer:
    at, chosen = _chosen(ask)
    name = ask.path["file"]
    if name not in _KINDS:
        raise NotHere
    return Download(name, at.project.home / FOLDER / chosen.name / name, _KINDS[name], shown=name == PAGE)


_HERE = "/p/{project}/{transfer}/qualify"
ROUTES = (
    Route("GET", _HERE, _list),
    Route("GET", _HERE + "/{kit}", _one),
    Route("POST", _HERE + "/{kit}", _start),
    Route("POST", _HERE + "/{kit}/stop", _stop),
    Route("POST", _HERE + "/{kit}/reply", _reply),
    Route("GET", _HERE + "/{kit}/state", _state),
    Route("POST", _HERE + "/{kit}/answer", _answer),
    Route("GET", _HERE + "/{kit}/report/{file}", _fetch),
)
