"""With a system elsewhere: a source at an address, and a receiver that asks us; what cannot be done is not tested."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import silent
from dod2oso.handover.bron.run import running
from dod2oso.handover.soap.client import MAX_ANSWER, SoapClient
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.tls import server_context
from dod2oso.handover.wire.model import Wire
from dod2oso.qualify import kit as kits
from dod2oso.qualify.outcome import Result
from dod2oso.qualify.rehearse import _one, check_mode
from dod2oso.qualify.scene import Asking, Elsewhere, Mode, Scene
from dod2oso.sandbox.chain import SEARCH_KEY, Around
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Host
from dod2oso.sandbox.receiver import Wanted
from dod2oso.sandbox.traffic_center import Refused
from tests.qualify.kit import SECONDS, House, house, run
from tests.qualify.test_exchange import ADDRESSING, fault, http, says, server
from tests.sandbox.test_start import reserved_port

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="own", scope="module")
def _own(tmp_path_factory: pytest.TempPathFactory, without_report: None) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("own"), "doel-17", ("outdated-15", "attachments")) as made:
        yield made


@pytest.fixture(name="swv", scope="module")
def _swv(tmp_path_factory: pytest.TempPathFactory, without_report: None) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("swv"), "swv-17") as made:
        yield made


def settings(made: Around) -> Bron:
    """Of a source elsewhere that joins in; here it is ours, in the place of a vendor's."""
    return Bron(
        listen="127.0.0.1:0", traffic_center=made.traffic_center_url, protocols=("17",), aanleverpunten=made.own,
        certificates=made.certificates, search_key=SEARCH_KEY, search_key_file=made.key_file, notify_seconds=0,
    )  # fmt: skip


def test_a_source_elsewhere_is_judged_by_what_it_answers(own: House) -> None:
    found: dict[str, Result] = {}
    asked: list[Text] = []
    kit = kits.kit("bron-17")
    there = own._replace(kit=kit)

    async def main() -> None:
        async with there.stage(Mode.source, elsewhere=Elsewhere("https://localhost:1/"), person=asked.append) as scene:
            tls = scene.made.parties.certificates["bron"]
            async with running(own.stand.ledger, own.stand.out, settings(scene.made), tls, "test", silent) as source:
                scene.url = f"https://localhost:{source.port}/"
                scene.made.place(scene.url)
                for name in ("T14-2", "B-3", "B-10", "B-13", "T14-pre"):
                    found[name] = await _one(scene, name, {})

    run(main)
    states = {name: each.state for name, each in found.items()}
    assert states == {"T14-2": "passed", "B-3": "passed", "B-10": "passed", "B-13": "not-tested", "T14-pre": "passed"}
    assert [text.key for text in asked] == ["qualify-please-retype"]  # nobody did it
    kept = next(each for each in found["B-3"].checked if each.check == "stored")
    assert kept.seen is None  # nobody sees from outside what a source keeps


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b"", "failed"),
        (http(fault("22")), "failed"),
        (http(fault("17"), more="Content-Encoding: gzip\r\n"), "not-tested"),
    ],
    ids=["none", "fault", "gzip"],
)
def test_a_source_that_answers_nonsense_passes_nothing(own: House, answer: bytes, state: str) -> None:
    there = own._replace(kit=kits.kit("bron-17"))
    found: list[Result] = []

    async def main() -> None:
        async with there.stage(Mode.source, elsewhere=Elsewhere("https://localhost:1/")) as scene:
            found.append(await _one(scene, "B-1", {}))
            own_context = server_context(scene.made.parties.certificates["bron"])
            async with server(says(answer, end=b"</soap:Envelope>"), own_context) as (url, _):
                scene.url = url
                scene.made.place(url)
                found.append(await _one(scene, "B-1", {}))

    run(main)
    nobody, theirs = found
    assert (nobody.state, nobody.reason and nobody.reason.key) == ("not-tested", "qualify-reason-none")
    assert theirs.state == state


def test_a_receiver_elsewhere_is_waited_for(own: House) -> None:
    """Here the receiver of the sandbox stands in for a vendor's: it takes any dossier, also an outdated one."""
    found: dict[str, Result] = {}
    scenes: list[Scene] = []
    tasks: list[object] = []

    def begin(asking: Text) -> None:
        school = scenes[0].made.school
        pupil = str(asking.values["pupil"])
        wanted = Wanted(scenes[0].brin(pupil), pgn=scenes[0].pgns[pupil])
        tasks.append(asyncio.get_running_loop().create_task(school.fetch(wanted)))

    async def main() -> None:
        async with own.stage(Mode.receiver, say=begin) as scene:
            scenes.append(scene)
            for name in ("T14-2", "T17-2", "D-1", "D-1-equal", "T14-7"):
                found[name] = await _one(scene, name, {})
        async with own.stage(Mode.receiver, say=begin, outdated=True) as scene:
            scenes[0] = scene
            found["T17-6"] = await _one(scene, "T17-6", {})
        async with own.stage(Mode.receiver, seconds=1.0) as scene:  # nobody asks
            found["T17-3"] = await _one(scene, "T17-3", {})

    run(main)
    states = {name: each.state for name, each in found.items()}
    assert states == {
        "T14-2": "passed", "T17-2": "passed", "D-1": "passed", "D-1-equal": "passed", "T14-7": "not-tested",
        "T17-6": "failed", "T17-3": "not-tested",
    }  # fmt: skip
    wrong = [each.check for each in found["T17-6"].checked if each.seen is False]
    assert wrong == ["not-reported-as-received"]
    assert found["T17-3"].reason is not None and found["T17-3"].reason.key == "qualify-nobody-came"


def test_a_receiver_that_takes_no_notifications_was_not_tested(own: House) -> None:
    """Nobody listens at the address that was given for them."""
    found: list[Result] = []
    scenes: list[Scene] = []
    tasks: list[object] = []

    def begin(_asking: Text) -> None:
        wanted = Wanted(scenes[0].places.po, pgn=scenes[0].pgns["later"])
        tasks.append(asyncio.get_running_loop().create_task(scenes[0].made.school.fetch(wanted)))

    async def main() -> None:
        async with own.stage(Mode.receiver, say=begin, elsewhere=Elsewhere(receiver="https://localhost:1/")) as scene:
            scenes.append(scene)
            found.append(await _one(scene, "D-3", {}))

    run(main)
    assert found[0].state == "not-tested"
    assert found[0].reason is not None and found[0].reason.key == "qualify-reason-none"
    assert any(line.name == "meldenNotificatieRequest" for line in found[0].lines)


def test_a_wrong_pupil_is_never_taken_for_the_right_one(own: House) -> None:
    async def main() -> None:
        async with own.stage(Mode.receiver, seconds=1.0) as scene:
            await scene.made.school.fetch(Wanted(scene.places.po, pgn=scene.pgns["popo"]))
            assert scene.story.heard and scene._session_for(Asking("povo")) == ""
            assert scene._session_for(Asking("popo")) != ""

    run(main)


@pytest.mark.parametrize(
    ("name", "mode"), [("doel-17", Mode.source), ("bron-17", Mode.receiver), ("school-14", Mode.source)]
)
def test_a_kit_that_is_not_about_that_system_is_refused(name: str, mode: Mode) -> None:
    with pytest.raises(UsageError):
        check_mode(kits.kit(name), mode)


def test_certificates_are_the_same_the_next_time(own: House, tmp_path: Path) -> None:
    serials: list[bytes] = []

    async def main() -> None:
        for _ in range(2):
            async with own.stage(Mode.source, elsewhere=Elsewhere("https://localhost:1/")) as scene:
                serials.append(
                    scene.made.parties.certificates["bron"].certificate.read_bytes() + scene.made.key_file.read_bytes()
                )

    run(main)
    assert serials[0] == serials[1]


@pytest.mark.parametrize("form", ["ws-addressing", "gzip"])
def test_a_request_in_another_form_is_told_and_passes_nothing(
    own: House, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Our own source, made to speak as some toolkits do."""
    exchange = SoapClient.exchange

    async def other(self: SoapClient, url: str, wire: Wire, body: bytes, limit: int = MAX_ANSWER) -> bytes:
        if b"sessiecontroleRequest" in body and form == "gzip":
            headers = {"Content-Type": "text/xml", "Content-Encoding": "gzip"}
            async with self._http.post(url, data=gzip.compress(body), headers=headers) as answer:
                return await answer.read()
        if b"sessiecontroleRequest" in body:
            body = body.replace(b"<soap:Body>", b"<soap:Header>" + ADDRESSING + b"</soap:Header><soap:Body>")
        return await exchange(self, url, wire, body, limit)

    monkeypatch.setattr(SoapClient, "exchange", other)
    found = own.play("T14-2")["T14-2"]
    assert (found.state, found.reason and found.reason.key) == ("not-tested", "qualify-reason-other-form")
    assert any(f"[{form}]" in line.outcome for line in found.lines)


def test_a_system_of_a_samenwerkingsverband_elsewhere(swv: House) -> None:
    """At an address of its own it is told of a dossier, and fetches by itself; or does not. Each has its own pupil."""
    _is_told_elsewhere(swv, "T17-S2", "fetches", "not-certain", [])
    _is_told_elsewhere(swv, "D-4", "only-takes-note", "failed", ["fetched-by-itself"])
    # the last: what was refused is told again, also while nobody listens yet
    _is_told_elsewhere(swv, "T17-S1", "refuses", "failed", ["notification-answered"])


def _is_told_elsewhere(swv: House, name: str, does: str, state: str, wrong: list[str]) -> None:
    found: list[Result] = []

    async def main(port: int) -> None:
        place = Elsewhere(receiver=f"https://localhost:{port}/")
        async with swv.stage(Mode.receiver, elsewhere=place, seconds=SECONDS if does == "fetches" else 3.0) as scene:
            party = replace(scene.made.swvs[scene.places.po], signed_off=[], inbox=[])

            async def answer(message: Message, serials: frozenset[str]) -> Message:
                if does == "refuses":
                    raise Refused("ongeldig-bericht")
                answered = await party.answer(message, serials)
                for task in party._tasks if does == "only-takes-note" else ():
                    task.cancel()
                return answered

            theirs = Host(party.wires, answer, Faults())
            await theirs.start(server_context(scene.made.parties.certificates["swv"]), port)
            await party.start()
            try:
                found.append(await _one(scene, name, {}))
            finally:
                await theirs.close()
                await party.close()

    with reserved_port() as port:
        run(partial(main, port))
    assert found[0].state == state, found[0].reason
    assert [each.check for each in found[0].checked if each.seen is False] == wrong
