"""Faults on request: what goes wrong in a chain, done on purpose to one exchange in so many."""

import asyncio

from aiohttp import web

from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.wire.model import Wire
from dod2oso.sandbox.faultkind import AT_RECEIVER, FaultKind

_DRIP_SECONDS = 0.05


class Faults:
    """Decides which exchange is hit: every `each`-th, the first one included."""

    def __init__(self, kind: FaultKind | None = None, each: int = 3) -> None:
        self.kind = kind
        self.hits = 0
        self._each = each
        self._seen = 0

    def hit(self, *, receiver: bool) -> FaultKind | None:
        """The fault to do now at this place, if it is its turn."""
        if self.kind is None or (self.kind in AT_RECEIVER) != receiver:
            return None
        self._seen += 1
        if (self._seen - 1) % self._each:
            return None
        self.hits += 1
        return self.kind


async def misanswer(kind: FaultKind, request: web.BaseRequest, wire: Wire, body: bytes) -> web.StreamResponse:
    """Answer a request in one of the wrong ways; `body` is what the right answer would have been."""
    headers = {"Content-Type": wire.http.content_type.says}
    transport = request.transport
    match kind:
        case FaultKind.timeout:
            await asyncio.sleep(60)
        case FaultKind.reset if transport is not None:
            transport.abort()
        case FaultKind.error_500:
            return web.Response(status=500, text="<html>Internal Server Error</html>", content_type="text/html")
        case FaultKind.soap_fault:
            fault = soap.write_fault(wire, wire.code("verstrekker-onbekend"), "Sandbox.", ours=False)
            return web.Response(status=500, body=fault, headers=headers)
        case FaultKind.expired_session:
            fault = soap.write_fault(wire, wire.code("sessie-onbekend"), "Sandbox.", ours=False)
            return web.Response(status=500, body=fault, headers=headers)
        case FaultKind.cut | FaultKind.slow_body:
            response = web.StreamResponse(headers=headers)
            response.content_length = len(body)
            await response.prepare(request)
            for at in range(len(body) // 2):
                await response.write(body[at : at + 1])
                await asyncio.sleep(_DRIP_SECONDS if kind is FaultKind.slow_body else 0)
            if transport is not None:
                transport.abort()
            return response
        case FaultKind.twice if transport is not None:
            response = web.StreamResponse(headers=headers)
            response.content_length = len(body)
            await response.prepare(request)
            await response.write(body)
            await response.write_eof()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
            transport.write(head.encode() + body)
            return response
    return web.Response(body=body, headers=headers)
