"""The generated dossiers are valid and together hold everything that can be handed over; the rest is refused."""

import pytest

from dod2oso.conformance.cover import (
    build,
    corpus,
    exceptions,
    first_of_each,
    holds,
    items_of,
    transfers,
    verdict_on,
    wanted,
)
from dod2oso.oso.transfers import transfer
from dod2oso.oso.versions import VERSIONS
from tests.oso.corpus import PAGE, section
from tests.sweeps import WHOLE

each_version = pytest.mark.parametrize("version", VERSIONS)


@each_version
def test_every_dossier_is_valid_and_together_they_hold_everything_possible(version: str) -> None:
    made = corpus(version)
    for one in made:
        verdict = verdict_on(one.data, one.plan)
        assert (verdict.verdict, verdict.schema.errors, verdict.rules.fired) == ("valid", [], []), one.plan
        assert one.items == items_of(one.data, version)
        assert all(holds(one.data, item) == (item in one.items) for item in exceptions(version))
    held = frozenset[object]().union(*(one.items for one in made))
    assert held <= wanted(version)
    assert wanted(version) - held == exceptions(version).keys()
    assert {one.plan.overstap for one in made} == set(transfers(version))


@each_version
def test_what_is_missing_makes_every_dossier_of_every_transfer_invalid(version: str) -> None:
    """Put into a dossier of the corpus it breaks a rule that the page names; the schema has no quarrel with it.

    Into each of them in a whole run, else into one of every transfer: rules refuse it, and those differ by transfer.
    """
    made = corpus(version) if WHOLE else first_of_each(corpus(version))
    for item, rules in exceptions(version).items():
        for one in made:
            plan = one.plan.plus(item)
            data = build(plan)
            assert holds(data, item)
            verdict = verdict_on(data, plan)
            assert verdict.verdict == "invalid", (item, plan.overstap)
            assert verdict.schema.state == "passed", (item, plan.overstap)
            assert {fired.rule for fired in verdict.rules.fired} & set(rules), (item, plan.overstap)


@each_version
def test_the_dossiers_say_what_they_are(version: str) -> None:
    """The kind of transfer in the bytes is the one they are judged as."""
    for one in corpus(version):
        what = transfer(one.plan.overstap)
        assert f"<overdrachtsoort>{what.overdrachtsoort}</overdrachtsoort>".encode() in one.data
        if what.overstap is not None:
            assert f"<overstap>{what.overstap}</overstap>".encode() in one.data


@each_version
def test_the_page_is_up_to_date(version: str) -> None:
    """Part by part, so that no process needs the dossiers of all versions; `page` only joins the parts."""
    text = PAGE.read_text(encoding="utf-8")
    found = {part.split("\n", 1)[0]: part for part in text.split("## OSO ")[1:]}
    assert list(found) == list(reversed(VERSIONS))
    assert f"## OSO {found[version]}".rstrip("\n") == section(version).rstrip("\n")


def test_the_dossiers_are_the_same_every_time() -> None:
    again = corpus.__wrapped__("1.1.1")
    assert [one.data for one in again] == [one.data for one in corpus("1.1.1")]
