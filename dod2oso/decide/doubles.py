"""Decisions about single pupils: which export counts for one who stands in several, and whether the others add to it.

They stand in the output folder, readable for its owner only, and name pupils by the pseudonyms of that folder, so they
mean nothing elsewhere. A decision holds for exactly the records that it was made for; an export more with the same
pupil is a new question.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field
from sqlalchemy import Connection, select

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_write
from dod2oso.base.models import Strict, validate
from dod2oso.base.texts import Text
from dod2oso.base.yaml import load
from dod2oso.decide.person import Ask, Counts, Say, Signature
from dod2oso.ledger import tables
from dod2oso.ledger.duplicates import CODE
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.runs import last_run
from dod2oso.ledger.store import Ledger

FILE = "beslissingen-leerlingen.yaml"
_MOST = 20  # records of one pupil; more is a made-up number (run/doubles/prepare.py)
_HEAD = """\
# Beslissingen over leerlingen in deze uitvoermap. Niet delen: elders betekent het niets.
# Decisions about pupils in this output folder. Do not share: elsewhere it means nothing.
"""


class DoubleDecision(Strict):
    """For this pupil (`pupils`: the pseudonyms of the records that it was made for) the export `uses` counts.

    `together`: a person confirms that the records are of one pupil, and what `uses` does not say comes from the others.
    """

    pupils: tuple[str, ...] = Field(min_length=1)
    uses: str = Field(min_length=1, max_length=300)
    together: bool = False
    who: str = Field(min_length=1, max_length=200)
    when: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    why: str = Field(min_length=1, max_length=500)

    @property
    def id(self) -> str:
        """A short name by which reports and findings call it."""
        return "d-" + hashlib.sha256(json.dumps(sorted(self.pupils)).encode()).hexdigest()[:8]


class _File(Strict):
    doubles: tuple[DoubleDecision, ...] = ()


class Doubles:
    """The decisions about doubles of one output folder."""

    def __init__(self, rows: Iterable[DoubleDecision] = ()) -> None:
        self.rows = tuple(rows)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def of(self, pupils: Iterable[str]) -> list[DoubleDecision]:
        """The decisions that were made for all of these records; several may contradict each other."""
        asked = frozenset(pupils)
        return [row for row in self.rows if asked and asked <= frozenset(row.pupils)]

    def confirms(self, pupils: Iterable[str]) -> bool:
        """Whether a person said of these records that they are of one pupil."""
        return any(row.together for row in self.of(pupils))

    def digest(self) -> str:
        """What changes when any of them says something else."""
        said = sorted((sorted(row.pupils), row.uses, row.together) for row in self.rows)
        return hashlib.sha256(repr(said).encode()).hexdigest()


def read_doubles(out_dir: Path) -> Doubles:
    """The decisions of an output folder; none when there is no file.

    ConfigurationError, with the line, when it is wrong or two rows about the same records contradict each other.
    """
    path = out_dir / FILE
    if not path.exists():
        return Doubles()
    file = load(path)
    rows = validate(_File, file.data, file).doubles
    seen: dict[frozenset[str], tuple[DoubleDecision, int]] = {}
    for number, row in enumerate(rows):
        there, first = seen.setdefault(frozenset(row.pupils), (row, number))
        if (there.uses, there.together) != (row.uses, row.together):
            place, other = (f"{file.name}:{file.line(('doubles', n))}" for n in (number, first))
            raise ConfigurationError("decision-contradicts", place=place, other=other)
    return Doubles(rows)


def write_doubles(out_dir: Path, rows: Iterable[DoubleDecision]) -> None:
    """Replace the file as a whole; only its owner can read it."""
    from dod2oso.base.yamltext import dumped_quoted

    written = sorted(rows, key=lambda row: sorted(row.pupils))
    data = {"doubles": [row.model_dump(mode="json", exclude_defaults=True) for row in written]}
    text = dumped_quoted(data)
    atomic_write(out_dir / FILE, _HEAD.encode() + text.encode())


# --- asking --------------------------------------------------------------------------------------------------------


class Record(NamedTuple):
    """A record of a pupil who stands in several exports."""

    pupil: str  # pseudonym
    export: str
    record: int
    state: str


@dataclass(frozen=True, slots=True)
class Double:
    """One pupil and the records about them, each in another export."""

    records: tuple[Record, ...]

    @property
    def pupils(self) -> tuple[str, ...]:
        return tuple(sorted({record.pupil for record in self.records}))

    @property
    def exports(self) -> tuple[str, ...]:
        return tuple(record.export for record in self.records)


def open_doubles(ledger: Ledger, decided: Doubles) -> list[Double]:
    """The doubles of the last run about which nothing was decided, and about which something can be."""
    with ledger.read() as connection:
        found = list(_doubles(connection))
    return [one for one in found if not decided.of(one.pupils)]


def _doubles(connection: Connection) -> Iterator[Double]:
    run = last_run(connection)
    if run is None:
        return
    dossiers, exports, findings = tables.dossiers, tables.exports, tables.findings
    flagged = select(findings.c.dossier).where(findings.c.code == CODE, findings.c.dossier.is_not(None))
    rows = connection.execute(
        select(
            dossiers.c.pseudonym, dossiers.c.record, dossiers.c.state, dossiers.c.match_pgn, dossiers.c.match_name,
            dossiers.c.brin, exports.c.name,
        )
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.export_id.in_(exports_of(run.id)), dossiers.c.id.in_(flagged))
        .order_by(dossiers.c.brin, dossiers.c.match_name, dossiers.c.match_pgn, exports.c.name, dossiers.c.record)
    ).all()  # fmt: skip
    for group in _same(rows):
        records = tuple(Record(row.pseudonym, row.name, row.record, row.state) for row in group)
        names = [record.export for record in records]
        if 1 < len(records) <= _MOST and len(set(names)) == len(names):
            yield Double(records)


def _same(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Rows of one pupil together: by personal number, and those without one by school and name."""
    by_name = groupby(rows, key=lambda row: (row.brin, row.match_name))
    left: dict[str, list[Any]] = {}
    for (_brin, name), group in by_name:
        members = list(group)
        numbers = {row.match_pgn for row in members} - {""}
        if name and len(numbers) < 2 and len(members) > 1:
            yield members
        else:
            for row in members:
                left.setdefault(row.match_pgn, []).append(row)
    yield from (group for number, group in left.items() if number)


def ask_doubles(
    out_dir: Path, doubles: Sequence[Double], decided: Doubles, by: Signature, say: Say, ask: Ask
) -> Counts:
    """Ask for each pupil which export counts; every answer is written down at once."""
    rows, counts = list(decided.rows), Counts(open=len(doubles))
    try:
        for number, double in enumerate(doubles, start=1):
            say(Text("decide-double", number=number, total=len(doubles)))
            for position, record in enumerate(double.records, start=1):
                say(Text("decide-double-record", number=position, export=record.export, record=record.record))
            chosen = _chosen(double, say, ask)
            if chosen is None:
                break
            if chosen:
                rows.append(decision(double, chosen.removesuffix(_TOGETHER), by, together=chosen.endswith(_TOGETHER)))
                write_doubles(out_dir, rows)
                counts.decided += 1
                counts.open -= 1
    except EOFError:
        pass
    return counts


_TOGETHER = "+"


def _chosen(double: Double, say: Say, ask: Ask) -> str | None:
    """The export that counts, with `+` behind it where the others add to it; "" when not now, None to stop."""
    while True:
        answer = ask(Text("decide-double-answer")).strip().lower()
        if answer in ("", "q"):
            return None if answer else ""
        number = answer.removesuffix(_TOGETHER).strip()
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(double.records):
            return double.exports[int(number) - 1] + answer[len(answer.rstrip(_TOGETHER)) :]
        say(Text("decide-not-understood"))


def decision(double: Double, uses: str, by: Signature, *, together: bool = False) -> DoubleDecision:
    """That this export counts for this pupil, and whether the others add what it does not say."""
    return DoubleDecision(pupils=double.pupils, uses=uses, together=together, who=by.who, when=by.when, why=by.why)


def prefer(doubles: Sequence[Double], export: str, by: Signature, *, together: bool = False) -> list[DoubleDecision]:
    """One decision for all doubles that stand in this export: it counts."""
    return [decision(double, export, by, together=together) for double in doubles if export in double.exports]
