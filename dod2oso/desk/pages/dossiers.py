"""Dossier: one pupil, what goes, what stays behind and why, what is in the way. Values stand behind the switch."""

from itertools import groupby
from pathlib import Path

from dod2oso.base.clock import run_date
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.filling import forget_names
from dod2oso.desk.origin import origins
from dod2oso.desk.region import Region, region
from dod2oso.findings.states import state_word
from dod2oso.ledger.audit import system_account
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.report.inspection import page_of, write_inspection
from dod2oso.report.one_dossier import OneDossier, dossiers_of, one_dossier
from dod2oso.report.texts import Lexicon
from dod2oso.trust.audit import note


def _list(ask: Ask) -> Answer:
    at, found, brin, vestiging = _school(ask)
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        rows = dossiers_of(connection, found.run, brin, vestiging)
    return Page(
        "dossiers.html.j2",
        Text("desk-dossiers-title", school=ask.path["school"]),
        {
            "rows": rows,
            "here": _here(ask, at),
            "up": _up(ask, at),
            "state_words": {row.state: state_word(row.state).text(ask.desk.lang) for row in rows},
        },
    )


def _chosen(ask: Ask) -> tuple[At, Region, OneDossier]:
    at, found, brin, vestiging = _school(ask)
    words = Lexicon(ask.desk.lang, found.oso, at.transfer)
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        one = one_dossier(connection, found.run, at.out, ask.path["dossier"], words, values=ask.desk.names)
    if one is None or (one.brin, one.vestiging) != (brin, vestiging):
        raise NotHere
    return at, found, one


def _one(ask: Ask) -> Answer:
    at, _found, one = _chosen(ask)
    here = _here(ask, at)
    return Page(
        "dossier.html.j2",
        Text("desk-dossiers-title", school=ask.path["school"]),
        {
            "one": one, "goes": [(name, list(rows)) for name, rows in groupby(one.goes, key=lambda each: each.section)],
            "up": here, "here": f"{here}/{one.listed.id}", "paper": _paper(at, one).is_file(),
            "names": ask.desk.names, "state": state_word(one.listed.state),
            "step_words": lambda state: Text(f"page-handover-{state}").text(ask.desk.lang),
        },
    )  # fmt: skip


def _origin(ask: Ask) -> Answer:
    """Where each value comes from."""
    at, found, one = _chosen(ask)
    words, here = Lexicon(ask.desk.lang, found.oso, at.transfer), _here(ask, at)
    lang = ask.desk.lang
    found_at = origins(ask.desk, at.id, at.transfer, one.listed.id)
    values = [
        (words.target(section) or section, [(words.target(path) or path, _said(lines, lang)) for path, lines in below])
        for section, below in groupby(found_at.items(), key=lambda each: each[0].rpartition("/")[0])
    ]
    return Page(
        "origin.html.j2",
        Text("desk-origin"),
        {"one": one, "values": values, "up": f"{here}/{one.listed.id}"},
    )


def _said(lines: list[Text], lang: str) -> list[str]:
    return [text.text(lang).strip() for text in lines]


def _inspection(ask: Ask) -> Answer:
    """Make the page that the parents inspect, as `dod2oso inspection --pupil` does."""
    at, _found, one = _chosen(ask)
    back, who = f"{_here(ask, at)}/{one.listed.id}", system_account()
    with ledger_to_write_in(at.out, at.out, "inspection") as ledger:
        run = ledger.last_run()
        made = write_inspection(
            ledger, run or "", at.out, run_date(None), at.style(), ask.desk.lang, at.project.project.contact,
            brin=one.brin, pupil=one.listed.id,
        )  # fmt: skip
        pages = sum(made.schools.values())
        note(ledger, "inspection-made", who, run=run, dossiers=pages)
    if not pages:
        ask.desk.say(Text("desk-inspection-changed") if made.changed else Text("desk-inspection-incomplete"))
        return Go(back)
    ask.desk.say(Text("desk-inspection-made"))
    return Go(f"{back}#inzage")


def _print(ask: Ask) -> Answer:
    """The page for the parents; it has names, so it stands behind the switch."""
    at, _found, one = _chosen(ask)
    if not ask.desk.names:
        raise NotHere
    return Download(f"{one.listed.id}.html", _paper(at, one), "text/html; charset=utf-8", shown=True)


def _names(ask: Ask) -> Answer:
    """Show or hide what stands in dossiers."""
    at, _found, _brin, _vestiging = _school(ask)
    ask.desk.show_names(ask.field("show") == "1")
    if not ask.desk.names:
        forget_names()
    here, name = _here(ask, at), ask.field("pupil")
    return Go(f"{here}/{name}" if name.replace("-", "").isalnum() and name.isascii() else here)


def _school(ask: Ask) -> tuple[At, Region, str, str]:
    at = ask.desk.at(ask)
    brin, _, vestiging = ask.path["school"].partition("-")
    found = region(at, ask.desk.lang)
    if found is None or found.school(brin, vestiging) is None or ask.desk.school not in ("", brin):
        raise NotHere
    return at, found, brin, vestiging


def _paper(at: At, one: OneDossier) -> Path:
    return page_of(at.out, one.listed.id, one.brin, one.vestiging)


def _here(ask: Ask, at: At) -> str:
    return f"{at.url}/dossiers/{ask.path['school']}"


def _up(ask: Ask, at: At) -> str:
    return f"{at.url}/schools/{ask.path['school']}"


_HERE = "/p/{project}/{transfer}/dossiers/{school}"
ROUTES = (
    Route("GET", _HERE, _list, one_school=True),
    Route("POST", _HERE + "/names", _names, one_school=True),
    Route("GET", _HERE + "/{dossier}", _one, one_school=True),
    Route("GET", _HERE + "/{dossier}/origin", _origin, one_school=True),
    Route("GET", _HERE + "/{dossier}/inspection", _print, one_school=True),
    Route("POST", _HERE + "/{dossier}/inspection", _inspection),
)
