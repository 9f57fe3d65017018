"""A page that asks itself again while somebody works on it: what was asked for, typed or reached stays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dod2oso.project.init import make_project
from tests.browser.hands import Hands, enter_as
from tests.desk.kit import running
from tests.desk.test_deliveries import drop
from tests.discover.test_walkthrough import flat

Opened = Callable[..., Any]

_MARK = 'id="proef" role="status"'  # where the page of a layout says that it is still being tried
_BEFORE = "window.early = true"  # gone as soon as the page is another


@contextmanager
def layout(visit: Opened, tmp_path: Path) -> Iterator[tuple[Any, list[bool]]]:
    """The page of an unknown layout that says it is still busy until the list is filled."""
    make_project(tmp_path / "regio", ["POVO"], name="Regio Voorbeeld")
    with running(tmp_path, tmp_path / "regio") as caller:
        caller.enter()
        drop(caller, ("leerl.csv", flat(tmp_path).read_bytes()))
        page = enter_as(visit, caller)
        page.goto(f"{caller.origin}/p/{next(iter(caller.server.desk._known))}/POVO/deliveries")
        page.get_by_role("link", name="Vertel wat erin staat").click()
        page.get_by_role("link", name="Zwem", exact=True).wait_for()
        page.get_by_text("leerlingen worden zo gelezen").wait_for()
        done: list[bool] = []

        def busy(route: Any) -> None:
            answer = route.fetch()
            said = answer.text()
            assert _MARK in said
            if not done:
                said = said.replace(_MARK, f'{_MARK} data-again="{page.url}"', 1)
            route.fulfill(response=answer, body=said)

        page.route(page.url, busy)
        page.reload()
        page.evaluate(_BEFORE)
        yield page, done


def test_a_page_asked_for_is_not_called_back(visit: Opened, tmp_path: Path) -> None:
    with layout(visit, tmp_path) as (page, done):
        held: list[Any] = []
        page.route("**/row/*", lambda route: held.append(route))  # a server that takes its time
        with page.expect_request("**/row/*"):
            page.get_by_role("link", name="Zwem", exact=True).click(no_wait_after=True)
        done.append(True)
        with page.expect_response(lambda answer: answer.request.headers.get("x-again") == "1"):
            pass
        page.wait_for_timeout(500)
        held[0].continue_()
        page.get_by_label("Zoek een gegeven").wait_for()
        assert "/row/" in page.url


def test_the_keyboard_stays_where_it_is(visit: Opened, tmp_path: Path) -> None:
    with layout(visit, tmp_path) as (page, done):
        link = page.get_by_role("link", name="Zwem", exact=True)
        Hands(page, keyboard=True).reach(link)
        with page.expect_event("load"):
            done.append(True)
        assert link.evaluate("one => one === document.activeElement")
        assert page.evaluate("sessionStorage.length") == 0


def test_what_is_being_typed_stays_until_the_form_is_left(visit: Opened, tmp_path: Path) -> None:
    with layout(visit, tmp_path) as (page, done):
        name = page.locator("#naam")
        name.fill("mijn-indeling")
        done.append(True)
        for _each in range(2):  # asked twice, and kept twice
            with page.expect_response(lambda answer: answer.request.headers.get("x-again") == "1"):
                pass
        assert page.evaluate("window.early") and name.input_value() == "mijn-indeling"
        with page.expect_event("load"):
            page.get_by_role("link", name="Zwem", exact=True).focus()
