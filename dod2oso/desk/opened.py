"""A project as the desk gets it, and who loads one: settings are read by the command line, which stands above us."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dod2oso.handover.config import Handover
    from dod2oso.project.folder import ProjectFolder


class Opened(NamedTuple):
    """A project and how it hands over."""

    project: "ProjectFolder"
    handover: "Handover"


Load = Callable[[Path], Opened | None]  # from the file of settings; None when that is of no project
