"""A folder with the exports of several schools, their register and the supplement, laid out like samples/regio."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from dod2oso.base.errors import UsageError
from dod2oso.generate.companions import columns, supplement_row, table, write_schools
from dod2oso.generate.export import header, known_layout, pupils_of, write_pupils
from dod2oso.generate.packages import SUFFIXES
from dod2oso.generate.school import Kind, School
from dod2oso.generate.tree import Tree


def _noted(pupils: Iterable[Tree], school: School, supplement: "csv.DictWriter[str]") -> Iterator[Tree]:
    """The pupils, each with its row in the supplement."""
    for pupil in pupils:
        supplement.writerow(supplement_row(school, pupil))
        yield pupil


def write_region(
    folder: Path, format: str, pupils: int, schools: int, seed: int, kind: Kind = "po", typical: bool = False
) -> list[Path]:
    """Write exports/, scholen.csv and aanvulling.csv; `pupils` are spread over the schools. Returns the exports.

    Raises UsageError when there are more schools than pupils or the folder holds exports already.
    """
    if schools > pupils:
        raise UsageError("schools-more-than-pupils")
    exports = folder / "exports"
    if exports.exists() and any(exports.iterdir()):
        raise UsageError("exports-folder-not-empty")
    exports.mkdir(parents=True, exist_ok=True)
    chosen = known_layout(format)
    all_schools = [School.numbered(number, kind) for number in range(schools)]
    made = []
    with table(folder / "aanvulling.csv", columns(format)) as supplement:
        first = 0
        for number, school in enumerate(all_schools):
            count = pupils // schools + (number < pupils % schools)
            path = exports / f"{format}-{school.brin.lower()}-{school.vestiging}{SUFFIXES.get(format, '.xml')}"
            made_up = pupils_of(school, format, count, seed, first, typical)
            write_pupils(path, chosen, header(school, chosen), _noted(made_up, school, supplement))
            made.append(path)
            first += count
    write_schools(folder / "scholen.csv", all_schools)
    return made
