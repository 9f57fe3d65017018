"""The page for parents in a real browser: on a phone, on paper, and for everybody."""

from pathlib import Path
from typing import Any

import pytest

from dod2oso.ledger.store import Ledger
from dod2oso.report.inspection import write_inspection
from dod2oso.report.style import PLAIN


@pytest.fixture(name="page_file", scope="module")
def _page_file(report: Path) -> Path:
    from datetime import date

    out = report.parent.parent
    with Ledger.open(out) as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        write_inspection(ledger, run_id, out, date(2025, 6, 15), PLAIN, "nl", "Bel 010 000 00 00")
    return sorted(out.glob("inzage/*/*-povo.html"))[0]


def test_a_phone_shows_all_of_it_and_axe_has_nothing_against_it(browser: Any, page_file: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.set_default_timeout(120_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "Bel 010" in page.locator("ol").inner_text()
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    context.close()
