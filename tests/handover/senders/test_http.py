"""Sender http: each dossier once at the receiver, whatever goes wrong; and nothing counted that is not there."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dod2oso.findings.outcome import Outcome
from dod2oso.handover import orders
from dod2oso.handover.config import Http, Tls
from dod2oso.handover.receivers import allow
from dod2oso.handover.send import Sent, hand_over, selection
from dod2oso.handover.senders import http as http_module
from dod2oso.handover.senders.gateway import Gateway as Client
from dod2oso.handover.senders.http import HttpSender
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.tls import client_context
from dod2oso.ledger import tables
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.handovers import Step, states
from dod2oso.ledger.store import Ledger
from tests.handover.certificates import Pki
from tests.handover.gateway import Gateway
from tests.ledger.kit import begin, convert, outcome

STEP = Step("janneke")
SOME = [outcome(n, pupil=f"p{n}") for n in range(3)]


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="ledger")
def _ledger(out: Path) -> Iterator[Ledger]:
    with Ledger.open(out) as ledger:
        yield ledger


@pytest.fixture(name="pki", scope="module")
def _pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAIT_FIRST", "WAIT_MOST", "JITTER"):
        monkeypatch.setattr(http_module, name, 0.01)


def ready(ledger: Ledger, out: Path, outcomes: Sequence[Outcome], fingerprint: str = "f1") -> None:
    run = begin(ledger)
    convert(ledger, out, run, outcomes, fingerprint=fingerprint)
    ledger.finish_run(run, "done", 0)


def send(
    ledger: Ledger, out: Path, url: str, tls: Tls, repeats: str = "unknown", attempts: int = 3, fault: str = ""
) -> Sent:
    timeout = 1 if fault in NEVER_DONE else 120  # else a busy machine would pass for a fault
    http = Http(url=url, repeats=repeats, attempts=attempts, timeout_seconds=timeout)  # type: ignore[arg-type]
    with Client(http, client_context(tls)) as client:
        senders = {**local_senders(ledger, out), "http": HttpSender(ledger, out, http, client)}
        return hand_over(ledger, out, senders, "http", selection([]), STEP)


def right(outcomes: Sequence[Outcome]) -> list[str]:
    return sorted(sha256(one.xml or b"").hexdigest() for one in outcomes)


def arrived(gateway: Gateway) -> list[str]:
    return sorted(digest for hashes in gateway.taken().values() for digest in hashes)


def test_every_dossier_arrives_once_with_what_a_gateway_must_know(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki
) -> None:
    ready(ledger, out, SOME)
    allow(ledger, [(SOME[0].pseudonym, "12AB")], "janneke")
    with Gateway(tmp_path / "in", pki.party("gateway")) as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"))
        assert (sent.staged, sent.pushed.acknowledged, sent.pushed.problem) == (3, 3, None)
        again = send(ledger, out, gateway.url, pki.party("us"))
        assert (again.staged, again.pushed.acknowledged) == (0, 0)
        assert arrived(gateway) == right(SOME)
        by_id = {head["Dossier-Id"]: head for head in gateway.headers}
    assert len(gateway.requests) == 3
    head = by_id[f"{SOME[0].pseudonym}-20191-povo"]
    assert (head["Dossier-Receivers"], head["Dossier-BRIN"], head["Dossier-OSO"]) == ("12AB", "99AA", "2019.1")
    with ledger.read() as connection:
        rows = connection.execute(select(handovers)).all()
        log = connection.execute(select(handover_log)).all()
    assert {(row.state, row.attempts, row.account) for row in rows} == {("acknowledged", 1, "janneke")}
    assert all(row.wire_sha256 == row.sha256 and row.receipt.startswith("R-") for row in rows)
    assert {row.account for row in log} == {"janneke"}
    assert [row.state for row in log if row.handover_id == rows[0].id] == ["staged", "offered", "acknowledged"]


NEVER_DONE = ("timeout", "slow")
ARRIVED_UNSAID = [*NEVER_DONE, "reset", "500", "cut", "no-receipt", "other-bytes", "huge"]


@pytest.mark.parametrize("fault", [*ARRIVED_UNSAID, "reset-before", "status-502"])
def test_without_a_sure_answer_it_is_unknown_and_not_repeated_blindly(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki, fault: str
) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway"), [fault], recognises=False) as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"), fault=fault)
        assert (sent.pushed.acknowledged, sent.pushed.unknown) == (2, 1)
        again = send(ledger, out, gateway.url, pki.party("us"))
        assert (again.pushed.acknowledged, again.pushed.unknown, again.pushed.doubtful) == (0, 0, 1)
        assert max(len(hashes) for hashes in gateway.taken().values()) == 1
        sent_to = orders.named(ledger, [key for _, key in gateway.requests])
        doubtful = [row for row in sent_to if row.state != "acknowledged"]
        assert [row.state for row in doubtful] == ["sent-unknown"]
        assert orders.retry(ledger, out, doubtful, "jan", not_arrived=False).too_late == 1
        if fault in ARRIVED_UNSAID:
            assert orders.confirm(ledger, out, doubtful, "jan").done == 1
        else:
            assert orders.retry(ledger, out, doubtful, "jan", not_arrived=True).done == 1
            assert send(ledger, out, gateway.url, pki.party("us")).pushed.acknowledged == 1
        assert arrived(gateway) == right(SOME)
    assert states(ledger) == {"acknowledged": 3}


@pytest.mark.parametrize("repeats", ["recognised", "asked"])
@pytest.mark.parametrize("fault", [*ARRIVED_UNSAID, "reset-before", "status-502", "status-503", "status-429"])
def test_where_a_repeat_is_recognised_it_is_repeated_and_arrives_once(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki, fault: str, repeats: str
) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway"), [fault], recognises=repeats == "recognised") as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"), repeats, fault=fault)
        assert sent.pushed.acknowledged == 3 and sent.pushed.problem is None
        assert arrived(gateway) == right(SOME)
    assert states(ledger) == {"acknowledged": 3}


def test_an_answer_that_comes_twice_counts_once(ledger: Ledger, out: Path, tmp_path: Path, pki: Pki) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway"), ["twice"], recognises=False) as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"))
        assert sent.pushed.acknowledged + sent.pushed.unknown == 3
        assert arrived(gateway) == right(SOME)


def test_a_gateway_that_answers_nobody_leaves_few_in_doubt(ledger: Ledger, out: Path, tmp_path: Path, pki: Pki) -> None:
    ready(ledger, out, [outcome(n, pupil=f"p{n}") for n in range(9)])
    with Gateway(tmp_path / "in", pki.party("gateway"), ["500"] * 9) as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"))
    assert (sent.pushed.unknown, sent.pushed.left) == (3, 6) and sent.pushed.problem
    assert states(ledger) == {"staged": 6, "sent-unknown": 3}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_dossier_stays_refused_until_somebody_says_so(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki, status: int
) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway"), [f"status-{status}"]) as gateway:
        assert send(ledger, out, gateway.url, pki.party("us")).pushed.refused == 1
        assert send(ledger, out, gateway.url, pki.party("us")).pushed.acknowledged == 0
        chosen = [row for row in orders.named(ledger, [key for _, key in gateway.requests]) if row.state == "refused"]
        assert chosen[0].answer == f"http-{status}"
        assert orders.retry(ledger, out, chosen, "jan", not_arrived=False).done == 1
        assert send(ledger, out, gateway.url, pki.party("us")).pushed.acknowledged == 1
        assert arrived(gateway) == right(SOME)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405])
def test_a_gateway_that_does_not_want_us_stops_it_and_loses_nothing(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki, status: int
) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway"), [f"status-{status}"]) as gateway:
        sent = send(ledger, out, gateway.url, pki.party("us"))
        assert sent.pushed.problem is not None and sent.pushed.left == 3
        assert states(ledger) == {"staged": 3} and arrived(gateway) == []


@pytest.mark.parametrize(
    ("gateway_is", "we_are"),
    [
        ({"by": "stranger"}, {}),
        ({"expired": True}, {}),
        ({"host": "example.org"}, {}),
        ({}, {"by": "stranger"}),
        ({}, {"expired": True}),
        ({"trusts": "stranger"}, {}),
    ],
    ids=["gateway of a stranger", "gateway expired", "other host", "we are strangers", "we expired", "other trust"],
)
def test_with_a_wrong_certificate_nothing_leaves(
    ledger: Ledger, out: Path, tmp_path: Path, pki: Pki, gateway_is: dict[str, str], we_are: dict[str, str]
) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("wrong", **gateway_is)) as gateway:  # type: ignore[arg-type]
        sent = send(ledger, out, gateway.url, pki.party("me", **we_are), attempts=1)  # type: ignore[arg-type]
        assert arrived(gateway) == [] and gateway.requests == []
    assert sent.pushed.acknowledged == 0 and sent.pushed.problem is not None
    assert states(ledger).get("acknowledged", 0) == 0


def test_nobody_there_is_try_later(ledger: Ledger, out: Path, tmp_path: Path, pki: Pki) -> None:
    ready(ledger, out, SOME)
    with Gateway(tmp_path / "in", pki.party("gateway")) as gateway:
        url = gateway.url
    sent = send(ledger, out, url, pki.party("us"), attempts=2)
    assert sent.pushed.problem is not None and sent.pushed.left == 3
    assert states(ledger) == {"staged": 3}


def test_what_is_no_longer_right_does_not_leave(ledger: Ledger, out: Path, tmp_path: Path, pki: Pki) -> None:
    four = [*SOME, outcome(3, pupil="p3")]
    ready(ledger, out, four)
    hand_over(ledger, out, local_senders(ledger, out), "http", selection([]), STEP)  # staged, not pushed
    names = [f"{one.pseudonym}-20191-povo" for one in four]
    (out / f"dossiers/ready/99AA/{names[0]}.xml").write_bytes(b"<other/>")
    with ledger.write() as connection:
        held = tables.dossiers.c.dossier_id == names[1]
        connection.execute(update(tables.dossiers).where(held).values(state="held"))
    orders.withdraw(ledger, out, local_senders(ledger, out), orders.named(ledger, [names[2]]), "jan")
    with Gateway(tmp_path / "in", pki.party("gateway")) as gateway:
        send(ledger, out, gateway.url, pki.party("us"))
        assert arrived(gateway) == right(four[3:])
