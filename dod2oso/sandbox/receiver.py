"""A receiving system (doelsysteem) for the sandbox: asks, fetches, validates, signs off, and answers notifications.

One class for a school and for a samenwerkingsverband: they differ in the key they ask with, and in that the second
fetches by itself when it is told, and sends feedback.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import aiohttp

from dod2oso.handover.bron.message_log import LogLine, MessageLog, silent
from dod2oso.handover.soap import dossier as soap_dossier
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.client import SoapClient, Unreachable
from dod2oso.handover.soap.envelope import Fault, Malformed, Message
from dod2oso.handover.wire.model import Wire
from dod2oso.oso.check_files import validate_bytes
from dod2oso.sandbox.faultkind import FaultKind
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.searchkey import SandboxKeys
from dod2oso.sandbox.traffic_center import Point, Refused

MAX_DOSSIER = 200_000_000  # bytes of a documentResponse
_ATTEMPTS = 8
_WAIT_SECONDS = 0.02


class Wanted(NamedTuple):
    """What to ask a source for: a pupil, or what a koppelsleutel stands for."""

    bron_brin: str
    pgn: str = ""
    koppelsleutel: str = ""
    overdrachtsoort: str = "overstapdossier"
    aanvraagdatum: str = ""


class Fetched(NamedTuple):
    """A dossier as received. `verdict` is that of our own validator, as `dod2oso validate` gives it."""

    wanted: Wanted
    data: bytes
    sha256: str
    verdict: str


class Failed(NamedTuple):
    """Nothing received; `code` is the fault, or why there was no answer."""

    wanted: Wanted
    code: str


@dataclass(slots=True)
class Receiver:
    """A receiving system. Everything it got stands in `inbox`, in memory only."""

    point: Point
    wire: Wire
    traffic_center: str
    keys: SandboxKeys
    context: ssl.SSLContext
    strangers: ssl.SSLContext | None = None  # a certificate of another CA, for the fault wrong-certificate
    faults: Faults = field(default_factory=Faults)
    log: MessageLog = silent
    seconds: float = 20.0
    validate: bool = True
    inbox: list[Fetched] = field(default_factory=list)
    signed_off: list[str] = field(default_factory=list)  # sessions
    notified: list[Message] = field(default_factory=list)
    feedback: int = 0
    _client: SoapClient | None = None
    _http: aiohttp.ClientSession | None = None
    _in_vain: dict[str, Wanted] = field(default_factory=dict)  # by session, to ask again when told
    _tasks: set["asyncio.Task[Fetched | Failed]"] = field(default_factory=set)

    @property
    def name(self) -> str:
        """For the log: a samenwerkingsverband has the BRIN of the school."""
        return f"SWV {self.point.brin}" if self.point.sector == "SWV" else self.point.brin

    @property
    def wires(self) -> Mapping[str, Wire]:
        return {self.wire.namespace.says: self.wire}

    async def start(self) -> None:
        self._client = SoapClient(self.context, self.wires, self.seconds, keep=True)
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Wait for what was begun, then close every connection."""
        await self.idle()
        if self._client is not None:
            await self._client.close()
        if self._http is not None:
            await self._http.close()

    async def idle(self) -> None:
        """Wait until all that notifications set off is done."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    # --- asking --------------------------------------------------------------------------------------------------

    async def fetch(self, wanted: Wanted, attempts: int = 1) -> Fetched | Failed:
        """One dossier: session, request, validation, afmelding. Another attempt is another session."""
        for attempt in range(attempts):
            result = await self._once(wanted)
            if isinstance(result, Fetched):
                return result
            await asyncio.sleep(_WAIT_SECONDS * attempt)
        return result

    async def _once(self, wanted: Wanted) -> Fetched | Failed:
        assert self._client is not None  # noqa: S101 - started
        fields = self._fields(wanted)
        try:
            opened = await self._client.call(self.traffic_center, self.wire, Message("overdrachtRequest", fields))
        except (Fault, Unreachable) as error:
            return self._missed(wanted, "overdracht", "", error)
        session = opened.get("sessie-id")
        self.log(LogLine(self.name, "Traffic Center", "overdracht", "sessie geopend", session))
        result: Fetched | Failed = Failed(wanted, "geen-aanleverpunt")
        asked = fields | {"sessie-id": session, "bron-ap": "0", "aanvraagdatum": wanted.aanvraagdatum}
        for source in opened.rows:  # every aanleverpunt of the school, until one has it
            asked["bron-ap"] = source["ap"]
            result = await self._document(wanted, asked, source["url"], session)
            if isinstance(result, Fetched):
                break
        await self._sign_off(asked, isinstance(result, Fetched), session)
        if isinstance(result, Failed):
            self._in_vain[session] = wanted
        return result

    async def _document(self, wanted: Wanted, asked: dict[str, str], url: str, session: str) -> Fetched | Failed:
        body = soap.write(self.wire, Message("documentRequest", asked))
        fault = self.faults.hit(receiver=True)
        try:
            if fault is FaultKind.twice_receiver:
                await asyncio.gather(self.exchange(url, body), self.exchange(url, body))
            raw = await self.exchange(url, body, fault)
            data = soap_dossier.take_out(soap.read(raw, self.wires, limit=MAX_DOSSIER), raw)
        except (Fault, Unreachable, Malformed) as error:
            return self._missed(wanted, "document", session, error)
        verdict = await asyncio.to_thread(_verdict, data) if self.validate else "not-checked"
        fetched = Fetched(wanted, data, sha256(data).hexdigest(), verdict)
        self.inbox.append(fetched)
        self.log(LogLine(self.name, wanted.bron_brin, "document", f"ontvangen, oordeel: {verdict}", session))
        return fetched

    async def exchange(
        self, url: str, body: bytes, fault: FaultKind | None = None, context: ssl.SSLContext | None = None
    ) -> bytes:
        """A request to a source and the bytes of its answer; Unreachable when there is no whole one."""
        assert self._http is not None  # noqa: S101 - started
        context = context or self.context
        if fault is FaultKind.wrong_certificate and self.strangers is not None:
            context = self.strangers
        headers = {"Content-Type": self.wire.http.content_type.says, "SOAPAction": '""'}
        data = _drip(body) if fault is FaultKind.slow_receiver else body
        try:
            async with (
                asyncio.timeout(self.seconds),
                self._http.post(url, data=data, headers=headers, ssl=context, allow_redirects=False) as answer,
            ):
                if answer.status not in (200, 500):
                    raise Unreachable(f"http-{answer.status}")
                start = b""
                if fault is FaultKind.cut_receiver:
                    start = await answer.content.read(100)
                    # Without a connection the whole answer is here already: too late to break off, so it is received.
                    if answer.connection is not None and answer.connection.transport is not None:
                        answer.connection.transport.abort()
                        raise Unreachable("afgebroken")
                return start + await answer.read()
        except TimeoutError:
            raise Unreachable("te-laat") from None
        except (aiohttp.ClientError, OSError):
            raise Unreachable("geen-verbinding") from None

    async def _sign_off(self, asked: dict[str, str], succeeded: bool, session: str) -> None:
        """The last step; when it fails a receiver just stops."""
        assert self._client is not None  # noqa: S101 - started
        word = "overdracht-geslaagd" if succeeded else "niet-geslaagd"
        message = Message("afmeldingRequest", asked | {"resultaat": word})
        with contextlib.suppress(Fault, Unreachable):
            await self._client.call(self.traffic_center, self.wire, message)
            self.signed_off.append(session)
            self.log(LogLine(self.name, "Traffic Center", "afmelding", word, session))

    def _fields(self, wanted: Wanted) -> dict[str, str]:
        fields = {
            "bron-brin": wanted.bron_brin,
            "doel-brin": self.point.brin,
            "doel-ap": self.point.ap,
            "overdrachtsoort": wanted.overdrachtsoort,
        }
        if wanted.koppelsleutel:
            return fields | {"koppelsleutel": wanted.koppelsleutel}
        key, fragment = self.keys.make(wanted.pgn)
        return fields | {"zoeksleutel": key, "pgnfrag": fragment}

    def _missed(self, wanted: Wanted, message: str, session: str, error: Fault | Unreachable | Malformed) -> Failed:
        code = error.code if isinstance(error, Fault) else error.why
        self.log(LogLine(self.name, wanted.bron_brin, message, code or "fout", session))
        return Failed(wanted, code)

    # --- being told ----------------------------------------------------------------------------------------------

    async def answer(self, message: Message, _serials: frozenset[str]) -> Message:
        """A notification: take note, and fetch without anybody asking for it."""
        if message.name != "notificatieRequest":
            raise Refused("ongeldig-bericht")
        self.notified.append(message)
        if key := message.get("koppelsleutel"):
            wanted = Wanted(message.get("bron-brin"), koppelsleutel=key, overdrachtsoort="swvaanvraag")
            self._later(wanted)
        elif earlier := self._in_vain.pop(message.get("sessie-id"), None):
            self._later(earlier)
        return Message("notificatieResponse", {"resultaat": "notificatie-ontvangen"})

    def _later(self, wanted: Wanted) -> None:
        task = asyncio.get_running_loop().create_task(self.fetch(wanted, _ATTEMPTS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send_feedback(self, wanted: Wanted, bron_ap: str, text: str) -> bool:
        """Tell the school what became of its request: through the Traffic Center, then one attempt at the source."""
        assert self._client is not None  # noqa: S101 - started
        fields = {
            "bron-brin": wanted.bron_brin,
            "bron-ap": bron_ap,
            "doel-brin": self.point.brin,
            "doel-ap": self.point.ap,
            "koppelsleutel": wanted.koppelsleutel,
        }
        outcome = "bevestigd"
        try:
            told = await self._client.call(
                self.traffic_center, self.wire, Message("meldenTerugkoppelingRequest", fields)
            )
            message = Message("terugkoppelingRequest", fields | {"inhoud": text})
            await self._client.call(told.get("url"), self.wire, message)
            self.feedback += 1
        except (Fault, Unreachable) as error:
            outcome = error.code if isinstance(error, Fault) else error.why
        self.log(LogLine(self.name, wanted.bron_brin, "terugkoppeling", outcome))
        return outcome == "bevestigd"


def _verdict(data: bytes) -> str:
    return validate_bytes(data, "dossier").verdict


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    """A body that comes far too slowly."""
    for at in range(len(body)):
        yield body[at : at + 1]
        await asyncio.sleep(0.1)
