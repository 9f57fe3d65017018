"""What a person orders, and what a newer conversion does to what waits: the state machine from the outside."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.folderlock import held
from dod2oso.findings.outcome import Outcome
from dod2oso.handover import orders, store
from dod2oso.handover.receivers import allow, receivers_of
from dod2oso.handover.send import (
    CONVERTING,
    Sent,
    finished,
    hand_over,
    selection,
    withdraw_wrong,
)
from dod2oso.handover.senders.registry import local_senders
from dod2oso.ledger import handovers as handover_rows
from dod2oso.ledger import places
from dod2oso.ledger import store as ledger_store
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import MAY_FOLLOW, STATES, Handover, Step, history, move, pages, states
from dod2oso.ledger.store import Ledger
from dod2oso.supplement.pupil import name_key, number_key
from tests.ledger.kit import CONSENT, PSEUDONYMS, begin, convert, outcome
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("without_report")

JAN = Step("jan")
ONE, TWO = outcome(1, pupil="a", pgn="999900001"), outcome(2, pupil="b", name="b")
KEY = PSEUDONYMS.of("pgn", "999900001")


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(name="ledger")
def _ledger(out: Path) -> Iterator[Ledger]:
    with Ledger.open(out) as ledger:
        yield ledger


def run(ledger: Ledger, out: Path, outcomes: list[Outcome], mark: str = "f1", name: str = "a.xml") -> None:
    run_id = begin(ledger)
    convert(ledger, out, run_id, outcomes, name, fingerprint=mark)
    ledger.finish_run(run_id, "done", 0)


def send(ledger: Ledger, out: Path, sender: str = "bron", days: int = 365) -> Sent:
    senders = local_senders(ledger, out)
    return hand_over(ledger, out, senders, sender, selection([]), JAN, expires_after_days=days)


def everything(ledger: Ledger) -> list[Handover]:
    return [each for page in pages(ledger) for each in page]


def withdraw(ledger: Ledger, out: Path) -> orders.Ordered:
    return orders.withdraw(ledger, out, local_senders(ledger, out), everything(ledger), "piet")


@pytest.mark.parametrize("sender", ["bron", "outbox", "http"])
def test_withdrawn_by_order_stays_away_also_with_other_bytes(ledger: Ledger, out: Path, sender: str) -> None:
    run(ledger, out, [ONE])
    assert send(ledger, out, sender).staged == 1
    assert withdraw(ledger, out).done == 1
    assert send(ledger, out, sender).staged == 0
    run(ledger, out, [outcome(1, pupil="a", content="newer")], "f2")
    assert send(ledger, out, sender).staged == 0
    assert orders.retry(ledger, out, everything(ledger), "piet", not_arrived=False).done == 1
    assert send(ledger, out, sender).staged == 1
    assert states(ledger) == {"staged": 1, "withdrawn": 1}


def test_withdrawing_what_was_fetched_is_a_recall_and_can_be_undone(ledger: Ledger, out: Path) -> None:
    run(ledger, out, [ONE])
    send(ledger, out)
    allow(ledger, [(ONE.pseudonym, "12AB")], "jan")
    [handover] = store.staged_for(ledger, KEY, "99AA", "overstapdossier")
    assert store.is_allowed(ledger, handover, "12AB") and not store.is_allowed(ledger, handover, "12AC")
    assert places.read_ready(out, handover) == ONE.xml
    assert store.offered(ledger, handover.id, Step("server", receiver="12AB"))
    assert store.fetched(ledger, handover.id, Step("server", receiver="12AB"))
    assert withdraw(ledger, out) == (0, 1, 0)
    assert store.staged_for(ledger, KEY, "99AA", "overstapdossier") == []
    assert not store.offered(ledger, handover.id, Step("server"))
    send(ledger, out)
    assert states(ledger) == {"recall": 1}  # by order: the dossier being ready does not undo it
    orders.retry(ledger, out, everything(ledger), "piet", not_arrived=False)
    assert states(ledger) == {"fetched": 1}
    log = [(row.state, row.account) for row in history(ledger, handover.id)]
    assert log[:3] == [("staged", "jan"), ("offered", "server"), ("fetched", "server")]
    assert log[3:] == [("recall", "piet"), ("fetched", "piet")]


def test_a_newer_conversion_replaces_and_keeps_the_verzameldatums(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n) for n in count())
    monkeypatch.setattr(handover_rows, "now", lambda: next(moments))
    run(ledger, out, [ONE])
    send(ledger, out)
    first = everything(ledger)[0]
    send(ledger, out)
    assert everything(ledger)[0].verzameldatum == first.verzameldatum  # nothing new, so no newer dossier
    run(ledger, out, [outcome(1, pupil="a", pgn="999900001", content="newer")], "f2")
    assert send(ledger, out).staged == 1
    [now] = store.staged_for(ledger, KEY, "99AA", "overstapdossier")
    assert now.verzameldatum > first.verzameldatum
    assert sorted((each.verzameldatum, each.state) for each in everything(ledger)) == [
        (first.verzameldatum, "withdrawn"),
        (now.verzameldatum, "staged"),
    ]
    run(ledger, out, [ONE], "f3")  # back to the old bytes: for a receiver of the second that is news again
    send(ledger, out)
    [back] = store.staged_for(ledger, KEY, "99AA", "overstapdossier")
    assert back.id == first.id and back.verzameldatum > now.verzameldatum


@pytest.mark.parametrize("newer", ["ready", "held"])
@pytest.mark.parametrize(
    ("clock", "chance"),
    [
        (datetime(2025, 6, 1, tzinfo=UTC), "ffffff"),
        (datetime(2023, 6, 1, tzinfo=UTC), "ffffff"),  # set back
        (datetime(2024, 6, 1, tzinfo=UTC), "000000"),  # the same second, and a smaller id
    ],
)
def test_the_same_pupil_in_a_later_export_wins(
    ledger: Ledger, out: Path, newer: str, clock: datetime, chance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_store, "now", lambda: datetime(2024, 6, 1, tzinfo=UTC))
    monkeypatch.setattr("secrets.token_hex", lambda _n: "888888")
    run(ledger, out, [ONE], name="2024.xml")
    send(ledger, out)
    monkeypatch.setattr(ledger_store, "now", lambda: clock)
    monkeypatch.setattr("secrets.token_hex", lambda _n: chance)
    findings = [CONSENT] if newer == "held" else []
    later = outcome(1, newer, pupil="a", pgn="999900001", content="2025", findings=findings)  # type: ignore[arg-type]
    run(ledger, out, [later], name="2025.xml")
    for _ in range(2):
        send(ledger, out)
    expected = {"staged": 1, "withdrawn": 1} if newer == "ready" else {"withdrawn": 1}
    assert states(ledger) == expected
    found = store.staged_for(ledger, KEY, "99AA", "overstapdossier")
    assert [places.read_ready(out, each) for each in found] == ([later.xml] if newer == "ready" else [])


def test_what_nobody_fetched_expires_and_only_returns_by_order(ledger: Ledger, out: Path) -> None:
    run(ledger, out, [ONE, TWO])
    send(ledger, out)
    with ledger.write() as connection:
        old = handovers.c.match_pgn == KEY
        connection.execute(update(handovers).where(old).values(staged_at="2020-01-01T00:00:00Z"))
    send(ledger, out, days=0)
    assert states(ledger) == {"staged": 2}
    send(ledger, out, days=30)
    send(ledger, out, days=30)
    assert states(ledger) == {"staged": 1, "expired": 1}
    assert orders.retry(ledger, out, everything(ledger), "jan", not_arrived=False).done == 1
    send(ledger, out, days=30)
    assert states(ledger) == {"staged": 2}


def test_another_sender_takes_over_what_still_waits(ledger: Ledger, out: Path) -> None:
    run(ledger, out, [ONE, TWO])
    send(ledger, out, "outbox")
    manifest = min((out / "outbox").glob("*.json"))
    manifest.unlink()  # somebody took one
    send(ledger, out, "bron")
    assert {(each.sender, each.state) for each in everything(ledger)} == {("outbox", "fetched"), ("bron", "staged")}
    assert list((out / "outbox").glob("*.json")) == []


def test_a_run_for_another_sender_takes_back_what_is_no_longer_ready_and_stages_nothing(
    ledger: Ledger, out: Path
) -> None:
    run(ledger, out, [ONE])
    send(ledger, out, "bron")
    run(ledger, out, [outcome(1, "held", pupil="a", findings=[CONSENT]), TWO], "f2")
    withdraw_wrong(ledger, out, "bron")
    assert states(ledger) == {"withdrawn": 1}
    assert {row.account for row in history(ledger, everything(ledger)[0].id)} == {"jan", CONVERTING}


def test_nobody_hands_over_during_a_run_or_twice_at_once(ledger: Ledger, out: Path) -> None:
    run_id = begin(ledger)
    convert(ledger, out, run_id, [ONE])
    with refused(TryLaterError, "run-not-finished"):
        finished(ledger)
    ledger.finish_run(run_id, "done", 0)
    finished(ledger)
    with held(out, "run"), ThreadPoolExecutor() as elsewhere, refused(TryLaterError, "folder-in-use", command="run"):
        elsewhere.submit(send, ledger, out).result()


@pytest.mark.parametrize(
    "clock", [datetime(2025, 6, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)]
)
def test_a_broken_off_run_is_the_last_one_whatever_the_clock_says(
    ledger: Ledger, out: Path, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_store, "now", lambda: datetime(2024, 6, 1, tzinfo=UTC))
    monkeypatch.setattr("secrets.token_hex", lambda _n: "888888")
    run(ledger, out, [ONE])
    monkeypatch.setattr(ledger_store, "now", lambda: clock)
    monkeypatch.setattr("secrets.token_hex", lambda _n: "000000")
    run_id = begin(ledger)
    ledger.finish_run(run_id, "interrupted", 0)
    with pytest.raises(TryLaterError):
        finished(ledger)


def test_what_belongs_to_no_finished_run_does_not_go(ledger: Ledger, out: Path) -> None:
    """The export of a broken run is not taken up by a later run of other exports: its doubles are not known."""
    run_id = begin(ledger)
    convert(ledger, out, run_id, [ONE], "a.xml")
    ledger.finish_run(run_id, "interrupted", 0)
    run(ledger, out, [TWO], name="b.xml")
    finished(ledger)
    sent = send(ledger, out)
    assert (sent.staged, sent.unfinished) == (1, 1)
    run(ledger, out, [ONE], name="a.xml")
    again = send(ledger, out)
    assert (again.staged, again.unfinished) == (1, 0)


def test_a_run_whose_row_is_missing_is_older_than_any_other(ledger: Ledger, out: Path) -> None:
    """Restored by hand, or damaged: what is left of it does not go, and never wins from what is known."""
    run(ledger, out, [ONE], name="known.xml")
    run_id = begin(ledger)
    convert(ledger, out, run_id, [outcome(1, pupil="a", pgn="999900001", content="lost"), TWO], "lost.xml")
    with closing(sqlite3.connect(out / "ledger.sqlite")) as damaged, damaged:  # no keys checked, as any other tool
        damaged.execute("DELETE FROM runs WHERE id = ?", (run_id,))
    sent = send(ledger, out)
    assert [each.pseudonym for each in everything(ledger)] == [ONE.pseudonym]
    assert (sent.staged, sent.unfinished) == (1, 1)


def test_a_pupil_who_moves_to_another_location_is_still_one_pupil(ledger: Ledger, out: Path) -> None:
    """Another location and number make another pseudonym; the personal number tells that the old one is replaced."""
    run(ledger, out, [ONE], name="2024.xml")
    send(ledger, out)
    moved = outcome(1, pupil="a-at-01", pgn="999900001", vestiging="01", content="2025")
    elsewhere = outcome(2, pupil="a-elsewhere", pgn="999900001", brin="99BB", content="2025")
    run(ledger, out, [elsewhere], name="andere-school.xml")
    send(ledger, out)
    assert states(ledger) == {"staged": 2}  # another school has a dossier of its own
    run(ledger, out, [moved], name="2025.xml")
    send(ledger, out)
    assert states(ledger) == {"staged": 2, "withdrawn": 1}
    assert {each.pseudonym for each in everything(ledger) if each.state == "withdrawn"} == {ONE.pseudonym}


def test_a_receiver_is_for_the_pupil_of_the_location_that_the_row_names(
    ledger: Ledger, out: Path, tmp_path: Path
) -> None:
    north, south = outcome(1, pupil="n"), outcome(2, pupil="s", vestiging="01")
    for each in (north, south):
        each.key_number = number_key(PSEUDONYMS, "77")
    run(ledger, out, [north, south])
    table = tmp_path / "naar.csv"
    table.write_text("brin;vestiging;leerlingid;naar\n99AA;1;77;12AB\n")
    assert orders.allow_table(ledger, PSEUDONYMS, table, "jan") == [south.pseudonym]
    for rows in ("99AA;;77;12AB", "99AA;02;77;12AB"):
        table.write_text(f"brin;vestiging;leerlingid;naar\n{rows}\n")
        with pytest.raises(ConfigurationError):
            orders.allow_table(ledger, PSEUDONYMS, table, "jan")


def test_receivers_from_a_table(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    three = outcome(3, pupil="c")
    three.key_number = number_key(PSEUDONYMS, "77")
    two = outcome(2, pupil="b")
    two.match_name = name_key(PSEUDONYMS, "Janssen", "2012-03-04")
    run(ledger, out, [ONE, two, three])
    send(ledger, out)
    table = tmp_path / "naar.csv"
    dossier = next(each.dossier_id for each in everything(ledger) if each.match_pgn == KEY)
    table.write_text(
        "dossier;brin;leerlingid;achternaam;geboortedatum;naar\n"
        f"{dossier};;;;;12ab\n;99AA;;Janssen;04-03-2012;34CD\n;99aa;77;;;56EF\n"
    )
    assert orders.without_receiver(ledger, "bron") == 3
    assert len(orders.allow_table(ledger, PSEUDONYMS, table, "jan")) == 3
    assert orders.without_receiver(ledger, "bron") == 0
    found = {each.pseudonym: receivers_of(ledger, each) for each in everything(ledger)}
    assert found == {ONE.pseudonym: {"12AB"}, two.pseudonym: {"34CD"}, three.pseudonym: {"56EF"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dossier;naar\nx;1234\n", "rij 2.*BRIN"),
        ("dossier;naar\nonbekend-1;12AB\n", "rij 2.*geen enkele"),
        ("brin;naar\n99AA;12AB\n", "rij 2.*noem een leerling"),
        ("dossier\nx\n", "naar"),
        ("dossier;naar;school\nx;12AB;y\n", "verder alleen"),
    ],
)
def test_a_wrong_table_is_told_by_its_row(ledger: Ledger, out: Path, tmp_path: Path, text: str, expected: str) -> None:
    run(ledger, out, [ONE])
    (tmp_path / "naar.csv").write_text(text)
    with pytest.raises(ConfigurationError, match=expected):
        orders.allow_table(ledger, PSEUDONYMS, tmp_path / "naar.csv", "jan")
    assert orders.without_receiver(ledger, "bron") == 0  # nothing was staged, nothing marked


def test_within_one_school_the_own_brin_is_the_receiver() -> None:
    words: dict[str, object] = dict.fromkeys(Handover._fields, "x")
    for overstap in ("BB", "POSWV", "VOSWV"):
        handover = Handover(**(words | {"overstap": overstap, "brin": "99AA"}))  # type: ignore[arg-type]
        with Ledger.open("sqlite://") as ledger:
            assert receivers_of(ledger, handover) == {"99AA"}


def test_an_unknown_dossier_is_named_by_its_place_only(ledger: Ledger, out: Path) -> None:
    run(ledger, out, [ONE])
    with pytest.raises(UsageError) as error:
        orders.named(ledger, ["Jansen"])
    assert "Jansen" not in error.value.text("nl") + error.value.text("en")


@settings(max_examples=40)
@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=12))
def test_no_row_of_orders_leads_round_the_rules(wanted: list[str]) -> None:
    """Whatever is asked, a handover only ever goes where its state allows, and the log tells each step it took."""
    with Ledger.open("sqlite://") as ledger:
        with ledger.write() as connection:
            values = {"dossier_id": "a", "sha256": "b", "sender": "bron", "state": "staged", "at": "", "id": "x"}
            connection.execute(handovers.insert().values(values))
        state, steps = "staged", []
        for new in wanted:
            done = move(ledger, ["x"], new, JAN) == ["x"]
            assert done == (new in MAY_FOLLOW[state])
            if done:
                state = new
                steps.append(new)
        assert [row.state for row in history(ledger, "x")] == steps
