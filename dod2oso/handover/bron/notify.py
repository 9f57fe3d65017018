"""Telling receivers: a dossier for a samenwerkingsverband is ready, or one that was asked for in vain now is.

First the Traffic Center hears of it and says where the receiver is (and, for a samenwerkingsverband, gives the
koppelsleutel); then the receiver is told. Everything is written down before the next message leaves, so that after a
crash or a failure the next pass goes on where this one stopped and the Traffic Center is not told twice.
"""

from collections.abc import Mapping
from typing import NamedTuple

from dod2oso.handover import store
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import LogLine, MessageLog
from dod2oso.handover.bron.requests import SWV, check_shapes
from dod2oso.handover.senders.sender import BRON
from dod2oso.handover.soap.client import SoapClient, Unreachable
from dod2oso.handover.soap.envelope import Fault, Malformed, Message
from dod2oso.handover.store import Koppelsleutel, Notification
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import OFFERED, STAGED, UNKNOWN, Handover, pages
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer

ATTEMPTS = 10  # passes in which one receiver is tried; after that a person must look
_TC = "Traffic Center"


class Notified(NamedTuple):
    """How a pass ended."""

    received: int
    failed: int


class Notifier:
    """Plans and sends notifications; one at a time, a source has no hurry."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Bron,
        wires: Mapping[str, Wire],
        client: SoapClient,
        account: str,
        log: MessageLog,
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._wire = next(iter(wires.values()))
        self._client = client
        self._account = account
        self._trail = log

    async def run(self) -> Notified:
        """Plan what is new and send all that still has to be."""
        self.plan()
        received = failed = 0
        for notification in store.notifications_in(self._ledger, "planned", "registered", "failed"):
            handover = store.staged_by_id(self._ledger, notification.handover_id)
            if notification.attempts < ATTEMPTS and handover is not None:  # else it was withdrawn in the meantime
                ended = await self._tell(notification, handover)
                received, failed = received + ended, failed + (not ended)
        return Notified(received, failed)

    def plan(self) -> None:
        """Write down whom to tell: per staged dossier the samenwerkingsverband, or the schools that asked in vain."""
        waiting = handovers.c.state.in_((STAGED, OFFERED, UNKNOWN))
        for page in pages(self._ledger, handovers.c.sender == BRON, waiting):
            for handover in page:
                for planned in self._for(handover):
                    store.plan_notification(self._ledger, planned)

    def _for(self, handover: Handover) -> list[Notification]:
        doel = self._wire.values.doel
        if transfer(handover.overstap).asked_as == SWV:
            point = self._settings.samenwerkingsverbanden.get(handover.brin)
            if point is None or "swv" not in doel:
                return []
            return [Notification(handover.id, doel["swv"].says, handover.brin, point, account=self._account)]
        return [
            Notification(
                handover.id,
                doel["overstap"].says,
                request.doel_brin,
                request.doel_ap,
                request_id=request.id,
                account=self._account,
            )
            for request in store.vain_requests(self._ledger, handover)
        ]

    async def _tell(self, notification: Notification, handover: Handover) -> bool:
        point = self._settings.aanleverpunten.get(handover.brin)
        if point is None:
            return self._failed(notification, handover.brin, "", "geen-aanleverpunt")
        fields = self._fields(notification, handover, point)
        who = f"SWV {notification.doel_brin}" if fields["doel"] == "swv" else notification.doel_brin
        url, key = notification.url, notification.koppelsleutel
        if not url:
            try:
                registered = await self._client.call(
                    self._settings.traffic_center, self._wire, Message("meldenNotificatieRequest", fields)
                )
                check_shapes(registered)
            except (Fault, Unreachable, Malformed) as error:
                return self._failed(notification, handover.brin, _TC, _word(error))
            url, key = registered.get("url"), registered.get("koppelsleutel")
            if not url.startswith("https://") or (fields["doel"] == "swv") != bool(key):
                return self._failed(notification, handover.brin, _TC, "onleesbaar-antwoord")
            self._keep(notification, handover, point, url, key)
            self._trail(LogLine(handover.brin, _TC, "meldenNotificatie", "geregistreerd"))
        try:
            answer = await self._client.call(
                url, self._wire, Message("notificatieRequest", fields | {"koppelsleutel": key})
            )
        except (Fault, Unreachable) as error:
            return self._failed(notification, handover.brin, who, _word(error))
        if answer.get("resultaat") != "notificatie-ontvangen":
            return self._failed(notification, handover.brin, who, "ander-antwoord")
        said = self._wire.values.resultaat["notificatie-ontvangen"].says
        store.update_notification(self._ledger, notification.id, "received", answer=said)
        self._trail(LogLine(handover.brin, who, "notificatie", said))
        return True

    def _fields(self, notification: Notification, handover: Handover, point: str) -> dict[str, str]:
        fields = {
            "bron-brin": handover.brin,
            "bron-ap": point,
            "doel-brin": notification.doel_brin,
            "doel-ap": notification.doel_ap,
        }
        if notification.request_id is None:
            return fields | {"doel": "swv"}
        request = store.request(self._ledger, notification.request_id)
        return fields | {
            "doel": "overstap",
            "sessie-id": request.sessie_id,
            "aanvraagdatum": request.aanvraagdatum or request.at,
        }

    def _keep(self, notification: Notification, handover: Handover, point: str, url: str, key: str) -> None:
        if key:  # before the receiver hears of it, because it may fetch at once
            ends = (handover.brin, point, notification.doel_brin, notification.doel_ap)
            store.add_koppelsleutel(self._ledger, Koppelsleutel(key, handover.id, *ends))
        store.update_notification(self._ledger, notification.id, "registered", koppelsleutel=key, url=url)

    def _failed(self, notification: Notification, sender: str, receiver: str, why: str) -> bool:
        store.update_notification(self._ledger, notification.id, "failed", answer=why)
        self._trail(LogLine(sender, receiver, "notificatie", why))
        return False


def _word(error: Fault | Unreachable | Malformed) -> str:
    return error.code or "fout" if isinstance(error, Fault) else error.why
