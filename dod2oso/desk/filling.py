"""What is still missing at a school, as the workbook asks it, kept until the ledger changes."""

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.desk.desk import At
from dod2oso.desk.status import stamp
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.plan import Plan
from dod2oso.project.filled import Who
from dod2oso.report.facts import run_facts
from dod2oso.supplement.edition import Edition
from dod2oso.supplement.labels import column_label
from dod2oso.supplement.repairs import Fill, Repair
from dod2oso.supplement.useful import useful_for
from dod2oso.supplement.workbook_cells import CellKind, choices_of, help_of, kind_of
from dod2oso.supplement.workbook_rows import PupilRow, SchoolSheet, school_sheets

WHOLE = "school"  # in an address: the row of the whole school


class Question(NamedTuple):
    """One field to fill in."""

    column: str
    label: str
    help: str
    kind: CellKind
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One pupil, or the whole school (`id` WHOLE): what is asked, and by what a person there knows who it is."""

    id: str
    who: Who
    known_by: str
    name: str
    born: str
    why: tuple[Repair, ...]
    questions: tuple[Question, ...]
    blocking: int  # so many of them, the first, are in the way


@dataclass(frozen=True, slots=True)
class Missing:
    """All that is asked of one school."""

    plan: Plan
    edition: Edition
    asked: tuple[Asked, ...]

    def find(self, name: str) -> Asked | None:
        return next((one for one in self.asked if one.id == name), None)


_kept: dict[tuple[str, str, str, str, bool, bool], tuple[object, Missing]] = {}  # the last: whether with names
_lock = Lock()


def missing(at: At, brin: str, vestiging: str, lang: str, *, names: bool, useful: bool = False) -> Missing:
    """What is missing at a school after the last run. `names`: with the names of pupils; `useful`: also what is worth
    filling in and blocks nothing.
    """
    key, now = (str(at.out), brin, vestiging, lang, useful, names), stamp(at)
    with _lock:
        kept = _kept.get(key)
    if kept is not None and kept[0] == now:
        return kept[1]
    found = _read(at, (brin, vestiging), lang, names, useful)
    with _lock:
        _kept[key] = (now, found)
    return found


def prepare(at: At) -> None:
    """Know what is asked in this version, so that the first school to be filled in does not wait for that."""
    useful_for(shipped_plan(at.project.version(at.transfer), at.transfer))


def forget_names() -> None:
    """Keep no name any longer."""
    with _lock:
        for key in [key for key in _kept if key[-1]]:
            del _kept[key]


def _read(at: At, school: tuple[str, str], lang: str, names: bool, useful: bool) -> Missing:
    pseudonyms = Pseudonyms(load_key(at.out))
    with Ledger.open(at.out, create=False) as ledger, ledger.read() as connection:
        run = ledger.last_run() or ""
        version = run_facts(connection, run).oso
        plan = shipped_plan(version, at.transfer)
        more = useful_for(plan) if useful else ()
        sheets = list(school_sheets(connection, run, at.out, pseudonyms, names=names, only=school, useful=more))
    asked = tuple(one for sheet in sheets for one in _asked(sheet, version, lang))
    return Missing(plan, Edition.of(pseudonyms, run), asked)


def _asked(sheet: SchoolSheet, version: str, lang: str) -> list[Asked]:
    columns = [*sheet.columns, *dict.fromkeys(fill for row in sheet.rows for fill in row.useful)]
    questions = {fill.column: _question(fill, version, lang) for fill in columns}
    found = []
    if sheet.for_all and sheet.brin:
        why = tuple(sheet.for_all.values())
        own = tuple(questions[fill.column] for repair in why for fill in repair.fill)
        whole = tuple(dict.fromkeys(own))
        found.append(Asked(WHOLE, Who(), "", "", "", why, whole, len(whole)))
    for row in sheet.rows:
        open_here = tuple(question for column, question in questions.items() if column in row.open)
        more = tuple(questions[fill.column] for fill in row.useful)
        who = Who(row.leerlingid, row.key)
        found.append(
            Asked(
                _id(row), who, _known_by(row), row.name, row.born, row.repairs, (*open_here, *more), len(open_here)
            )
        )  # fmt: skip
    return found


def _question(fill: Fill, version: str, lang: str) -> Question:
    kind = kind_of(fill, version)
    own = fill.help.text(lang) if fill.help is not None else ""
    label = column_label(fill.column, version, lang)
    return Question(fill.column, label, own or help_of(kind, lang), kind, choices_of(fill, kind, version))


def _known_by(row: PupilRow) -> str:
    return row.leerlingid or row.number or row.where


def _id(row: PupilRow) -> str:
    """How a pupil is called in an address: nothing that says who it is, and the same as long as the key is."""
    return sha256(f"{row.key} {row.where}".encode()).hexdigest()[:16]
