"""What another system said of the dossiers of a package, read from a file and held against the index.

Only what was clearly answered about these very bytes counts. An empty answer, a word that nobody knows, two answers
that contradict each other, a file with other bytes: each is not tested, with why, and never passed.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import Strict
from dod2oso.base.texts import Text
from dod2oso.conformance.index import Entry, Index
from dod2oso.source.user_tables import read_tables

CSV, JSON = "answers.csv", "answers.json"
COLUMNS = ("file", "sha256", "answer", "note")
WORDS = {
    "valid": "valid", "geldig": "valid", "goed": "valid", "ok": "valid", "accepted": "valid", "geaccepteerd": "valid",
    "invalid": "invalid", "ongeldig": "invalid", "fout": "invalid", "refused": "invalid", "geweigerd": "invalid",
    "rejected": "invalid", "afgekeurd": "invalid",
}  # fmt: skip

State = Literal["agrees", "differs", "not-tested"]
STATES: tuple[State, ...] = ("agrees", "differs", "not-tested")


class Answer(Strict):
    """One answer; `sha256` empty: about whatever stands under that name."""

    file: str
    sha256: str = ""
    answer: str = ""
    note: str = ""


class Answers(Strict):
    """A file of answers. system: what was tested, as whoever tested it calls it."""

    format: Literal[1] = 1
    system: str = ""
    answers: tuple[Answer, ...]


class Compared(NamedTuple):
    """One dossier: what must be said, what was said ("" when nothing counts), and how that compares."""

    entry: Entry
    said: str
    state: State
    why: Text | None
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All dossiers of the index in its order, and what was answered about something else."""

    system: str
    rows: tuple[Compared, ...]
    strange: tuple[str, ...] = field(default=())  # names of files that are not in the index

    def counts(self) -> dict[State, int]:
        """How many dossiers are in which state."""
        return {state: sum(row.state == state for row in self.rows) for state in STATES}

    @property
    def complete(self) -> bool:
        """Whether every dossier was tested, and the system said of each what must be said."""
        return all(row.state == "agrees" for row in self.rows) and not self.strange


def template_csv(index: Index) -> bytes:
    """The answers to fill in, as a table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows((entry.file, entry.sha256, "", "") for entry in index.dossiers)
    return text.getvalue().encode("utf-8-sig")


def template_json(index: Index) -> bytes:
    """The same as JSON, for a system that answers by itself."""
    made = Answers(answers=tuple(Answer(file=entry.file, sha256=entry.sha256) for entry in index.dossiers))
    return made.model_dump_json(indent=1).encode() + b"\n"


def read_answers(path: Path) -> Answers:
    """The answers in a file: JSON, CSV or a spreadsheet; ConfigurationError when it holds no answers."""
    if path.suffix.lower() != ".json":
        return Answers(answers=tuple(_of_tables(path)))
    try:
        return Answers.model_validate_json(path.read_bytes())
    except OSError:
        raise ConfigurationError("file-absent", file=path.name) from None
    except (ValidationError, json.JSONDecodeError):
        raise ConfigurationError("conformance-answers-wrong", file=path.name, columns=", ".join(COLUMNS)) from None


def _of_tables(path: Path) -> Iterator[Answer]:
    for table in read_tables(path):
        if not {"file", "answer"} <= set(table.columns):
            raise ConfigurationError("conformance-answers-wrong", file=path.name, columns=", ".join(COLUMNS))
        for row in table.rows:
            if "file" in row.cells:
                yield Answer(**{name: row.cells.get(name, "") for name in COLUMNS})


def compare(index: Index, answers: Answers) -> Comparison:
    """Hold the answers against the index."""
    by_file: dict[str, list[Answer]] = {}
    for answer in answers.answers:
        by_file.setdefault(answer.file.replace("\\", "/").strip(), []).append(answer)
    known = {entry.file for entry in index.dossiers}
    rows = tuple(_compared(entry, by_file.get(entry.file, [])) for entry in index.dossiers)
    return Comparison(answers.system, rows, tuple(name for name in by_file if name not in known))


def _compared(entry: Entry, answers: Sequence[Answer]) -> Compared:
    note = " ".join(answer.note for answer in answers if answer.note)
    mine = [answer for answer in answers if not answer.sha256 or answer.sha256.strip().lower() == entry.sha256]
    words = {answer.answer.strip().casefold() for answer in mine} - {""}
    said = {WORDS[word] for word in words if word in WORDS}
    why: Text | None = None
    if not answers or not (words or len(mine) < len(answers)):
        why = Text("conformance-why-no-answer")
    elif len(mine) < len(answers):
        why = Text("conformance-why-other-bytes")
    elif not words <= WORDS.keys():
        why = Text("conformance-why-unknown-word", known="valid, invalid")
    elif len(said) > 1:
        why = Text("conformance-why-contradiction")
    if why is not None:
        return Compared(entry, "", "not-tested", why, note)
    word = said.pop()
    if word == entry.expected:
        return Compared(entry, word, "agrees", None, note)
    return Compared(entry, word, "differs", Text(f"conformance-why-{word}-instead"), note)
