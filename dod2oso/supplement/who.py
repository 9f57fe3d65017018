"""About whom a dossier is, as the source profile of its version finds that."""

from functools import cache

from lxml import etree

from dod2oso.source.profile import find_profile
from dod2oso.source.record import Cell, CellSource, Group
from dod2oso.supplement.pupil import IDENTIFYING, PGN_FIELDS, Pupil


def pupil_of(root: etree._Element, oso: str) -> Pupil:
    """Who this dossier says that it is about."""
    group = Group()
    for field, path in _places(oso).items():
        text = root.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))
        if text and text.strip():
            group.fields[field] = Cell(text.strip(), CellSource(field, path))
    return Pupil.of(group)


@cache
def _places(oso: str) -> dict[str, str]:
    """Dictionary field -> path below dossier, of what says who it is about."""
    fields = find_profile(f"oso-{oso}").model.fields
    return {name: fields[name].at[0] for name in (*sorted(IDENTIFYING), *PGN_FIELDS) if name in fields}
