"""How a person works a page: with the mouse, or with nothing but the keyboard.

The keyboard really walks: Tab until the thing has the focus, so that what cannot be reached that way fails the test.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests.desk.kit import Caller
from tests.supplement.kit import typed

_HERE = """one => { const now = document.activeElement;
  return now === one || (one.type === "radio" && now.type === "radio" && now.name === one.name); }"""


class Hands:
    """Works `page`; `keyboard`: without a mouse."""

    def __init__(self, page: Any, *, keyboard: bool) -> None:
        self.page, self.keyboard = page, keyboard

    def press(self, words: str, *, whole: bool = True) -> None:
        """A button; `whole`: these words and no more."""
        self._do(self.page.get_by_role("button", name=words, exact=whole).first)

    def follow(self, words: str) -> None:
        """A link."""
        self._do(self.page.get_by_role("link", name=words, exact=True).first)

    def do(self, selector: str) -> None:
        """A button or link that is not told by its words."""
        self._do(self.page.locator(selector).first)

    def type(self, label: str, text: str) -> None:
        self.put(self.page.get_by_label(label).first, text)

    def put(self, field: Any, text: str) -> None:
        """Type a text in a field, or choose what begins with it in a list."""
        listed = field.evaluate("one => one.tagName") == "SELECT"
        if not self.keyboard and listed:
            offered = field.locator("option").all_text_contents()
            field.select_option(next(one for one in offered if one.startswith(text)))
            return
        if not self.keyboard:
            field.fill(text)
            return
        self.reach(field)
        if not listed:
            self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def tick(self, selector: str) -> None:
        """A radio button."""
        one = self.page.locator(selector).first
        if not self.keyboard:
            one.check()
            return
        self.reach(one)
        for _each in range(200):
            if one.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(selector)

    def drop(self, label: str, *files: Path) -> None:
        """Choose files, which a browser asks in a window of its own, and send them."""
        field = self.page.get_by_label(label, exact=True)
        field.set_input_files([str(each) for each in files])
        self._do(self.page.locator("form", has=field).locator("button").last)

    def reach(self, one: Any) -> None:
        """Tab until it has the focus, from wherever that is."""
        one.wait_for()
        for _each in range(400):
            if self._has_focus(one):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not by keyboard: {one}")

    def _has_focus(self, one: Any) -> bool:
        """Whether it has the focus; not when the page was asked again just now, as pages that show progress do."""
        from playwright.sync_api import Error

        try:
            return bool(one.evaluate(_HERE))
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
            one.wait_for()
            return False

    def _do(self, one: Any) -> None:
        if not self.keyboard:
            one.click()
            return
        self.reach(one)
        self.page.keyboard.press("Enter")


def convert(hands: Hands) -> None:
    hands.do("form[action$='/run'] button")
    hands.page.get_by_text("Klaar met omzetten").wait_for()


def answer(hands: Hands) -> None:
    """Type in every field of the form what people type, and save."""
    for number, field in enumerate(hands.page.locator("[name^='v:']").all()):
        said = typed(field.get_attribute("name")[2:], number)
        hands.put(field, f"{said:%d-%m-%Y}" if isinstance(said, date) else str(said))
    hands.press("Bewaren")
    hands.page.locator("section.notice[role=status]").wait_for()


def first_row(hands: Hands) -> None:
    hands.do("#inhoud tbody a")


def enter_as(visit: Callable[..., Any], caller: Caller, **options: Any) -> Any:
    """A page of a browser that came in as `caller` did."""
    page = visit("about:blank", **options)
    name, _, value = caller.cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": caller.origin}])
    return page


def serious(page: Any, axe: Any) -> list[tuple[str, list[str]]]:
    """What axe finds that is serious or worse."""
    found = axe.Axe().run(page).response["violations"]
    return [
        (item["id"], [node["html"][:160] for node in item["nodes"]][:3])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


def too_wide(page: Any, width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") > width)


def stays_here(page: Any, caller: Caller) -> bool:
    """Whether all that was fetched came from our own server."""
    asked: Sequence[str] = page.asked
    return all(url.startswith((f"{caller.origin}/", "data:", "about:")) for url in asked)
