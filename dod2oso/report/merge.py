"""Joining the masked reports of boards that each ran at home into one picture of a region; no pupil leaves a board.

A report is the gaps.json that `dod2oso report --mask-small` writes. What was hidden in it stays hidden: a sum over
hidden counts is only known to be at least so much (`Total`). What does not fit together is refused as a whole, with all
that is wrong: which of two boards is right about a school is not for us to say.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.texts import Sentences, Text
from dod2oso.report.json_ import FORMAT
from dod2oso.report.masking import SMALLEST_SHOWN
from dod2oso.report.texts import CauseKey

_LARGEST = 64 * 1024 * 1024  # bytes of a report; that of a thousand schools has a few million
_TOLD = 20  # problems named in one refusal
_NAMED = 5  # schools named in one problem

Count = Annotated[int, Field(ge=0)] | None  # None: hidden
School = tuple[str, str]


class _Part(BaseModel):
    """A part of gaps.json: keys that we do not use may be there, for a format only grows."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class StatesIn(_Part):
    ready: Count
    held: Count
    rejected: Count


class WaitsForIn(_Part):
    who: str
    dossiers: Count


class SchoolIn(_Part):
    """A school; `expected` None: nobody said how many, or it is hidden."""

    brin: str
    vestiging: str
    name: str
    stand: str
    dossiers: StatesIn
    expected: Count
    deadline: str
    over: Count
    waits_for: tuple[WaitsForIn, ...]


class CategoryIn(_Part):
    key: str
    label: str
    level: str
    dossiers: Count
    lacks: Count


class RepairIn(_Part):
    key: str
    text: str
    who: str
    dossiers: Count
    alone: Count


class CauseKeyIn(_Part):
    code: str
    rule: str
    target: str
    detail: str


class StuckIn(_Part):
    key: CauseKeyIn
    text: str
    remedy: str
    dossiers: Count


class _Simulation(_Part):
    repairs: tuple[RepairIn, ...]
    stuck: tuple[StuckIn, ...]


class _Extras(_Part):
    simulation: _Simulation


class RunIn(_Part):
    id: str
    oso: str
    overstap: str
    started: str
    status: str
    tool_version: str


class ReportIn(_Part):
    """gaps.json as far as a region needs it."""

    format: Literal[1]
    lang: str
    organisation: str = ""
    transfer: str
    run: RunIn
    masked: Literal[True]
    dossiers: StatesIn
    schools: tuple[SchoolIn, ...]
    categories: tuple[CategoryIn, ...]
    waiting: tuple[()]
    extras: _Extras


Read = tuple[str, ReportIn]  # what its file is called, and what it says


class Total(NamedTuple):
    """A sum: `least` when it is not `exact`, because parts of it are hidden (each of those is at least one)."""

    least: int
    exact: bool


@dataclass(frozen=True, slots=True)
class BoardPart:
    """One report that was joined. `label`: the organisation it names, else its file; `day`: of its run, ISO."""

    label: str
    day: str
    run: str
    status: str
    tool_version: str
    dossiers: StatesIn
    schools: int


@dataclass(frozen=True, slots=True)
class RegionSchool:
    """A school and the board (its label) that told of it."""

    board: str
    part: SchoolIn


@dataclass(frozen=True, slots=True)
class Action:
    """What people can do (`who`: as in Repair) or, with `remedy`, decide; `alone` None: nobody can fill that in."""

    text: str
    who: str
    remedy: str
    dossiers: Total
    alone: Total | None


@dataclass(frozen=True, slots=True)
class Category:
    """An OSO category over all boards: how many dossiers have it and lack it."""

    key: str
    label: str
    level: str
    dossiers: Total
    lacks: Total


@dataclass(frozen=True, slots=True)
class Region:
    """All boards together. `transfer`: in words; `first`, `last`: the days of the oldest and the newest run, ISO."""

    lang: str
    oso: str
    overstap: str
    transfer: str
    first: str
    last: str
    boards: tuple[BoardPart, ...]
    ready: Total
    held: Total
    rejected: Total
    expected: Total  # of schools that told it
    over: Total
    stands: dict[str, int]  # schools by how they stand
    schools: tuple[RegionSchool, ...]
    actions: tuple[Action, ...]  # that free most first
    decisions: tuple[Action, ...]
    categories: tuple[Category, ...]


def merge(files: Sequence[Path], lang: str = "nl") -> Region:
    """The region of these reports. `lang`: of texts, where a report has them in that language.

    UsageError for fewer than two files; ConfigurationError, with everything that is wrong, when they cannot be joined:
    no masked report of this format, another OSO version or transfer, one report twice, a school in two reports.
    """
    if len(files) < 2:
        raise UsageError("merge-too-few")
    problems: list[Text] = []
    read: list[Read] = []
    for name, file in zip(_told(files), files, strict=True):
        try:
            read.append((name, _read(file, name)))
        except ConfigurationError as error:
            problems.append(error.message)
    problems += _contradictions(read)
    if problems:
        raise ConfigurationError("merge-refused", problems=Sentences(*problems[:_TOLD]))
    return _joined(read, lang)


def _told(files: Sequence[Path]) -> list[str]:
    """What each file is called: its name, with as many of its folders as tell it from the others."""
    parts = [file.absolute().parts for file in files]
    for length in range(1, max(map(len, parts))):
        names = ["/".join(part[-length:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{file.name} ({place})" for place, file in enumerate(files, 1)]  # one file twice


def _read(file: Path, name: str) -> ReportIn:
    try:
        if file.stat().st_size > _LARGEST:
            raise ConfigurationError("merge-no-report", file=name)
        data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError:
        raise ConfigurationError("file-absent", file=name) from None
    try:
        found = ReportIn.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        if any(each["loc"] == ("format",) and each["type"] == "literal_error" for each in wrong):
            raise ConfigurationError("merge-other-format", file=name, format=FORMAT) from None
        where = {each["loc"][0] for each in wrong if each["loc"]}
        if where and where <= {"masked", "waiting"}:
            raise ConfigurationError("merge-unmasked", file=name) from None
        raise ConfigurationError("merge-no-report", file=name) from None
    if any(count is not None and 0 < count < SMALLEST_SHOWN for count in _of_pupils(found)):
        raise ConfigurationError("merge-unmasked", file=name)  # somebody said so, and it is not
    return found


def _of_pupils(report: ReportIn) -> Iterator[int | None]:
    """Every count of pupils that goes into a region."""
    for states in (report.dossiers, *(school.dossiers for school in report.schools)):
        yield from (states.ready, states.held, states.rejected)
    for school in report.schools:
        yield from (school.expected, school.over, *(each.dossiers for each in school.waits_for))
    for category in report.categories:
        yield from (category.dossiers, category.lacks)
    for repair in report.extras.simulation.repairs:
        yield from (repair.dossiers, repair.alone)
    yield from (stuck.dossiers for stuck in report.extras.simulation.stuck)


def _contradictions(read: Sequence[Read]) -> Iterator[Text]:
    """Why these reports are no region."""
    for place, (file, report) in enumerate(read):
        first, one = read[0]
        mine, theirs = report.run, one.run
        if (mine.oso, mine.overstap) != (theirs.oso, theirs.overstap):
            yield Text(
                "merge-other-run", file=file, oso=mine.oso, overstap=mine.overstap, first=first,
                first_oso=theirs.oso, first_overstap=theirs.overstap,
            )  # fmt: skip
        for earlier, before in read[:place]:
            if before.run.id == mine.id:
                yield Text("merge-twice", file=file, other=earlier)
            elif both := _in_both(before, report):
                names = ", ".join(both[:_NAMED]) + (" …" if len(both) > _NAMED else "")
                yield Text(
                    "merge-overlap", file=file, day=_day(report), other=earlier, other_day=_day(before),
                    count=len(both), schools=names,
                )  # fmt: skip


def _in_both(one: ReportIn, other: ReportIn) -> list[str]:
    """Schools of which both tell. Of a school without a location it may be any of that BRIN."""
    theirs: dict[str, set[str]] = {}
    for school in one.schools:
        theirs.setdefault(school.brin, set()).add(school.vestiging)
    return [
        f"{school.brin}-{school.vestiging}".rstrip("-")
        for school in other.schools
        if school.brin and (found := theirs.get(school.brin))
        and (school.vestiging in found or not school.vestiging or "" in found)
    ]  # fmt: skip


def _day(report: ReportIn) -> str:
    return report.run.started[:10]


def _joined(read: Sequence[Read], lang: str) -> Region:
    reports = [report for _file, report in read]
    labels = _labels(read)
    schools = [
        RegionSchool(label, school)
        for label, report in zip(labels, reports, strict=True)
        for school in report.schools
    ]  # fmt: skip
    first = next((report for report in reports if report.lang == lang), reports[0])
    return Region(
        lang=lang,
        oso=first.run.oso,
        overstap=first.run.overstap,
        transfer=first.transfer,
        first=min(map(_day, reports)),
        last=max(map(_day, reports)),
        boards=tuple(
            BoardPart(label, _day(report), report.run.id, report.run.status, report.run.tool_version, report.dossiers,
                      sum(bool(school.brin) for school in report.schools))
            for label, report in zip(labels, reports, strict=True)
        ),
        ready=total(report.dossiers.ready for report in reports),
        held=total(report.dossiers.held for report in reports),
        rejected=total(report.dossiers.rejected for report in reports),
        expected=_expected(schools),
        over=total(school.part.over for school in schools),
        stands=dict(Counter(school.part.stand for school in schools if school.part.brin)),
        schools=tuple(sorted(schools, key=lambda each: (not each.part.brin, each.part.brin, each.part.vestiging))),
        actions=_actions(reports, lang),
        decisions=_decisions(reports, lang),
        categories=_categories(reports, lang),
    )  # fmt: skip


def _labels(read: Sequence[Read]) -> list[str]:
    """What each board is called: as it says itself, else as its file; with its place where several say the same."""
    said = [report.organisation or file.removesuffix(".json") for file, report in read]
    several = Counter(said)
    return [f"{label} ({place})" if several[label] > 1 else label for place, label in enumerate(said, 1)]


def total(counts: Iterable[int | None]) -> Total:
    """The sum of counts, of which some may be hidden."""
    least, exact = 0, True
    for count in counts:
        least += 1 if count is None else count
        exact = exact and count is not None
    return Total(least, exact)


def _expected(schools: Iterable[RegionSchool]) -> Total:
    """Of what no school told nothing is added: it may be that nobody knows."""
    told = [school.part.expected for school in schools if school.part.brin]
    return Total(sum(count for count in told if count is not None), None not in told)


def _by_language(reports: Sequence[ReportIn], lang: str) -> list[ReportIn]:
    """Those in the language that is asked for come first: their words are taken."""
    return sorted(reports, key=lambda report: report.lang != lang)


def _actions(reports: Sequence[ReportIn], lang: str) -> tuple[Action, ...]:
    found: dict[str, list[RepairIn]] = {}
    for report in _by_language(reports, lang):
        for repair in report.extras.simulation.repairs:
            found.setdefault(repair.key, []).append(repair)
    made = [
        Action(parts[0].text, parts[0].who, "", total(part.dossiers for part in parts),
               total(part.alone for part in parts))
        for parts in found.values()
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda each: (-each.dossiers.least, each.text)))


def _decisions(reports: Sequence[ReportIn], lang: str) -> tuple[Action, ...]:
    found: dict[CauseKey, list[StuckIn]] = {}
    for report in _by_language(reports, lang):
        for stuck in report.extras.simulation.stuck:
            key = CauseKey(stuck.key.code, stuck.key.rule, stuck.key.target, stuck.key.detail)
            found.setdefault(key, []).append(stuck)
    made = [
        Action(parts[0].text, "", parts[0].remedy, total(part.dossiers for part in parts), None)
        for parts in found.values()
    ]
    return tuple(sorted(made, key=lambda each: (-each.dossiers.least, each.text)))


def _categories(reports: Sequence[ReportIn], lang: str) -> tuple[Category, ...]:
    found: dict[str, list[CategoryIn]] = {}
    for report in _by_language(reports, lang):
        for category in report.categories:
            found.setdefault(category.key, []).append(category)
    return tuple(
        Category(key, parts[0].label, parts[0].level, total(part.dossiers for part in parts),
                 total(part.lacks for part in parts))
        for key, parts in found.items()
    )  # fmt: skip


def as_json(region: Region) -> dict[str, Any]:
    """As regio-samen.json has it: a sum is `{"least": n, "exact": true}`, a count that a board hid is null."""
    return {
        "format": 1, "kind": "region", "oso": region.oso, "overstap": region.overstap, "transfer": region.transfer,
        "first": region.first, "last": region.last,
        "boards": [
            {"label": board.label, "day": board.day, "run": board.run, "status": board.status,
             "tool_version": board.tool_version, "schools": board.schools, "dossiers": board.dossiers.model_dump()}
            for board in region.boards
        ],
        "dossiers": {"ready": region.ready._asdict(), "held": region.held._asdict(),
                     "rejected": region.rejected._asdict()},
        "expected": region.expected._asdict(), "over": region.over._asdict(), "stands": region.stands,
        "schools": [{"board": school.board, **school.part.model_dump(mode="json")} for school in region.schools],
        "actions": [_action(each) for each in region.actions],
        "decisions": [_action(each) for each in region.decisions],
        "categories": [
            {"key": each.key, "label": each.label, "level": each.level, "dossiers": each.dossiers._asdict(),
             "lacks": each.lacks._asdict()}
            for each in region.categories
        ],
    }  # fmt: skip


def _action(action: Action) -> dict[str, Any]:
    return {
        "text": action.text, "who": action.who, "remedy": action.remedy, "dossiers": action.dossiers._asdict(),
        "alone": None if action.alone is None else action.alone._asdict(),
    }  # fmt: skip
