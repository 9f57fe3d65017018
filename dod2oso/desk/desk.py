"""What one server knows: the projects it may show, the language, whose view it is, what to say on the next page."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Ask, NotHere
from dod2oso.desk.recent import Recent
from dod2oso.handover.config import Handover
from dod2oso.project.folder import ProjectFolder
from dod2oso.report.style import HouseStyle, load_style


class Opened(NamedTuple):
    """A project and how it hands over."""

    project: ProjectFolder
    handover: Handover


Load = Callable[[Path], Opened | None]  # from the file of settings; None when that is of no project


class At(NamedTuple):
    """A transfer of a project, and how it is called in an address."""

    id: str
    project: ProjectFolder
    transfer: str
    handover: Handover

    @property
    def out(self) -> Path:
        return self.project.out(self.transfer)

    @property
    def url(self) -> str:
        return f"/p/{self.id}/{self.transfer}"

    def style(self) -> HouseStyle:
        """The house style of the project."""
        return load_style(self.project.home / FILE)


@dataclass(slots=True)
class Desk:
    """`school`: the only BRIN that is shown, "" for all."""

    lang: str
    load: Load
    recent: Recent
    school: str = ""
    home: Path | None = None
    said: list[Text] = field(default_factory=list)
    _known: dict[str, Path] = field(default_factory=dict)

    def open(self, folder: Path) -> str:
        """Let a project be shown, and remember it; its name in addresses. Errors as `load`."""
        folder = folder.resolve()
        if self._load(folder) is None:
            raise UsageError("desk-no-project", folder=folder.name)
        if not self.school:
            self.recent.add(folder)
        return self.know(folder)

    def know(self, folder: Path) -> str:
        """Let a folder be asked for; its name in addresses, the same every time."""
        name = hashlib.sha256(str(folder).encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._known[name] = folder
        return name

    def folder(self, name: str) -> Path:
        """The folder with this name in addresses; NotHere when it is none of ours."""
        if name not in self._known:
            raise NotHere
        return self._known[name]

    def opened(self, name: str) -> Opened:
        """The project with this name, as its settings are now."""
        folder = self.folder(name)
        opened = self._load(folder)
        if opened is None:
            raise UsageError("desk-no-project", folder=folder.name)
        return opened

    def at(self, ask: Ask) -> At:
        """The transfer that a request is about."""
        opened = self.opened(ask.path["project"])
        if ask.path["transfer"] not in opened.project.transfers:
            raise NotHere
        return At(ask.path["project"], opened.project, ask.path["transfer"], opened.handover)

    def say(self, text: Text) -> None:
        """Something to know on the next page."""
        self.said.append(text)

    def heard(self) -> list[Text]:
        """What there is to say, once."""
        said, self.said = self.said, []
        return said

    def _load(self, folder: Path) -> Opened | None:
        try:
            return self.load(folder / FILE)
        except OSError:
            raise ConfigurationError("settings-unreadable", file=FILE.name) from None
