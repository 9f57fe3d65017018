"""Schools: the region against its deadline, and a page for each with its actions."""

from collections.abc import Callable
from datetime import date
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.region import Region, region
from dod2oso.desk.returned import came_back
from dod2oso.ledger.engine import no_ledger
from dod2oso.ledger.history import of_school
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.project import packages
from dod2oso.project.planning import SchoolPlan
from dod2oso.project.sender import contacts, sender_of
from dod2oso.report.cells import state_bar
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.schools import STANDS
from dod2oso.trust.passphrases import given_out

_RUNS = 10  # of the history of a school
_LAST = date.max
_SORTS: dict[str, Callable[[SchoolPlan], Any]] = {
    "open": lambda one: (-one.open, one.part.brin, one.part.vestiging),
    "name": lambda one: (one.part.name.casefold() or one.part.brin, one.part.brin, one.part.vestiging),
    "deadline": lambda one: (one.deadline or _LAST, -one.open, one.part.brin),
    "stand": lambda one: (list(STANDS).index(one.part.stand), -one.open, one.part.brin),
}


def _schools(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    found = region(at, ask.desk.lang)
    if found is None:
        return Page("nothing-yet.html.j2", Text("desk-menu-schools"), {"url": at.url})
    mine = [one for one in found.plan.schools if _may_see(ask, one)]
    if ask.desk.school and len(mine) == 1:
        return Go(_url(at, mine[0]))
    by = ask.query.get("by", "open")
    rows = sorted(mine, key=_SORTS.get(by, _SORTS["open"]))
    words = _words(ask, at, found)
    return Page(
        "schools.html.j2",
        Text("desk-menu-schools"),
        {
            "rows": [(one, _url(at, one), state_bar(one.part.dossiers, words, 10), _stand(one)) for one in rows],
            "plan": found.plan, "url": at.url, "by": by, "days": _days(found.plan.deadline, found.plan.today),
            "unknown": not mine,
        },
    )  # fmt: skip


def _school(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    found, one = _chosen(ask, at)
    folder = at.out / packages.FOLDER / packages.folder_name(one.part)
    mail = folder / packages.MAIL
    key = (one.part.brin, one.part.vestiging)
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        runs = of_school(connection, *key, _RUNS)
    back = came_back(ask.desk, at)
    mine = back.schools.get(key) if back is not None else None
    return Page(
        "school.html.j2",
        Text("desk-school-title", school=_code(one)),
        {
            "one": one, "url": _url(at, one), "up": f"{at.url}/schools", "deliver": f"{at.url}/deliveries",
            "dossiers": f"{at.url}/dossiers/{_code(one)}", "fill": f"{at.url}/fill/{_code(one)}",
            "stand": _stand(one),
            "bar": state_bar(one.part.dossiers, _words(ask, at, found)),
            "actions": found.actions.get((one.part.brin, one.part.vestiging), ()),
            "who": lambda action: Text(f"who-{action.who}").text(ask.desk.lang),
            "days": _days(one.deadline, found.plan.today),
            "mail": mail.read_text(encoding="utf-8-sig") if mail.is_file() else "",
            "packed": (folder / packages.archive_name(one.part)).is_file(),
            "word": _word(ask, at, one), "runs": runs,
            "back": back.of(key)[1:] if back is not None else [], "reading": back is None,
            "against": len(mine.contradictions) if mine is not None else 0,
        },
    )  # fmt: skip


def _word(ask: Ask, at: At, one: SchoolPlan) -> str:
    """The passphrase of its package, once it has one; who sees one school only got it by another way."""
    return "" if ask.desk.school else given_out(at.out).get((one.part.brin, one.part.vestiging), "")


def _pack(ask: Ask) -> Answer:
    """The packages of all schools anew, as `report --per-school` makes them."""
    at = ask.desk.at(ask)
    _found, one = _chosen(ask, at)
    with ledger_to_write_in(at.out, at.out, "open") as ledger:
        run = ledger.last_run()
        if run is None:
            raise no_ledger()
        made = packages.write_packages(
            ledger, run, at.out, sender_of(at.project, ledger, run), contacts(at.project), at.style(), ask.desk.lang,
            ask.desk.say,
        )  # fmt: skip
    ask.desk.say(Text("packages-made", count=len(made)))
    return Go(_url(at, one) + "#pakket")


def _fetch(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    _found, one = _chosen(ask, at)
    names = {"zip": packages.archive_name(one.part), "mail": packages.DRAFT}
    name = names.get(ask.path["what"])
    if name is None:
        raise NotHere
    return Download(name, at.out / packages.FOLDER / packages.folder_name(one.part) / name)


def _chosen(ask: Ask, at: At) -> tuple[Region, SchoolPlan]:
    brin, _, vestiging = ask.path["school"].partition("-")
    found = region(at, ask.desk.lang)
    one = found.school(brin, vestiging) if found is not None else None
    if found is None or one is None or not _may_see(ask, one):
        raise NotHere
    return found, one


def _may_see(ask: Ask, one: SchoolPlan) -> bool:
    return ask.desk.school in ("", one.part.brin)


def _words(ask: Ask, at: At, found: Region) -> Lexicon:
    return Lexicon(ask.desk.lang, found.oso, at.transfer)


def _code(one: SchoolPlan) -> str:
    return f"{one.part.brin}-{one.part.vestiging}" if one.part.vestiging else one.part.brin


def _url(at: At, one: SchoolPlan) -> str:
    return f"{at.url}/schools/{_code(one)}"


def _stand(one: SchoolPlan) -> Text:
    return Text(STANDS[one.part.stand])


def _days(deadline: date | None, today: date) -> int | None:
    return None if deadline is None else (deadline - today).days


ROUTES = (
    Route("GET", "/p/{project}/{transfer}/schools", _schools, one_school=True),
    Route("GET", "/p/{project}/{transfer}/schools/{school}", _school, one_school=True),
    Route("POST", "/p/{project}/{transfer}/schools/{school}/pack", _pack),
    Route("GET", "/p/{project}/{transfer}/schools/{school}/{what}", _fetch, one_school=True),
)
