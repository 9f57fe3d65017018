"""The region on one page in a real browser: one sheet of paper for a board, a phone, and for everybody."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dod2oso.ledger.store import Ledger
from dod2oso.project.board import write_board
from dod2oso.project.planning import planning
from dod2oso.project.settings import TransferSettings
from dod2oso.report.style import PLAIN

SHEET = (680, 994)  # what a sheet of A4 leaves between its margins, in pixels of CSS


@pytest.fixture(name="board", scope="module")
def _board(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Ledger.open(report.parent.parent) as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        plan = planning(ledger, run_id, TransferSettings(deadline=date(2025, 7, 1)), date(2025, 6, 16), "nl")
        return write_board(ledger, run_id, plan, "Regio", tmp_path_factory.mktemp("board"), PLAIN, "nl")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_sheet_a_phone_and_everybody(browser: Any, board: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 1000, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(120_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(board.as_uri())
    assert asked == [board.as_uri()]
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('#scholen').getBoundingClientRect().top") <= SHEET[1]
    context.close()
