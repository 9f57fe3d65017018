"""What people decide, as the page shows it: what is open with candidates, what was decided, and the doubles.

The exports are looked at once, as if nothing was decided; what was decided since is taken off, so that a decision and
its undoing show at once.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import ConfigurationError, Dod2osoError
from dod2oso.base.texts import Text
from dod2oso.decide.asking import exactly_listed, row_of, said
from dod2oso.decide.candidates import Candidate, candidates
from dod2oso.decide.doubles import Double, DoubleDecision, Doubles, open_doubles, read_doubles
from dod2oso.decide.facets import Facets, Question, questions
from dod2oso.decide.person import Signature
from dod2oso.decide.survey import remarks, survey
from dod2oso.decide.testlist import ListedTest, TestCodes, read_test_codes
from dod2oso.decide.withdrawn import Withdrawn, read_withdrawn
from dod2oso.desk.beside import Beside
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.look import profiles_stamp
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.own import NotOurs
from dod2oso.source.container.pins import Pins
from dod2oso.source.decisions import FILE, NONE, AnyRow, CodeListLayout, Decision, Decisions, read_decisions
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.user_tables import read_tables

TESTS = "toetscodes"  # in the project: the user's own list of test codes
SHOWN = 40  # questions on a page
_NOBODY = Signature("-", "2000-01-01", "-")


class Open(NamedTuple):
    """A question. `typed`: whether the answer may be typed; `leave`: whether it may stay behind."""

    id: str
    question: Question
    said: Text
    offered: Sequence[tuple[Candidate, Text | str]]  # with what its button says
    typed: bool
    leave: bool


class Taken(NamedTuple):
    """A decision: how often what it is about stands in the exports (None: not known yet), and how often the last run
    found that the layout says something else.
    """

    id: str
    decision: Decision
    times: int | None
    contradicted: int


class OpenDouble(NamedTuple):
    """A pupil in several exports."""

    id: str
    double: Double


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of test codes. `problem`: why it cannot be used; `columns`: its headings, to tell what they are."""

    path: Path | None = None
    codes: TestCodes | None = None
    problem: Text | None = None
    columns: tuple[str, ...] = ()

    @property
    def tests(self) -> Sequence[ListedTest]:
        return self.codes.tests if self.codes is not None else ()


@dataclass(slots=True)
class Deciding:
    """All of the page. `found` None as long as the exports are looked at; `broken`: the decisions cannot be read."""

    decisions: Decisions
    listed: Listed
    found: Facets | None = None
    broken: Text | None = None
    asked: list[tuple[str, Question]] = field(default_factory=list)  # also what was decided
    open: list[tuple[str, Question]] = field(default_factory=list)

    def question(self, name: str) -> Question | None:
        """The question of this name, decided or not."""
        return next((one for id_, one in self.asked if id_ == name), None)

    def shown(self, first: int) -> list[Open]:
        """A page of what is open."""
        return [
            Open(
                id_, one, said(one), [(each, _words(one, each)) for each in candidates(one, self.listed.tests)],
                typed=one.test is not None or not one.allowed, leave=one.name is None,
            )
            for id_, one in self.open[first : first + SHOWN]
        ]  # fmt: skip

    def equal(self) -> list[tuple[Question, str]]:
        """Open tests that the list names exactly so."""
        return exactly_listed([one for _id, one in self.open], self.listed.tests)

    def notes(self) -> list[Text]:
        """What is not asked, and why."""
        return list(remarks(self.found)) if self.found is not None else []


def _words(question: Question, candidate: Candidate) -> Text | str:
    return candidate.becomes if question.name is None else Text(f"desk-decide-name-{candidate.becomes}")


def decisions_file(at: At) -> Path:
    return at.project.home / FILE


def deciding(desk: Desk, at: At) -> Deciding:
    """What there is to decide in a transfer of a project."""
    path, broken, decisions = decisions_file(at), None, NONE
    try:
        decisions = read_decisions([path]) if path.exists() else NONE
    except ConfigurationError as error:
        broken = error.message
    made = Deciding(decisions, _listed(at, decisions.test_list), _facets(desk, at), broken)
    if made.found is not None:
        made.asked = [(name_of(_key(one)), one) for one in questions(made.found)]
        decided = {one.row.key for one in decisions.all}
        made.open = [(name, one) for name, one in made.asked if _key(one) not in decided]
    return made


def taken(at: At, made: Deciding) -> list[Taken]:
    """What was decided, the last first."""
    against = _contradicted(at)
    counts = {name: one.count for name, one in made.asked}
    rows = [
        Taken(
            name_of(one.row.key), one, counts.get(name_of(one.row.key), 0) if made.found is not None else None,
            against.get(one.id, 0),
        )
        for one in made.decisions.all
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.decision.row.when, row.decision.row.said), reverse=True)


def withdrawn(at: At) -> Sequence[Withdrawn]:
    """What was taken back, the last first."""
    return read_withdrawn(decisions_file(at))[::-1]


def doubles(at: At) -> tuple[list[OpenDouble], Doubles]:
    """Pupils in several exports about whom nothing was decided, and the decisions about others."""
    if not (at.out / LEDGER_FILE).is_file():
        return [], Doubles()
    decided = read_doubles(at.out)
    with Ledger.open(at.out, create=False) as ledger:
        return [OpenDouble(name_of(one.pupils), one) for one in open_doubles(ledger, decided)], decided


def double_name(row: DoubleDecision) -> str:
    """How a decision about a double is called in a form."""
    return name_of(sorted(row.pupils))


def name_of(key: Iterable[str]) -> str:
    """How what is decided on is called in a form."""
    return sha256(json.dumps(list(key)).encode()).hexdigest()[:16]


def _key(question: Question) -> tuple[str, ...]:
    row: AnyRow = row_of(question, None, _NOBODY)
    return row.key


def _facets(desk: Desk, at: At) -> Facets | None:
    """What the exports ask, looked at beside the pages; None as long as that goes on."""
    inbox, own = at.project.inbox(), at.project.profiles()
    pins = desk.pins(at.id)
    version = at.project.version(at.transfer)
    stamp = (json.dumps(inbox.seen), len(pins), profiles_stamp(own), version)
    look = partial(_look, desk.beside, inbox.exports, inbox.supplements, tuple(pins), own, version, at.transfer)
    return desk.beside.of(("decide", at.out), stamp, look, long=True)


def _look(
    beside: Beside, exports: Sequence[Path], given: Sequence[Path], pins: Sequence[str], own: Sequence[Path],
    version: str, transfer: str,
) -> Facets:  # fmt: skip
    found = find_exports(exports, Pins(pins), NotOurs.giving(given)).exports
    profiles = known_profiles(None, own, lambda _told: None)  # the page of files says which one is broken
    return survey(found, profiles, NONE, version, transfer, _Watch(beside))


class _Watch:
    """Watches for the end of the server only; what could not be read stands in the facets."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def export(self, name: str, number: int, total: int, records: int) -> None:
        pass

    def dossiers(self, done: int) -> None:
        self._beside.check(done)

    def message(self, text: Text) -> None:
        pass


_lists: dict[Path, tuple[tuple[int, int, CodeListLayout | None], Listed]] = {}


def _listed(at: At, layout: CodeListLayout | None) -> Listed:
    """The newest list, read once until it or its layout changes."""
    folder = at.project.home / TESTS
    there = folder.iterdir() if folder.is_dir() else ()
    files = [path for path in there if path.is_file() and path.name[0] not in ".~"]
    if not files:
        return Listed()
    path = max(files, key=lambda each: (each.stat().st_mtime_ns, each.name))
    stamp = (path.stat().st_mtime_ns, path.stat().st_size, layout)
    kept = _lists.get(path)
    if kept is None or kept[0] != stamp:
        kept = _lists[path] = (stamp, _read_list(path, layout))
    return kept[1]


def _read_list(path: Path, layout: CodeListLayout | None) -> Listed:
    try:
        return Listed(path, read_test_codes(path, None, layout))
    except Dod2osoError as error:
        try:
            columns = tuple(dict.fromkeys(column for table in read_tables(path) for column in table.columns))
        except Dod2osoError:
            columns = ()
        return Listed(path, None, error.message, columns if error.code == "test-list-columns" else ())


def _contradicted(at: At) -> dict[str, int]:
    """By decision how many values the last run read otherwise than it says."""
    if not (at.out / LEDGER_FILE).is_file():
        return {}
    with Ledger.open(at.out, create=False) as ledger:
        run = ledger.last_run()
        if run is None:
            return {}
        with ledger.read() as connection:
            rows = queries.decided(connection, run)
    return {row.decision: int(row.n) for row in rows if row.code == queries.CONTRADICTED}
