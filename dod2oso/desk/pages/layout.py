"""Unknown layout."""

from dod2oso.desk.answers import Route

ROUTES: tuple[Route, ...] = ()
