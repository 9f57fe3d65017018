"""What waits for a gateway, and can still be taken back; without the means to call it (see http.py)."""

from dod2oso.handover.senders.sender import HTTP, BronSender
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import OFFERED, UNKNOWN, Step, move, pages


class GatewayQueue(BronSender):
    """The dossiers that are staged for sender `http`."""

    name = HTTP

    def settle(self, step: Step) -> None:
        """What was under way when an earlier command was killed may have arrived, or not."""
        for page in pages(self.ledger, handovers.c.sender == HTTP, handovers.c.state == OFFERED):
            ids = [each.id for each in page]
            move(self.ledger, ids, UNKNOWN, step._replace(reason="afgebroken"), only_from=(OFFERED,))
