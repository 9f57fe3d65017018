"""The whole chain of the sandbox in one process, on loopback: Traffic Center, source, receivers, and a test PKI.

The source is the real one (`handover serve`); only what is around it is made for the sandbox.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import MessageLog, silent
from dod2oso.handover.bron.notify import Notifier
from dod2oso.handover.bron.run import Running, running
from dod2oso.handover.config import Tls
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.handover.wire.load import DEFAULT, shipped
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger.store import Ledger
from dod2oso.oso.versions import VERSIONS
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Heard, Host
from dod2oso.sandbox.pki import Authority
from dod2oso.sandbox.receiver import Receiver
from dod2oso.sandbox.searchkey import SandboxKeys, make_key, search_keys
from dod2oso.sandbox.traffic_center import Point, TrafficCenter

SERIALS = {
    "traffic-center": "00000001000000000001",
    "bron": "00000007000000000002",
    "school": "00000007000000000003",
    "swv": "00000007000000000004",
    "stranger": "00000007000000000005",
}

SEARCH_KEY = "dod2oso.sandbox.searchkey:search_keys"


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
    def make(cls, folder: Path, *, keep: bool = False) -> "Parties":
        """New ones; with `keep` those of an earlier time, as long as they hold: somebody installed them elsewhere."""
        if keep and (kept := cls._kept(folder)) is not None:
            return kept
        authority = Authority.make(folder, "sandbox-ca")
        other = Authority.make(folder / "vreemd", "vreemde-ca").issue("vreemd", SERIALS["school"])
        # it trusts our CA, so that it is the source that refuses, not the stranger
        stranger = other.model_copy(update={"ca": authority.file})
        return cls(authority, {name: authority.issue(name, serial) for name, serial in SERIALS.items()}, stranger)

    @classmethod
    def _kept(cls, folder: Path) -> "Parties | None":
        authority, other = Authority.kept(folder, "sandbox-ca"), Authority.kept(folder / "vreemd", "vreemde-ca")
        if authority is None or other is None:
            return None
        stranger, found = other.issued("vreemd"), {name: authority.issued(name) for name in SERIALS}
        whole = {name: tls for name, tls in found.items() if tls is not None}
        if stranger is None or len(whole) != len(found):
            return None
        return cls(authority, whole, stranger.model_copy(update={"ca": authority.file}))


@dataclass(slots=True)
class Around:
    """What stands around a source: the Traffic Center and who receives. No source among them."""

    parties: Parties
    wire: Wire
    keys: SandboxKeys
    key_file: Path
    traffic_center: TrafficCenter
    traffic_center_url: str
    school: Receiver
    swvs: dict[str, Receiver]  # by the BRIN of the school
    own: dict[str, str]  # the aanleverpunten of the source, by BRIN
    certificates: dict[str, tuple[str, ...]]  # by BRIN of the receiver, as the source must have them

    def place(self, url: str) -> None:
        """Tell the Traffic Center where the source is reached."""
        for brin, ap in self.own.items():
            self.traffic_center.add(Point(brin, ap, url, SERIALS["bron"]))

    async def idle(self) -> None:
        """Wait until all that notifications set off is done."""
        for party in (self.school, *self.swvs.values()):
            await party.idle()


@contextlib.asynccontextmanager
async def around(
    folder: Path,
    brins: Iterable[str],
    doel_brin: str,
    *,
    faults: Faults | None = None,
    year: str = DEFAULT,
    log: MessageLog = silent,
    validate: bool = True,
    port: int = 0,
    look: Callable[[str, Heard], None] = lambda _who, _heard: None,
    keep: bool = False,
) -> AsyncIterator[Around]:
    """Start the Traffic Center (on `port`, or a free one), the receiving school `doel_brin`, and an SWV per school.

    `brins` are the sending schools; a samenwerkingsverband hangs under the BRIN of every one of them, as in OSO. The
    certificates and the key of the zoeksleutel are made in `folder`. `look` sees every request to one of them.
    `keep`: take those that an earlier time left there.
    """
    wire, faults = shipped(year), faults or Faults()
    wires = {wire.namespace.says: wire}
    parties = await asyncio.to_thread(partial(Parties.make, folder, keep=keep))
    key_file = folder / "zoeksleutel.key"
    keys = search_keys(key_file) if keep and key_file.is_file() else make_key(key_file)
    center = TrafficCenter()
    schools = sorted(set(brins))

    async def answer(message: Message, serials: frozenset[str]) -> Message:
        return center.answer(message, serials)

    async with contextlib.AsyncExitStack() as closing:
        center_host = Host(wires, answer, faults, partial(look, "traffic-center"))
        closing.push_async_callback(center_host.close)
        await center_host.start(server_context(parties.certificates["traffic-center"]), port)

        async def receiver(name: str, brin: str, number: int, sector: str) -> Receiver:
            tls = parties.certificates[name]
            party = Receiver(
                Point(brin, point_of(brin, number, wire), "", SERIALS[name], sector, offers=False),
                wire,
                center_host.url,
                keys,
                client_context(tls),
                client_context(parties.stranger),
                faults if name == "school" else Faults(),
                log,
                validate=validate,
            )
            host = Host(wires, party.answer, Faults(), partial(look, name))
            closing.push_async_callback(host.close)
            closing.push_async_callback(party.close)
            await host.start(server_context(tls))
            party.point = replace(party.point, url=host.url)
            center.add(party.point)
            await party.start()
            return party

        school = await receiver("school", doel_brin, 1, "VO")
        swvs = {brin: await receiver("swv", brin, 9, "SWV") for brin in schools}
        of_swv: tuple[str, ...] = (SERIALS["swv"],)
        yield Around(
            parties,
            wire,
            keys,
            key_file,
            center,
            center_host.url,
            school,
            swvs,
            own={brin: point_of(brin, 1, wire) for brin in schools},
            certificates=dict.fromkeys(schools, of_swv) | {doel_brin: (SERIALS["school"],)},
        )


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
    log: MessageLog = silent,
    seconds: float = 5.0,
    request_seconds: float = 10.0,
    validate: bool = True,
    max_connections: int = 2000,
    older: Sequence[str] = (),
) -> AsyncIterator[Chain]:
    """Start everything, and stop it in the order in which nothing gets lost.

    `brins` are the sending schools, whose dossiers stand in `ledger` and `out_dir`; for the rest see `around`.
    `seconds` is how long the source waits for the Traffic Center, `request_seconds` how long for a whole request;
    `older` are versions of dossiers that it delivers though the year goes with later ones.
    """
    faults = faults or Faults()
    # the source stops first: so it hears from the receivers that they took what it sent last
    async with around(folder, brins, doel_brin, faults=faults, year=year, log=log, validate=validate) as parties:
        shown = VERSIONS[-1:] if year == DEFAULT else ()  # it shows the chain with what there is
        settings = Bron(
            listen="127.0.0.1:0",
            traffic_center=parties.traffic_center_url,
            protocols=(year,),
            older_dossiers=(*shown, *older),
            aanleverpunten=parties.own,
            samenwerkingsverbanden={brin: party.point.ap for brin, party in parties.swvs.items()},
            certificates=parties.certificates,
            search_key=SEARCH_KEY,
            search_key_file=parties.key_file,
            traffic_center_seconds=seconds,
            request_seconds=request_seconds,
            notify_seconds=0,
            max_connections=max_connections,
        )
        tls = parties.parties.certificates["bron"]
        async with running(ledger, out_dir, settings, tls, "sandbox", log) as source:
            parties.place(f"https://localhost:{source.port}/")
            yield Chain(
                parties.parties,
                parties.wire,
                parties.keys,
                parties.traffic_center,
                parties.school,
                parties.swvs,
                source,
                settings,
                faults,
            )
            await parties.idle()
