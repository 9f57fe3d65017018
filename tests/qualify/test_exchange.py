"""Answers of systems that others made: slow, wrong, twice, in another form or year, or none. Told, never passed."""

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import trustme

from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.wire.load import shipped
from dod2oso.qualify.exchange import Reply, Understood, exchange, other_form, understand
from tests.qualify.kit import SECONDS, run

WIRE = shipped("18")
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ADDRESSING = b'<wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing">x</wsa:Action>'
SECURITY = b'<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>'


def fault(year: str = "18") -> bytes:
    wire = shipped(year)
    return soap.write_fault(wire, wire.code("niet-beschikbaar"), "Niet.", ours=False)


def with_header(header: bytes) -> bytes:
    return fault().replace(b"<soap:Body>", b"<soap:Header>" + header + b"</soap:Header><soap:Body>")


def http(body: bytes, status: str = "500 Internal Server Error", kind: str = "text/xml", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


@contextlib.asynccontextmanager
async def server(answer: Answer, own: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """A system elsewhere that answers so (with `own` as its certificate); its address, and how to call it."""
    authority = trustme.CA()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(theirs)
    authority.configure_trust(ours)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await answer(reader, writer)
            writer.close()

    running = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=own or theirs)
    try:
        yield f"https://localhost:{running.sockets[0].getsockname()[1]}/", ours
    finally:
        running.close()


def says(*parts: bytes, end: bytes = b"<x/>") -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(end)
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


def asked(answer: Answer, *, seconds: float = SECONDS, first_ask: bool = False) -> tuple[Reply, Understood]:
    found: list[Reply] = []

    async def main() -> None:
        async with server(answer) as (url, context):
            headers = {"Content-Type": "text/xml"}
            found.append(await exchange(url, context, headers, b"<x/>", seconds, first_ask=first_ask))

    run(main)
    return found[0], understand(found[0], WIRE)


@pytest.mark.parametrize(
    ("parts", "kind", "why"),
    [
        ((http(fault()),), "fault", ""),
        ((b"HTTP/1.1 100 Continue\r\n\r\n" + http(fault()),), "fault", ""),
        ((b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(fault()), fault()),),
         "fault", ""),
        ((http(fault()), http(fault())), "unusable", "twee-antwoorden"),
        ((http(fault())[:-20],), "unusable", "afgebroken"),
        ((b"",), "unusable", "geen-antwoord"),
        ((b"dit is geen http\r\n\r\n",), "unusable", "afgebroken"),
        ((http(b"<html>Fout</html>", "502 Bad Gateway", "text/html"),), "unusable", "http-502"),
        ((http(b"<html><p>Fout</html>", kind="text/html"),), "unusable", "geen-geldige-xml"),
        ((http(soap.write(shipped("22"), Message("documentResponse", {"dossier": "x"})), "200 OK"),),
         "unusable", "ander-protocol"),
        ((http(soap.write(WIRE, Message("sessiecontroleResponse", {"sector": "VO"})), "200 OK"),),
         "unusable", "ander-antwoord"),
        ((http(gzip.compress(fault()), more="Content-Encoding: gzip\r\n"),), "other-form", "gzip"),
        ((http(fault(), kind='multipart/related; type="application/xop+xml"'),), "other-form", "mtom"),
        ((http(fault(), kind="application/soap+xml"),), "other-form", "soap-1.2"),
        ((http(with_header(ADDRESSING)),), "other-form", "ws-addressing"),
        ((http(with_header(SECURITY)),), "other-form", "ws-security"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_answer_is_what_it_is(parts: tuple[bytes, ...], kind: str, why: str) -> None:
    _, found = asked(says(*parts))
    assert (found.kind, found.why) == (kind, why)
    assert (found.code == "LeerlinginfoNietBeschikbaar") is (kind == "fault")


def test_another_year_is_named() -> None:
    body = soap.write(shipped("22"), Message("documentResponse", {"dossier": "x"}))
    assert asked(says(http(body, "200 OK")))[1].year == "22"


def test_who_drips_is_too_late() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in http(fault()):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.5)

    assert asked(drip, seconds=1)[1].why == "te-laat"


def test_nobody_there_is_no_answer() -> None:
    found: list[Reply] = []

    async def main() -> None:
        async with server(says(b"")) as (url, context):
            pass
        found.append(await exchange(url, context, {}, b"<x/>", SECONDS))

    run(main)
    assert understand(found[0], WIRE) == Understood("none", why="geen-verbinding")


def test_a_stranger_is_no_connection(tmp_path: Path) -> None:
    found: list[Reply] = []

    async def main() -> None:
        async with server(says(b"")) as (url, _):
            other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trustme.CA().configure_trust(other)
            found.append(await exchange(url, other, {}, b"<x/>", SECONDS))

    run(main)
    assert understand(found[0], WIRE) == Understood("none", why="tls-geweigerd")


def test_who_says_go_on_is_seen_and_who_does_not_still_gets_the_message() -> None:
    async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"Expect: 100-continue" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readuntil(b"<x/>")
        writer.write(http(fault()))

    assert [asked(each, seconds=20, first_ask=True)[0].continued for each in (polite, says(http(fault())))] == [
        True, False,
    ]  # fmt: skip


def test_the_form_of_a_request_is_seen_too() -> None:
    assert other_form({"Content-Encoding": "GZIP"}, b"") == "gzip"
    assert other_form({"Content-Type": "text/xml; charset=utf-8"}, fault()) == ""
    assert other_form({}, b"\x00 geen xml") == ""
