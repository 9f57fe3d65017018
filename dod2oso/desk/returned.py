"""What came back of workbooks, read once until a file or the ledger changes."""

from dod2oso.desk.desk import At
from dod2oso.desk.kept import Kept
from dod2oso.desk.status import stamp
from dod2oso.project.inbox import Inbox, Sorted
from dod2oso.project.returned import Back, came_back_for

_sorted: Kept[Sorted] = Kept()
_back: Kept[Back] = Kept()


def sorted_books(at: At, inbox: Inbox) -> Sorted:
    """The workbooks and lists that came back."""
    return _sorted.of(at.out, inbox, lambda: at.project.supplements(at.transfer, inbox))


def came_back(at: At) -> Back:
    """What they say, per school: of which edition, what is new, what contradicts."""
    inbox = at.project.inbox()
    return _back.of(at.out, (inbox, stamp(at)), lambda: came_back_for(at.project, at.transfer, sorted_books(at, inbox)))
