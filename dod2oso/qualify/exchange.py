"""One request to a system under test and all that came back, down to the connection: what its answer is worth.

A client of a library hides what a rehearsal must see: an answer that comes twice, compression, whether `100 Continue`
came. So the bytes are sent and read here; what they mean as HTTP is left to the standard library.
"""

import asyncio
import contextlib
import http.client
import io
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from lxml import etree

from dod2oso.base.clock import stopwatch
from dod2oso.base.xml import parse_bytes
from dod2oso.handover.soap import dossier as soap_dossier
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Fault, Malformed
from dod2oso.handover.wire.load import YEARS, shipped
from dod2oso.handover.wire.model import Wire

MAX_ANSWER = 200_000_000  # bytes
_CHUNK = 1 << 16
_ONCE_MORE = 0.3  # seconds in which a second answer shows itself
_CONTINUE_SECONDS = 3.0  # after which a client sends its message though nobody said so
_ADDRESSING = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_SOAP_12 = b"http://www.w3.org/2003/05/soap-envelope"
_INCLUDE = b"http://www.w3.org/2004/08/xop/include"


class Reply(NamedTuple):
    """What came back. `why`: why there is no whole answer, one of our words; "" when there is one."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    seconds: float = 0.0
    continued: bool = False
    why: str = ""


class Understood(NamedTuple):
    """What an answer is: a dossier, a fault with its code, a form we do not judge, or nothing usable.

    `why`: which form, or why it is not usable, one of our words; `year`: the protocol year it speaks.
    """

    kind: str  # dossier, fault, other-form, unusable, none
    code: str = ""
    why: str = ""
    dossier: bytes = b""
    year: str = ""


async def exchange(
    url: str,
    context: ssl.SSLContext,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
    *,
    first_ask: bool = False,
) -> Reply:
    """Post `body` to `url`; `seconds` for all of it. `first_ask`: ask whether the body may come (Expect)."""
    began = stopwatch()
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except TimeoutError:
        return Reply(why="geen-verbinding", seconds=stopwatch() - began)
    except ssl.SSLError:
        return Reply(why="tls-geweigerd", seconds=stopwatch() - began)
    except OSError:
        return Reply(why="geen-verbinding", seconds=stopwatch() - began)
    got = bytearray()
    continued = False
    why = ""
    try:
        async with asyncio.timeout(seconds):
            writer.write(_head(parts.path or "/", parts.netloc, headers, body, first_ask=first_ask))
            if first_ask:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(_CONTINUE_SECONDS, seconds / 2)):
                        got += await reader.read(_CHUNK)
                continued = got.startswith(b"HTTP/1.1 100")
            writer.write(body)
            await writer.drain()
            while not _whole(got):
                chunk = await reader.read(_CHUNK)
                if not chunk:
                    break
                got += chunk
                if len(got) > MAX_ANSWER:
                    why = "antwoord-te-groot"
                    break
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ONCE_MORE):
                while chunk := await reader.read(_CHUNK):
                    got += chunk
    except TimeoutError:
        why = "te-laat"
    except (ssl.SSLError, ConnectionError):
        why = "afgebroken" if got else "tls-geweigerd"
    finally:
        writer.close()
        with contextlib.suppress(Exception):  # how a connection ends is the last thing that counts
            await asyncio.wait_for(writer.wait_closed(), 1)
    return _reply(bytes(got), why, stopwatch() - began, continued)


def _head(path: str, host: str, headers: Mapping[str, str], body: bytes, *, first_ask: bool) -> bytes:
    more = {"Host": host, "Content-Length": str(len(body)), "Connection": "close", **headers}
    if first_ask:
        more["Expect"] = "100-continue"
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in more.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Bytes(io.BytesIO):
    """Bytes that stay readable when the library thinks it is done with them."""

    def close(self) -> None: ...

    def makefile(self, *_args: object) -> "io.BytesIO":
        return self


def _whole(data: bytearray) -> bool:
    """Whether a whole answer is here, as far as its head tells its length."""
    begin = 0
    while (end := data.find(b"\r\n\r\n", begin)) >= 0:
        head = bytes(data[begin:end]).lower()
        begin = end + 4
        if not head.startswith(b"http/1.1 100"):
            break
    else:
        return False
    lines = [line.replace(b" ", b"") for line in head.split(b"\r\n")]
    length = next((line.partition(b":")[2] for line in lines if line.startswith(b"content-length:")), b"")
    if length.isdigit():
        return len(data) - begin >= int(length)
    return b"transfer-encoding:chunked" in lines and data.endswith(b"0\r\n\r\n")


def _reply(got: bytes, why: str, seconds: float, continued: bool) -> Reply:
    if not got:
        return Reply(why=why or "geen-antwoord", seconds=seconds, continued=continued)
    stream = _Bytes(got)
    response = http.client.HTTPResponse(cast(Any, stream), method="POST")
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ValueError, OSError):
        return Reply(why=why or "afgebroken", seconds=seconds, continued=continued)
    headers = {name.lower(): value for name, value in response.getheaders()}
    if not why and got[stream.tell() :].strip():
        why = "twee-antwoorden"
    return Reply(response.status, headers, body, seconds, continued, why)


def understand(reply: Reply, wire: Wire) -> Understood:
    """What an answer to a documentRequest in the messages of `wire` is."""
    if reply.why:
        return Understood("none" if reply.why in ("geen-verbinding", "tls-geweigerd") else "unusable", why=reply.why)
    if form := other_form(reply.headers, reply.body):
        return Understood("other-form", why=form)
    if reply.status not in (200, 500):
        return Understood("unusable", why=f"http-{reply.status}")
    known = {shipped(year).namespace.says: shipped(year) for year in YEARS} | {wire.namespace.says: wire}
    try:
        received = soap.read(reply.body, known, limit=MAX_ANSWER)
    except Fault as fault:
        return Understood("fault", code=fault.code)
    except Malformed as error:
        return Understood("unusable", why=error.why)
    if received.wire.namespace.says != wire.namespace.says:
        return Understood("unusable", why="ander-protocol", year=received.wire.protocol)
    if received.message.name != "documentResponse":
        return Understood("unusable", why="ander-antwoord")
    try:
        return Understood("dossier", dossier=soap_dossier.take_out(received, reply.body))
    except Malformed as error:
        return Understood("unusable", why=error.why)


def other_form(headers: Mapping[str, str], body: bytes) -> str:
    """Which form a message has that is not the plain SOAP 1.1 of OSO's examples; "" for plain."""
    said = {name.lower(): value for name, value in headers.items()}
    encoding = said.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        return "gzip" if "gzip" in encoding else "compressed"
    kind = said.get("content-type", "").lower()
    if kind.startswith("multipart/") or _INCLUDE in body:
        return "mtom"
    if kind.startswith("application/soap+xml") or _SOAP_12 in body[:2000]:
        return "soap-1.2"
    try:
        root = parse_bytes(body)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    for header in root.findall(f"{{{soap.ENVELOPE}}}Header/*"):
        namespace = etree.QName(header).namespace or ""
        if namespace in _ADDRESSING:
            return "ws-addressing"
        if namespace == _SECURITY:
            return "ws-security"
    return ""
