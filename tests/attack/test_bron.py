"""Hostile and mistaken requests at the source: the documented fault, nothing leaked, and the server stays up."""

import asyncio
import contextlib
import random
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import update

from dod2oso.findings.model import Finding
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Fault, Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.ledger.handover_tables import document_requests
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.sandbox.chain import Chain
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.receiver import Failed, Fetched, Wanted
from dod2oso.sandbox.traffic_center import Point
from tests.attack.kit import room_for_files
from tests.ledger.kit import CONSENT
from tests.sandbox.kit import BRON, DOEL, Pupil, Stand, chain_of, pupils, run, stage
from tests.waiting import PAUSE, until

OTHER = "99XE"  # another receiving school, with a good certificate of its own
UNAVAILABLE = "LeerlinginfoNietBeschikbaar"


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="ledger")
def _ledger(out: Path) -> Iterator[Ledger]:
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        yield ledger


class Scene(NamedTuple):
    """A chain, what it logged, and the pupils whose dossiers are staged."""

    chain: Chain
    lines: list[LogLine]
    stand: Stand
    who: Sequence[Pupil]

    async def asked(self, pupil: Pupil, **other: str) -> dict[str, str]:
        """The fields of a documentRequest of the school in a good session; `other` fields replace them after that."""
        school = self.chain.school
        key, fragment = self.chain.keys.make(pupil.pgn)
        fields = {
            "bron-brin": BRON,
            "bron-ap": self.chain.settings.aanleverpunten[BRON],
            "doel-brin": school.point.brin,
            "doel-ap": school.point.ap,
            "zoeksleutel": key,
            "pgnfrag": fragment,
            "overdrachtsoort": "overstapdossier",
        }
        opened = self.chain.traffic_center.answer(
            Message("overdrachtRequest", fields), frozenset({school.point.serial})
        )
        return fields | {"sessie-id": opened.get("sessie-id")} | other

    async def send(self, fields: dict[str, str], context: ssl.SSLContext | None = None) -> bytes:
        body = soap.write(self.chain.wire, Message("documentRequest", fields))
        return await self.chain.school.exchange(self.chain.url, body, context=context)

    async def code(self, fields: dict[str, str], context: ssl.SSLContext | None = None) -> str:
        """The fault code of the answer; empty when it was a dossier."""
        raw = await self.send(fields, context)
        try:
            soap.read(raw, self.chain.school.wires, limit=len(raw))
        except Fault as fault:
            assert not any(pupil.secret.encode() in raw or pupil.pgn.encode() in raw for pupil in self.who)
            return fault.code
        return ""

    async def still_serves(self) -> None:
        got = await self.chain.school.fetch(Wanted(BRON, self.who[0].pgn), attempts=5)
        assert isinstance(got, Fetched)
        assert got.data in self.stand.files.values()

    def nothing_leaked(self) -> None:
        said = "\n".join(line.text() for line in self.lines)
        assert not any(pupil.pgn in said or pupil.secret in said or pupil.pgn[-6:] in said for pupil in self.who)


@contextlib.asynccontextmanager
async def scene(stand: Stand, folder: Path, who: Sequence[Pupil], **more: Any) -> AsyncIterator[Scene]:
    lines: list[LogLine] = []
    async with chain_of(stand, folder, lines, **more) as chain:
        made = Scene(chain, lines, stand, who)
        yield made
    made.nothing_leaked()


def other_school(chain: Chain) -> ssl.SSLContext:
    """The certificate of a school that is known to the Traffic Center, and may fetch nothing here."""
    point = chain.school.point
    chain.traffic_center.add(Point(OTHER, point.ap, point.url, "00000007000000000005", offers=False))
    return client_context(chain.parties.certificates["stranger"])


# --- mistaken ----------------------------------------------------------------------------------------------------


def test_every_reason_to_deliver_nothing(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(8)
    stand = stage(ledger, out, who[:1])
    stage(ledger, out, who[1:2], name="vreemd.xml", allowed="")  # marked for nobody
    stage(ledger, out, who[2:3], name="later.xml", staged=False)
    stage(ledger, out, who[3:4], name="wacht.xml", state="held", findings=[CONSENT], staged=False)
    stage(ledger, out, who[4:5], name="stuk.xml", state="held", findings=[Finding("veld-onbekend")], staged=False)
    stage(ledger, out, who[5:6], name="oud.xml", oso="1.2.2")
    stage(ledger, out, who[6:7], name="zonder.xml", inspected=False)  # ready, says the ledger; the dossier says no
    moment = datetime.now(UTC)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:

            async def code(pupil: Pupil, **other: str) -> str:
                return await at.code(await at.asked(pupil, **other))

            assert await code(who[7]) == UNAVAILABLE  # nobody knows this pupil
            assert await code(who[1]) == UNAVAILABLE  # another school's; the answer is the same
            assert await code(who[2]) == UNAVAILABLE
            assert await code(who[3]) == "LeerlinginfoNietOpvraagbaar"
            assert await code(who[4]) == UNAVAILABLE
            assert await code(who[5]) == "DossierversieNietGeldig"
            assert await code(who[6]) == "LeerlinginfoNietOpvraagbaar"
            newer = (moment + timedelta(days=1)).isoformat()
            older = (moment - timedelta(days=1)).astimezone().isoformat()
            assert await code(who[0], aanvraagdatum=newer) == "LeerlinginfoNietGewijzigd"
            assert await code(who[0], aanvraagdatum=older) == ""
            assert await code(who[0]) == ""
            with ledger.read() as connection:  # every request was stored, also those in vain
                rows = connection.execute(document_requests.select()).all()
            assert len(rows) == 10
            assert all(row.sessie_id and row.doel_brin == DOEL and row.at for row in rows)

    run(main)
    # only the first one was ever delivered
    assert sorted(stand.states()) == ["fetched", "staged", "staged", "staged"]


def test_a_waiting_dossier_is_told_to_nobody_but_a_school_that_may_fetch_it(
    ledger: Ledger, out: Path, tmp_path: Path
) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who, state="held", findings=[CONSENT], staged=False, allowed=OTHER)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            assert await at.code(await at.asked(who[0])) == UNAVAILABLE

    run(main)


def test_what_stops_being_ready_or_changes_on_disk_is_not_delivered(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(3)
    stand = stage(ledger, out, who)
    names = sorted(stand.files)
    file = next((out / "dossiers" / "ready").rglob(f"{names[0]}.xml"))
    file.write_bytes(file.read_bytes() + b" ")
    with ledger.write() as connection:
        connection.execute(update(dossiers).where(dossiers.c.dossier_id == names[1]).values(state="held"))

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            codes = [await at.code(await at.asked(pupil)) for pupil in who]
            assert sorted(codes) == ["", UNAVAILABLE, UNAVAILABLE]

    run(main)


# --- sessions and certificates -----------------------------------------------------------------------------------


def test_the_session_is_checked_before_anything_else(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """Faults of the Traffic Center in the documented order, passed on; for a pupil nobody knows just the same."""
    who = pupils(2)
    stand = stage(ledger, out, who[:1])

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            good = await at.asked(who[0])
            for pupil in who:
                assert await at.code(await at.asked(pupil, **{"sessie-id": str(uuid.uuid4())})) == "SessieOnbekend"
            assert await at.code(good | {"zoeksleutel": at.chain.keys.make(who[1].pgn)[0]}) == "SessieAfwijkend"
            assert await at.code(good | {"doel-ap": at.chain.swv.point.ap}) == "OnbekendAanleverpunt"
            assert await at.code(good | {"overdrachtsoort": "overdrachtbinnenbrin"}) == "GeenRelatieMetDoel"
            assert await at.code(good | {"bron-brin": "99XQ"}) == "VerstrekkerNietBekend"
            stored = len(_stored(ledger))
            assert stored == 0  # without a session nothing is stored, and nobody was looked for
            assert await at.code(good) == ""
            assert await at.code(good) == ""  # the same session again before it is signed off: an answer was lost
            session = at.chain.traffic_center.sessions[good["sessie-id"]]
            session.result = "overdracht-geslaagd"
            assert await at.code(good) == "SessieReedsAfgemeld"  # replayed

    run(main)


def _stored(ledger: Ledger) -> list[Any]:
    with ledger.read() as connection:
        return list(connection.execute(document_requests.select()))


def test_a_brin_that_is_not_of_the_certificate_gets_nothing(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """Another school with a good certificate knows a running session and says that it is the right school."""
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            theirs = other_school(at.chain)
            stolen = await at.asked(who[0])
            assert await at.code(stolen, theirs) == "CertificaatHoortNietBijAanleverpunt"
            assert await at.code(stolen | {"doel-brin": OTHER}, theirs) == "SessieAfwijkend"
            assert await at.code(stolen) == ""

    run(main)


def test_a_traffic_center_with_another_certificate_is_not_believed(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            chain = at.chain

            async def answer(message: Message, serials: frozenset[str]) -> Message:
                return chain.traffic_center.answer(message, serials)

            false = Host(chain.school.wires, answer, Faults())
            tls = chain.parties.stranger.model_copy(update={"ca": chain.parties.authority.file})
            await false.start(server_context(tls))
            client, settings = chain.source.notifier._client, chain.settings
            with pytest.raises(Exception, match="geen-verbinding"):
                message = Message("overzichtAanleverpuntRequest", {})
                await client.call(false.url, chain.wire, message)
            await client.call(settings.traffic_center, chain.wire, Message("overzichtAanleverpuntRequest", {}))
            await false.close()

    run(main)


def test_a_koppelsleutel_is_for_two_systems_and_one_dossier(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(2)
    stand = stage(ledger, out, who, overstap="POSWV", allowed="")

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            chain = at.chain
            await chain.notifier.run()
            await chain.swv.idle()
            key = chain.swv.inbox[0].wanted.koppelsleutel
            failed = await chain.school.fetch(Wanted(BRON, koppelsleutel=key, overdrachtsoort="swvaanvraag"))
            assert isinstance(failed, Failed)  # the school cannot open a session with it
            guessed = Wanted(BRON, koppelsleutel=str(uuid.uuid4()).upper(), overdrachtsoort="swvaanvraag")
            assert isinstance(await chain.swv.fetch(guessed), Failed)
            assert not await chain.school.send_feedback(chain.swv.inbox[0].wanted, "1", "Vals.")
            body = soap.write(chain.wire, Message("terugkoppelingRequest", _feedback(chain, key)))
            with pytest.raises(Fault, match="CertificaatHoortNietBijAanleverpunt"):
                soap.read(await chain.school.exchange(chain.url, body), chain.school.wires)

    run(main)


def _feedback(chain: Chain, key: str) -> dict[str, str]:
    return {
        "bron-brin": BRON,
        "bron-ap": chain.settings.aanleverpunten[BRON],
        "doel-brin": BRON,
        "doel-ap": chain.swv.point.ap,
        "koppelsleutel": key,
        "inhoud": "Vals.",
    }


def test_1000_unauthorised_attempts_get_nothing(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """No certificate, one of another CA, or one of another school, with good and bad sessions and keys."""
    who = pupils(5)
    stand = stage(ledger, out, who)
    chance = random.Random(6)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            chain = at.chain
            theirs = other_school(chain)
            stranger = client_context(chain.parties.stranger)
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            nobody.load_verify_locations(chain.parties.authority.file)
            sessions = [await at.asked(pupil) for pupil in who]
            gate = asyncio.Semaphore(20)

            def fields() -> dict[str, str]:
                made = dict(chance.choice(sessions))
                for word, others in (
                    ("doel-brin", [OTHER, DOEL, BRON]),
                    ("sessie-id", [str(uuid.UUID(int=chance.getrandbits(128), version=4))]),
                    ("bron-brin", ["99XB", "0000"]),
                    ("overdrachtsoort", ["overdrachtbinnenbrin"]),
                ):
                    if chance.random() < 0.3:
                        made[word] = chance.choice(others)
                return made

            async def refused_by_tls(context: ssl.SSLContext) -> bool:
                async with gate:
                    return not await _bytes_of(chain.source.port, context, _http(chain, fields()))

            async def refused_by_fault() -> bool:
                async with gate:
                    return bool(await at.code(fields(), theirs))

            attempts: list[Awaitable[bool]] = []
            for _ in range(1000):
                match chance.randrange(8):
                    case 0 | 1 | 2 | 3:
                        attempts.append(refused_by_tls(nobody))
                    case 4 | 5 | 6:
                        attempts.append(refused_by_tls(stranger))
                    case _:
                        attempts.append(refused_by_fault())
            assert all(await asyncio.gather(*attempts))
            assert set(stand.states()) == {"staged"}
            await at.still_serves()

    run(main)


def _http(chain: Chain, fields: dict[str, str]) -> bytes:
    body = soap.write(chain.wire, Message("documentRequest", fields))
    return b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def _bytes_of(port: int, context: ssl.SSLContext | None, data: bytes) -> bytes:
    """Everything that comes back on a connection of our own; empty when it is refused."""
    try:
        host = "localhost" if context else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
        writer.write(data)
        await writer.drain()
        got = await reader.read(1_000_000)
        writer.transport.abort()
        return got
    except (OSError, ssl.SSLError):
        return b""


# --- hostile -----------------------------------------------------------------------------------------------------


def _post(body: bytes, headers: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n" % (headers, len(body)) + body


BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "no http": lambda _: b"\x00\x01\x02 hallo\r\n\r\n",
    "get": lambda _: b"GET /etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no soap": lambda _: _post(b"hallo"),
    "empty": lambda _: _post(b""),
    "cut xml": lambda good: _post(good[:-30]),
    "dtd": lambda good: _post(good.replace(b"<soap:Envelope", BOMB + b"<soap:Envelope", 1)),
    "external entity": lambda good: _post(
        good.replace(b"<soap:Envelope", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><soap:Envelope', 1)
    ),
    "utf-16": lambda good: _post(good.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    "oversized": lambda good: _post(good + b" " * (soap.MAX_REQUEST + 1)),
    "oversized, in chunks": lambda _: (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 17
        + b"0\r\n\r\n"
    ),
    "huge number": lambda _: b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n",
    "two lengths": lambda good: _post(good, b"Content-Length: 3\r\n"),
    "long header": lambda good: _post(good, b"X: " + b"y" * 100_000 + b"\r\n"),
    "deep": lambda _: _post(b"<a>" * 100_000),
    "control in brin": lambda good: _post(good.replace(b"<oso:doelBrin>99XD", b"<oso:doelBrin>..&#10;")),
    "sql in session": lambda good: _post(good.replace(b"<oso:sessieId>", b"<oso:sessieId>'; DROP TABLE x; --")),
    "other message": lambda good: _post(good.replace(b"documentRequest", b"overdrachtRequest")),
    "date without zone": lambda good: _post(
        good.replace(b"</oso:sessieId>", b"</oso:sessieId><oso:aanvraagdatum>2022-01-20T11:17:33</oso:aanvraagdatum>")
    ),
    "both keys": lambda good: _post(
        good.replace(
            b"<oso:overdrachtsoort>",
            b"<oso:koppelsleutel>0F8FAD5B-D9CB-469F-A165-70867728950E</oso:koppelsleutel><oso:overdrachtsoort>",
        )
    ),
}


def test_hostile_requests_get_a_fault_or_nothing_and_the_server_stays_up(
    ledger: Ledger, out: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who, request_seconds=2.0) as at:
            context = at.chain.school.context
            good = soap.write(at.chain.wire, Message("documentRequest", await at.asked(who[0])))
            for name, make in HOSTILE.items():
                got = await _bytes_of(at.chain.source.port, context, make(good))
                head, _, body = got.partition(b"\r\n\r\n")
                assert not head.startswith(b"HTTP/1.1 200"), name
                assert who[0].secret.encode() not in got and b"root:" not in got, name
                if head.startswith(b"HTTP/1.1 500"):
                    with pytest.raises(Fault) as caught:
                        soap.read(body, at.chain.school.wires)
                    assert caught.value.code in ("OngeldigBericht", "SessieOnbekend"), name
            assert set(stand.states()) == {"staged"}
            await at.still_serves()

    run(main)
    assert not any(who[0].pgn in record.getMessage() for record in caplog.records)


def test_slow_and_silent_clients_are_cut_off(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who, request_seconds=2.0) as at:
            context = at.chain.school.context
            good = _http(at.chain, await at.asked(who[0]))

            async def drip(data: bytes) -> bytes:
                """A byte at a time, for longer than a request may take."""
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", at.chain.source.port, ssl=context, server_hostname="localhost"
                )
                reading = asyncio.create_task(reader.read(10_000))
                for at_ in range(200):
                    if reading.done() or writer.transport.is_closing():
                        break
                    writer.write(data[at_ : at_ + 1])
                    await asyncio.sleep(0.05)
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    return await reading
                return b""

            half = good.index(b"\r\n\r\n") + 4
            silent, head, body = await asyncio.gather(
                drip(b""), drip(good[:half]), _bytes_of(at.chain.source.port, context, good[: half + 100])
            )
            assert silent == b"" and head == b""
            assert body.startswith(b"HTTP/1.1 408")
            await at.still_serves()

    run(main)


def test_a_1000_connections_do_not_keep_others_out(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """Most never get through TLS; some do and then say nothing."""
    room_for_files(2500)
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            port, context = at.chain.source.port, at.chain.school.context
            bare = [await asyncio.open_connection("127.0.0.1", port) for _ in range(960)]
            whole = [
                await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
                for _ in range(40)
            ]
            await at.still_serves()
            for _, writer in (*bare, *whole):
                writer.transport.abort()

    run(main)


def test_more_connections_than_there_is_room_for_are_refused(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who, max_connections=10) as at:
            port, context = at.chain.source.port, at.chain.school.context
            held = [
                await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
                for _ in range(10)
            ]
            assert await _bytes_of(port, context, _http(at.chain, await at.asked(who[0]))) == b""
            for _, writer in held:
                writer.transport.abort()
            while not isinstance(await at.chain.school.fetch(Wanted(BRON, who[0].pgn)), Fetched):
                await asyncio.sleep(PAUSE)  # it sees one by one that they are gone

    run(main)


# --- what counts as delivered ------------------------------------------------------------------------------------


def test_a_receiver_that_stops_half_way_did_not_fetch(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """A dossier larger than all buffers; the receiver reads a part and says goodbye in the best of manners."""
    who = pupils(2)
    stand = stage(ledger, out, who, filler=30_000_000)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            for pupil, in_order in zip(who, (True, False), strict=True):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", at.chain.source.port, ssl=at.chain.school.context, server_hostname="localhost"
                )
                writer.write(_http(at.chain, await at.asked(pupil)))
                assert (await reader.read(1000)).startswith(b"HTTP/1.1 200")
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                before = stand.states().count("sent-unknown")
                if in_order:
                    writer.close()
                    await until(lambda before=before: stand.states().count("sent-unknown") > before)  # type: ignore[misc]
                writer.transport.abort()

    run(main)
    assert stand.states() == ["sent-unknown"] * 2


@pytest.mark.parametrize("late", [b"\0", b"\r\n", b"POST / HT"])
def test_a_stray_byte_is_no_sign_that_a_dossier_was_read(
    ledger: Ledger, out: Path, tmp_path: Path, late: bytes
) -> None:
    """After the answer some bytes that are no request, and then a goodbye in order."""
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", at.chain.source.port, ssl=at.chain.school.context, server_hostname="localhost"
            )
            writer.write(_http(at.chain, await at.asked(who[0])))
            assert (await reader.read(1000)).startswith(b"HTTP/1.1 200")
            await until(lambda: stand.states() != ["staged"])
            writer.write(late)
            await writer.drain()
            writer.close()
            await until(lambda: stand.states() != ["offered"])

    run(main)
    assert stand.states() == ["sent-unknown"]


def test_who_reads_all_and_just_goes_away_is_unknown_and_may_ask_again(
    ledger: Ledger, out: Path, tmp_path: Path
) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            fields = await at.asked(who[0])
            got = await _bytes_of(at.chain.source.port, at.chain.school.context, _http(at.chain, fields))
            assert who[0].secret.encode() in got
            await until(lambda: stand.states() == ["sent-unknown"])
            await at.still_serves()

    run(main)
    assert stand.states() == ["fetched"]


def test_who_leaves_before_the_answer_did_not_fetch(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", at.chain.source.port, ssl=at.chain.school.context, server_hostname="localhost"
            )
            writer.write(_http(at.chain, await at.asked(who[0])))
            await asyncio.sleep(0)
            writer.transport.abort()
            await until(lambda: stand.states() == ["sent-unknown"])
            await at.still_serves()

    run(main)


@pytest.mark.parametrize(
    "sent",
    [
        b"GEHEIM / HTTP/9.9\r\n\r\n",
        b"POST /geheim HTTP/1.1\r\nHost: x\r\nGeheim geheim\r\n\r\n",
        b"geheim\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nContent-Length: geheim\r\n\r\n",
    ],
)
def test_an_error_page_names_no_software_and_quotes_nothing(
    sent: bytes, ledger: Ledger, out: Path, tmp_path: Path
) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with scene(stand, tmp_path / "pki", who) as at:
            got = (await _bytes_of(at.chain.source.port, at.chain.school.context, sent)).lower()
            assert got.startswith(b"http/1."), got
            assert not any(word in got for word in (b"aiohttp", b"python", b"geheim", b"traceback")), got
            assert b"server: bron" in got

    run(main)
