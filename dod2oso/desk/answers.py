"""What a page is asked and what it answers, apart from how that travels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dod2oso.base.texts import Text

if TYPE_CHECKING:
    from dod2oso.desk.desk import Desk


class NotHere(Exception):
    """There is no such page, project, transfer or school, or not for who asks: nobody is told which of these."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was let in. `form`: the fields, of each name the values in their order."""

    desk: "Desk"
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    part: str = ""  # of a project: the word of the menu

    def field(self, name: str) -> str:
        """The first value of a field without the spaces around it; "" when it is not there."""
        return (self.form.get(name) or ("",))[0].strip()


@dataclass(frozen=True, slots=True)
class Page:
    """A page made of a template; `title` also stands in the window and never names a person."""

    template: str
    title: Text
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Go on to another page of ours."""

    where: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the project, or bytes; `shown`: in the browser, shut off from everything else there."""

    name: str
    content: Path | bytes
    kind: str = "application/octet-stream"
    shown: bool = False


Answer = Page | Go | Download


@dataclass(frozen=True, slots=True)
class Route:
    """A page and where it stands; `one_school`: also for who sees one school only."""

    method: str
    path: str
    answer: Callable[[Ask], Answer]
    one_school: bool = False
