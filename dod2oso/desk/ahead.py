"""What the next pages will ask of a project, begun as soon as it is opened: who comes there waits for nothing."""

from contextlib import suppress
from functools import partial

from dod2oso.base.errors import Dod2osoError
from dod2oso.base.folderlock import VAULT
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.opened import Opened


def look_ahead(desk: Desk, name: str, opened: Opened) -> None:
    """Begin it beside the pages, and again once a ledger changed. What is wrong is told by the page it is about."""
    from dod2oso.desk.status import stamp  # late: the list of projects needs no ledger

    for transfer in opened.project.transfers:
        at = At(name, opened.project, transfer, opened.handover)
        if not (at.out / VAULT).exists():
            desk.beside.of(("ahead", at.out), stamp(at), partial(_look, desk, at))


def _look(desk: Desk, at: At) -> None:
    from dod2oso.desk.filling import prepare
    from dod2oso.desk.pages.deliveries import files_of
    from dod2oso.desk.region import region

    with suppress(Dod2osoError, OSError):
        if region(at, desk.lang) is not None:
            prepare(at)
        _books(desk, at)
        if not desk.school:
            files_of(desk, at)
        desk.beside.of(("ahead-books", at.out), None, partial(_books, desk, at), again=True)  # by then they are read


def _books(desk: Desk, at: At) -> None:
    from dod2oso.desk.returned import came_back

    with suppress(Dod2osoError, OSError):
        came_back(desk, at)
