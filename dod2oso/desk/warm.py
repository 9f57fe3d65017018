"""What the pages need, loaded as soon as the first of them was sent: no other then takes long its first time."""

from collections.abc import Callable

from dod2oso.desk.render import all_templates
from dod2oso.desk.routes import PAGES, routes_of


def warm(over: Callable[[], bool]) -> None:
    """Load the module and the templates of every page, until `over`. For a thread of its own."""
    for what in PAGES:
        if over():
            return
        routes_of(what)
    for load in all_templates():
        if over():
            return
        load()
