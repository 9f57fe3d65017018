"""Fill in: what is missing per school and pupil, with the checks and choices of the workbook, saved per field."""

import json
from typing import NamedTuple

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.filling import WHOLE, Asked, Missing, Question, forget_names, missing
from dod2oso.desk.region import region
from dod2oso.findings import catalogue
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.project.filled import Filled, Rows, plain
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement import consent
from dod2oso.supplement.rows import misfit
from dod2oso.supplement.workbook_cells import help_of


class Entry(NamedTuple):
    """A field on the page: what stands in it, what is kept, and why what stands in it cannot be kept."""

    question: Question
    value: str
    kept: str
    problem: Text | str = ""
    parents: bool = False


class Seat(NamedTuple):
    """Where one is: the school, what it is asked, what was typed for it; `tail` stands behind every address of it."""

    at: At
    brin: str
    vestiging: str
    url: str
    missing: Missing
    filled: Filled
    rows: Rows
    tail: str

    def to(self, where: str = "") -> str:
        """The address of the school, or of something of it."""
        return f"{self.url}{where and '/'}{where}{self.tail}"


def _schools(ask: Ask) -> Answer:
    """The schools with something to fill in, those that must do most first; what is useful may lack at every one."""
    at = ask.desk.at(ask)
    found = region(at, ask.desk.lang)
    if found is None:
        return Page("nothing-yet.html.j2", Text("desk-menu-fill"), {"url": at.url})
    rows, useful = [], _useful(ask)
    for one in found.plan.schools:
        part = one.part
        asked = part.dossiers.total if useful else part.dossiers.waiting
        if asked and ask.desk.school in ("", part.brin):
            rows.append((one, f"{at.url}/fill/{part.brin}-{part.vestiging}{_tail(useful)}"))
    rows.sort(key=lambda row: (-row[0].part.dossiers.waiting, row[0].part.brin))
    if ask.desk.school and len(rows) == 1:
        return Go(rows[0][1])
    return Page(
        "fill-schools.html.j2",
        Text("desk-menu-fill"),
        {"rows": rows, "url": at.url, **_scope(useful, f"{at.url}/fill")},
    )


def _pupils(ask: Ask) -> Answer:
    seat = _seat(ask)
    rows = []
    for one in seat.missing.asked:
        given = seat.rows.get(one.who, {})
        done = sum(bool(given.get(question.column)) for question in one.questions)
        rows.append((one, seat.to(one.id), done, len(one.questions)))
    return Page(
        "fill-pupils.html.j2",
        Text("desk-fill-title", school=_code(seat)),
        {
            "rows": rows, "url": seat.at.url, "names": ask.desk.names, "names_to": seat.to("names"),
            "typed": bool(seat.rows), **_scope(bool(seat.tail), seat.url),
        },
    )  # fmt: skip


def _pupil(ask: Ask) -> Answer:
    seat = _seat(ask)
    one = _one(ask, seat)
    kept = seat.rows.get(one.who, {})
    return _form(ask, seat, one, [_entry(question, kept.get(question.column, "")) for question in one.questions])


def _form(ask: Ask, seat: Seat, one: Asked, entries: list[Entry]) -> Page:
    asked = seat.missing.asked
    place = asked.index(one)
    following = asked[place + 1] if place + 1 < len(asked) else None
    wrong = any(entry.problem for entry in entries)
    return Page(
        "fill-pupil.html.j2",
        Text("desk-fill-title", school=_code(seat)),
        {
            "one": one, "whole": one.id == WHOLE, "here": seat.to(one.id), "up": seat.to(),
            "parts": [(entries[: one.blocking], False), (entries[one.blocking :], True)],
            "next": seat.to(following.id) if following is not None else "", "number": place + 1,
            "total": len(asked), "names": ask.desk.names, "names_to": seat.to("names"), "wrong": wrong,
            "save": seat.to(f"{one.id}/field"), "why": [repair.text(ask.desk.lang) for repair in one.why],
            **_scope(bool(seat.tail), f"{seat.url}/{one.id}"),
        },
        409 if wrong else 200,
    )  # fmt: skip


def _entry(question: Question, kept: str, typed: str | None = None, problem: Text | str = "") -> Entry:
    value = kept if typed is None else typed
    return Entry(question, value, kept, problem, question.column in consent.FACTS)


def _save(ask: Ask) -> Answer:
    """The whole form: what is right is kept, what is not stays on the page with what to do about it."""
    seat = _seat(ask)
    one = _one(ask, seat)
    typed = {question.column: plain(ask.field(f"v:{question.column}")) for question in one.questions}
    problems = {column: said for column, text in typed.items() if (said := _wrong(ask, seat, one, column, text))}
    right = {column: (ask.field(f"w:{column}"), text) for column, text in typed.items() if column not in problems}
    saved = seat.filled.save(one.who, right, seat.missing.edition)
    entries = []
    for question in one.questions:
        column = question.column
        if column in problems:
            kept = seat.rows.get(one.who, {}).get(column, "")
            entries.append(_entry(question, kept, typed[column], problems[column]))
        elif not saved[column].ours:
            other = Text("desk-fill-other", value=saved[column].value)
            entries.append(_entry(question, saved[column].value, typed[column], other))
        else:
            entries.append(_entry(question, saved[column].value))
    if any(entry.problem for entry in entries):
        return _form(ask, seat, one, entries)
    ask.desk.say(Text("desk-fill-saved"))
    place = seat.missing.asked.index(one) + 1
    following = seat.missing.asked[place].id if place < len(seat.missing.asked) else ""
    return Go(seat.to(following if following and ask.field("next") else one.id))


def _field(ask: Ask) -> Answer:
    """One field, for the script of the page."""
    seat = _seat(ask)
    one, column = _one(ask, seat), ask.field("column")
    if all(question.column != column for question in one.questions):
        raise NotHere
    text = plain(ask.field("value"))
    problem = _wrong(ask, seat, one, column, text)
    if problem:
        return _told("wrong", problem, ask.field("was"), ask.desk.lang)
    now = seat.filled.save(one.who, {column: (ask.field("was"), text)}, seat.missing.edition)[column]
    if not now.ours:
        return _told("other", Text("desk-fill-other", value=now.value), now.value, ask.desk.lang)
    return _told("saved", Text("desk-fill-kept"), now.value, ask.desk.lang)


def _told(state: str, said: Text | str, kept: str, lang: str) -> Download:
    text = said if isinstance(said, str) else said.text(lang)
    return Download("field.json", json.dumps({"state": state, "said": text, "kept": kept}).encode(), "application/json")


def _wrong(ask: Ask, seat: Seat, one: Asked, column: str, text: str) -> Text | str:
    """Why a text cannot stand in a field and what can; "" when it can, or nothing was typed."""
    question = next(each for each in one.questions if each.column == column)
    if not text:
        return ""
    if question.choices and text not in question.choices:
        return Text("desk-fill-choose")
    code = misfit(column, text, seat.missing.plan, load_dictionary())
    if not code:
        return ""
    entry = catalogue.entry(code)
    said = entry.en if ask.desk.lang == "en" else entry.nl
    return f"{said} {help_of(question.kind, ask.desk.lang)}".strip()


def _names(ask: Ask) -> Answer:
    """Show or hide the names of pupils."""
    ask.desk.show_names(ask.field("show") == "1")
    if not ask.desk.names:
        forget_names()
    seat = _seat(ask)
    return Go(seat.to(ask.field("pupil") if seat.missing.find(ask.field("pupil")) is not None else ""))


def _locked(ask: Ask) -> Answer:
    """Names stood on the screen for long and nobody did anything."""
    ask.desk.lock()
    forget_names()
    return Page("locked.html.j2", Text("desk-locked-title"))


def _seat(ask: Ask) -> Seat:
    at = ask.desk.at(ask)
    brin, _, vestiging = ask.path["school"].partition("-")
    found = region(at, ask.desk.lang) if (at.out / LEDGER_FILE).is_file() else None
    if found is None or found.school(brin, vestiging) is None or ask.desk.school not in ("", brin):
        raise NotHere
    filled = Filled.of(at.project, at.transfer, brin, vestiging)
    useful = _useful(ask)
    asked = missing(at, brin, vestiging, ask.desk.lang, names=ask.desk.names, useful=useful)
    return Seat(
        at, brin, vestiging, f"{at.url}/fill/{brin}-{vestiging}", asked, filled, filled.rows(), _tail(useful)
    )  # fmt: skip


def _useful(ask: Ask) -> bool:
    """Whether everything useful is asked, and not only what blocks."""
    return ask.query.get("what") == "useful"


def _tail(useful: bool) -> str:
    return "?what=useful" if useful else ""


def _scope(useful: bool, here: str) -> dict[str, object]:
    """For the choice between the two on a page."""
    return {"useful": useful, "only_blocks": here, "all_useful": f"{here}{_tail(True)}"}


def _one(ask: Ask, seat: Seat) -> Asked:
    found = seat.missing.find(ask.path["pupil"])
    if found is None:
        raise NotHere
    return found


def _code(seat: Seat) -> str:
    return "-".join(filter(None, (seat.brin, seat.vestiging)))


_HERE = "/p/{project}/{transfer}/fill"
ROUTES = (
    Route("GET", _HERE, _schools, one_school=True),
    Route("GET", _HERE + "/{school}", _pupils, one_school=True),
    Route("POST", _HERE + "/{school}/names", _names, one_school=True),
    Route("GET", _HERE + "/{school}/{pupil}", _pupil, one_school=True),
    Route("POST", _HERE + "/{school}/{pupil}", _save, one_school=True),
    Route("POST", _HERE + "/{school}/{pupil}/field", _field, one_school=True),
    Route("GET", "/locked", _locked, one_school=True),
)
