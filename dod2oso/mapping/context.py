"""What operations and conditions see of the dossier being made."""

from collections.abc import Sequence
from datetime import date

from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.findings.shape import shape
from dod2oso.source.record import DROPPED, MAPPED, REFUSED, Cell, Group

# The fixed scopes; every `each` in the mapping adds one more.
TOP, REGISTER, RUN = range(3)
FIRST_EACH = 3

Scopes = list[Group]


class Refused(ValueError):
    """An operation or a condition cannot use what is there; carries the finding code and, in a word, why."""

    def __init__(self, code: str, note: str | Text = "") -> None:
        super().__init__(code)
        self.code = code
        self.note = note


class MappingState:
    """The state of one mapping: findings so far, and what was marked (so that a failed block can be undone)."""

    __slots__ = ("blocked", "datum", "findings", "items", "journal", "lossy", "trace", "transfer", "unclear", "version")

    def __init__(
        self,
        version: str,
        transfer: str,
        datum: date,
        blocked: frozenset[str] = frozenset(),
        unclear: frozenset[str] = frozenset(),
    ) -> None:
        self.version = version
        self.transfer = transfer
        self.datum = datum
        self.blocked = blocked  # OSO paths that the parents object to
        self.unclear = unclear  # OSO paths for which the supplement says something that cannot be read
        self.items: list[tuple[str, int]] = []  # the items of repeating groups that are being mapped
        self.findings: list[Finding] = []
        self.journal: list[tuple[Cell, int, str]] = []  # cell, its state before, OSO path
        self.lossy = False  # set by an operation that loses something
        self.trace: list[tuple[str, str]] | None = None  # (OSO path, origin) when someone wants to know

    def refuse(self, cell: Cell, code: str, target: str, *, note: str | Text = "", place: str | Text = "") -> None:
        """Refuse a value and say so."""
        cell.settle(REFUSED, code)
        found = Finding(code, cell.bound.field, target, note=note, place=place, shape=shape(cell.value))
        self.findings.append(found)

    @property
    def place(self) -> str:
        """Which item of a repeating group is being mapped, as a supplement names it: verzorgers[2].adressen[1]."""
        return ".".join(f"{name}[{number}]" for name, number in self.items)

    def undo(self, mark: int, code: str, shared: str = "") -> None:
        """Everything marked as mapped since `mark` did not come along after all, for the cause `code`.

        `shared`: the reason why values of the school or the run are left out here instead of refused. They are not this
        pupil's, and stand in the dossier all the same, where it tells of its school.
        """
        for cell, before, _path in reversed(self.journal[mark:]):
            cell.state = before
            if shared and cell.bound.shared:
                cell.settle(DROPPED, shared)
            else:
                cell.settle(REFUSED, code)
        del self.journal[mark:]

    def replace(self, path: str, reason: str) -> None:
        """What was taken for `path` made room for another value; dropped, unless another field still holds it."""
        taken = [(cell, before) for cell, before, at in self.journal if at == path]
        self.journal = [entry for entry in self.journal if entry[2] != path]
        for cell, before in taken:
            if not any(other is cell for other, _before, _path in self.journal):
                cell.state = before
                cell.settle(DROPPED, reason)

    def take(self, cell: Cell, state: int, path: str) -> None:
        """Mark a value as mapped (or lossy) to the OSO field at `path`; its reason stays, in case this is undone."""
        before = cell.state
        self.journal.append((cell, before, path))
        if state > before:
            cell.state = state
        if self.trace is not None:
            self.trace.append((path, cell.bound.field))


def lookup(scopes: Sequence[Group], name: str) -> str | None:
    """The value of a short name, in the innermost scope that has it."""
    for scope in reversed(scopes):
        cell = scope.fields.get(name)
        if cell is not None:
            return cell.value
    return None


__all__ = ["FIRST_EACH", "MAPPED", "REGISTER", "RUN", "TOP", "MappingState", "Refused", "Scopes", "lookup"]
