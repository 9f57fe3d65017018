"""What waits for a gateway, and can still be taken back; without the means to call it (see http.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dod2oso.handover.config import Handover
from dod2oso.handover.senders.bron import BronSender
from dod2oso.handover.senders.registry import SenderKind, register
from dod2oso.handover.senders.sender import HTTP, Sender
from dod2oso.handover.tls import Ask, client_context
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import OFFERED, UNKNOWN, Step, move, pages
from dod2oso.ledger.store import Ledger


class GatewayQueue(BronSender):
    """The dossiers that are staged for sender `http`."""

    name = HTTP

    def settle(self, step: Step) -> None:
        """What was under way when an earlier command was killed may have arrived, or not."""
        for page in pages(self.ledger, handovers.c.sender == HTTP, handovers.c.state == OFFERED):
            ids = [each.id for each in page]
            move(self.ledger, ids, UNKNOWN, step._replace(reason="afgebroken"), only_from=(OFFERED,))


@contextmanager
def _connected(ledger: Ledger, out_dir: Path, handover: Handover, ask: Ask | None) -> Iterator[Sender]:
    """The sender with a connection to its gateway."""
    from dod2oso.handover.senders.gateway import Gateway  # needs an extra
    from dod2oso.handover.senders.http import HttpSender

    assert handover.http is not None and handover.tls is not None  # noqa: S101  the settings were checked
    with Gateway(handover.http, client_context(handover.tls, ask)) as gateway:
        yield HttpSender(ledger, out_dir, handover.http, gateway)


register(SenderKind(HTTP, GatewayQueue, _connected, (("httpx", "stamina", "cryptography"), "sender")))
