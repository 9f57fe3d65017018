"""What a view is: columns and rows, apart from how they are shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from dod2oso.base.texts import Text
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_heading
from dod2oso.report.model import Report, States
from dod2oso.report.texts import Lexicon

Shown = Literal["both", "page", "sheet"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, shown as a percentage."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A text with how often, as one of a list in a cell. `mark`: the colour that stands for it; `soft`: said more
    softly.
    """

    count: int
    text: str
    soft: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word from a fixed set: its code, and how people read it. A sheet shows the word, a filter finds the code."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A finding about the thing in the row itself."""

    severity: Badge
    text: str
    remedy: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A school as people name it; `name` is "" where nobody knows it."""

    brin: str
    vestiging: str
    name: str = ""


class Code(str):
    """What can be looked up (`about`: under which code); on the page a link to what it means."""

    __slots__ = ("about",)

    def __new__(cls, shown: str, about: str = "") -> "Code":
        made = super().__new__(cls, shown)
        made.about = about or shown
        return made

    about: str


Cell = str | int | Share | Badge | Place | States | Sequence[str] | Sequence[Counted] | Sequence[Note]
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` is its name for scripts (the header of a CSV), `width` in characters on a sheet.

    `under`: on the page it stands beneath that other column, in its cell, as `soft` text or `code`. `shown`: on the
    page, on the sheet, or on both. `filter`: a drop-down list on the page. `sign`: a number with + before it.
    """

    key: str
    title: str
    width: int = 12
    under: str = ""
    as_code: bool = False
    shown: Shown = "both"
    filter: bool = False
    sign: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One table. `rows` may be a stream, for lists as long as there are dossiers."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]

    def on(self, where: Literal["page", "sheet"]) -> "View":
        """The view with only the columns for this place."""
        kept = [i for i, column in enumerate(self.columns) if column.shown in ("both", where)]
        if len(kept) == len(self.columns):
            return self
        return replace(
            self,
            columns=tuple(self.columns[i] for i in kept),
            rows=(tuple(row[i] for i in kept) for row in self.rows),
        )


Maker = Callable[[Report, Lexicon], View | None]
VIEWS: dict[str, Maker] = {}


def view(name: str) -> Callable[[Maker], Maker]:
    """Register what makes the view of this name; it gives None when the report has nothing for it."""

    def register(maker: Maker) -> Maker:
        VIEWS[name] = maker
        return maker

    return register


def column(text: str, words: Lexicon, width: int = 12, **more: Any) -> Column:
    """The column with this heading of texts.yaml (`heading-KEY`)."""
    return Column(text.removeprefix("heading-"), Text(text).text(words.lang), width, **more)


def state_columns(words: Lexicon, width: int = 9) -> tuple[Column, ...]:
    """A column for the number of dossiers in each state."""
    return tuple(Column(state, state_heading(state, words.lang), width) for state in STATES)


def severity_words(words: Lexicon) -> dict[str, Badge]:
    """How severe a finding is, as people read it."""
    return {
        "error": Badge("error", words.say("severity-error")),
        "warning": Badge("warning", words.say("severity-warning")),
        "info": Badge("info", words.say("severity-info")),
    }
