"""The gap report: to read here, to fetch, and masked to share."""

from pathlib import Path

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.ledger.audit import system_account
from dod2oso.ledger.engine import LEDGER_FILE, no_ledger
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.report.write import DEFAULT_FORMATS, FOLDER, MASKED_FOLDER, write
from dod2oso.supplement.workbook import write_workbook
from dod2oso.trust.audit import note

_KINDS = {
    "gaps.html": "text/html; charset=utf-8",
    "gaps.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gaps.csv": "text/csv; charset=utf-8",
    "gaps.json": "application/json",
    "aanvulling.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FOLDERS = {"own": FOLDER, "shared": MASKED_FOLDER}


def _report(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    if not (at.out / LEDGER_FILE).is_file():
        return Page("nothing-yet.html.j2", Text("desk-menu-report"), {"url": at.url})
    return Page(
        "report.html.j2",
        Text("desk-menu-report"),
        {"url": at.url, "own": _there(at, "own"), "shared": _there(at, "shared"), "lies": str(at.out / FOLDER)},
    )


def _there(at: At, which: str) -> list[str]:
    return [name for name in _KINDS if _path(at, which, name).is_file()]


def _path(at: At, which: str, name: str) -> Path:
    return at.out / _FOLDERS[which] / name


def _fetch(ask: Ask) -> Answer:
    at, which, name = ask.desk.at(ask), ask.path["which"], ask.path["file"]
    if which not in _FOLDERS or name not in _KINDS:
        raise NotHere
    return Download(name, _path(at, which, name), _KINDS[name], shown=name == "gaps.html")


def _write(ask: Ask) -> Answer:
    """The report anew, or a masked one."""
    at, masked = ask.desk.at(ask), ask.field("masked") == "1"
    with ledger_to_write_in(at.out, at.out, "open") as ledger:
        run = ledger.last_run()
        if run is None:
            raise no_ledger()
        write(
            ledger, run, at.out, DEFAULT_FORMATS, ask.desk.lang, masked=masked, style=at.style(),
            in_use=lambda error: ask.desk.say(error.message),
        )  # fmt: skip
        if not masked:
            write_workbook(ledger, run, at.out, ask.desk.lang)
        note(
            ledger,
            "report-written",
            system_account(),
            run=run,
            formats=list(DEFAULT_FORMATS),
            masked=masked,
            names=False,
        )
    ask.desk.say(Text("desk-report-written"))
    return Go(f"{at.url}/report")


ROUTES = (
    Route("GET", "/p/{project}/{transfer}/report", _report),
    Route("POST", "/p/{project}/{transfer}/report", _write),
    Route("GET", "/p/{project}/{transfer}/report/{which}/{file}", _fetch),
)
