"""Calling another system of the chain: one SOAP message out, one back, within a time and a size.

Every call has a connection of its own. On a connection that is kept, an answer that comes twice would pass for the
answer to the next question, and the messages of OSO hold nothing by which a source could tell: one session found good
would make the next one good.
"""

import asyncio
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp

from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Malformed, Message
from dod2oso.handover.wire.model import Wire

MAX_ANSWER = 1_000_000  # bytes; a dossier is fetched with a limit of its own
_CONNECTIONS = 100
_CHUNK = 1 << 16


class Unreachable(Exception):
    """No answer that can be trusted; `why` is one of our own words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SoapClient:
    """Calls over mutual TLS; nothing from the environment (no proxy, no other CA), no redirects."""

    def __init__(
        self, context: ssl.SSLContext, wires: Mapping[str, Wire], seconds: float, *, keep: bool = False
    ) -> None:
        """`keep` connections open only where an answer to another question does no harm (the sandbox)."""
        self._wires = wires
        self._seconds = seconds
        connector = aiohttp.TCPConnector(ssl=context, limit=_CONNECTIONS, force_close=not keep)
        self._http = aiohttp.ClientSession(connector=connector, trust_env=False, auto_decompress=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()

    async def call(self, url: str, wire: Wire, message: Message) -> Message:
        """The answer to a message: the one that belongs to it, by name.

        Raises Fault with the other side's code, or Unreachable when there is no answer in time that can be read.
        """
        raw = await self.exchange(url, wire, soap.write(wire, message))
        try:
            received = soap.read(raw, self._wires, limit=MAX_ANSWER)
        except Malformed:
            raise Unreachable("onleesbaar-antwoord") from None
        if received.message.name != message.name.replace("Request", "Response"):
            raise Unreachable("ander-antwoord")
        return received.message

    async def exchange(self, url: str, wire: Wire, body: bytes, limit: int = MAX_ANSWER) -> bytes:
        """The bytes of the answer to these bytes; Unreachable when it is no SOAP, too late, too long or cut off."""
        headers = {"Content-Type": wire.http.content_type.says, "SOAPAction": f'"{wire.http.soap_action.says}"'}
        try:
            async with (
                asyncio.timeout(self._seconds),  # for all of it: a body that drips is no answer
                self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status not in (200, 500) or not _is_xml(answer.headers.get("Content-Type", "")):
                    raise Unreachable(f"http-{answer.status}")
                chunks, size = [], 0
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise Unreachable("antwoord-te-groot")
                    chunks.append(chunk)
                return b"".join(chunks)
        except TimeoutError:
            raise Unreachable("te-laat") from None
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError):
            raise Unreachable("geen-verbinding") from None


def _is_xml(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in ("text/xml", "application/xml", "application/soap+xml")
