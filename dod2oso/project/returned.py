"""What came back from the schools: per school which workbooks, of which edition, what is new in them, what contradicts.

A cell counts as new the first time that somebody fills it in, oldest file first. Two rows are about the same pupil when
they name the same number at the same school; else the same hidden key of the workbook; else name and date of birth.
A row that names no location is about the only one that is known of that BRIN; where there are several it stands apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from dod2oso.base.texts import Text
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.runs import last_run
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import runs
from dod2oso.project.folder import ProjectFolder
from dod2oso.project.inbox import Sorted, Sound
from dod2oso.report import queries
from dod2oso.source.container.discreet import NameList
from dod2oso.source.register import EMPTY, read_register
from dod2oso.supplement.pupil import Named
from dod2oso.supplement.rows import Row, as_used

School = tuple[str, str]
_OPEN = frozenset({"held", "rejected"})


class _Edition(NamedTuple):
    """The number of a run, which says what came first, and when it began, ISO."""

    run: int
    started: str


class File(NamedTuple):
    """What one file says of one school; `edition`: when the run that wrote it began, ISO, "" for a list of one's own
    and None when the ledger does not know that run; `run`: the number of that run, 0 when there is none.
    """

    name: str
    edition: str | None
    run: int
    rows: int
    cells: int


@dataclass(slots=True)
class SchoolBack:
    """What came back from one school; `contradictions`: a cell, and the one before it that says something else."""

    name: str = ""
    files: list[File] = field(default_factory=list)
    new: int = 0
    again: int = 0
    contradictions: list[tuple[Text, Text]] = field(default_factory=list)
    open: int = 0


@dataclass(slots=True)
class Back:
    """What came back for one transfer, by school; `broken`, `elsewhere` as in Sorted, under names that can be told."""

    transfer: str
    schools: dict[School, SchoolBack]
    files: int
    broken: list[tuple[str, Text]]
    elsewhere: list[tuple[str, str]]

    def lines(self) -> list[Text]:
        """For a person."""
        lines = [Text("back-transfer", transfer=self.transfer, count=self.files)]
        for key in self.schools:
            lines += self.of(key)
        lines += [Text("back-broken", file=name, problem=problem) for name, problem in self.broken]
        lines += [Text("back-elsewhere", file=name, transfer=transfer) for name, transfer in self.elsewhere]
        return lines

    def of(self, key: School) -> list[Text]:
        """The same of one school; nothing when none is known."""
        files = [one for school in self.schools.values() for one in school.files]
        newest = max(files, key=lambda one: one.run, default=None)
        return _lines(key, self.schools[key], newest) if key in self.schools else []

    def as_json(self) -> dict[str, Any]:
        """In the shape of `status --workbooks --json`: counts and codes, and no place in a file."""
        schools = [
            {
                "brin": brin, "vestiging": vestiging, "name": school.name, "new": school.new, "again": school.again,
                "contradicting": len(school.contradictions), "open": school.open,
                "files": [one._asdict() for one in school.files],
            }
            for (brin, vestiging), school in self.schools.items()
        ]  # fmt: skip
        broken = [{"file": name, "cause": problem.key} for name, problem in self.broken]
        elsewhere = [{"file": name, "transfer": transfer} for name, transfer in self.elsewhere]
        return {"transfer": self.transfer, "schools": schools, "broken": broken, "elsewhere": elsewhere}


def came_back(project: ProjectFolder) -> list[Back]:
    """What lies in the folders of a project, for each of its transfers."""
    inbox = project.inbox()
    return [came_back_for(project, name, project.supplements(name, inbox)) for name in project.transfers]


def came_back_for(project: ProjectFolder, transfer: str, found: Sorted) -> Back:
    """The same for one transfer, of supplements that were read already."""
    path = project.register
    register = EMPTY if path is None else read_register(path, project.directories)
    names = {key: school.name for key, school in register.expected.items()}
    return _of_transfer(project, transfer, found, names)


def _of_transfer(project: ProjectFolder, transfer: str, found: Sorted, names: Mapping[School, str]) -> Back:
    out = project.out(transfer)
    editions: dict[str, _Edition] = {}
    waiting: Counter[School] = Counter()
    known = set(names)
    if (out / LEDGER_FILE).is_file():
        with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
            columns = select(runs.c.id, runs.c.number, runs.c.started)
            editions = {row.id.lower(): _Edition(row.number, str(row.started)) for row in connection.execute(columns)}
            last = last_run(connection)
            for row in queries.states(connection, last.id) if last is not None else ():
                known.add((row.brin, row.vestiging))
                if row.state in _OPEN:
                    waiting[row.brin, row.vestiging] += row.n
    told = NameList(out)
    schools = _by_school(found.sound, editions, told, known)
    for key, count in waiting.items():
        schools[key].open = count
    for key, school in schools.items():
        school.name = names.get(key, "")
    return Back(
        transfer,
        dict(sorted(schools.items())),
        len(found.sound),
        [(told.discreet(path.name), error.message) for path, error in found.broken],
        [(told.discreet(path.name), other) for path, other in found.elsewhere],
    )


def _by_school(
    files: Iterable[Sound], editions: Mapping[str, _Edition], told: NameList, known: Set[School]
) -> defaultdict[School, SchoolBack]:
    schools: defaultdict[School, SchoolBack] = defaultdict(SchoolBack)
    before: dict[tuple[Any, ...], tuple[str, Text]] = {}
    for sound in files:
        run, edition = _edition(sound, editions)
        counts: dict[School, Counter[str]] = defaultdict(Counter)
        for row in _rows(sound):
            school = _school(row.named, known)
            counts[school]["rows"] += 1
            for column, text in row.values:
                counts[school]["cells"] += 1
                value, cell = as_used(column, text), row.cell(column)
                place = (*school, *_who(row.named), column.name, column.steps)
                earlier = before.get(place)
                if earlier is None:
                    schools[school].new += 1
                elif earlier[0] == value:
                    schools[school].again += 1
                else:
                    schools[school].contradictions.append((cell, earlier[1]))
                before[place] = (value, cell)
        for school, count in counts.items():
            one = File(told.discreet(sound.path.name), edition, run, count["rows"], count["cells"])
            schools[school].files.append(one)
    return schools


def _rows(sound: Sound) -> Iterable[Row]:
    yield from sound.rows.pupils
    for rows in sound.rows.schools.values():
        yield from rows


def _edition(sound: Sound, editions: Mapping[str, _Edition]) -> tuple[int, str | None]:
    """Of the run that wrote the workbook; of one that was put together from several, the oldest."""
    if not sound.editions:
        return 0, ""
    known = [editions[edition.run] for edition in sound.editions if edition.run in editions]
    return min(known) if len(known) == len(sound.editions) else (0, None)


def _school(named: Named, known: Set[School]) -> School:
    at = [school for school in known if school[0] == named.brin]
    return at[0] if len(at) == 1 and not named.vestiging else (named.brin, named.vestiging)


def _who(named: Named) -> tuple[str, ...]:
    if named.leerlingid:
        return "number", named.leerlingid
    if named.dossier:
        return "key", named.dossier
    return "name", named.name.casefold(), named.born


def _lines(key: School, school: SchoolBack, newest: File | None) -> list[Text]:
    brin, vestiging = key
    code = f"{brin}-{vestiging}" if vestiging else brin
    who: str | Text = f"{code} {school.name}".strip() if brin else Text("back-anywhere")
    if not school.files:
        return [Text("back-school-nothing", school=who, open=school.open)]
    contradicting = len(school.contradictions)
    lines = [
        Text(
            "back-school", school=who, came=len(school.files), new=school.new, again=school.again,
            contradicting=contradicting, open=school.open,
        )
    ]  # fmt: skip
    for one in school.files:
        said = _edition_said(one, newest)
        lines.append(Text("back-file", file=one.name, edition=said, rows=one.rows, cells=one.cells))
    lines += [Text("back-contradiction", place=place, other=other) for place, other in school.contradictions]
    return lines


def _edition_said(one: File, newest: File | None) -> Text:
    if one.edition is None:
        return Text("back-edition-unknown")
    if not one.edition:
        return Text("back-edition-none")
    if newest is not None and newest.edition and one.run < newest.run:
        return Text("back-edition-older", day=_moment(one.edition), newest=_moment(newest.edition))
    return Text("back-edition", day=_moment(one.edition))


def _moment(started: str) -> str:
    return f"{datetime.fromisoformat(started).astimezone():%d-%m-%Y %H:%M}"
