"""What came back of workbooks, read once until a file or the ledger changes."""

from pathlib import Path

from dod2oso.desk.desk import At
from dod2oso.desk.standing import stamp
from dod2oso.project.inbox import Inbox, Sorted
from dod2oso.project.returned import Back, came_back_for

_sorted: dict[Path, tuple[Inbox, Sorted]] = {}
_back: dict[Path, tuple[object, Back]] = {}


def sorted_books(at: At, inbox: Inbox) -> Sorted:
    """The workbooks and lists that came back."""
    kept = _sorted.get(at.out)
    if kept is None or kept[0] != inbox:
        kept = _sorted[at.out] = (inbox, at.project.supplements(at.transfer, inbox))
    return kept[1]


def came_back(at: At) -> Back:
    """What they say, per school: of which edition, what is new, what contradicts."""
    inbox = at.project.inbox()
    now, kept = (inbox, stamp(at)), _back.get(at.out)
    if kept is None or kept[0] != now:
        kept = _back[at.out] = (now, came_back_for(at.project, at.transfer, sorted_books(at, inbox)))
    return kept[1]
