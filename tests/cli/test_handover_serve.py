"""`dod2oso handover serve` as its user meets it: settings in a file, a process that serves until it is stopped."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import pytest

from dod2oso.base import extras
from dod2oso.base.folderlock import held
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.handover.wire.load import shipped
from dod2oso.ledger.handovers import DELIVERED
from dod2oso.ledger.store import Ledger
from dod2oso.sandbox.chain import SERIALS, Parties, point_of
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.receiver import Fetched, Receiver, Wanted
from dod2oso.sandbox.searchkey import make_key
from dod2oso.sandbox.traffic_center import Point, TrafficCenter
from tests.cli.kit import dod2oso
from tests.sandbox.kit import BRON, DOEL, Pupil, Stand, pupils, run, stage
from tests.waiting import until

WIRE = shipped("22")
POINT, OTHER = point_of(BRON, 1, WIRE), point_of(DOEL, 1, WIRE)


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="ledger")
def _ledger(out: Path) -> Iterator[Ledger]:
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        yield ledger


def settings(folder: Path, parties: Parties, traffic_center: str) -> Path:
    tls = parties.certificates["bron"]
    file = folder / "dod2oso.toml"
    file.write_text(f"""
[handover]
sender = "bron"
[handover.tls]
ca = "{tls.ca}"
certificate = "{tls.certificate}"
key = "{tls.key}"
[handover.bron]
listen = "127.0.0.1:0"
traffic-center = "{traffic_center}"
older-dossiers = ["2019.1"]
search-key = "dod2oso.sandbox.searchkey:search_keys"
search-key-file = "zoeksleutel.key"
[handover.bron.aanleverpunten]
{BRON} = "{POINT}"
[handover.bron.certificates]
{DOEL} = ["{SERIALS["school"]}"]
""")
    return file


class Around:
    """A Traffic Center and a school in this process, around a source in another one."""

    def __init__(self, stand: Stand, folder: Path) -> None:
        self.stand, self.folder = stand, folder
        self.settings: Path | None = None  # else made for this stand
        self.parties = Parties.make(folder / "pki")
        self.center = TrafficCenter()
        point = Point(DOEL, OTHER, "https://localhost/", SERIALS["school"], offers=False)
        self.center.add(point)
        keys = make_key(folder / "zoeksleutel.key")
        self.school = Receiver(
            point, WIRE, "", keys, client_context(self.parties.certificates["school"]), validate=False
        )

    async def __aenter__(self) -> Self:
        async def answer(message: Message, serials: frozenset[str]) -> Message:
            return self.center.answer(message, serials)

        self.host = Host({WIRE.namespace.says: WIRE}, answer, Faults())
        await self.host.start(server_context(self.parties.certificates["traffic-center"]))
        self.school.traffic_center = self.host.url
        await self.school.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.school.close()
        await self.host.close()

    async def source(self) -> tuple[asyncio.subprocess.Process, str]:
        """A process that serves, and what it said before its port."""
        server = await self.process()
        assert server.stderr is not None
        first = (await server.stderr.readline()).decode()
        found = re.search(r"poort (\d+)", first)
        assert found, first
        self.center.add(Point(BRON, POINT, f"https://localhost:{found[1]}/", SERIALS["bron"]))
        return server, first

    async def process(self) -> asyncio.subprocess.Process:
        file = self.settings or settings(self.folder, self.parties, self.host.url)
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dod2oso", "handover", "serve",
            "--out", str(self.stand.out), "--config", str(file), "--account", "beheerder-7",
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    def missing(self, who: Sequence[Pupil]) -> list[Pupil]:
        got = {each.wanted.pgn for each in self.school.inbox}
        return [pupil for pupil in who if pupil.pgn not in got]


def test_a_process_serves_until_it_is_told_to_stop(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    who = pupils(3)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with Around(stand, tmp_path) as around:
            server, _ = await around.source()
            for pupil in who:
                assert isinstance(await around.school.fetch(Wanted(BRON, pupil.pgn)), Fetched)
            with held(out, "run"):  # a run beside it is possible, a second source is not
                second = await around.process()
                _said, err = await second.communicate()
            assert second.returncode == 75
            assert f"proces {server.pid}" in err.decode() and "handover serve" in err.decode()
            server.send_signal(signal.SIGTERM)
            said, err = await server.communicate()
            assert (server.returncode, said) == (0, b"")
            assert err.decode().count(": opgehaald") == 3
            assert not any(pupil.pgn in err.decode() for pupil in who)

    run(main)
    assert stand.states() == ["fetched"] * 3
    assert {row.account for row in stand.rows()} == {"beheerder-7"}


def test_it_says_at_the_start_what_it_will_not_deliver(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    stand = stage(ledger, out, pupils(2))

    async def main() -> None:
        async with Around(stand, tmp_path) as around:
            file = settings(tmp_path, around.parties, around.host.url)
            text = file.read_text(encoding="utf-8").replace('older-dossiers = ["2019.1"]', "older-dossiers = []")
            around.settings = tmp_path / "strikt.toml"
            around.settings.write_text(text, encoding="utf-8")
            server, _ = await around.source()
            assert server.stderr is not None
            second = (await server.stderr.readline()).decode()
            server.send_signal(signal.SIGTERM)
            await server.communicate()
            assert "2 klaargezette dossiers zijn van OSO 2019.1" in second

    run(main)


def test_killed_at_any_moment_nothing_is_lost_and_nothing_counted_that_was_not_received(
    ledger: Ledger, out: Path, tmp_path: Path
) -> None:
    who = pupils(24)
    stand = stage(ledger, out, who)

    async def main() -> None:
        async with Around(stand, tmp_path) as around:
            for life in range(3):
                server, _ = await around.source()
                gate = asyncio.Semaphore(8)

                async def one(pupil: Pupil, gate: asyncio.Semaphore = gate) -> None:
                    async with gate:
                        await around.school.fetch(Wanted(BRON, pupil.pgn))

                fetching = asyncio.gather(*map(one, around.missing(who)))
                if life < 2:  # in the midst of it: some have arrived, others are under way
                    enough = len(around.school.inbox) + 5
                    await until(lambda enough=enough: len(around.school.inbox) >= enough)  # type: ignore[misc]
                    server.kill()
                await fetching
                received = {each.sha256 for each in around.school.inbox}
                assert {row.sha256 for row in stand.rows() if row.state in DELIVERED} <= received
                if life == 2:
                    server.send_signal(signal.SIGTERM)
                await server.communicate()
            assert not around.missing(who)
            assert {each.data for each in around.school.inbox} == set(stand.files.values())

    run(main)
    assert set(stand.states()) <= {"fetched", "sent-unknown"}


def test_without_settings_it_says_what_is_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = dod2oso(capsys, monkeypatch, "handover", "serve")
    assert (ended.code, ended.out) == (5, "")
    assert "[handover.bron]" in ended.err


def test_without_the_extra_it_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _name: None)
    for command in (["handover", "serve"], ["sandbox", "demo"]):
        ended = dod2oso(capsys, monkeypatch, *command)
        assert ended.code == 5
        assert "pip install 'dod2oso[sender]'" in ended.err
