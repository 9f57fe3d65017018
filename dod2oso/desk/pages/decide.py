"""Decide: what only people know, once for all schools; to be undone, with who decided what, when and why."""

from collections.abc import Sequence

from dod2oso.base.clock import run_date
from dod2oso.base.folderlock import held, held_soon
from dod2oso.base.texts import Text
from dod2oso.decide.asking import Book, row_of
from dod2oso.decide.doubles import decision, open_doubles, prefer, read_doubles, write_doubles
from dod2oso.decide.person import Signature
from dod2oso.decide.testlist import NEEDED, PARTS
from dod2oso.desk.answers import Answer, Ask, Go, NotHere, Page, Route
from dod2oso.desk.deciding import (
    SHOWN,
    Deciding,
    OpenDouble,
    deciding,
    decisions_file,
    double_name,
    doubles,
    name_of,
    taken,
    withdrawn,
)
from dod2oso.desk.desk import At
from dod2oso.ledger.audit import system_account
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.store import Ledger
from dod2oso.source.decisions import NONE, AnyRow, CodeListLayout, Decision, is_personal, objection, read_decisions

_HERE = "/p/{project}/{transfer}/decide"
_LONGEST = 200  # signs of a name or reason


def _page(ask: Ask) -> Answer:
    return _shown(ask, ask.desk.at(ask))


def _shown(ask: Ask, at: At, problem: Text | None = None) -> Page:
    made = deciding(ask.desk, at)
    first = _number(ask.query.get("from", ""))
    first = first if first < len(made.open) else 0
    waiting, decided = doubles(at)
    who, why = _signed(ask, at)
    unread = len(made.found.unread) if made.found is not None else 0
    return Page(
        "decide.html.j2",
        Text("desk-menu-decide"),
        {
            "url": at.url, "here": f"{at.url}/decide", "made": made, "problem": problem, "who": who, "why": why,
            "open": made.shown(first), "first": first, "step": SHOWN, "equal": len(made.equal()),
            "taken": taken(at, made), "withdrawn": withdrawn(at), "notes": made.notes(), "unread": unread,
            "doubles": waiting, "double_rows": [(double_name(row), row) for row in decided.rows],
            "exports": _preferable(waiting), "parts": [(part, Text(f"desk-decide-column-{part}")) for part in PARTS],
        },
        409 if problem is not None else 200,
    )  # fmt: skip


def _preferable(waiting: Sequence[OpenDouble]) -> list[tuple[str, int]]:
    """Exports that stand in several doubles, with in how many: to let one count for all of them."""
    names = [name for one in waiting for name in one.double.exports]
    return sorted((name, names.count(name)) for name in set(names) if names.count(name) > 1)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


# --- who ----------------------------------------------------------------------------------------------------------


def _signed(ask: Ask, at: At) -> tuple[str, str]:
    return ask.desk.signed.get(at.id, (system_account(), Text("desk-decide-why-here").text(ask.desk.lang)))


def _by(ask: Ask, at: At) -> Signature:
    who, why = _signed(ask, at)
    return Signature(who, run_date(None).isoformat(), why)


def _sign(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    who, why = (" ".join(ask.field(name).split())[:_LONGEST] for name in ("who", "why"))
    if not who or not why or not (who + why).isprintable():
        return _shown(ask, at, Text("desk-decide-unsigned"))
    if is_personal(why):
        return _shown(ask, at, Text("decision-holds-person"))
    ask.desk.signed[at.id] = (who, why)
    ask.desk.say(Text("desk-decide-signed"))
    return Go(f"{at.url}/decide")


# --- answers ------------------------------------------------------------------------------------------------------


def _answer(ask: Ask) -> Answer:
    """One answer, for all schools."""
    at = ask.desk.at(ask)
    made = deciding(ask.desk, at)
    question = made.question(ask.field("question"))
    if question is None:
        raise NotHere
    becomes = None if ask.field("leave") else ask.field("becomes") or " ".join(ask.field("code").split())
    if becomes is not None and (not becomes or (question.allowed and becomes not in question.allowed)):
        return _shown(ask, at, Text("desk-decide-nothing-chosen"))
    row = row_of(question, becomes, _by(ask, at)) if becomes is None or len(becomes) <= _LONGEST else None
    wrong = objection(row) if row is not None else Text("desk-decide-nothing-chosen")
    if row is None or wrong is not None:
        return _shown(ask, at, wrong)
    other = _write(at, made, [row])
    if other is not None:
        return _shown(ask, at, _otherwise(other))
    ask.desk.say(Text("desk-decide-done", count=question.count))
    return Go(f"{at.url}/decide#vragen")


def _equal(ask: Ask) -> Answer:
    """All tests that the list names exactly so."""
    at = ask.desk.at(ask)
    made = deciding(ask.desk, at)
    rows = [row_of(question, code, _by(ask, at)) for question, code in made.equal()]
    good = [row for row in rows if objection(row) is None]
    other = _write(at, made, good)
    if other is not None:
        return _shown(ask, at, _otherwise(other))
    ask.desk.say(Text("desk-decide-equal-done", count=len(good)))
    return Go(f"{at.url}/decide#vragen")


def _write(at: At, made: Deciding, rows: list[AnyRow]) -> Decision | None:
    """Write decisions down, all or none; what was decided otherwise meanwhile, which is never overwritten."""
    path = decisions_file(at)
    with held_soon(at.project.home, "open"):
        there = read_decisions([path]) if path.exists() else NONE
        known = {one.row.key: one for one in there.all}
        for row in rows:
            now = known.get(row.key)
            if now is not None and _outcome(now.row) != _outcome(row):
                return now
        codes = made.listed.codes
        Book(path, there, codes.layout if codes is not None else None).add(*(r for r in rows if r.key not in known))
    return None


def _outcome(row: AnyRow) -> str:
    return "" if row.becomes is None else row.becomes


def _otherwise(other: Decision) -> Text:
    left = other.row.becomes is None
    told = Text("desk-decide-stays") if left else other.row.becomes
    return Text("desk-decide-other", said=other.row.said, becomes=told, who=other.row.who, when=other.row.when)


def _undo(ask: Ask) -> Answer:
    """Take a decision back, if it still is the one that was on the page."""
    at = ask.desk.at(ask)
    path = decisions_file(at)
    with held_soon(at.project.home, "open"):
        there = read_decisions([path]) if path.exists() else NONE
        found = next((one for one in there.all if name_of(one.row.key) == ask.field("decision")), None)
        if found is None:
            raise NotHere
        if _outcome(found.row) == ask.field("was"):
            Book(path, there, None).withdraw(found.row, _by(ask, at))
            found = None
    if found is not None:
        return _shown(ask, at, _otherwise(found))
    ask.desk.say(Text("desk-decide-undone"))
    return Go(f"{at.url}/decide")


# --- pupils in several exports ------------------------------------------------------------------------------------


def _double(ask: Ask) -> Answer:
    """Which export counts for one pupil, or for all that stand in it."""
    at = ask.desk.at(ask)
    if not (at.out / LEDGER_FILE).is_file():
        raise NotHere
    with held(at.out, "open"), Ledger.open(at.out, create=False) as ledger:
        decided = read_doubles(at.out)
        waiting = open_doubles(ledger, decided)
        by, wanted = _by(ask, at), ask.field("uses") or ask.field("joins")
        together = not ask.field("uses")
        if ask.field("all"):
            rows = prefer(waiting, wanted, by)
        else:
            here = [one for one in waiting if name_of(one.pupils) == ask.field("double") and wanted in one.exports]
            rows = [decision(one, wanted, by, together=together) for one in here]
        if rows:
            write_doubles(at.out, (*decided.rows, *rows))
    if not rows:
        return _shown(ask, at, Text("desk-decide-double-gone"))
    ask.desk.say(Text("desk-decide-double-done", count=len(rows)))
    return Go(f"{at.url}/decide#dubbel")


def _double_undo(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    with held(at.out, "open"):
        rows = read_doubles(at.out).rows
        kept = [
            row for row in rows if (double_name(row), row.uses) != (ask.field("double"), ask.field("was"))
        ]  # fmt: skip
        if len(kept) == len(rows):
            raise NotHere
        write_doubles(at.out, kept)
    ask.desk.say(Text("desk-decide-undone"))
    return Go(f"{at.url}/decide#dubbel")


# --- the list of test codes ---------------------------------------------------------------------------------------


def _columns(ask: Ask) -> Answer:
    """Which columns of the list hold what; kept with the decisions."""
    at = ask.desk.at(ask)
    columns = deciding(ask.desk, at).listed.columns
    told = {part: ask.field(part) for part in PARTS if ask.field(part)}
    twice = len(set(told.values())) < len(told)
    if twice or any(column not in columns for column in told.values()) or any(part not in told for part in NEEDED):
        return _shown(ask, at, Text("desk-decide-columns-wrong"))
    layout = CodeListLayout(columns={part: told[part] for part in PARTS if part in told})
    path = decisions_file(at)
    with held_soon(at.project.home, "open"):
        Book(path, read_decisions([path]) if path.exists() else NONE, None).remember(layout)
    return Go(f"{at.url}/decide#toetscodes")


ROUTES = (
    Route("GET", _HERE, _page),
    Route("POST", _HERE + "/sign", _sign),
    Route("POST", _HERE + "/answer", _answer),
    Route("POST", _HERE + "/equal", _equal),
    Route("POST", _HERE + "/undo", _undo),
    Route("POST", _HERE + "/double", _double),
    Route("POST", _HERE + "/double/undo", _double_undo),
    Route("POST", _HERE + "/columns", _columns),
)
