"""Against our own source every certain scenario passes; against one that breaks a rule exactly those of it fail."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dod2oso.handover.bron import answer as bron
from dod2oso.handover.bron import decide
from dod2oso.handover.soap.client import SoapClient
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.wire.model import Wire
from dod2oso.qualify import kit as kits
from dod2oso.qualify.outcome import Rehearsal, Result
from tests.qualify.kit import House, house

pytestmark = pytest.mark.usefixtures("without_report")

# What changes nothing at the source, so that one stand serves all.
STEADY = (
    "T14-1", "T17-1", "T17-4", "T17-8", "B-1", "B-1-refused", "B-2", "B-3", "B-5", "B-8", "B-9", "B-10", "B-11", "B-12",
    "B-14", "B-15",
)  # fmt: skip


@pytest.fixture(name="own", scope="module")
def _own(tmp_path_factory: pytest.TempPathFactory, without_report: None) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("own"), "bron-17") as made:
        yield made


@pytest.fixture(name="whole", scope="module")
def _whole(own: House) -> dict[str, Result]:
    """Every scenario of the kit that is played, in the order of the kit."""
    return own.play(*(name for name, each in own.kit.scenarios.items() if each.play))


def failed(results: dict[str, Result]) -> set[str]:
    return {name for name, each in results.items() if each.state == "failed"}


def test_every_certain_scenario_passes_and_no_other_differs(own: House, whole: dict[str, Result]) -> None:
    made = Rehearsal(own.kit, "own", whole)
    assert (made.failed(), made.differing()) == ([], [])
    certain = {name for name, each in whole.items() if own.kit.certainty(own.kit.scenarios[name]) == "C"}
    assert len(certain) > 20
    assert {name for name in certain if whole[name].state == "passed"} == certain
    assert all(each.lines for each in whole.values())
    assert {made.requirement(name) for name in ("session-check-first", "bron-delivers", "swv-announced")} == {"passed"}


def test_what_was_seen_holds_nothing_of_a_pupil(own: House, whole: dict[str, Result]) -> None:
    said = repr(whole)
    numbers = {each.pgn for each in kits.pupils().values()}
    assert not any(number in said for number in numbers)
    names = {
        word for path in own.folder.parent.rglob("export.xml")
        for word in re.findall(r"<Achternaam>([^<]+)<", path.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert len(names) > 5
    assert not any(re.search(rf"\b{re.escape(name)}\b", said) for name in names)


def no_session(patch: pytest.MonkeyPatch) -> None:
    """It never asks the Traffic Center whether a session is good."""
    call = SoapClient.call

    async def other(self: Any, url: str, wire: Wire, message: Message) -> Message:
        if message.name == "sessiecontroleRequest":
            return Message("sessiecontroleResponse", {"sector": "VO"})
        return await call(self, url, wire, message)

    patch.setattr(SoapClient, "call", other)


def own_fault(patch: pytest.MonkeyPatch) -> None:
    """It answers a code of its own where the Traffic Center said why."""
    fault = bron.Source._fault

    def other(self: Any, wire: Wire, code: str, text: str, ours: bool, message: Any, why: str = "") -> Any:
        code = wire.code("storing") if why == "sessiecontrole" else code
        return fault(self, wire, code, text, ours, message, why)

    patch.setattr(bron.Source, "_fault", other)


def no_date(patch: pytest.MonkeyPatch) -> None:
    """It delivers whatever the aanvraagdatum says."""
    patch.setattr(decide, "is_newer", lambda *_: True)


def any_school(patch: pytest.MonkeyPatch) -> None:
    """It delivers to a school that nobody named."""
    patch.setattr(decide.store, "is_allowed", lambda *_: True)


def any_version(patch: pytest.MonkeyPatch) -> None:
    """It delivers a dossier of whatever version."""
    patch.setattr(Wire, "delivers", lambda *_: True)
    patch.setattr(decide, "has_consent", lambda *_: True)


def bare(patch: pytest.MonkeyPatch) -> None:
    """It leaves the attachments out."""
    read = bron.Source._read

    def other(self: Any, handover: Any) -> tuple[bytes, str]:
        dossier, why = read(self, handover)
        return re.sub(rb"<bestandsinhoud>[^<]*</bestandsinhoud>", b"", dossier), why

    patch.setattr(bron.Source, "_read", other)


def another_code(patch: pytest.MonkeyPatch) -> None:
    """It says of a dossier that is not staged that the version is wrong."""
    choose = decide._choose
    words = {"niet-beschikbaar": "verkeerde-versie"}

    def other(*arguments: Any) -> Any:
        found = choose(*arguments)
        return words.get(found, found) if isinstance(found, str) else found

    patch.setattr(decide, "_choose", other)


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        (no_session, {"B-1", "B-1-refused", "B-2", "B-3", "B-8", "B-9", "B-15"}),
        (own_fault, {"B-1-refused", "B-2", "B-8", "B-9"}),
        (no_date, {"B-10"}),
        (any_school, {"B-5"}),
        (any_version, {"B-14"}),
        (bare, {"T17-4"}),
        (another_code, {"B-3"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_source_that_breaks_one_rule_fails_there_and_nowhere_else(
    own: House,
    whole: dict[str, Result],
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[[pytest.MonkeyPatch], None],
    expected: set[str],
) -> None:
    assert not failed({name: whole[name] for name in STEADY})
    breaks(monkeypatch)
    found = own.play(*STEADY)
    assert failed(found) == expected
    assert all(any(line.envelope for line in found[name].lines) for name in expected)
