"""The desk in a real browser: the story of a new coordinator, on a phone with the keyboard, without script, and axe."""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from dod2oso.project.init import make_project
from tests.corpus.kit import pupil, reference
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import drop, ran
from tests.supplement.kit import fill, typed

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


@pytest.mark.parametrize(("width", "script"), [(1200, True), (1200, False)])  # on a phone: the story below
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


def drop_files(page: Any, label: str, *files: Path) -> None:
    page.get_by_label(label, exact=True).set_input_files([str(each) for each in files])
    page.locator("form", has=page.get_by_label(label, exact=True)).locator("button").last.focus()
    page.keyboard.press("Enter")


def answer_all(page: Any) -> None:
    """Type in every field of the form what people type, and save."""
    for field in page.locator("[name^='v:']").all():
        said = typed(field.get_attribute("name")[2:], 1)
        text = f"{said:%d-%m-%Y}" if isinstance(said, date) else str(said)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.focus()
            field.select_option(text)
        else:
            field.fill(text)
    press(page, "Bewaren")
    page.locator("section.notice[role=status]").wait_for()


def converted(page: Any) -> None:
    page.locator("form[action$='/run'] button").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Klaar met omzetten").wait_for()


def test_the_whole_story_with_the_keyboard_on_a_phone(
    visit: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing to all fetched: a zip behind a PIN, a layout nobody knows, a broken file, pupils, a workbook."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1552608000")
    pin = secrets.token_hex(4)
    with pyzipper.AESZipFile(tmp_path / "school.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(pin.encode())
        archive.writestr("export.xml", reference(*(pupil(number) for number in range(1, 5))))
    (tmp_path / "lijst.csv").write_text("kolom;nog een\n1;2\n", encoding="utf-8")
    (tmp_path / "kapot.xml").write_text("<DodReferentie", encoding="utf-8")
    with running(tmp_path) as caller:
        page = visit(caller.entrance, viewport={"width": 375, "height": 800})
        page.get_by_label("Naam, zoals die").fill("Regio Zuid")
        page.get_by_label("De map", exact=True).fill(str(tmp_path / "zuid"))
        press(page, "Project maken")
        follow(page, "Voeg de bestanden van de scholen toe")
        drop_files(page, "Bestanden", tmp_path / "school.zip", tmp_path / "lijst.csv", tmp_path / "kapot.xml")
        page.locator("#pincode").fill(pin)
        press(page, "Proberen")
        page.get_by_text("4 leerlingen").wait_for()
        follow(page, "Alles toegevoegd? Zet het om")
        converted(page)
        page.get_by_text("was niet te lezen").or_(page.get_by_text("waren niet te lezen")).first.wait_for()
        follow(page, "Aanvullen")
        page.locator("#inhoud tbody a").first.focus()
        page.keyboard.press("Enter")
        page.locator("#inhoud tbody a").nth(4).wait_for()
        rows = [link.get_attribute("href") for link in page.locator("#inhoud tbody a").all()]
        assert len(rows) == 5  # the school and four pupils
        for row in rows[:4]:  # three of the pupils
            page.goto(caller.origin + row)
            answer_all(page)
        follow(page, "Scholen")
        page.locator("#inhoud tbody a").first.focus()
        page.keyboard.press("Enter")
        press(page, "Pakketten voor alle scholen maken")
        with page.expect_download() as fetched:
            page.locator("a[href$='/zip']").focus()
            page.keyboard.press("Enter")
        with pyzipper.AESZipFile(fetched.value.path()) as package:
            if page.locator("details.secret code").count():
                package.setpassword((page.locator("details.secret code").text_content() or "").encode())
            (tmp_path / "leeg.xlsx").write_bytes(package.read("aanvulling.xlsx"))
        assert fill(tmp_path / "leeg.xlsx", tmp_path / "terug.xlsx", only=lambda keys: keys["leerlingid"] == "4")
        drop_files(page, "Ingevuld werkboek", tmp_path / "terug.xlsx")
        page.get_by_text("terug.xlsx").first.wait_for()
        follow(page, "Alles toegevoegd? Zet het om")
        converted(page)
        follow(page, "Overdragen")
        press(page, "Oefening starten")
        page.get_by_text("alle 4 dossiers zijn opgehaald, byte voor byte gelijk en goedgekeurd").wait_for()
        page.locator("#overdragen button").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Nakijken voor u overdraagt").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
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
    dossier = re.findall(rf'href="({at}/dossiers/99XX-00/[a-z0-9-]+)"', caller.get(f"{at}/dossiers/99XX-00").text)[0]
    over = [f"{at}/handover", f"{at}/handover/99XX-00", f"{at}/dossiers/99XX-00", dossier, f"{dossier}/origin"]
    return ["/", home, *parts, one, *over, f"{at}/report", f"{at}/decide", "/p/nergens"]


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
