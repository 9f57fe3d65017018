"""The data of the rehearsal: every public fact has a place, every word in it is known, and nothing is claimed."""

import csv
from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import templates
from dod2oso.qualify import kit as kits
from dod2oso.qualify.checks import CHECKS
from dod2oso.qualify.outcome import coverage
from dod2oso.qualify.plays import PLAYS, WAITING
from dod2oso.source.normalise import is_bsn, is_onderwijsnummer

# The rows of what is publicly known of qualification scenarios: 50 of them.
FACTS = frozenset(
    [
        "T14-1",
        "T14-2",
        "T14-3",
        "T14-4",
        "T14-5",
        "T14-6",
        "T14-7",
        "T14-pre",
        "T17-1",
        "T17-2",
        "T17-3",
        "T17-4",
        "T17-5",
        "T17-6",
        "T17-7a",
        "T17-7b",
        "T17-7c",
        "T17-8",
        "T17-9",
        "T17-S1",
        "T17-S2",
        "T17-cert",
        "B-1",
        "B-2",
        "B-3",
        "B-4",
        "B-5",
        "B-6",
        "B-7",
        "B-8",
        "B-9",
        "B-10",
        "B-11",
        "B-12",
        "B-13",
        "B-14",
        "B-15",
        "B-16",
        "D-1",
        "D-2",
        "D-3",
        "D-4",
        "D-5",
        "S-a",
        "S-b",
        "S-c",
        "S-d",
        "S-e",
        "S-f",
        "L-1",
    ]
)


def test_every_public_scenario_has_a_place() -> None:
    listed = [each.fact or name for name, each in kits.scenarios().items() if not name.startswith("OWN-")]
    assert len(FACTS) == 50 and set(listed) == FACTS
    for name, each in kits.scenarios().items():
        assert each.play or each.asks or each.untestable, name
        assert any(each in kit.scenarios.values() for kit in kits.kits()), name


def test_the_list_of_facts_is_the_one_that_is_kept(shared: Path) -> None:
    with (shared / "domain" / "facts" / "qualification.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {row["id"] for row in rows} == FACTS
    uncertain = {row["id"] for row in rows if row["certainty"].startswith(("I", "U"))}
    found = {each.fact or name: each for name, each in kits.scenarios().items()}
    for name in uncertain:  # what a page does not say is nowhere called certain for its own year
        year = name[1:3] if name.startswith("T") else next(iter(found[name].years))
        assert found[name].years[year] != "C", name


@pytest.mark.parametrize("name", sorted(kits.scenarios()))
def test_a_scenario_only_uses_words_that_are_known(name: str) -> None:
    each = kits.scenarios()[name]
    assert set(each.verifies) <= kits.requirements().keys()
    assert not each.play or each.play in PLAYS
    assert {one.check for one in each.expect} <= CHECKS.keys()
    keys = [f"qualify-play-{each.play}"] if each.play else []
    keys += [f"qualify-check-{one.check}" for one in each.expect]
    assert [key for key in keys if key not in templates()] == []
    if each.words is not None:
        assert {each.words.pupil, each.words.other} - {""} <= kits.pupils().keys()
    if set(each.roles) & {"doel", "swv"} and each.play:
        assert each.play in WAITING  # or a receiver elsewhere could never show it


def test_the_pupils_belong_to_nobody() -> None:
    numbers = [each.pgn for each in kits.pupils().values()]
    assert len(set(numbers)) == len(numbers)
    assert all(is_bsn(pgn) or is_onderwijsnummer(pgn) for pgn in numbers)
    assert all(pgn.lstrip("0").startswith("9999") or pgn.startswith("10") for pgn in numbers)
    assert sum(pgn.startswith("0") for pgn in numbers) == 2


def test_every_kit_says_which_requirement_nothing_verifies() -> None:
    for kit in kits.kits():
        rows = dict(coverage(kit))
        assert rows.keys() == kit.requirements().keys()
        assert all(set(by) <= kit.scenarios.keys() for by in rows.values())
    open_ = {name for kit in kits.kits() for name, by in coverage(kit) if not by}
    tested = {name for kit in kits.kits() for name, by in coverage(kit) if by}
    assert kits.requirements().keys() - tested == {
        "bron-accounts",
        "bron-choice",
        "message-points",
        "swv-feedback-once",
    }  # fmt: skip  what cannot be seen from outside, and what a scenario of nobody asks for
    assert open_ >= kits.requirements().keys() - tested


def test_nothing_is_more_certain_than_its_year() -> None:
    kit = kits.kit("bron-14")
    assert {kit.certainty(each) for each in kit.scenarios.values() if each.play} <= {"I", "U"}
    assert kits.kit("school-14").certainty(kits.scenarios()["S-a"]) == "C"  # a question speaks no messages


@pytest.mark.parametrize("name", ["bron", "bron-23", "swv-14", ""])
def test_a_kit_that_there_is_not_is_told(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        kits.kit(name)
    assert raised.value.code == "qualify-kit-unknown" and "bron-18" in raised.value.text("en")


def test_a_scenario_or_a_group_is_chosen() -> None:
    kit = kits.kit("bron-18")
    assert kit.chosen(["B-3", "B-3"]) == ["B-3"]
    assert set(kit.chosen(["dates"])) >= {"B-10", "B-13"}
    assert kit.chosen([]) == list(kit.scenarios)
    with pytest.raises(UsageError):
        kit.chosen(["B-99"])
