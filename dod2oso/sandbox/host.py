"""A party of the sandbox that is called: HTTPS with client certificates on loopback, SOAP in and out."""

import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from aiohttp import web

from dod2oso.handover.bron.server import go_on, serials_of
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Fault, Malformed, Message
from dod2oso.handover.wire.model import Wire
from dod2oso.sandbox.faults import Faults, misanswer
from dod2oso.sandbox.traffic_center import Refused


class Heard(NamedTuple):
    """A request that came in: its bytes and headers, what was in them, and the answer or the word for the fault."""

    raw: bytes
    headers: Mapping[str, str]
    message: Message | None
    answer: Message | str


Look = Callable[[Heard], None]
Answerer = Callable[[Message, frozenset[str]], Awaitable[Message]]


def unseen(_heard: Heard) -> None:
    """Nobody looks."""


_quiet = logging.getLogger("dod2oso.http")


class Host:
    """Listens on a free port of this machine; `answer` raises Refused for a fault, `look` sees what was dealt with."""

    def __init__(self, wires: Mapping[str, Wire], answer: Answerer, faults: Faults, look: Look = unseen) -> None:
        self._wires = wires
        self._answer = answer
        self._faults = faults
        self._look = look
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def start(self, context: ssl.SSLContext, port: int = 0) -> None:
        server = web.Server(self._handle, access_log=None, logger=_quiet)
        self._runner = web.ServerRunner(server, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=context, backlog=512)
        await site.start()
        self.url = f"https://localhost:{self._runner.addresses[0][1]}/"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        default = next(iter(self._wires.values()))
        await go_on(request)
        raw = await request.read()
        try:
            received = soap.read(raw, self._wires)
        except (Malformed, Fault):
            self._look(Heard(raw, request.headers, None, "ongeldig-bericht"))
            return _fault(default, "ongeldig-bericht")
        try:
            answer = await self._answer(received.message, serials_of(request))
        except Refused as refused:
            self._look(Heard(raw, request.headers, received.message, refused.word))
            return _fault(received.wire, refused.word)
        self._look(Heard(raw, request.headers, received.message, answer))
        body = soap.write(received.wire, answer)
        if received.message.name == "sessiecontroleRequest" and (kind := self._faults.hit(receiver=False)):
            return await misanswer(kind, request, received.wire, body)
        return web.Response(body=body, headers={"Content-Type": received.wire.http.content_type.says})


def _fault(wire: Wire, word: str) -> web.Response:
    body = soap.write_fault(wire, wire.code(word), "Sandbox.", ours=False)
    return web.Response(status=500, body=body, headers={"Content-Type": wire.http.content_type.says})
