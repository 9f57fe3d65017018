"""Every page there is, and the menu of a project."""

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Route
from dod2oso.desk.pages import report, schools, start

ROUTES: tuple[Route, ...] = (*start.ROUTES, *schools.ROUTES, *report.ROUTES)

# the last part of the address, what it is called, and whether it is there for who sees one school only
MENU: tuple[tuple[str, Text, bool], ...] = (
    ("schools", Text("desk-menu-schools"), True),
    ("report", Text("desk-menu-report"), False),
)
