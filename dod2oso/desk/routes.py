"""Every page there is, and the menu of a project."""

from importlib import import_module

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Route

# By the part of a project that it is about (see `part`), the module in pages/ that has its routes. A module is loaded
# when somebody asks for it: what the first page does not need costs nobody time at the start.
PAGES = {
    "": "start", "locked": "fill", "deliveries": "deliveries", "run": "running", "schools": "schools", "fill": "fill",
    "dossiers": "dossiers", "handover": "handing", "report": "report", "layout": "layout", "decide": "decide",
    "qualify": "qualify",
}  # fmt: skip


BELOW = {
    "layout": "deliveries",
    "qualify": "handover",
}  # what has no word of its own in the menu, and the word where it belongs


def part(path: str) -> str:
    """What a path is about: the word behind project and transfer; of the other pages "" but for what PAGES names."""
    words = path.split("/")
    if words[1:2] == ["p"]:
        return words[4] if len(words) > 4 else ""
    return words[1] if words[1] in PAGES else ""


def routes_of(what: str) -> tuple[Route, ...]:
    """The routes of the module of a part; none when it is of nothing that we have."""
    name = PAGES.get(what)
    return tuple(import_module(f"dod2oso.desk.pages.{name}").ROUTES) if name is not None else ()


# the last part of the address, what it is called, and whether it is there for who sees one school only
MENU: tuple[tuple[str, Text, bool], ...] = (
    ("deliveries", Text("desk-menu-deliveries"), False),
    ("decide", Text("desk-menu-decide"), False),
    ("run", Text("desk-menu-run"), False),
    ("schools", Text("desk-menu-schools"), True),
    ("fill", Text("desk-menu-fill"), True),
    ("handover", Text("desk-menu-handover"), False),
    ("report", Text("desk-menu-report"), False),
)
