"""The forms in which the report is written. A module registers its own; `renderings` names the modules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from dod2oso.ledger.store import Ledger
from dod2oso.report.model import Report
from dod2oso.report.style import HouseStyle


@dataclass(frozen=True, slots=True)
class Rendering:
    """One form. `name` is the suffix of the file; `check` raises UsageError where this form cannot be made.

    `default`: written by every run, and by `report` when nobody asks for another form.
    """

    name: str
    write: Callable[[Ledger, Report, BinaryIO, HouseStyle], None]
    default: bool = True
    check: Callable[[], object] | None = None


RENDERINGS: dict[str, Rendering] = {}


def register(rendering: Rendering) -> None:
    RENDERINGS[rendering.name] = rendering
