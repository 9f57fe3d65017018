"""Every page there is, and the menu of a project."""

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Route
from dod2oso.desk.pages import deliveries, dossiers, fill, handing, report, running, schools, start

_PAGES = (start, deliveries, running, schools, fill, dossiers, handing, report)
ROUTES: tuple[Route, ...] = tuple(route for page in _PAGES for route in page.ROUTES)

# the last part of the address, what it is called, and whether it is there for who sees one school only
MENU: tuple[tuple[str, Text, bool], ...] = (
    ("deliveries", Text("desk-menu-deliveries"), False),
    ("run", Text("desk-menu-run"), False),
    ("schools", Text("desk-menu-schools"), True),
    ("fill", Text("desk-menu-fill"), True),
    ("handover", Text("desk-menu-handover"), False),
    ("report", Text("desk-menu-report"), False),
)
