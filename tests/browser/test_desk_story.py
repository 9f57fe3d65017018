"""The whole job of a new coordinator in a browser, from an empty machine to everything fetched in the sandbox."""

import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from tests.browser.hands import Hands, answer, convert, first_row, stays_here, too_wide
from tests.corpus.kit import pupil, reference
from tests.decide.kit import test_of as a_test
from tests.decide.kit import with_tests
from tests.desk.kit import running
from tests.desk.outside import standing
from tests.discover.test_walkthrough import flat
from tests.supplement.kit import fill

_ARRIVED = re.compile("opgehaald|ontvangst bevestigd")  # how a dossier stands that a school has

# of each column that the draft leaves to a person: what is looked for, and what is chosen on its page
CHOSEN = (
    ("BrinVest", "", "v:notation", "brin-vestiging"),
    ("Adres", "", "v:notation", "straat-nummer"),
    ("PC_plaats", "postcode", "v:field", "leerling.adressen[].postcode"),
    ("PC_plaats", "", "v:notation", "postcode-plaats"),
    ("Lft_gr", "", "v:field", "leerling.jaargroep"),
    ("Zwem", "", "v:field", "!"),
)


def delivered(folder: Path, pin: str) -> list[Path]:
    """What three schools sent: a zip behind a PIN, a table that nobody knows, and a file that is broken."""
    with pyzipper.AESZipFile(folder / "school.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(pin.encode())
        named = with_tests(4, a_test("Rekenen M6", "3.0", "Rekenen"))
        archive.writestr("export.xml", reference(*(pupil(number) for number in range(1, 4)), named))
    flat(folder, range(30, 50))
    (folder / "kapot.xml").write_text("<DodReferentie", encoding="utf-8")
    return [folder / "school.zip", folder / "leerl.csv", folder / "kapot.xml"]


def bind(hands: Hands) -> None:
    """Say of an unknown table what stands in it, and keep that as a profile."""
    hands.follow("Vertel wat erin staat")
    for place, searched, name, value in CHOSEN:
        hands.follow(place)
        if searched:
            hands.type("Zoek een gegeven", searched)
        hands.tick(f'input[name="{name}"][value^="{value}"]')
        hands.press("Bewaren")
        hands.page.locator("section.notice[role=status]").wait_for()
        if "/row/" in hands.page.url:  # another field: its page says how it is read
            hands.follow("Alle plaatsen in dit bestand")
    hands.page.get_by_text("Van allemaal is alles te begrijpen").wait_for()
    hands.press("Indeling bewaren en gebruiken")


@pytest.mark.parametrize(("width", "keyboard"), [(1200, False), (375, True)], ids=["mouse", "phone-keyboard"])
def test_the_whole_story_from_nothing_to_all_fetched(
    width: int, keyboard: bool, visit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1552608000")
    pin = secrets.token_hex(4)
    with ExitStack() as around, running(tmp_path) as caller:
        page = visit(caller.entrance, viewport={"width": width, "height": 800})
        hands = Hands(page, keyboard=keyboard)
        hands.type("Naam, zoals die", "Regio Zuid")
        hands.put(page.get_by_label("De map", exact=True), str(tmp_path / "zuid"))
        hands.press("Project maken")
        hands.page.get_by_role("link", name="Voeg de bestanden van de scholen toe").wait_for()
        outside = around.enter_context(standing(tmp_path / "zuid", ["99XX"]))  # as a supplier sets up a source system
        hands.follow("Voeg de bestanden van de scholen toe")

        hands.drop("Bestanden", *delivered(tmp_path, pin))
        hands.put(page.locator("#pincode"), pin)
        hands.press("Proberen")
        page.get_by_text("4 leerlingen").wait_for()
        assert not too_wide(page, width)
        bind(hands)
        page.get_by_text("20 leerlingen, indeling indeling-").wait_for()

        hands.follow("Beslissen")
        page.get_by_text("wacht op een besluit").wait_for()
        hands.type("Andere eldtoetscode:", "4711")
        hands.press("Deze code")
        page.get_by_text("Besloten, voor alle scholen").wait_for()
        assert not too_wide(page, width)

        hands.follow("Omzetten")
        convert(hands)
        page.get_by_text("was niet te lezen").first.wait_for()

        hands.follow("Aanvullen")
        first_row(hands)
        page.locator("#inhoud tbody a").nth(24).wait_for()
        rows = [link.get_attribute("href") for link in page.locator("#inhoud tbody a").all()]
        assert len(rows) == 25  # the school and its pupils
        for row in rows[1:4]:
            hands.do(f'#inhoud tbody a[href="{row}"]')
            answer(hands)
            assert not too_wide(page, width)
            hands.follow("Alle leerlingen van deze school")

        hands.follow("Scholen")
        first_row(hands)
        hands.press("Pakketten voor alle scholen maken")
        with page.expect_download() as fetched:
            hands.do("a[href$='/zip']")
        with pyzipper.AESZipFile(fetched.value.path()) as package:
            if page.locator("details.secret code").count():
                package.setpassword((page.locator("details.secret code").text_content() or "").encode())
            (tmp_path / "leeg.xlsx").write_bytes(package.read("aanvulling.xlsx"))
        done = {row.rpartition("/")[2] for row in rows[1:4]}
        assert done and fill(tmp_path / "leeg.xlsx", tmp_path / "terug.xlsx")
        hands.drop("Ingevuld werkboek", tmp_path / "terug.xlsx")
        page.get_by_text("terug.xlsx").first.wait_for()
        hands.follow("Alles toegevoegd? Zet het om")
        convert(hands)

        hands.follow("Overdragen")
        hands.press("Oefening starten")
        page.get_by_text("alle 24 dossiers zijn opgehaald, byte voor byte gelijk en goedgekeurd").wait_for()
        hands.type("BRIN van de ontvangende school", "99ZZ")
        hands.press("Aanwijzen")
        page.get_by_text("99ZZ: 24 klare dossiers").wait_for()
        hands.do("#overdragen button")
        page.get_by_role("heading", name="Nakijken voor u overdraagt").wait_for()
        page.get_by_text("24 dossiers gaan mee").wait_for()
        assert not too_wide(page, width)
        hands.press("Nu overdragen")
        page.get_by_text("24 dossiers klaargezet").wait_for()
        hands.press("Bronsysteem aanzetten")
        page.get_by_text("Het bronsysteem staat aan, op 127.0.0.1").wait_for()
        assert not too_wide(page, width)
        assert outside.fetch_all(tmp_path / "zuid/dod2oso-out/POVO") == []
        page.get_by_text("zijn opgehaald. U kunt het bronsysteem uitzetten").wait_for()  # the page follows by itself
        hands.do("#mee tbody a")
        page.get_by_role("heading", name="Overdragen: 99XX").wait_for()
        assert page.locator("#inhoud tbody tr", has_text="99ZZ").filter(has_text=_ARRIVED).count() == 24
        assert not too_wide(page, width)
        hands.follow("Alle scholen")
        hands.press("Bronsysteem uitzetten")
        page.get_by_role("button", name="Bronsysteem aanzetten").wait_for()
        assert stays_here(page, caller)
        assert page.told == []
