"""The source without a network: batches, settings, the log, and keys from elsewhere."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.pseudonym import COPIES
from dod2oso.cli.settings import load_settings
from dod2oso.handover.bron.batch import Batch
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.bron.requests import DocumentRequest, moment
from dod2oso.handover.bron.run import keep_copies
from dod2oso.handover.bron.searchkey import load_search_keys
from dod2oso.handover.soap.envelope import Malformed, Message
from dod2oso.handover.store import (
    Koppelsleutel,
    Request,
    acknowledged,
    fetched,
    offered,
    store_feedback,
    store_request,
)
from dod2oso.ledger.handover_tables import document_requests
from dod2oso.ledger.handovers import ACKNOWLEDGED, FETCHED, OFFERED, STAGED, UNKNOWN, Step, find, history, move
from dod2oso.ledger.store import Ledger
from tests.sandbox.kit import pupils, stage
from tests.waiting import until

GOOD = {
    "bron-brin": "99XA",
    "bron-ap": "1",
    "doel-brin": "99XD",
    "doel-ap": "2",
    "zoeksleutel": "abcd",
    "overdrachtsoort": "overstapdossier",
    "sessie-id": "0f8fad5b-d9cb-469f-a165-70867728950e",
}
KEY = "0F8FAD5B-D9CB-469F-A165-70867728950E"
TOML = """
[handover]
[handover.tls]
ca = "ca.pem"
certificate = "a.pem"
[handover.bron]
traffic-center = "https://tc.voorbeeld.nl/"
older-dossiers = ["2019.1"]
search-key = "a.b:c"
wire = ["eigen.yaml"]
[handover.bron.aanleverpunten]
99XA = "1"
[handover.bron.certificates]
99XD = ["00000007000000000003"]
"""


@pytest.fixture(name="plain")
def _plain(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite", tmp_path) as ledger:
        yield ledger


def request(session: str) -> Request:
    return Request(session, "overstapdossier", "", "", "99XA", "1", "99XD", "1", "")


def test_a_job_that_fails_takes_no_other_along(plain: Ledger) -> None:
    def bad(ledger: Ledger) -> None:
        store_request(ledger, request("bad"))
        raise ValueError("bad")

    async def main() -> None:
        batch = Batch(plain)
        jobs = [
            batch.do(bad if n == 3 else lambda ledger, n=n: store_request(ledger, request(f"good-{n}")))  # type: ignore[misc]
            for n in range(8)
        ]
        ended = await asyncio.gather(*jobs, return_exceptions=True)
        await batch.close()
        assert [type(each) is ValueError for each in ended] == [n == 3 for n in range(8)]

    asyncio.run(main())
    with plain.read() as connection:
        stored = set(connection.scalars(select(document_requests.c.sessie_id)))
    assert stored == {f"good-{n}" for n in range(8) if n != 3}


def _keeping(
    ledger: Ledger, out: Path, watch: Callable[[Batch, asyncio.Task[None]], Coroutine[Any, Any, None]]
) -> None:
    """Run `watch` while the source keeps copies without a pause between them."""

    async def main() -> None:
        batch = Batch(ledger)
        keeping = asyncio.create_task(keep_copies(ledger, out, batch, seconds=0))
        try:
            await watch(batch, keeping)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await batch.close()

    asyncio.run(main())


def _copied(out: Path) -> set[str]:
    """The sessions that the newest copy of the ledger knows."""
    days = sorted((out / COPIES).glob("*/ledger.sqlite"))
    if not days:
        return set()
    with Ledger.open(days[-1], out) as copy, copy.read() as connection:
        return set(connection.scalars(select(document_requests.c.sessie_id)))


def test_a_source_that_serves_copies_what_was_done_since(plain: Ledger, tmp_path: Path) -> None:
    async def watch(batch: Batch, _keeping: asyncio.Task[None]) -> None:
        for _turn in range(20):  # nothing was done: nothing to copy
            await asyncio.sleep(0)
        assert not (tmp_path / COPIES).exists()
        for n in range(2):  # not only the first time
            await batch.do(lambda ledger, n=n: store_request(ledger, request(f"done-{n}")))  # type: ignore[misc]
            await until(lambda n=n: f"done-{n}" in _copied(tmp_path))  # type: ignore[misc]

    _keeping(plain, tmp_path, watch)
    assert _copied(tmp_path) == {"done-0", "done-1"}


def test_a_copy_that_fails_is_logged_made_later_and_never_stops_the_source(
    plain: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / COPIES
    in_the_way.write_text("a file where the folder should be")

    async def watch(batch: Batch, keeping: asyncio.Task[None]) -> None:
        await batch.do(lambda ledger: store_request(ledger, request("first")))
        await until(lambda: any("reservekopie" in record.getMessage() for record in caplog.records))
        in_the_way.unlink()
        await until(lambda: _copied(tmp_path) == {"first"})  # though nothing else was done
        assert not keeping.done()

    _keeping(plain, tmp_path, watch)
    assert str(tmp_path) not in caplog.text


def test_a_good_request_is_understood() -> None:
    asked = DocumentRequest.of(Message("documentRequest", GOOD | {"aanvraagdatum": "2022-01-20T11:17:33+01:00"}))
    assert asked.since is not None and asked.since.utcoffset() is not None
    assert asked.session_fields() == {"pgnfrag": "", "koppelsleutel": "", **GOOD}


@pytest.mark.parametrize(
    "other",
    [
        {"zoeksleutel": ""},
        {"koppelsleutel": KEY},
        {"overdrachtsoort": "swvaanvraag"},
        {"overdrachtsoort": "swvaanvraag", "zoeksleutel": "", "koppelsleutel": "1234"},
        {"bron-brin": "../.."},
        {"doel-brin": "99XD1"},
        {"sessie-id": "a b"},
        {"zoeksleutel": "<a>"},
        {"pgnfrag": "12345"},
        {"aanvraagdatum": "2022-01-20T11:17:33"},
        {"aanvraagdatum": "2022-01-20"},
        {"aanvraagdatum": "gisteren"},
    ],
    ids=str,
)
def test_a_request_with_an_impossible_field_is_malformed(other: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        DocumentRequest.of(Message("documentRequest", GOOD | other))


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_a_moment_survives_its_text(when: datetime, minutes: int) -> None:
    there = when.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert moment(there.isoformat()) == there


@given(st.text(max_size=60))
def test_no_text_is_more_than_a_malformed_moment(text: str) -> None:
    try:
        moment(text)
    except Malformed:
        pass


@given(st.text(max_size=80) | st.from_regex(r"[0-9A-Fa-f-]{6,70}", fullmatch=True))
def test_a_line_of_the_log_never_repeats_a_session_that_is_none(text: str) -> None:
    a_session = 8 <= len(text) <= 64 and set(text) <= set("0123456789abcdefABCDEF-")
    shown = f" [{text[:8] if a_session else '?'}]" if text else ""
    line = LogLine("99XA", "99XD", "document", "opgehaald", text).text()
    assert line[len("00:00:00 ") :] == f"99XA -> 99XD document{shown}: opgehaald"


def test_settings_of_a_source_are_read_with_paths_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "dod2oso.toml"
    file.write_text(TOML)
    bron = load_settings(file).handover.bron
    assert bron is not None
    assert bron.wire == (tmp_path / "eigen.yaml",)
    assert bron.address == ("127.0.0.1", 8443)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://", "http://"),
        ('99XA = "1"', 'xa = "1"'),
        ('99XA = "1"', "aa = 1"),
        ('search-key = "a.b:c"', 'search-key = "os.system"'),
        ("[handover.bron.certificates]\n99XD", "[handover.bron.samenwerkingsverbanden]\n99XD"),
        ('[handover.tls]\nca = "ca.pem"\ncertificate = "a.pem"\n', ""),
        ("wire =", "draad ="),
    ],
)
def test_wrong_settings_are_told_with_their_line(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "dod2oso.toml"
    assert old in TOML
    file.write_text(TOML.replace(old, new))
    with pytest.raises(ConfigurationError, match=r"dod2oso\.toml:\d+"):
        load_settings(file)


@pytest.mark.parametrize("name", ["geen.module:f", "json:geen", "json:dumps", "builtins:dict"])
def test_a_zoeksleutel_function_that_cannot_be_used_is_a_configuration_error(name: str) -> None:
    with pytest.raises(ConfigurationError, match="search-key"):
        load_search_keys(name, None)


@pytest.mark.parametrize("before", [OFFERED, UNKNOWN, FETCHED])
def test_feedback_settles_what_was_delivered_also_when_that_was_in_doubt(
    plain: Ledger, tmp_path: Path, before: str
) -> None:
    """A samenwerkingsverband that sends feedback has the dossier, whatever the connection told."""
    row = _on_its_way(plain, tmp_path, before)
    key = Koppelsleutel(KEY, row.id, "99XA", "1", "99XA", "9")
    store_feedback(plain, tmp_path, key, b"<terugkoppeling/>")
    after = find(plain, row.id)
    assert after is not None and (after.state, after.receiver) == (ACKNOWLEDGED, "99XA")
    assert [step.state for step in history(plain, row.id)][-1] == ACKNOWLEDGED


def test_a_receiver_that_goes_on_in_order_settles_what_was_in_doubt(plain: Ledger, tmp_path: Path) -> None:
    row = _on_its_way(plain, tmp_path, UNKNOWN)
    assert fetched(plain, row.id, Step("test", receiver="99XA"))
    after = find(plain, row.id)
    assert after is not None and after.state == FETCHED


def test_feedback_about_what_never_left_confirms_nothing(plain: Ledger, tmp_path: Path) -> None:
    row = stage(plain, tmp_path, pupils(1), overstap="POSWV").rows()[0]
    assert not acknowledged(plain, row.id, Step("test"))
    after = find(plain, row.id)
    assert after is not None and after.state == STAGED


def _on_its_way(ledger: Ledger, out: Path, state: str) -> Any:
    row = stage(ledger, out, pupils(1), overstap="POSWV").rows()[0]
    assert offered(ledger, row.id, Step("test", receiver="99XA"))
    if state != OFFERED:
        assert move(ledger, [row.id], state, Step("test")) == [row.id]
    return row
