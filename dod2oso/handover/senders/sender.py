"""What a sender is, and what all of them share.

A sender brings dossiers to somebody; it never decides which. Who decides is `send.hand_over`, which gives it only
dossiers that are ready and whose bytes were just compared with the ledger. A sender writes down every step (see
`ledger/handovers.py`) before it takes it, so that after a crash it can always be told where each dossier is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from dod2oso.base.errors import TryLaterError
from dod2oso.ledger.handovers import Handover, Ready, Step

OUTBOX, HTTP, BRON = "outbox", "http", "bron"

Watch = Callable[[str, int], None]  # told of every dossier: how it ended, and how many are still to go


@dataclass(slots=True)
class Pushed:
    """What came of bringing staged dossiers to a receiver; `problem` is why it stopped before the end."""

    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    left: int = 0  # still staged
    doubtful: int = 0  # in doubt since an earlier command, and left alone
    problem: TryLaterError | None = field(default=None)


class Sender(Protocol):
    """One way to hand over."""

    name: str

    def settle(self, step: Step) -> None:
        """Finish or forget what a crash left half-way, and see what receivers did in the meantime."""

    def stage(self, dossiers: Sequence[Ready], step: Step) -> None:
        """Take over dossiers whose bytes were just checked; their handovers become `staged`."""

    def take_back(self, chosen: Sequence[Handover], new: str, step: Step) -> list[str]:
        """Bring staged handovers into the state `new` (withdrawn, expired); return the ids that had not left."""


@runtime_checkable
class Pusher(Sender, Protocol):
    """A sender that goes to the receiver itself; with the others the receiver fetches."""

    def push(self, step: Step, watch: Watch) -> Pushed:
        """Bring what is staged to the receiver, one by one."""
