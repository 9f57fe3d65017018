"""Write synthetic exports to disk; XML one pupil at a time, so that memory does not grow with their number."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from dod2oso.base.errors import UsageError
from dod2oso.generate.layout import BASIC, FORMATS, Layout, layout
from dod2oso.generate.packages import PACKAGES, xml_file
from dod2oso.generate.pupil import SMALL, TYPICAL, make_basic_pupil, make_pupil
from dod2oso.generate.school import Kind, School
from dod2oso.generate.tree import Tree


def write_export(
    path: Path,
    format: str,
    pupils: int,
    seed: int = 1,
    brin: str = "99XA",
    *,
    vestiging: str = "00",
    kind: Kind = "po",
    first: int = 0,
    typical: bool = False,
) -> None:
    """Write one export of `pupils` pupils of one school in one of FORMATS.

    first: number of the first pupil; exports that are read together must not overlap. typical: dossiers of the size
    that schools hand over (an OSO dossier of about 20 kB and 430 elements).
    Raises UsageError for an unknown format.
    """
    school = School(brin, vestiging, kind)
    chosen = known_layout(format)
    write_pupils(path, chosen, header(school, chosen), pupils_of(school, format, pupils, seed, first, typical))


def known_layout(format: str) -> Layout:
    """The layout of that name, or a UsageError that names those there are."""
    if format not in FORMATS:
        names = ", ".join(FORMATS)
        raise UsageError("format-unknown", known=names)
    return layout(format)


def header(school: School, chosen: Layout) -> Tree:
    """What an export of the school holds besides its pupils."""
    tree = school.header(chosen.version)
    for key, year in school.groups():
        tree.add("groep", sleutel=key, naam=f"Groep {key}", jaargroep=year)
    return tree


def pupils_of(
    school: School,
    format: str,
    count: int,
    seed: int,
    first: int = 0,
    typical: bool = False,
) -> Iterator[Tree]:
    """The pupils `first` to `first + count` of a school, as far as an export of this format knows them."""
    size = TYPICAL if typical else SMALL
    for number in range(first, first + count):
        if format.startswith(BASIC):
            yield make_basic_pupil(school, number, seed, named=format != "edex2000")
        else:
            yield make_pupil(school, number, seed, size)


def write_pupils(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """Write an export with this header and these pupils."""
    PACKAGES.get(chosen.name, xml_file)(path, chosen, shared, pupils)
