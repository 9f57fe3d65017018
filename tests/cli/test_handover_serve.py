"""`dod2oso handover serve` as its user meets it: settings in a file, a process that serves until it is stopped."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from dod2oso.cli import extras
from dod2oso.handover.soap import Message
from dod2oso.handover.tls import client_context, server_context
from dod2oso.handover.wire.load import shipped
from dod2oso.ledger.store import Ledger
from dod2oso.sandbox.chain import SERIALS, Parties, point_of
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.receiver import Fetched, Receiver, Wanted
from dod2oso.sandbox.searchkey import make_key
from dod2oso.sandbox.traffic_center import Point, TrafficCenter
from tests.cli.kit import dod2oso
from tests.sandbox.kit import BRON, DOEL, Stand, pupils, stage

WIRE = shipped("22")
POINT, OTHER = point_of(BRON, 1, WIRE), point_of(DOEL, 1, WIRE)


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
search-key = "dod2oso.sandbox.searchkey:search_keys"
search-key-file = "zoeksleutel.key"
[handover.bron.aanleverpunten]
{BRON} = "{POINT}"
[handover.bron.certificates]
{DOEL} = ["{SERIALS["school"]}"]
""")
    return file


def test_a_process_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    who = pupils(3)
    out = tmp_path / "out"
    parties = Parties.make(tmp_path / "pki")
    keys = make_key(tmp_path / "zoeksleutel.key")
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        stand = stage(ledger, out, who)
        asyncio.run(_fetch(stand, tmp_path, parties, keys, [pupil.pgn for pupil in who]))
        assert stand.states() == ["fetched"] * 3
        assert {row.account for row in stand.rows()} == {"beheerder-7"}


async def _fetch(stand: Stand, folder: Path, parties: Parties, keys: object, numbers: list[str]) -> None:
    center = TrafficCenter()

    async def answer(message: Message, serials: frozenset[str]) -> Message:
        return center.answer(message, serials)

    host = Host({WIRE.namespace.says: WIRE}, answer, Faults())
    await host.start(server_context(parties.certificates["traffic-center"]))
    arguments = ["--out", stand.out, "--config", settings(folder, parties, host.url), "--account", "beheerder-7"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dod2oso", "handover", "serve", *map(str, arguments),
        env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stderr is not None
    async with asyncio.timeout(60):
        first = (await server.stderr.readline()).decode()
    found = re.search(r"poort (\d+)", first)
    assert found, first
    center.add(Point(BRON, POINT, f"https://localhost:{found[1]}/", SERIALS["bron"]))
    point = Point(DOEL, OTHER, "https://localhost/", SERIALS["school"], offers=False)
    center.add(point)
    context = client_context(parties.certificates["school"])
    school = Receiver(point, WIRE, host.url, keys, context, validate=False)  # type: ignore[arg-type]
    await school.start()
    got = [await school.fetch(Wanted(BRON, number)) for number in numbers]
    assert [each.data for each in got if isinstance(each, Fetched)] and len(school.inbox) == 3
    server.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(server.communicate(), 30)
    assert server.returncode == 0
    assert out == b""
    assert err.decode().count(": opgehaald") == 3
    assert not any(number in err.decode() for number in numbers)
    await school.close()
    await host.close()


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
