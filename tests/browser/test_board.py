"""The region on one page in a real browser: one sheet of paper for a board, a phone, and for everybody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dod2oso.ledger.store import Ledger
from dod2oso.project.board import Content, render_board
from dod2oso.project.planning import Planning, planning
from dod2oso.project.settings import TransferSettings
from dod2oso.report.actions import ActionPart, ActionSchool
from dod2oso.report.model import Report, build
from dod2oso.report.style import PLAIN

SHEET = (680, 994)  # what a sheet of A4 leaves between its margins, in pixels of CSS
SCHOOLS = 40
LONG = "Protestants-Christelijke Daltonschool Het Mosterdzaadje-Rehoboth aan de Oostelijke Singel"


@pytest.fixture(name="board", scope="module")
def _board(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board of a run, with as many schools and as long names as it must bear, and each action at all of them."""
    with Ledger.open(report.parent.parent) as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        plan = planning(ledger, run_id, TransferSettings(deadline=date(2025, 7, 1)), date(2025, 6, 16), "nl")
        model = build(ledger, run_id, "nl")
    plan, model = wide(plan, model)
    made = {(one.part.brin, one.part.vestiging): 5 for one in plan.schools}
    path = tmp_path_factory.mktemp("board") / "regio.html"
    page = render_board(model, plan, Content(made, {}), f"Samenwerkingsverband {LONG}", PLAIN, "nl")
    path.write_text(page, encoding="utf-8")
    return path


def wide(plan: Planning, report: Report) -> tuple[Planning, Report]:
    schools = []
    for number in range(SCHOOLS):
        one = plan.schools[number % len(plan.schools)]
        part = replace(one.part, brin=f"99{number:02}", vestiging="00", name=f"{LONG} {number}", expected=9)
        schools.append(replace(one, part=part))
    at = tuple(ActionSchool(one.part.brin, "00", 3) for one in schools)
    actions: tuple[ActionPart, ...] = tuple(replace(one, schools=at) for one in report.actions)
    parts = tuple(one.part for one in schools)
    return replace(plan, schools=tuple(schools)), replace(report, schools=parts, actions=actions, without_advice=12)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_sheet_a_phone_and_everybody(visit: Callable[..., Any], board: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(board.as_uri(), viewport={"width": 1000, "height": 900}, color_scheme=scheme)
    assert page.asked == [board.as_uri()] and page.told == []
    assert page.locator("#scholen tbody tr").count() == page.locator(".heat tbody tr").count() == SCHOOLS
    page.evaluate("document.querySelectorAll('details').forEach((d, i) => { d.open = !i; })")
    page.evaluate(
        "document.querySelectorAll('tbody').forEach(b => Array.from(b.rows).slice(6).forEach(r => r.remove()))"
    )
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_the_page_for_a_board_is_one_sheet(visit: Callable[..., Any], board: Path) -> None:
    page = visit(board.as_uri(), viewport={"width": SHEET[0], "height": SHEET[1]})
    page.emulate_media(media="print")
    assert page.locator("#acties tbody tr").count() >= 3
    assert page.evaluate("document.querySelector('#scholen').getBoundingClientRect().top") <= SHEET[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET[0]


@pytest.mark.parametrize("width", [375, 800])
def test_nothing_is_too_wide(visit: Callable[..., Any], board: Path, width: int) -> None:
    page = visit(board.as_uri(), viewport={"width": width, "height": 700})
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_action_opens_by_the_keyboard_and_leads_to_a_school(visit: Callable[..., Any], board: Path) -> None:
    page = visit(board.as_uri())
    for _ in range(3):  # past the link to the content
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator("#acties details").first.get_attribute("open") is not None
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("tr:target").count() == 1
