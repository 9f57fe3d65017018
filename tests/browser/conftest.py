"""A browser for the tests: Debian's chromium, driven by playwright. Absent: skipped, or failed where CI demands one."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.browser.chromium import NoBrowserError, chromium
from tests.waiting import HANG

_SAID = "h1, .lead, [role=alert], section[role=status]"  # where a page is; other headings and fields may name a pupil

REQUIRED = os.environ.get("DOD2OSO_TEST_BROWSER") == "required"


def _absent(why: str) -> NoReturn:
    if REQUIRED:
        pytest.fail(f"a browser is required here: {why}")
    pytest.skip(f"needs a browser: {why}")


@pytest.fixture(name="browser", scope="module")  # its event loop would be in the way of other modules
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    try:
        with chromium(os.environ.get("DOD2OSO_CHROMIUM") or shutil.which("chromium")) as started:
            yield started
    except NoBrowserError as problem:
        _absent(str(problem))


@pytest.fixture(name="visit")
def _visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address; the page has `asked` (what it fetched) and `told` (console and errors)."""
    contexts = []
    pages: list[Any] = []

    def visit(address: str, **options: Any) -> Any:
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(HANG * 1000)
        page.asked, page.told = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.told.append(message.text))
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.goto(address)
        pages.append(page)
        return page

    visit.pages = pages  # type: ignore[attr-defined]  # for who tells why a test failed
    yield visit
    for context in contexts:
        context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """What the pages said when a test failed: "it waited in vain" does not tell for what."""
    outcome = yield
    visit = getattr(item, "funcargs", {}).get("visit")
    if visit is not None and outcome.get_result().when == "call" and outcome.get_result().failed:
        outcome.get_result().sections.append(("pages", "\n".join(map(_told, visit.pages))))


def _told(page: Any) -> str:
    from playwright.sync_api import Error

    try:
        said = page.locator(_SAID).all_text_contents()
    except Error as problem:
        said = [f"not to be asked: {type(problem).__name__}"]
    return "\n".join([page.url, *(" ".join(each.split()) for each in said), *page.told])


@pytest.fixture(name="report", scope="session")
def _report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample region, run twice with less and more supplement, with all its parts."""
    from typer.testing import CliRunner

    from dod2oso.cli.app import app

    root = Path(__file__).resolve().parents[2]
    out = tmp_path_factory.mktemp("browser") / "out"
    region = root / "samples" / "regio"
    run = ["run", str(region / "exports"), "--schools", str(region / "scholen.csv"), "--overstap", "POVO"]
    run += ["--datum", "2025-06-15", "--out", str(out)]
    runner = CliRunner()
    for more in ([], ["--supplement", str(region / "aanvulling.csv")]):
        result = runner.invoke(app, [*run, *more])
        assert result.exit_code in (0, 3), result.output
    result = runner.invoke(app, ["report", "--out", str(out), "--format", "html", "--compare-versions"])
    assert result.exit_code == 0, result.output
    return out / "report" / "gaps.html"
