"""Terms with their grounds, what is over them, and the plan after a completed hand-over."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.store import Ledger
from dod2oso.trust.holdings import completed, holdings
from dod2oso.trust.terms import retention
from tests.cli.kit import dod2oso
from tests.conftest import shared
from tests.trust.kit import copy_of


@pytest.fixture(name="handed_over")
def _handed_over(region: Path, tmp_path: Path) -> Path:
    """The region, of which one school has everything handed over on 1 May 2026."""
    out = copy_of(region, tmp_path / "out")
    with Ledger.open(out, create=False) as ledger, ledger.write() as connection:
        chosen = update(handovers).where(handovers.c.brin == "99XB")
        connection.execute(chosen.values(state="acknowledged", at="2026-05-01T10:00:00Z"))
    return out


def test_the_terms_are_those_of_the_facts() -> None:
    rows = list(csv.DictReader(shared("domain", "facts", "retention.csv").open(encoding="utf-8"), delimiter=";"))
    years = [int(row["term"][0]) for row in rows if row["term"][0].isdigit()]
    ours = [term.years for term in retention().terms.values() if term.years is not None]
    assert ours == years
    assert all(term.ground and term.certainty and term.source for term in retention().terms.values())


def test_every_holding_has_a_term_and_the_most_is_a_number_of_years() -> None:
    facts = retention()
    assert set(facts.holdings.values()) <= set(facts.terms)
    assert facts.terms[facts.limits.most].years


def test_what_was_handed_over_is_over_its_term_after_so_many_days(handed_over: Path) -> None:
    with Ledger.open(handed_over, create=False) as ledger:
        in_time = {each.what: each for each in holdings(ledger, handed_over, date(2026, 7, 1), 90)}
        late = {each.what: each for each in holdings(ledger, handed_over, date(2026, 9, 1), 90)}
    assert in_time["dossiers"].over == 0 < late["dossiers"].over < late["dossiers"].count


def test_everything_is_over_its_term_after_years(handed_over: Path) -> None:
    with Ledger.open(handed_over, create=False) as ledger:
        found = [each for each in holdings(ledger, handed_over, date(2099, 2, 28), 90) if each.count]
    assert {each.what for each in found} >= {"dossiers", "ledger", "outbox", "report", "reservekopie"}
    assert all(each.over == each.count for each in found)


def test_a_school_that_is_done_has_a_plan_and_then_a_reminder(handed_over: Path) -> None:
    with Ledger.open(handed_over, create=False) as ledger:
        (plan,) = completed(ledger, date(2026, 5, 2), 90)
        (reminder,) = completed(ledger, date(2026, 8, 1), 90)
    assert (plan.brin, plan.last, plan.until, plan.over) == ("99XB", "2026-05-01", "2026-07-30", False)
    assert reminder.over and 0 < reminder.waiting < reminder.dossiers


def test_the_command_tells_terms_holdings_and_what_can_go(
    handed_over: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(handed_over.parent)
    Path("dod2oso.toml").write_text("[retention]\ndays-after-handover = 30\n")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785542400")  # 1 August 2026
    ended = dod2oso(capsys, monkeypatch, "retention", "--out", handed_over)
    assert ended.code == 0 and "30 dagen" in ended.out and "Wbp" in ended.out
    assert "dod2oso purge --school 99XB" in ended.err
    document = json.loads(dod2oso(capsys, monkeypatch, "retention", "--out", handed_over, "--json").out)
    assert document["schools"][0]["until"] == "2026-05-31" and document["terms"]["verzuim"]["years"] == 5
    status = dod2oso(capsys, monkeypatch, "status", "--out", handed_over)
    assert "purge --school 99XB" in status.err
