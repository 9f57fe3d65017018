"""kill -9 at fifty random moments: every ready dossier is handed over exactly once, as the receiver sees it.

Sender and gateway are processes of their own, so that a kill leaves to the operating system whatever a killed process
leaves: half a request, a lock, an open transaction.
"""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from dod2oso.handover.config import Http, Tls
from dod2oso.handover.send import hand_over, local_senders, publish, selection
from dod2oso.handover.senders import http as http_module
from dod2oso.handover.senders.gateway import Gateway as Client
from dod2oso.handover.senders.http import HttpSender
from dod2oso.handover.tls import client_context
from dod2oso.ledger.handovers import Step, states
from dod2oso.ledger.store import Ledger
from tests.handover.certificates import Pki
from tests.handover.gateway import Gateway
from tests.ledger.kit import begin, convert, outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed without cleanup")

KILLS = 25  # of the sender, and as many of the run
DOSSIERS = [outcome(n, pupil=f"p{n}") for n in range(1, 41)]  # records count from one: by that a run resumes


def process(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def kill_at_random(work: Callable[[], None], moment: float) -> bool:
    """Whether it was killed; False when it was done before that moment."""
    child = process(work)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


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
    with Ledger.open(out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, DOSSIERS, batch=20)
        ledger.finish_run(run, "done", 0)
    inbox = tmp_path / "in"
    gateway = process(lambda: serve(inbox, theirs, address, repeats == "recognised"))
    try:
        while not address.exists():
            time.sleep(0.01)

        def send() -> None:
            http = Http(url=address.read_text(), repeats=repeats, timeout_seconds=5)  # type: ignore[arg-type]
            with Ledger.open(out) as ledger, Client(http, client_context(ours)) as client:
                senders = {**local_senders(ledger, out), "http": HttpSender(ledger, out, http, client)}
                hand_over(ledger, out, senders, "http", selection([]), Step("jan"))

        chance = random.Random(repeats)
        killed = sum(kill_at_random(send, chance.uniform(0.0, 0.12)) for _ in range(KILLS // 2 + 1))
        send()
    finally:
        os.kill(gateway, signal.SIGKILL)
        os.waitpid(gateway, 0)
    assert killed > KILLS // 4  # else this test has tested nothing
    taken = Counter(sha256(path.read_bytes()).hexdigest() for path in inbox.iterdir())
    assert taken == Counter(sha256(one.xml or b"").hexdigest() for one in DOSSIERS)
    with Ledger.open(out) as ledger:
        assert states(ledger) == {"acknowledged": len(DOSSIERS)}


def test_the_run_killed_at_random_moments(tmp_path: Path) -> None:
    out, taken = tmp_path / "out", Counter[str]()

    def run() -> None:
        with Ledger.open(out) as ledger:
            run = begin(ledger)
            known = ledger.unchanged("a.xml", "2019.1", "POVO", "f1", "c1")
            if known:
                ledger.link_export(run, 0, known.id)
            else:
                convert(ledger, out, run, DOSSIERS, batch=5)
            publish(ledger, run, out)
            ledger.finish_run(run, "done", 0)

    def fetch(most: int) -> None:
        for manifest in sorted((out / "outbox").glob("*.json"))[:most]:
            data = manifest.with_suffix(".xml").read_bytes()
            assert json.loads(manifest.read_bytes())["sha256"] == sha256(data).hexdigest()
            manifest.unlink()
            manifest.with_suffix(".xml").unlink()
            taken[sha256(data).hexdigest()] += 1

    chance = random.Random("run")
    killed = 0
    for _ in range(KILLS):
        killed += kill_at_random(run, chance.uniform(0.0, 0.15))
        fetch(3)
    for _ in range(2):
        run()
        fetch(len(DOSSIERS))
    assert killed > KILLS // 4
    assert taken == Counter(sha256(one.xml or b"").hexdigest() for one in DOSSIERS)
    with Ledger.open(out) as ledger:
        run_again = begin(ledger)
        publish(ledger, run_again, out)
        assert states(ledger) == {"fetched": len(DOSSIERS)}
