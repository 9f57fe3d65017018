"""The sender of the built-in source: staged is a word in the ledger, and the receiver fetches (see handover/bron)."""

from collections.abc import Sequence
from pathlib import Path

from dod2oso.handover.senders.registry import SenderKind, register
from dod2oso.handover.senders.sender import BRON
from dod2oso.ledger.handovers import STAGED, Handover, Ready, Step, begin, move
from dod2oso.ledger.store import Ledger


class BronSender:
    """A sender without files of its own: staged is a word in the ledger, and the receiver fetches. Sender `bron`."""

    name = BRON

    def __init__(self, ledger: Ledger, out_dir: Path) -> None:
        self.ledger = ledger
        self.out_dir = out_dir

    def settle(self, step: Step) -> None:
        """Nothing: a delivery under way belongs to the server that does it (see `store.recover`)."""

    def stage(self, dossiers: Sequence[Ready], step: Step) -> None:
        with self.ledger.write() as connection:
            begin(connection, dossiers, self.name, STAGED, step)

    def take_back(self, chosen: Sequence[Handover], new: str, step: Step) -> list[str]:
        return move(self.ledger, [each.id for each in chosen], new, step, only_from=(STAGED,))


register(SenderKind(BRON, BronSender))
