"""The whole chain of the sandbox in one process, on loopback: Traffic Center, source, receivers, and a test PKI.

The source is the real one (`handover serve`); only what is around it is made for the sandbox.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.notify import Notifier
from dod2oso.handover.bron.run import Running, running
from dod2oso.handover.bron.trail import Trail, silent
from dod2oso.handover.config import Tls
from dod2oso.handover.soap import Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.handover.wire.load import DEFAULT, shipped
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger.store import Ledger
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.pki import Authority
from dod2oso.sandbox.receiver import Receiver
from dod2oso.sandbox.searchkey import SandboxKeys, make_key
from dod2oso.sandbox.traffic_center import Point, TrafficCenter

SERIALS = {
    "traffic-center": "00000001000000000001",
    "bron": "00000007000000000002",
    "school": "00000007000000000003",
    "swv": "00000007000000000004",
    "stranger": "00000007000000000005",
}


def point_of(brin: str, number: int, wire: Wire) -> str:
    """The name of an aanleverpunt in this year: a routeringskenmerk of 20 characters, or an index."""
    kenmerk = any(field.name == "bronRouteringsKenmerk" for field in wire.messages["documentRequest"].fields)
    return f"00000007000{brin}{number:05d}" if kenmerk else str(number)


@dataclass(slots=True)
class Parties:
    """The certificates of everybody, in a folder."""

    authority: Authority
    certificates: dict[str, Tls]
    stranger: Tls  # of another CA

    @classmethod
    def make(cls, folder: Path) -> "Parties":
        authority = Authority.make(folder, "sandbox-ca")
        other = Authority.make(folder / "vreemd", "vreemde-ca").issue("vreemd", SERIALS["school"])
        # it trusts our CA, so that it is the source that refuses, not the stranger
        stranger = other.model_copy(update={"ca": authority.file})
        return cls(authority, {name: authority.issue(name, serial) for name, serial in SERIALS.items()}, stranger)


@dataclass(slots=True)
class Chain:
    """A running chain. `school` and `swvs` receive; `source` is the server under test."""

    parties: Parties
    wire: Wire
    keys: SandboxKeys
    traffic_center: TrafficCenter
    school: Receiver
    swvs: dict[str, Receiver]  # by the BRIN of the school
    source: Running
    settings: Bron
    faults: Faults

    @property
    def notifier(self) -> Notifier:
        return self.source.notifier

    @property
    def swv(self) -> Receiver:
        """The samenwerkingsverband of the first school."""
        return next(iter(self.swvs.values()))

    @property
    def url(self) -> str:
        return f"https://localhost:{self.source.port}/"


@contextlib.asynccontextmanager
async def chain(
    ledger: Ledger,
    out_dir: Path,
    folder: Path,
    brins: Iterable[str],
    doel_brin: str,
    *,
    faults: Faults | None = None,
    year: str = DEFAULT,
    trail: Trail = silent,
    seconds: float = 5.0,
    validate: bool = True,
    max_connections: int = 2000,
) -> AsyncIterator[Chain]:
    """Start everything, and stop it in the order in which nothing gets lost.

    `brins` are the sending schools, whose dossiers stand in `ledger` and `out_dir`; `doel_brin` is the receiving
    school. A samenwerkingsverband hangs under the BRIN of every sending school, as in OSO. `seconds` is how long the
    source waits for the Traffic Center.
    """
    wire, faults = shipped(year), faults or Faults()
    wires = {wire.namespace.says: wire}
    parties = await asyncio.to_thread(Parties.make, folder)
    keys = make_key(folder / "zoeksleutel.key")
    center = TrafficCenter()
    schools = sorted(set(brins))
    own = {brin: point_of(brin, 1, wire) for brin in schools}

    async def answer(message: Message, serials: frozenset[str]) -> Message:
        return center.answer(message, serials)

    center_host = Host(wires, answer, faults)
    await center_host.start(server_context(parties.certificates["traffic-center"]))

    def receiver(name: str, brin: str, number: int, sector: str) -> tuple[Receiver, Host]:
        tls = parties.certificates[name]
        made = Receiver(
            Point(brin, point_of(brin, number, wire), "", SERIALS[name], sector, offers=False),
            wire,
            center_host.url,
            keys,
            client_context(tls),
            client_context(parties.stranger),
            faults if name == "school" else Faults(),
            trail,
            validate=validate,
        )
        return made, Host(wires, made.answer, Faults())

    specs = [("school", doel_brin, 1, "VO"), *(("swv", brin, 9, "SWV") for brin in schools)]
    made = [(name, *receiver(name, brin, number, sector)) for name, brin, number, sector in specs]
    for name, party, host in made:
        await host.start(server_context(parties.certificates[name]))
        party.point = replace(party.point, url=host.url)
        center.add(party.point)
        await party.start()
    school, swvs = made[0][1], {party.point.brin: party for _, party, _ in made[1:]}
    of_school: tuple[str, ...] = (SERIALS["school"],)
    of_swv: tuple[str, ...] = (SERIALS["swv"],)
    certificates = dict.fromkeys(schools, of_swv) | {doel_brin: of_school}
    settings = Bron(
        listen="127.0.0.1:0",
        traffic_center=center_host.url,
        protocols=(year,),
        aanleverpunten=own,
        samenwerkingsverbanden={brin: party.point.ap for brin, party in swvs.items()},
        certificates=certificates,
        search_key="dod2oso.sandbox.searchkey:search_keys",
        search_key_file=folder / "zoeksleutel.key",
        traffic_center_seconds=seconds,
        request_seconds=2.0,
        notify_seconds=0,
        max_connections=max_connections,
    )
    try:
        async with running(ledger, out_dir, settings, parties.certificates["bron"], "sandbox", trail) as source:
            for brin, ap in own.items():
                center.add(Point(brin, ap, f"https://localhost:{source.port}/", SERIALS["bron"]))
            yield Chain(parties, wire, keys, center, school, swvs, source, settings, faults)
            for _, party, _ in made:
                await party.idle()
    finally:  # the source went first: so it heard from the receivers that they took what it sent last
        for _, party, host in made:
            await party.close()
            await host.close()
        await center_host.close()
