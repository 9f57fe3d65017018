"""What one server knows: the projects it may show, the language, whose view it is, what to say on the next page."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dod2oso.base.clock import stopwatch
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.folderlock import refuse_locked
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Ask, NotHere
from dod2oso.desk.beside import Beside
from dod2oso.desk.keys import Closed, forget, is_closed
from dod2oso.desk.recent import Recent
from dod2oso.report.style import HouseStyle, load_style
from dod2oso.source.container.limits import MAX_PIN, MAX_PINS

if TYPE_CHECKING:  # what the first page does not need is loaded when it is
    from dod2oso.desk.look import Looker
    from dod2oso.desk.opened import Load, Opened
    from dod2oso.desk.working import Work
    from dod2oso.handover.config import Handover
    from dod2oso.project.folder import ProjectFolder

_LOCK = 10 * 60.0  # seconds without a request after which names are hidden
_PATIENCE = 30.0  # seconds in which a run that is stopped may write down where it was


class At(NamedTuple):
    """A transfer of a project, and how it is called in an address."""

    id: str
    project: "ProjectFolder"
    transfer: str
    handover: "Handover"

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
    load: "Load"
    recent: Recent
    school: str = ""
    home: Path | None = None
    outside: bool = False  # whether other computers may ask
    said: list[Text] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)
    works: dict[str, "Work"] = field(default_factory=dict)  # by project: the run that goes on, or the last one
    signed: dict[str, tuple[str, str]] = field(default_factory=dict)  # by project: who decides here, and why
    _names: float = field(
        default_factory=lambda: stopwatch() - _LOCK
    )  # when somebody last did something while names were shown
    _stirred: float = field(default_factory=stopwatch)
    _pins: dict[str, list[str]] = field(default_factory=dict, repr=False)
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

    @property
    def looker(self) -> "Looker":
        """Who looks at files that were delivered."""
        from dod2oso.desk.look import Looker

        return Looker(self.beside)

    def opened(self, name: str) -> "Opened":
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
        found = At(ask.path["project"], opened.project, ask.path["transfer"], opened.handover)
        refuse_locked(found.out)
        if is_closed(found.out):
            raise Closed
        return found

    @property
    def names(self) -> bool:
        """Whether names of pupils may be shown now."""
        return stopwatch() - self._names < _LOCK

    def show_names(self, show: bool) -> None:
        """Somebody chose to show names, or to hide them."""
        self._names = stopwatch() if show else stopwatch() - _LOCK

    def stir(self) -> None:
        """Somebody is there."""
        self.rest()
        self._stirred = stopwatch()
        if self.names:
            self._names = self._stirred

    def rest(self) -> None:
        """Close what is open when nobody was there for so long: names, and the keys of encrypted projects."""
        if stopwatch() - self._stirred >= _LOCK:
            self.lock()

    def lock(self) -> None:
        """Hide names, and forget keys: the passphrase is asked again."""
        self.show_names(False)
        forget()

    def pins(self, name: str) -> list[str]:
        """The PINs that were typed for a project; they stand in memory only."""
        return self._pins.get(name, [])

    def add_pin(self, name: str, pin: str) -> None:
        """One more PIN to try."""
        self._pins[name] = list(dict.fromkeys([*self.pins(name), pin[:MAX_PIN]]))[-MAX_PINS:]

    def job(self, key: str) -> "Work | None":
        """How a job stands now; it does not change any more."""
        work = self.works.get(key)
        return work.now() if work is not None else None

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return any(not work.over for work in self.works.values())

    def close(self) -> None:
        """Stop what goes on beside the pages."""
        self.beside.close()
        for work in self.works.values():
            work.stop()
        for work in self.works.values():
            work.wait(_PATIENCE)

    def say(self, text: Text) -> None:
        """Something to know on the next page."""
        self.said.append(text)

    def heard(self) -> list[Text]:
        """What there is to say, once."""
        said, self.said = self.said, []
        return said

    def _load(self, folder: Path) -> "Opened | None":
        try:
            return self.load(folder / FILE)
        except OSError:
            raise ConfigurationError("settings-unreadable", file=FILE.name) from None
