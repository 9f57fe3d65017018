"""What stands around every page: where one is, where one can go, what there is to say, where the project lies."""

from contextlib import suppress
from typing import Any

from dod2oso.base.errors import Dod2osoError
from dod2oso.desk.answers import Ask
from dod2oso.desk.desk import Desk
from dod2oso.desk.keys import any_closed
from dod2oso.desk.routes import BELOW, MENU


def frame(desk: Desk, ask: Ask | None, csrf: str) -> dict[str, Any]:
    """For base.html.j2: `ask` None is a page for nobody yet, which says nothing of any project."""
    found: dict[str, Any] = {
        "csrf": csrf if ask is not None else "", "heard": desk.heard() if ask is not None else [], "project": "",
        "place": "", "home": "", "menu": [], "transfers": [], "school": desk.school, "outside": desk.outside,
        "sealed": False,
    }  # fmt: skip
    name = ask.path.get("project", "") if ask is not None else ""
    if ask is None or not name:
        return found
    try:
        project = desk.opened(name).project
    except (Dod2osoError, LookupError):  # the page itself says what is wrong
        return found
    transfer = ask.path.get("transfer", next(iter(project.transfers)))
    with suppress(Dod2osoError, OSError):  # the page itself says what is wrong
        found["sealed"] = project.encrypted and not any_closed(project)
    found["project"] = project.project.name or project.home.name
    found["place"], found["home"] = str(project.home), f"/p/{name}"
    found["menu"] = [
        (f"/p/{name}/{transfer}/{word}", text, word == BELOW.get(ask.part, ask.part))
        for word, text, one in MENU
        if one or not desk.school
    ]
    if len(project.transfers) > 1:
        found["transfers"] = [(f"/p/{name}/{each}/schools", each, each == transfer) for each in project.transfers]
    return found
