"""The whole chain with real TLS on loopback: nothing lost, nothing at the wrong school, nothing counted too soon."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from dod2oso.handover import store
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Fault, Message
from dod2oso.ledger.handovers import DELIVERED, history
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.sandbox.chain import Chain
from dod2oso.sandbox.faultkind import FaultKind
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.receiver import Failed, Fetched, Wanted
from tests.sandbox.kit import BRON, DOEL, Pupil, Stand, chain_of, pupils, run, stage, stage_rows

AT_ONCE = 20
SWV_DOSSIERS = 40  # that hundreds at once do no harm is shown with the other layer
FAULT_DOSSIERS = int(os.environ.get("DOD2OSO_FAULT_DOSSIERS", "20"))  # under each fault; more takes minutes


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="ledger")
def _ledger(out: Path) -> Iterator[Ledger]:
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        yield ledger


async def fetch_all(chain: Chain, who: Sequence[Pupil], attempts: int = 1) -> list[Fetched | Failed]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(pupil: Pupil) -> Fetched | Failed:
        async with gate:
            return await chain.school.fetch(Wanted(BRON, pupil.pgn), attempts)

    return await asyncio.gather(*map(one, who))


def signed_off(chain: Chain) -> int:
    return sum(session.result == "overdracht-geslaagd" for session in chain.traffic_center.sessions.values())


def test_200_dossiers_arrive_byte_for_byte_and_are_signed_off(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(200)
    stand = stage(ledger, out, who)
    lines: list[LogLine] = []

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki", lines) as chain:
            got = await fetch_all(chain, who)
            assert all(isinstance(each, Fetched) for each in got)
            by_pupil = {each.wanted.pgn: each for each in got if isinstance(each, Fetched)}
            hashes = {row.match_pgn: row.sha256 for row in stand.rows()}
            assert len(by_pupil) == 200
            for pupil in who:  # each pupil's own dossier, as the ledger knows it
                assert pupil.secret.encode() in by_pupil[pupil.pgn].data
            assert sorted(sha256(each.data).hexdigest() for each in by_pupil.values()) == sorted(hashes.values())
            assert signed_off(chain) == 200

    run(main)
    assert stand.states() == ["fetched"] * 200
    assert {row.receiver for row in stand.rows()} == {DOEL}
    said = "\n".join(line.text() for line in lines)
    kept = b"".join(path.read_bytes() for path in out.glob("ledger.sqlite*"))
    assert b"overstapdossier" in kept
    assert not any(pupil.pgn in said or pupil.secret in said for pupil in who)
    assert not any(pupil.pgn.encode() in kept or pupil.secret.encode() in kept for pupil in who)


def test_the_ledger_tells_who_fetched_what_and_by_whose_order(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(1)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki") as chain:
            await fetch_all(chain, who)

    run(main)
    log = history(ledger, stand.rows()[0].id)
    assert [(row.state, row.receiver) for row in log] == [("staged", ""), ("offered", DOEL), ("fetched", DOEL)]
    assert all(row.account for row in log)
    assert log[1].wire_sha256 and log[1].wire_sha256 != stand.rows()[0].sha256


def test_a_samenwerkingsverband_fetches_with_koppelsleutels(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(SWV_DOSSIERS)
    stand = stage(ledger, out, who, overstap="POSWV", allowed="")

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki") as chain:
            told = await chain.notifier.run()
            await chain.swv.idle()
            assert told == (SWV_DOSSIERS, 0)
            assert sorted(each.data for each in chain.swv.inbox) == sorted(stand.files.values())
            assert len({each.wanted.koppelsleutel for each in chain.swv.inbox}) == SWV_DOSSIERS
            assert signed_off(chain) == SWV_DOSSIERS
            assert not chain.school.inbox
            assert await chain.notifier.run() == (0, 0)  # nobody is told twice
            first = chain.swv.inbox[0].wanted
            point = chain.settings.aanleverpunten[BRON]
            assert await chain.swv.send_feedback(first, point, "Toegekend.")
            assert await chain.swv.send_feedback(first, point, "Toegekend.")

    run(main)
    assert sorted(set(stand.states())) == ["acknowledged", "fetched"]
    kept = list((out / store.FEEDBACK_FOLDER).rglob("*.xml"))
    assert len(kept) == 1 and "Toegekend." in kept[0].read_text()


def test_who_asked_in_vain_is_told_and_gets_it(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(2)
    stand = stage(ledger, out, who, staged=False)

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki") as chain:
            early = await fetch_all(chain, who)
            assert [each.code for each in early if isinstance(each, Failed)] == ["LeerlinginfoNietBeschikbaar"] * 2
            _stage_now(stand)
            assert await chain.notifier.run() == (2, 0)
            await chain.school.idle()
            assert sorted(each.data for each in chain.school.inbox) == sorted(stand.files.values())
            assert [message.get("doel") for message in chain.school.notified] == ["overstap"] * 2

    run(main)
    assert stand.states() == ["fetched"] * 2


def _stage_now(stand: Stand) -> None:
    with stand.ledger.read() as connection:
        rows = connection.execute(select(dossiers)).all()
    stage_rows(stand.ledger, rows, "POVO", "2019.1")


@pytest.mark.parametrize("kind", list(FaultKind))
def test_under_every_fault_nothing_is_lost_or_counted_too_soon(
    ledger: Ledger, out: Path, tmp_path: Path, kind: FaultKind
) -> None:
    """First everybody once, then again for who got nothing: what the ledger calls delivered was received."""
    who = pupils(FAULT_DOSSIERS)
    stand = stage(ledger, out, who)
    faults = Faults(kind)

    async def main() -> None:
        brief: dict[str, float] = {}  # only where a fault is that somebody takes too long
        if kind in (FaultKind.timeout, FaultKind.slow_body):
            brief["seconds"] = 1.0
        if kind is FaultKind.slow_receiver:
            brief["request_seconds"] = 2.0
        async with chain_of(stand, tmp_path / "pki", faults=faults, **brief) as chain:
            await fetch_all(chain, who)
            received = {each.sha256 for each in chain.school.inbox}
            counted = {row.sha256 for row in stand.rows() if row.state in DELIVERED}
            assert counted <= received
            assert faults.hits >= FAULT_DOSSIERS // 3
            await fetch_all(chain, [pupil for pupil in who if not _has(chain, pupil)], attempts=8)
            assert {each.data for each in chain.school.inbox} == set(stand.files.values())

    run(main)
    assert stand.states() == ["fetched"] * FAULT_DOSSIERS
    assert {row.receiver for row in stand.rows()} == {DOEL}


def _has(chain: Chain, pupil: Pupil) -> bool:
    return any(each.wanted.pgn == pupil.pgn for each in chain.school.inbox)


def test_an_answer_that_came_twice_never_vouches_for_another_session(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """The Traffic Center says yes to one session, twice; the next question is about a session that does not exist."""
    who = pupils(4)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki", faults=Faults(FaultKind.twice, each=1)) as chain:
            for pupil in who:
                await chain.school.fetch(Wanted(BRON, pupil.pgn))
                key, fragment = chain.keys.make(pupil.pgn)
                fields = {
                    "bron-brin": BRON,
                    "bron-ap": chain.settings.aanleverpunten[BRON],
                    "doel-brin": DOEL,
                    "doel-ap": chain.school.point.ap,
                    "zoeksleutel": key,
                    "pgnfrag": fragment,
                    "overdrachtsoort": "overstapdossier",
                    "sessie-id": "00000000-0000-4000-8000-000000000000",
                }
                body = soap.write(chain.wire, Message("documentRequest", fields))
                raw = await chain.school.exchange(chain.url, body)
                with pytest.raises(Fault, match="SessieOnbekend"):
                    soap.read(raw, chain.school.wires)

    run(main)


@pytest.mark.parametrize("year", ["16", "17", "18", "22"])
def test_every_protocol_year_delivers_its_own_versions(ledger: Ledger, out: Path, tmp_path: Path, year: str) -> None:
    who = pupils(2)
    right = {"16": "2016.1", "17": "2017.1", "18": "2018.1", "22": "2019.1"}[year]
    stand = stage(ledger, out, who[:1], oso=right)
    stage(ledger, out, who[1:], oso="1.2.2", name="b.xml")

    async def main() -> None:
        async with chain_of(stand, tmp_path / "pki", year=year) as chain:
            got = await fetch_all(chain, who)
            assert isinstance(got[0], Fetched)
            assert got[1] == Failed(Wanted(BRON, who[1].pgn), "DossierversieNietGeldig")

    run(main)
