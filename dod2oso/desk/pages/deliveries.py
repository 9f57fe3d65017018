"""Deliveries: what the schools sent, per file what it is at once, PINs in memory only."""

from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.files import make_private_dir
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Go, NotHere, Page, Route
from dod2oso.desk.deciding import TESTS
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.layouts import hashed
from dod2oso.desk.look import Seen, Stamp, broken_profiles, profiles_stamp, tables_beside
from dod2oso.desk.receive import room, settle
from dod2oso.desk.returned import sorted_books
from dod2oso.project.folder import EXPORTS, SUPPLEMENTS
from dod2oso.project.inbox import Sorted
from dod2oso.project.layouts import worked_out
from dod2oso.source.container.limits import MAX_MEMBER_BYTES, amount
from dod2oso.source.container.pins import Pins

AWAY = "weggehaald"  # in the project: what was dropped by mistake


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file; `seen` None as long as nobody looked, `book`: rows of a workbook that came back, None for others."""

    id: str
    name: str
    size: str
    seen: tuple[Seen, ...] | None = None
    book: int | None = None
    problem: Text | None = None
    elsewhere: str = ""


def _deliveries(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    files = files_of(ask.desk, at)
    busy = any(one.seen is None and one.book is None and one.problem is None and not one.elsewhere for one in files)
    asks = any(seen.asks_pin for one in files for seen in one.seen or ())
    return Page(
        "deliveries.html.j2",
        Text("desk-menu-deliveries"),
        {
            "url": at.url, "files": files, "busy": busy, "asks_pin": asks, "pins": len(ask.desk.pins(at.id)),
            "folder": str(at.project.home / EXPORTS), "broken": broken_profiles(at.project.profiles()),
            "worked_out": worked_out(at.project.home), "limit": amount(MAX_MEMBER_BYTES),
            "free": amount(room(at.project.home)), "most": min(MAX_MEMBER_BYTES, room(at.project.home)),
        },
    )  # fmt: skip


def files_of(desk: Desk, at: At) -> list[Delivered]:
    """What lies there, as far as it was looked at; who asks has the rest looked at, beside the pages."""
    inbox = at.project.inbox()
    pins, own = desk.pins(at.id), at.project.profiles()
    stamp = profiles_stamp(own)
    came = sorted_books(desk, at, inbox) or Sorted((), (), ())
    books = {one.path: len(one.rows.pupils) + sum(map(len, one.rows.schools.values())) for one in came.sound}
    broken, elsewhere = dict(came.broken), dict(came.elsewhere)
    supplements = set(inbox.supplements)
    found = []
    for name, (size, changed) in inbox.seen.items():
        path = at.project.home / name
        one = Delivered(hashed(name), name.partition("/")[2], amount(size))
        if path in supplements:
            error = broken.get(path)
            found.append(
                Delivered(
                    one.id, one.name, one.size, book=books.get(path), elsewhere=elsewhere.get(path, ""),
                    problem=error.message if error is not None else None,
                )
            )  # fmt: skip
        else:
            now = Stamp(path, size, changed, len(pins), stamp, tables_beside(path))
            seen = desk.looker.seen(now, Pins(pins), own)
            found.append(Delivered(one.id, one.name, one.size, seen))
    return found


def _pin(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    if ask.field("pin"):
        ask.desk.add_pin(at.id, ask.field("pin"))
    return Go(f"{at.url}/deliveries")


def _away(ask: Ask) -> Answer:
    """Take a file out of the delivery; it stays in the project, so that a mistake costs nothing."""
    at = ask.desk.at(ask)
    name = next((name for name in at.project.inbox().seen if hashed(name) == ask.field("file")), None)
    if name is None:
        raise NotHere
    folder = make_private_dir(at.project.home / AWAY)
    settle(at.project.home / name, folder / Path(name).name)
    ask.desk.say(Text("desk-file-away", folder=AWAY))
    return Go(f"{at.url}/deliveries")


_DROPS = {"books": (SUPPLEMENTS, "deliveries"), "tests": (TESTS, "decide#toetscodes")}


def folder_for(at: At, to: str) -> Path:
    """Where a file goes that is dropped: exports, what the schools filled in, or a list of test codes."""
    return at.project.home / _DROPS.get(to, (EXPORTS, ""))[0]


def page_after(at: At, to: str) -> str:
    """The page that says what became of files that were dropped."""
    return f"{at.url}/{_DROPS.get(to, ('', 'deliveries'))[1]}"


ROUTES = (
    Route("GET", "/p/{project}/{transfer}/deliveries", _deliveries),
    Route("POST", "/p/{project}/{transfer}/deliveries/pin", _pin),
    Route("POST", "/p/{project}/{transfer}/deliveries/away", _away),
)
