"""The source as a server: SOAP 1.1 over HTTPS, for who shows a client certificate of our CA.

aiohttp, because it gives the certificate of the peer to whoever handles a request. Behind ASGI that would not come
through: its TLS extension is optional and uvicorn has none. The HTTP library is used at its lowest level: one handler
for every path, because the paths of OSO are not public.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import HttpVersion11, web

from dod2oso.handover.bron.answer import Answer, Source
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.connection import Connection
from dod2oso.handover.soap import envelope as soap

_IDLE_SECONDS = 30.0  # between two requests on a connection
_HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 3.0
_PURPOSE = 26  # X509_V_ERR_INVALID_PURPOSE of OpenSSL: its certificate is not for calling others
_IN_HAND = 64  # requests dealt with at once, from session to last byte: so many dossiers are in memory; others wait
_CHUNK = 1 << 18
_SERIAL = "serialNumber"
_NAME = "bron"  # in the header Server, in which the library would put its own name and version

_quiet = logging.getLogger("dod2oso.http")  # the library would log what hostile clients send
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class _Requests(web.RequestHandler):
    """What the HTTP library answers by itself, to what is no HTTP: it would name itself and quote what was sent."""

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)  # it looks whether there can be an answer at all
        response = web.Response(status=status, headers={"Server": _NAME})
        response.force_close()
        return response


class _Library(web.Server):
    """The HTTP library, with our answers to what it cannot read."""

    def __call__(self) -> web.RequestHandler:
        return _Requests(self, loop=self._loop, **self._kwargs)


class Serving(NamedTuple):
    """A running server: where it listens, and how to stop it."""

    host: str
    port: int
    close: Callable[[], Awaitable[None]]


async def serve(source: Source, settings: Bron, context: ssl.SSLContext) -> Serving:
    """Listen; return at once."""
    host, port = settings.address
    return await listen(_Handler(source, settings), context, host, port, settings)


async def listen(handler: "_Handler", context: ssl.SSLContext, host: str, port: int, settings: Bron) -> Serving:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_say_kind)
    library = _Library(handler, access_log=None, logger=_quiet, keepalive_timeout=_IDLE_SECONDS)

    def connection() -> asyncio.Protocol:
        return Connection(library(), settings.request_seconds, 2 * _IDLE_SECONDS, handler)

    server = await loop.create_server(
        connection, host, port, ssl=context, backlog=1024, ssl_handshake_timeout=_HANDSHAKE_SECONDS,
        ssl_shutdown_timeout=_GOODBYE_SECONDS,
    )  # fmt: skip

    async def close() -> None:
        server.close()
        handler.goodbye()
        await handler.finish()  # before the library cuts off what it still has
        await library.shutdown(timeout=0)

    address = server.sockets[0].getsockname()
    return Serving(address[0], address[1], close)


class _Handler:
    """Handles one request at a time per connection, for the HTTP library."""

    def __init__(self, source: Source, settings: Bron) -> None:
        self._source = source
        self._settings = settings
        self._connections: dict[Any, Connection] = {}
        self._in_hand = asyncio.Semaphore(_IN_HAND)
        self._settling: set[asyncio.Task[None]] = set()

    def came(self, connection: Connection) -> bool:
        if len(self._connections) >= self._settings.max_connections:
            return False
        self._connections[connection.inner] = connection
        return True

    def gone(self, connection: Connection) -> None:
        self._connections.pop(connection.inner, None)

    def goodbye(self) -> None:
        """Close what is idle."""
        for connection in tuple(self._connections.values()):
            connection.goodbye()

    async def finish(self) -> None:
        """Wait until every connection is gone, and what became of its last answer is written down."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                while self._connections:
                    await asyncio.sleep(0.01)
        for connection in tuple(self._connections.values()):
            connection.give_up()
        while self._settling:
            await asyncio.wait(set(self._settling))

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = self._connections[request.protocol]
        connection.begin()
        try:
            return await self._handle(request, connection)
        finally:
            connection.end()

    async def _handle(self, request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
        if request.method != "POST":
            return _respond(self._source.refuse("ongeldig-bericht", why="geen-post"), 405)
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                await go_on(request)
                raw = await _body(request)
        except TimeoutError:
            return _respond(self._source.refuse("ongeldig-bericht", why="te-langzaam"), 408)
        except (web.RequestPayloadError, ConnectionError):
            return _respond(self._source.refuse("ongeldig-bericht", why="afgebroken"), 400)
        if raw is None:
            return _respond(self._source.refuse("ongeldig-bericht", why="te-groot"), 413)
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                await self._in_hand.acquire()
        except TimeoutError:
            return _respond(self._source.refuse("te-druk"))
        try:
            return await self._answer(request, connection, raw)
        finally:
            self._in_hand.release()

    async def _answer(self, request: web.BaseRequest, connection: Connection, raw: bytes) -> web.StreamResponse:
        try:
            answer = await self._source.answer(raw, serials_of(request))
        except Exception as error:  # whatever it is, the receiver gets a fault and the server stays up
            answer = self._source.refuse("storing", why=type(error).__name__)
        if answer.delivery is None:
            return _respond(answer)
        return await self._send(request, connection, answer)

    async def _send(self, request: web.BaseRequest, connection: Connection, answer: Answer) -> web.StreamResponse:
        """Send a dossier, and have written down what becomes of it."""
        connection.expect(lambda taken: self._settle(answer, taken))
        response = web.StreamResponse(status=answer.status, headers=_headers(answer))
        response.content_length = sum(map(len, answer.parts))
        async with asyncio.timeout(self._settings.answer_seconds):
            await response.prepare(request)
            for part in answer.parts:
                for at in range(0, len(part), _CHUNK):
                    await response.write(part[at : at + _CHUNK])
            await response.write_eof()
        connection.sent()
        return response

    def _settle(self, answer: Answer, taken: bool) -> None:
        assert answer.delivery is not None  # noqa: S101 - only deliveries are expected
        task = asyncio.get_running_loop().create_task(self._source.settle(answer.delivery, taken))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)


def serials_of(request: web.BaseRequest) -> frozenset[str]:
    """The serialNumbers in the Subject of the certificate of the peer."""
    transport = request.transport
    found: Any = None if transport is None else transport.get_extra_info("peercert")
    subject = (found or {}).get("subject", ())
    return frozenset(value for part in subject for name, value in part if name == _SERIAL)


async def go_on(request: web.BaseRequest) -> None:
    """Tell a client that asks so first (Expect: 100-continue) to send its message: it waits, and others would not.

    The HTTP library does this for applications, not at the level at which we use it.
    """
    if request.headers.get("Expect", "").strip().lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


async def _body(request: web.BaseRequest) -> bytes | None:
    """The body; None when it is larger than a message may be."""
    if (request.content_length or 0) > soap.MAX_REQUEST:
        return None
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > soap.MAX_REQUEST:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _headers(answer: Answer) -> dict[str, str]:
    return {"Content-Type": answer.wire.http.content_type.says, "Server": _NAME}


def _respond(answer: Answer, status: int | None = None) -> web.Response:
    response = web.Response(status=status or answer.status, body=b"".join(answer.parts), headers=_headers(answer))
    if status is not None:  # the rest of what was sent is not worth reading
        response.force_close()
    return response


def _say_kind(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Trouble below HTTP (a TLS handshake that failed): only its kind, never what came over the line."""
    error = context.get("exception")
    log = logging.getLogger("dod2oso.bron")
    if isinstance(error, ssl.SSLCertVerificationError):  # a school that cannot get in: its administrator will ask why
        log.warning("tls: %s", "certificaat-zonder-clientdoel" if error.verify_code == _PURPOSE else "certificaat")
    else:
        log.debug("%s", type(error).__name__)
