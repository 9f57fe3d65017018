"""From one message of a receiver to the answer of the source, and what is written down on the way.

    documentRequest ─▶ sessiecontrole ─▶ stored ─▶ decided ─▶ file read, hash checked ─▶ offered ─▶ sent ─▶ fetched

Nothing is sent before the ledger says `offered`, and nothing is called fetched before the receiver showed that it took
the answer (see connection.py).
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.handover import store
from dod2oso.handover.bron import decide
from dod2oso.handover.bron.batch import Batch
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import LogLine, MessageLog, safe_brin
from dod2oso.handover.bron.requests import DocumentRequest, check_shapes
from dod2oso.handover.bron.searchkey import SearchKeys
from dod2oso.handover.soap import dossier as soap_dossier
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.client import SoapClient, Unreachable
from dod2oso.handover.soap.envelope import Fault, Malformed, Message
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger import places
from dod2oso.ledger.handovers import Handover, Step
from dod2oso.ledger.store import Ledger
from dod2oso.supplement.pupil import pgn_key

# What a person at the other side reads with a code; the code says the rest.
_TEXTS = {
    "niet-beschikbaar": "Het dossier staat niet klaar.",
    "leerling-onbekend": "Het dossier staat niet klaar.",
    "niet-toegestaan": "Het dossier staat niet klaar.",
    "niet-opvraagbaar": "De ouders hebben het dossier nog niet ingezien, of toestemming ontbreekt.",
    "niet-nieuwer": "Er is geen nieuwer dossier dan op de aanvraagdatum.",
    "verkeerde-versie": "Het dossier staat klaar in een andere versie dan dit protocol kent.",
    "certificaat": "Dit certificaat hoort niet bij de school in het bericht.",
    "verstrekker-onbekend": "Deze school of dit aanleverpunt staat niet bij ons.",
    "tc-niet-bereikbaar": "De sessie kon niet worden gecontroleerd. Probeer het later opnieuw.",
    "ongeldig-bericht": "Het bericht is niet te lezen.",
    "te-druk": "Het is te druk. Probeer het later opnieuw.",
    "storing": "Er ging hier iets mis. Probeer het later opnieuw.",
}
_OURS = frozenset({"tc-niet-bereikbaar", "te-druk", "storing"})


class Delivery(NamedTuple):
    """A dossier on its way; `settle` must be called when it is known whether the receiver took it."""

    handover: Handover
    request_id: int
    receiver: str
    session: str


class Answer(NamedTuple):
    """What to send: parts to write after each other, under an HTTP status."""

    status: int
    parts: tuple[bytes, ...]
    wire: Wire
    delivery: Delivery | None = None


class Source:
    """Answers messages. Holds no state of its own: all of it is in the ledger and the files."""

    def __init__(
        self,
        out_dir: Path,
        settings: Bron,
        wires: Mapping[str, Wire],
        batch: Batch,
        client: SoapClient,
        search_keys: SearchKeys,
        pseudonyms: Pseudonyms,
        account: str,
        log: MessageLog,
    ) -> None:
        self.wires = wires
        self.log = log
        self._out_dir = out_dir
        self._settings = settings
        self._batch = batch
        self._client = client
        self._search_keys = search_keys
        self._pseudonyms = pseudonyms
        self._account = account

    @property
    def default_wire(self) -> Wire:
        """For answers to messages that cannot be read."""
        return next(iter(self.wires.values()))

    async def answer(self, raw: bytes, serials: frozenset[str]) -> Answer:
        """The answer to a message from a receiver whose certificate has these serialNumbers in its Subject."""
        try:
            received = soap.read(raw, self.wires, limit=len(raw), long="inhoud")
        except Malformed as error:
            return self.refuse("ongeldig-bericht", why=error.why)
        except Fault:
            return self.refuse("ongeldig-bericht", why="een-fault")
        wire, message = received.wire, received.message
        try:
            if message.name == "documentRequest":
                return await self._document(wire, message, serials)
            if message.name == "terugkoppelingRequest":
                return await self._feedback(wire, message, serials, raw)
        except Malformed as error:
            return self.refuse("ongeldig-bericht", wire, message, why=error.why)
        return self.refuse("ongeldig-bericht", wire, message, why="geen-bericht-voor-een-bron")

    def refuse(self, word: str, wire: Wire | None = None, message: Message | None = None, why: str = "") -> Answer:
        """A fault under one of our words; `why` is for the log."""
        wire = wire or self.default_wire
        return self._fault(wire, wire.code(word), _TEXTS[word], word in _OURS, message, why)

    def _fault(self, wire: Wire, code: str, text: str, ours: bool, message: Message | None, why: str = "") -> Answer:
        self._log(message, f"{code} ({why})" if why else code)
        return Answer(500, (soap.write_fault(wire, code, text, ours=ours),), wire)

    def _log(self, message: Message | None, outcome: str) -> None:
        if message is None:
            self.log(LogLine("?", "bron", "bericht", outcome))
            return
        sender, receiver = safe_brin(message.get("doel-brin")), safe_brin(message.get("bron-brin"))
        name = message.name.removesuffix("Request")
        self.log(LogLine(sender, receiver, name, outcome, message.get("sessie-id")))

    # --- documentRequest -----------------------------------------------------------------------------------------

    async def _document(self, wire: Wire, message: Message, serials: frozenset[str]) -> Answer:
        asked = DocumentRequest.of(message)
        session = Message("sessiecontroleRequest", asked.session_fields())
        try:  # before any other check
            await self._client.call(self._settings.traffic_center, wire, session)
        except Fault as fault:  # passed on
            code = fault.code or wire.code("sessie-onbekend")
            return self._fault(wire, code, "De sessie is niet geldig.", False, message, "sessiecontrole")
        except Unreachable as error:
            return self.refuse("tc-niet-bereikbaar", wire, message, error.why)
        match_pgn = self._match(asked)
        refused = self._refused(asked, serials)
        found = await self._batch.do(lambda ledger: decide.find(ledger, asked, match_pgn, wire, refused))
        if found.handover is None:
            return self.refuse(found.why, wire, message, found.why)
        return await self._deliver(wire, message, asked, found.request_id, found.handover)

    async def _deliver(
        self, wire: Wire, message: Message, asked: DocumentRequest, request_id: int, handover: Handover
    ) -> Answer:
        dossier, why = await asyncio.to_thread(self._read, handover)
        if why:
            await self._batch.do(lambda ledger: store.answer_request(ledger, request_id, wire.code(why)))
            return self.refuse(why, wire, message, why)
        parts = soap_dossier.put_in(wire, dossier)
        digest = sha256()
        for part in parts:
            digest.update(part)
        step = Step(self._account, "documentRequest", wire_sha256=digest.hexdigest(), receiver=asked.doel_brin)
        if not await self._batch.do(lambda ledger: store.offered(ledger, handover.id, step)):
            await self._batch.do(lambda ledger: store.answer_request(ledger, request_id, wire.code("niet-beschikbaar")))
            return self.refuse("niet-beschikbaar", wire, message, "net-ingetrokken")
        self._log(message, "dossier")
        return Answer(200, parts, wire, Delivery(handover, request_id, asked.doel_brin, asked.sessie_id))

    async def settle(self, delivery: Delivery, taken: bool) -> None:
        """Write down whether a receiver took a dossier."""
        step = Step(self._account, "documentRequest", receiver=delivery.receiver)
        identity = delivery.handover.id

        def write_down(ledger: Ledger) -> None:
            if taken:
                store.fetched(ledger, identity, step)
                store.answer_request(ledger, delivery.request_id, store.DELIVERED_OUTCOME, identity)
            else:
                store.unconfirmed(ledger, identity, step)

        await self._batch.do(write_down)
        outcome = "opgehaald" if taken else "verzonden, niet bevestigd"
        self.log(LogLine(delivery.handover.brin, delivery.receiver, "document", outcome, delivery.session))

    def _match(self, asked: DocumentRequest) -> str:
        """The HMAC of the pupil that is asked for; empty when the zoeksleutel says nothing to us."""
        if not asked.zoeksleutel:
            return ""
        pgn = self._search_keys.resolve(asked.zoeksleutel, asked.pgnfrag)
        return pgn_key(self._pseudonyms, pgn)

    def _refused(self, asked: DocumentRequest, serials: frozenset[str]) -> str:
        """What is wrong before a pupil comes into it: not our school, or a certificate that speaks for another one."""
        if self._settings.aanleverpunten.get(asked.bron_brin) != asked.bron_ap:
            return "verstrekker-onbekend"
        return "" if self._speaks_for(asked.doel_brin, serials) else "certificaat"

    def _speaks_for(self, brin: str, serials: frozenset[str]) -> bool:
        if self._settings.certificate_check == "traffic-center":
            return True
        return not serials.isdisjoint(self._settings.certificates.get(brin, ()))

    def _read(self, handover: Handover) -> tuple[bytes, str]:
        """The bytes of the dossier, or why they cannot go."""
        dossier = places.read_ready(self._out_dir, handover)
        if dossier is None:
            return b"", "niet-beschikbaar"
        return (dossier, "") if decide.has_consent(handover, dossier) else (b"", "niet-opvraagbaar")

    # --- terugkoppelingRequest -----------------------------------------------------------------------------------

    async def _feedback(self, wire: Wire, message: Message, serials: frozenset[str], raw: bytes) -> Answer:
        check_shapes(message)
        text = message.get("koppelsleutel")
        key = await self._batch.do(lambda ledger: store.find_koppelsleutel(ledger, text))
        if key is None or {key.bron_brin, key.doel_brin} != {message.get("bron-brin"), message.get("doel-brin")}:
            return self.refuse("niet-beschikbaar", wire, message, "koppelsleutel-onbekend")
        if not self._speaks_for(key.doel_brin, serials):
            return self.refuse("certificaat", wire, message)
        await self._batch.do(lambda ledger: store.store_feedback(ledger, self._out_dir, key, raw))
        self._log(message, "bewaard")
        return Answer(200, (soap.write(wire, Message("terugkoppelingResponse", {})),), wire)
