"""The desk in a real browser: without script, every page as axe sees it, and nothing that leaves this machine."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dod2oso.project.init import make_project
from tests.browser.hands import Hands, answer, convert, enter_as, first_row, serious, stays_here, too_wide
from tests.corpus.kit import pupil, reference
from tests.decide.kit import test_of as a_test
from tests.decide.kit import with_tests
from tests.desk.conftest import _handing, _ready  # noqa: F401  fixtures
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import drop, ran, seen, until
from tests.desk.test_handing import rehearse
from tests.discover.test_walkthrough import flat

Opened = Callable[..., Any]
WIDTHS = (375, 1024, 1920)


def test_without_script_the_job_is_done_on_every_page_that_must_work_so(
    visit: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages 1, 2, 5, 6, 7 and 9: from nothing to what is looked over before it is handed over."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1552608000")
    (tmp_path / "van de school.xml").write_text(reference(pupil(1), pupil(2)), encoding="utf-8")
    with running(tmp_path) as caller:
        page = visit(caller.entrance, java_script_enabled=False)
        hands = Hands(page, keyboard=False)
        hands.type("Naam, zoals die", "Regio Zuid")
        hands.put(page.get_by_label("De map", exact=True), str(tmp_path / "zuid"))
        hands.press("Project maken")
        hands.follow("Voeg de bestanden van de scholen toe")
        hands.drop("Bestanden", tmp_path / "van de school.xml")
        page.get_by_text("2 leerlingen").wait_for()  # the page asks again by itself
        hands.follow("Alles toegevoegd? Zet het om")
        convert(hands)
        hands.follow("Aanvullen")
        first_row(hands)
        page.locator("#inhoud tbody a").nth(2).wait_for()
        for row in range(3):
            hands.do(f"#inhoud tbody tr:nth-child({row + 1}) a")
            answer(hands)
            hands.follow("Alle leerlingen van deze school")
        hands.follow("Scholen")
        first_row(hands)
        hands.press("Pakketten voor alle scholen maken")
        page.get_by_text("Het pakket is klaar").wait_for()
        hands.follow("Omzetten")
        convert(hands)
        hands.follow("Overdragen")
        hands.press("Oefening starten")
        page.get_by_text("alle 2 dossiers zijn opgehaald, byte voor byte gelijk en goedgekeurd").wait_for()
        hands.do("#overdragen button")
        page.get_by_role("heading", name="Nakijken voor u overdraagt").wait_for()
        assert stays_here(page, caller)
        assert not [url for url in page.asked if url.endswith(".js")]  # no script: not even fetched


def test_a_browser_without_fetch_asks_the_whole_page_again(visit: Opened, tmp_path: Path) -> None:
    make_project(tmp_path / "oud", ["POVO"], name="Regio Oud")
    with running(tmp_path, tmp_path / "oud") as caller:
        caller.enter()
        page = enter_as(visit, caller)
        page.add_init_script("window.fetch = undefined")
        (tmp_path / "oud/exports/a.xml").write_text(reference(pupil(1)), encoding="utf-8")
        page.goto(f"{caller.origin}/p/{next(iter(caller.server.desk._known))}/POVO/deliveries")
        page.get_by_text("1 leerling, indeling").wait_for()
        assert page.told == [] and stays_here(page, caller)


def test_what_is_typed_is_kept_without_a_button_and_stands_there_after_a_reload_and_back(
    stocked: Caller, visit: Opened
) -> None:
    page = enter_as(visit, stocked)
    page.goto(stocked.origin + next(path for path in pages(stocked) if re.search("/fill/.*/[0-9a-f]{16}$", path)))
    hands = Hands(page, keyboard=True)
    hands.type("Datum van inzage", "02-03-2019")
    page.keyboard.press("Tab")
    page.locator(".state", has_text="Bewaard").first.wait_for()
    page.reload()
    assert page.get_by_label("Datum van inzage").input_value() == "02-03-2019"
    hands.follow("Scholen")
    page.wait_for_url("**/schools")
    page.go_back()
    assert page.get_by_label("Datum van inzage").input_value() == "02-03-2019"


@pytest.fixture(name="stocked", scope="module")
def _stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A project with something of everything: dossiers that wait, an unknown layout, a test to decide on."""
    folder = tmp_path_factory.mktemp("stocked")
    make_project(folder / "regio", ["POVO"], name="Regio Voorbeeld")
    with running(folder, folder / "regio") as caller:
        caller.enter()
        named = with_tests(2, a_test("Rekenen M6", "3.0", "Rekenen"))
        drop(
            caller,
            ("a.xml", reference(pupil(1), named).encode()),
            ("kapot.xml", b"<DodReferentie"),
            ("lijst.csv", flat(folder, range(30, 50)).read_bytes()),
        )
        caller.post(f"{at(caller)}/run")
        ran(caller)
        yield caller


def at(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}/POVO"


def pages(caller: Caller) -> list[str]:
    """One of each kind, all ten and those below them."""
    here = at(caller)
    one = re.findall(rf'href="({here}/fill/[^"]+/[0-9a-f]{{16}})"', caller.get(f"{here}/fill/99XX-00").text)[0]
    layout = re.findall(rf'href="({here}/layout/[^"]+)"', seen(caller).text)[0]
    until(lambda: caller.get(layout), lambda said: "data-again" not in said.text)
    until(lambda: caller.get(f"{here}/decide"), lambda said: "data-again" not in said.text)
    place = re.findall(rf'href="({layout}/row/[0-9a-f]+)"', caller.get(layout).text)
    listed = caller.get(f"{here}/dossiers/99XX-00").text
    dossier = re.findall(rf'href="({here}/dossiers/99XX-00/[a-z0-9-]+)"', listed)[0]
    parts = ["deliveries", "decide", "run", "schools", "schools/99XX-00", "fill", "fill/99XX-00", "dossiers/99XX-00"]
    parts += ["fill/99XX-00?what=useful", "handover", "handover/99XX-00", "report", "qualify", "qualify/bron-18"]
    below = [layout, place[7], f"{place[7]}?q=naam", f"{layout}/preview", one, f"{one}?what=useful", dossier]
    below += [f"{dossier}/origin", "/p/nergens"]
    return ["/", here.rpartition("/")[0], *(f"{here}/{part}" for part in parts), *below]


@pytest.mark.parametrize("names", [False, True], ids=["hidden", "names"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_leaves(scheme: str, names: bool, stocked: Caller, visit: Opened) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    stocked.server.desk.show_names(names)
    page = enter_as(visit, stocked, color_scheme=scheme, bypass_csp=True, viewport={"width": 375, "height": 800})
    with_names = ("/fill/", "/dossiers/")
    found = []
    for path in pages(stocked):
        if names and not any(part in path for part in with_names):
            continue
        page.goto(stocked.origin + path)
        found += [(path, *one) for one in serious(page, axe)]
    stocked.server.desk.show_names(False)
    assert found == []
    assert stays_here(page, stocked)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(width: int, stocked: Caller, visit: Opened) -> None:
    page = enter_as(visit, stocked, viewport={"width": width, "height": 900})
    wide = []
    for path in pages(stocked):
        page.goto(stocked.origin + path)
        if too_wide(page, width):
            wide.append(path)
    assert wide == []
    assert page.locator(".old").is_hidden()  # a browser of now is not told that it is old


def test_what_is_looked_over_before_it_goes_is_readable_too(handing: Caller, visit: Opened) -> None:
    """The pages of a hand-over that exist only when something is ready."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with ThreadPoolExecutor(1) as apart:  # the driver of the browser has the event loop of this thread
        apart.submit(rehearse, handing).result()
    page = enter_as(visit, handing, bypass_csp=True, viewport={"width": 375, "height": 800})
    page.goto(f"{handing.origin}{at(handing)}/handover")
    assert serious(page, axe) == [] and not too_wide(page, 375)
    page.locator("#overdragen button").click()
    page.get_by_role("heading", name="Nakijken voor u overdraagt").wait_for()
    assert serious(page, axe) == [] and not too_wide(page, 375)
