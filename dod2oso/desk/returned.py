"""What came back of workbooks, read beside the pages, and kept until a file or the ledger changes."""

from dod2oso.base.pseudonym import KEY_FILE
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.status import stamp
from dod2oso.project.inbox import Inbox, Sorted
from dod2oso.project.returned import Back, came_back_for


def sorted_books(desk: Desk, at: At, inbox: Inbox) -> Sorted | None:
    """The workbooks and lists that came back; None as long as they are read."""
    if not inbox.supplements:
        return Sorted((), (), ())
    ours = [(at.project.out(name) / KEY_FILE).exists() for name in at.project.transfers]  # then its mark is known
    return desk.beside.of(("books", at.out), (inbox, ours), lambda: at.project.supplements(at.transfer, inbox))


def came_back(desk: Desk, at: At) -> Back | None:
    """What they say, per school: of which edition, what is new, what contradicts; None as long as they are read."""
    inbox = at.project.inbox()
    if not inbox.supplements:
        return Back(at.transfer, {}, 0, [], [])
    books = sorted_books(desk, at, inbox)
    if books is None:
        return None
    return desk.beside.of(
        ("back", at.out), (inbox, stamp(at)), lambda: came_back_for(at.project, at.transfer, books)
    )  # fmt: skip
