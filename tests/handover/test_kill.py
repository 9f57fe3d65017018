"""Killed at fifty random moments: every ready dossier is handed over exactly once, as the receiver sees it.

Sender and gateway are processes of their own, so that a kill leaves to the operating system whatever a killed process
leaves: half a request, a lock, an open transaction. The moments lie within what the work takes on this machine now: a
fast one is killed as often as a slow or busy one.
"""

import json
import os
import random
import signal
from collections import Counter
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from dod2oso.findings.outcome import Outcome
from dod2oso.handover.config import Http, Tls
from dod2oso.handover.send import hand_over, publish, selection
from dod2oso.handover.senders import http as http_module
from dod2oso.handover.senders.gateway import Gateway as Client
from dod2oso.handover.senders.http import HttpSender
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.tls import client_context
from dod2oso.ledger.handovers import Step, states
from dod2oso.ledger.store import Ledger
from tests.handover.certificates import Pki
from tests.handover.gateway import Gateway
from tests.killing import Work, kill_at_random, process
from tests.ledger.kit import begin, convert, outcome
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed without cleanup")

KILLS = 25  # of the sender, and as many of the run
MANY = 10  # dossiers in an export


def dossiers(export: int) -> list[Outcome]:
    return [outcome(n, pupil=f"p{export}-{n}") for n in range(1, MANY + 1)]  # records count from one: so a run resumes


def hashes(exports: int) -> Counter[str]:
    """What must have arrived once of the first so many exports."""
    return Counter(sha256(one.xml or b"").hexdigest() for n in range(exports) for one in dossiers(n))


def serve(folder: Path, tls: Tls, address: Path, recognises: bool) -> None:
    with Gateway(folder, tls, recognises=recognises) as gateway:
        address.with_suffix(".new").write_text(gateway.url)
        address.with_suffix(".new").replace(address)
        signal.pause()


@pytest.mark.parametrize("repeats", ["recognised", "asked"])
def test_the_sender_killed_at_random_moments(tmp_path: Path, repeats: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "WAIT_FIRST", 0.01)
    monkeypatch.setattr(http_module, "JITTER", 0.01)
    pki, out, address = Pki(tmp_path / "pki"), tmp_path / "out", tmp_path / "address"
    ours, theirs = pki.party("us"), pki.party("gateway")
    inbox, exports = tmp_path / "in", count()

    def send() -> None:
        http = Http(url=address.read_text(), repeats=repeats, timeout_seconds=120)  # type: ignore[arg-type]
        with Ledger.open(out) as ledger, Client(http, client_context(ours)) as client:
            senders = {**local_senders(ledger, out), "http": HttpSender(ledger, out, http, client)}
            hand_over(ledger, out, senders, "http", selection([]), Step("jan"))

    def fresh() -> Work:
        export = next(exports)
        with Ledger.open(out) as ledger:
            run = begin(ledger)
            convert(ledger, out, run, dossiers(export), f"{export}.xml", batch=20)
            ledger.finish_run(run, "done", 0)
        return send

    gateway = process(lambda: serve(inbox, theirs, address, repeats == "recognised"))
    try:
        wait_until(address.exists)
        kill_at_random(KILLS // 2 + 1, random.Random(repeats), fresh)
    finally:
        os.kill(gateway, signal.SIGKILL)
        os.waitpid(gateway, 0)
    taken = Counter(sha256(path.read_bytes()).hexdigest() for path in inbox.iterdir())
    assert taken == hashes(next(exports))
    with Ledger.open(out) as ledger:
        assert states(ledger) == {"acknowledged": taken.total()}


def test_the_run_killed_at_random_moments(tmp_path: Path) -> None:
    out, taken, exports = tmp_path / "out", Counter[str](), count()

    def run(last: int) -> None:
        with Ledger.open(out) as ledger:
            run = begin(ledger)
            for export in range(last + 1):
                name, mark = f"{export}.xml", f"f{export}"
                known = ledger.unchanged(name, "2019.1", "POVO", mark, "c1")
                if known:
                    ledger.link_export(run, export, known.id)
                else:
                    convert(ledger, out, run, dossiers(export), name, batch=5, fingerprint=mark, position=export)
            publish(ledger, run, out)
            ledger.finish_run(run, "done", 0)

    def fetch(most: int) -> None:
        for manifest in sorted((out / "outbox").glob("*.json"))[:most]:
            data = manifest.with_suffix(".xml").read_bytes()
            assert json.loads(manifest.read_bytes())["sha256"] == sha256(data).hexdigest()
            manifest.unlink()
            manifest.with_suffix(".xml").unlink()
            taken[sha256(data).hexdigest()] += 1

    def fresh() -> Work:
        last = next(exports)

        def work() -> None:
            run(last)

        return work

    kill_at_random(KILLS, random.Random("run"), fresh, between=lambda: fetch(3))
    exported = next(exports)
    for _ in range(2):
        run(exported - 1)
        fetch(exported * MANY)
    assert taken == hashes(exported)
    with Ledger.open(out) as ledger:
        run_again = begin(ledger)
        publish(ledger, run_again, out)
        assert states(ledger) == {"fetched": taken.total()}
