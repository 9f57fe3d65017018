"""documentRequests per second at the source, next to a bare TLS server that returns the same bytes.

    python -m benchmarks.bron                     1,000 requests over 50 connections

The source, the Traffic Center and whoever asks are processes of their own, all on this machine and over mutual TLS. A
request of the source is a whole one: sessiecontrole at the Traffic Center, three commits to the ledger, the file read
and hashed. The bare server has the same certificates and sends the same bytes from memory. `processor` is what only
that process used, so that a busy machine and the other processes do not count. Nothing here is asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import ssl
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import silent
from dod2oso.handover.bron.run import running
from dod2oso.handover.config import Tls
from dod2oso.handover.soap import dossier as soap_dossier
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.client import SoapClient
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.handover.wire.load import shipped
from dod2oso.ledger.store import Ledger
from dod2oso.sandbox.chain import SERIALS, Parties, point_of
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.searchkey import make_key
from dod2oso.sandbox.traffic_center import Point, TrafficCenter
from tests.sandbox.kit import BRON, DOEL, pupils, stage

FILLER = 15_000  # characters in a dossier: about as large as a real one without attachments
WIRE = shipped("22")
WIRES = {WIRE.namespace.says: WIRE}
Started = Any  # a multiprocessing queue on which a server puts where it listens


def traffic_center(tls: Tls, started: Started) -> None:
    """A process that is the Traffic Center."""

    async def main() -> None:
        center = TrafficCenter()
        center.add(Point(BRON, point_of(BRON, 1, WIRE), "https://localhost/", SERIALS["bron"]))
        center.add(Point(DOEL, point_of(DOEL, 1, WIRE), "https://localhost/", SERIALS["school"], offers=False))

        async def answer(message: Message, serials: frozenset[str]) -> Message:
            return center.answer(message, serials)

        host = Host(WIRES, answer, Faults())
        await host.start(server_context(tls))
        started.put(host.url)
        await asyncio.Event().wait()

    asyncio.run(main())


def source(tls: Tls, out: Path, settings: Bron, started: Started) -> None:
    """A process that is the source."""

    async def main() -> None:
        with Ledger.open(out / "ledger.sqlite", out) as ledger:
            async with running(ledger, out, settings, tls, "benchmark", silent) as made:
                started.put(made.port)
                await asyncio.Event().wait()

    asyncio.run(main())


def bare(tls: Tls, answer: bytes, started: Started) -> None:
    """A process that answers every request with the same bytes."""

    class Same(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, _data: bytes) -> None:  # a request of ours is one record
            self.transport.write(answer)

    async def main() -> None:
        context = server_context(tls)
        server = await asyncio.get_running_loop().create_server(Same, "127.0.0.1", 0, ssl=context)
        started.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def processor_seconds(pid: int) -> float:
    """What a process used so far of the processor, itself and the kernel for it. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(port: int, context: ssl.SSLContext, bodies: Sequence[bytes], connections: int) -> list[float]:
    """Send every body once, spread over so many connections; the seconds each answer took."""
    waiting = iter(bodies)
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost", limit=1 << 20
        )
        ready.release()
        await go.wait()
        for body in waiting:
            start = time.perf_counter()
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            assert head.startswith(b"HTTP/1.1 200"), head
            took.append(time.perf_counter() - start)
        writer.close()

    ready, go = asyncio.Semaphore(0), asyncio.Event()
    tasks = [asyncio.create_task(one()) for _ in range(connections)]
    for _ in tasks:
        await ready.acquire()
    go.set()
    await asyncio.gather(*tasks)
    return took


async def sessions(url: str, context: ssl.SSLContext, fields: Sequence[dict[str, str]]) -> list[bytes]:
    """A session for every request, and the documentRequest in it."""
    gate = asyncio.Semaphore(20)
    async with SoapClient(context, WIRES, 30, keep=True) as client:

        async def one(asked: dict[str, str]) -> bytes:
            async with gate:
                opened = await client.call(url, WIRE, Message("overdrachtRequest", asked))
            return soap.write(WIRE, Message("documentRequest", asked | {"sessie-id": opened.get("sessie-id")}))

        return list(await asyncio.gather(*map(one, fields)))


def measure(requests: int, connections: int) -> dict[str, float]:
    """Both servers, one after the other."""
    spawn = multiprocessing.get_context("spawn")
    children: list[Any] = []

    def start(role: Callable[..., None], *arguments: Any) -> Any:
        queue = spawn.Queue()
        child = spawn.Process(target=role, args=(*arguments, queue), daemon=True)
        child.start()
        children.append(child)
        return queue.get(timeout=60)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = folder / "out"
        who = pupils(requests)
        with Ledger.open(out / "ledger.sqlite", out) as ledger:
            stand = stage(ledger, out, who, filler=FILLER)
        parties = Parties.make(folder / "pki")
        keys = make_key(folder / "key")
        try:
            url = start(traffic_center, parties.certificates["traffic-center"])
            settings = Bron(
                listen="127.0.0.1:0",
                traffic_center=url,
                aanleverpunten={BRON: point_of(BRON, 1, WIRE)},
                certificates={DOEL: (SERIALS["school"],)},
                search_key="dod2oso.sandbox.searchkey:search_keys",
                search_key_file=folder / "key",
                notify_seconds=0,
                older_dossiers=("2019.1",),  # what the dossiers are of; the protocol goes with later versions
            )
            port = start(source, parties.certificates["bron"], out, settings)
            context = client_context(parties.certificates["school"])
            ends = {"bron-brin": BRON, "bron-ap": point_of(BRON, 1, WIRE)}
            ends |= {"doel-brin": DOEL, "doel-ap": point_of(DOEL, 1, WIRE), "overdrachtsoort": "overstapdossier"}
            fields = [ends | dict(zip(("zoeksleutel", "pgnfrag"), keys.make(pupil.pgn), strict=True)) for pupil in who]
            bodies = asyncio.run(sessions(url, context, fields))
            begin, used = time.perf_counter(), processor_seconds(children[-1].pid)
            took = asyncio.run(ask(port, context, bodies, connections))
            seconds, used = time.perf_counter() - begin, processor_seconds(children[-1].pid) - used
            body = b"".join(soap_dossier.put_in(WIRE, next(iter(stand.files.values()))))
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            bare_port = start(bare, parties.certificates["bron"], answer)
            begin, bare_used = time.perf_counter(), processor_seconds(children[-1].pid)
            bare_took = asyncio.run(ask(bare_port, context, bodies, connections))
            bare_seconds, bare_used = time.perf_counter() - begin, processor_seconds(children[-1].pid) - bare_used
        finally:
            for child in children:
                child.terminate()
                child.join()
    return {
        "requests": requests,
        "connections": connections,
        "kb_per_answer": round(len(body) / 1000, 1),
        "requests_per_second": round(requests / seconds, 1),
        "p50_ms": round(statistics.median(took) * 1000, 1),
        "p99_ms": round(statistics.quantiles(took, n=100)[98] * 1000, 1),
        "bare_requests_per_second": round(requests / bare_seconds, 1),
        "bare_p50_ms": round(statistics.median(bare_took) * 1000, 1),
        "bare_p99_ms": round(statistics.quantiles(bare_took, n=100)[98] * 1000, 1),
        "ratio": round(seconds / bare_seconds, 1),
        "processor_ms": round(used / requests * 1000, 2),
        "bare_processor_ms": round(bare_used / requests * 1000, 2),
        "processor_ratio": round(used / bare_used, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.requests, arguments.connections)
    if arguments.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        print(f"{key:>26}  {value}")


if __name__ == "__main__":
    main()
