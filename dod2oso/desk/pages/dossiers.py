"""Dossier: one pupil, what goes, what stays behind and why, what is in the way. Values stand behind the switch."""

from itertools import groupby

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.filling import forget_names
from dod2oso.desk.region import Region, region
from dod2oso.findings.states import state_word
from dod2oso.ledger.store import Ledger
from dod2oso.report.one_dossier import dossiers_of, one_dossier
from dod2oso.report.texts import Lexicon


def _list(ask: Ask) -> Answer:
    at, found, brin, vestiging = _school(ask)
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        rows = dossiers_of(connection, found.run, brin, vestiging)
    return Page(
        "dossiers.html.j2",
        Text("desk-dossiers-title", school=ask.path["school"]),
        {
            "rows": rows,
            "here": f"{at.url}/dossiers/{ask.path['school']}",
            "up": _up(ask, at),
            "state_words": {row.state: state_word(row.state).text(ask.desk.lang) for row in rows},
        },
    )


def _one(ask: Ask) -> Answer:
    at, found, brin, vestiging = _school(ask)
    words = Lexicon(ask.desk.lang, found.oso, at.transfer)
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        one = one_dossier(connection, found.run, at.out, ask.path["dossier"], words, values=ask.desk.names)
    if one is None or (one.brin, one.vestiging) != (brin, vestiging):
        raise NotHere
    here = f"{at.url}/dossiers/{ask.path['school']}"
    return Page(
        "dossier.html.j2",
        Text("desk-dossiers-title", school=ask.path["school"]),
        {
            "one": one, "goes": [(name, list(rows)) for name, rows in groupby(one.goes, key=lambda each: each.section)],
            "up": here, "names": ask.desk.names, "state": state_word(one.listed.state),
            "step_words": lambda state: Text(f"page-handover-{state}").text(ask.desk.lang),
        },
    )  # fmt: skip


def _names(ask: Ask) -> Answer:
    """Show or hide what stands in dossiers."""
    at, _found, _brin, _vestiging = _school(ask)
    ask.desk.show_names(ask.field("show") == "1")
    if not ask.desk.names:
        forget_names()
    here = f"{at.url}/dossiers/{ask.path['school']}"
    name = ask.field("pupil")
    return Go(f"{here}/{name}" if name.replace("-", "").isalnum() and name.isascii() else here)


def _school(ask: Ask) -> tuple[At, Region, str, str]:
    at = ask.desk.at(ask)
    brin, _, vestiging = ask.path["school"].partition("-")
    found = region(at, ask.desk.lang)
    if found is None or found.school(brin, vestiging) is None or ask.desk.school not in ("", brin):
        raise NotHere
    return at, found, brin, vestiging


def _up(ask: Ask, at: At) -> str:
    return f"{at.url}/schools/{ask.path['school']}"


_HERE = "/p/{project}/{transfer}/dossiers/{school}"
ROUTES = (
    Route("GET", _HERE, _list, one_school=True),
    Route("POST", _HERE + "/names", _names, one_school=True),
    Route("GET", _HERE + "/{dossier}", _one, one_school=True),
)
