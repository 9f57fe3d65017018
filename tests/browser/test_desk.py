"""The desk in a real browser: the story of a new coordinator, on a phone with the keyboard, without script, and axe."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dod2oso.project.init import make_project
from tests.corpus.kit import pupil, reference
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import drop, ran

Opened = Callable[..., Any]


def press(page: Any, words: str) -> None:
    """A button, by the keyboard."""
    page.get_by_role("button", name=words, exact=True).first.focus()
    page.keyboard.press("Enter")


def follow(page: Any, words: str) -> None:
    page.get_by_role("link", name=words, exact=True).first.focus()
    page.keyboard.press("Enter")


def export(folder: Path) -> Path:
    path = folder / "van de school.xml"
    path.write_text(reference(pupil(1), pupil(2)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "script"), [(1200, True), (375, True), (1200, False)])
def test_a_new_coordinator_comes_from_nothing_to_what_the_school_must_do(
    width: int, script: bool, visit: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1552608000")
    with running(tmp_path) as caller:
        page = visit(
            caller.entrance, viewport={"width": width, "height": 800}, java_script_enabled=script
        )  # fmt: skip
        page.get_by_label("Naam, zoals die").fill("Regio Zuid")
        page.get_by_label("De map", exact=True).fill(str(tmp_path / "zuid"))
        press(page, "Project maken")
        follow(page, "Voeg de bestanden van de scholen toe")
        page.get_by_label("Bestanden", exact=True).set_input_files(str(export(tmp_path)))
        press(page, "Toevoegen")
        page.get_by_text("2 leerlingen").wait_for()
        follow(page, "Alles toegevoegd? Zet het om")
        press(page, "Omzetten")
        page.get_by_text("Klaar met omzetten").wait_for()
        follow(page, "Aanvullen")
        page.locator("#inhoud tbody a").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="1", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_label("Datum van inzage").fill("02-03-2019")
        if script:  # kept without a button
            page.keyboard.press("Tab")
            page.locator(".state", has_text="Bewaard").first.wait_for()
            page.reload()
        else:
            press(page, "Bewaren")
        assert page.get_by_label("Datum van inzage").input_value() == "02-03-2019"
        assert page.evaluate("document.documentElement.scrollWidth") <= width if script else True
        follow(page, "Scholen")
        page.locator("#inhoud tbody a").first.focus()
        page.keyboard.press("Enter")
        press(page, "Pakketten voor alle scholen maken")
        page.get_by_text("Het pakket is klaar").wait_for()
        assert all(url.startswith((caller.origin, "data:")) for url in page.asked)
        assert page.told == []


@pytest.fixture(name="stocked", scope="module")
def _stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("stocked")
    make_project(folder / "regio", ["POVO"], name="Regio Voorbeeld")
    with running(folder, folder / "regio") as caller:
        caller.enter()
        at = f"/p/{next(iter(caller.server.desk._known))}/POVO"
        drop(caller, ("a.xml", reference(pupil(1), pupil(2)).encode()), ("kapot.xml", b"<DodReferentie"))
        caller.post(f"{at}/run")
        ran(caller)
        yield caller


def pages(caller: Caller) -> list[str]:
    """One of each kind."""
    home = f"/p/{next(iter(caller.server.desk._known))}"
    at = f"{home}/POVO"
    one = re.findall(rf'href="({at}/fill/[^"]+/[0-9a-f]{{16}})"', caller.get(f"{at}/fill/99XX-00").text)[0]
    parts = [f"{at}/{part}" for part in ("deliveries", "run", "schools", "schools/99XX-00", "fill", "fill/99XX-00")]
    return ["/", home, *parts, one, f"{at}/report", f"{at}/decide", "/p/nergens"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(scheme: str, stocked: Caller, visit: Opened) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit("about:blank", color_scheme=scheme, bypass_csp=True, viewport={"width": 375, "height": 800})
    name, _, value = stocked.cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": stocked.origin}])
    found = []
    for path in pages(stocked):
        page.goto(stocked.origin + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
        for item in axe.Axe().run(page).response["violations"]:
            if item["impact"] in ("serious", "critical"):
                found.append((path, item["id"], [node["html"][:160] for node in item["nodes"]][:3]))
    assert found == []
