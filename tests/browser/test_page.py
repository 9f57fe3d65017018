"""The page in a real browser: it needs nothing from outside, its tools work, and everybody can use it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(name="opened")
def _opened(visit: Callable[..., Any], report: Path) -> Callable[..., Any]:
    return partial(visit, report.as_uri())


def shown(page: Any, table: str) -> int:
    return int(page.locator(f"{table} tbody tr:visible").count())


def test_nothing_from_outside_and_no_complaint(opened: Callable[..., Any], report: Path) -> None:
    page = opened()
    assert page.asked == [report.as_uri()]
    assert page.told == []


def test_it_is_whole_without_script(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#n-ready").inner_text().strip().isdigit()
    assert page.locator("input").count() == 0
    page.locator("#oso details summary").first.click()
    assert page.locator("#oso details").first.locator("tbody tr").first.is_visible()
    assert page.told == []


def test_sorting(opened: Callable[..., Any]) -> None:
    page = opened()
    header = page.locator("#scholen th.num").first
    cells = page.locator("#scholen table.tool tbody tr td.num:nth-child(3)")
    numbers = lambda: [int(text) for text in cells.all_inner_texts()]  # noqa: E731
    before = sorted(numbers())
    header.locator("button").click()
    assert numbers() == before[::-1] and header.get_attribute("aria-sort") == "descending"
    header.locator("button").click()
    assert numbers() == before and header.get_attribute("aria-sort") == "ascending"


def test_filtering_and_searching_in_a_table(opened: Callable[..., Any]) -> None:
    page = opened()
    total = shown(page, "#bevindingen table")
    select = page.locator("#bevindingen select")
    choice = select.locator("option").nth(1).get_attribute("value")
    select.select_option(choice)
    some = shown(page, "#bevindingen table")
    assert 0 < some < total
    badges = page.locator("#bevindingen table tbody tr:visible td .badge").all_inner_texts()
    assert set(badges) == {choice}
    assert page.locator("#bevindingen output").inner_text().startswith(f"{some} ")
    select.select_option("")
    page.locator("#bevindingen input[type=search]").fill("OSO-REGEL")
    assert 0 < shown(page, "#bevindingen table") < total
    page.locator("#bevindingen input[type=search]").fill("bestaat niet")
    assert shown(page, "#bevindingen table") == 0


def test_searching_everywhere_opens_what_has_it(opened: Callable[..., Any]) -> None:
    page = opened()
    page.locator("#zoek-overal").fill("geboortedatum")
    assert page.locator("#oso details[open]").count() >= 1
    assert page.locator("#oso details[open] tbody tr:visible").count() >= 1
    page.locator("#zoek-overal").fill("")
    assert page.locator("#oso details[open]").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_printing_gives_whole_tables(opened: Callable[..., Any], script: bool) -> None:
    page = opened(java_script_enabled=script)
    rows = page.locator("#oso tbody tr").count() + page.locator("#bevindingen tbody tr").count()
    if script:
        page.locator("#bevindingen input[type=search]").fill("bestaat niet")
        page.locator("#zoek-overal").fill("ook dit niet")
    page.emulate_media(media="print")
    seen = page.locator("#oso tbody tr:visible").count() + page.locator("#bevindingen tbody tr:visible").count()
    assert seen == rows > 100
    assert page.locator(".tools:visible, nav:visible, #overal:visible").count() == 0


@pytest.mark.parametrize(("width", "scale"), [(375, 2), (600, 2), (1280, 1)])
def test_no_sideways_scrolling(opened: Callable[..., Any], width: int, scale: int) -> None:
    """375: a phone. 600 at scale 2: a window of 1200 at a zoom of 200 %."""
    page = opened(viewport={"width": width, "height": 800}, device_scale_factor=scale)
    page.evaluate("document.querySelectorAll('details').forEach(function (d) { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_everything(opened: Callable[..., Any]) -> None:
    page = opened()
    wanted = page.evaluate(
        "Array.from(document.querySelectorAll('a[href], button, input, select, summary'))"
        ".filter(function (e) { return e.checkVisibility(); }).length"
    )
    page.evaluate("window.met = new Set(); document.addEventListener('focusin', e => window.met.add(e.target))")
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
    assert page.evaluate("window.met.size") >= wanted
    details = page.locator("#oso details").first
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    assert details.get_attribute("open") is not None


def test_an_action_opens_its_dossiers(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    details = page.locator("#eerst details.opens", has=page.locator("a.code")).first
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    link = details.locator("a.code").first
    assert link.is_visible()
    link.press("Enter")
    row = page.locator("#wachtend tr:target")
    assert row.count() == 1 and row.locator("th").inner_text().strip() == link.inner_text().strip()
    assert row.locator("a[href^='#actie-']").count() >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Callable[..., Any], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(color_scheme=scheme, bypass_csp=True)
    # one of each kind of row says it all, and axe takes a minute for a thousand rows
    page.evaluate(
        "document.querySelectorAll('tbody').forEach(b => Array.from(b.rows).slice(2).forEach(r => r.remove()));"
        "document.querySelectorAll('#bron details, #oso details').forEach((d, i) => { if (i % 9) d.remove(); });"
        "document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (item["id"], [node["html"][:160] for node in item["nodes"]][:3])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
    assert serious == []
