"""The pages of an unknown layout and of decisions in a real browser: by keyboard, wide and narrow, without script."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dod2oso.project.init import make_project
from tests.browser.hands import Hands, serious, stays_here, too_wide
from tests.corpus.kit import reference
from tests.decide.kit import sheet, with_tests
from tests.decide.kit import test_of as a_test
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import drop
from tests.discover.test_walkthrough import flat

Opened = Callable[..., Any]


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (375, "dark")])
def test_a_layout_is_bound_and_a_test_is_decided_by_keyboard(
    width: int, scheme: str, visit: Opened, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    make_project(tmp_path / "regio", ["POVO"], name="Regio Voorbeeld")
    with running(tmp_path, tmp_path / "regio") as caller:
        look = {"width": width, "height": 800}
        page = visit(caller.entrance, viewport=look, color_scheme=scheme, bypass_csp=True)  # axe is a script
        hands = Hands(page, keyboard=True)
        # what another browser dropped: its own page is not what is looked at here
        cookie = page.context.cookies()[0]
        other = Caller(caller.server, caller.entrance, [], f"{cookie['name']}={cookie['value']}")
        other.csrf = page.locator('input[name="csrf"]').first.get_attribute("value")
        names = reference(with_tests(1, a_test("Rekenen M6", "3.0", "Rekenen"))).encode()
        drop(other, ("leerl.csv", flat(tmp_path).read_bytes()), ("a.xml", names))
        hands.follow("Bestanden")
        hands.follow("Vertel wat erin staat")
        page.get_by_role("heading", name="Wat staat er in dit bestand").wait_for()
        page.get_by_role("link", name="Zwem", exact=True).wait_for()
        assert not too_wide(page, width)
        hands.follow("Zwem")
        page.get_by_label("Zoek een gegeven").focus()
        page.keyboard.type("jaargroep")
        page.locator("#uitslag input").first.wait_for()  # found while typing
        assert serious(page, axe) == [] and not too_wide(page, width)
        page.get_by_role("radio", name="Niet lezen, want").focus()
        page.keyboard.press("Space")
        hands.press("Bewaren")
        page.get_by_text("Wordt bewust niet gelezen").wait_for()
        page.get_by_text("leerlingen worden zo gelezen").wait_for()
        assert serious(page, axe) == []
        hands.press("Indeling bewaren en gebruiken")
        page.get_by_text("20 leerlingen, indeling indeling-").wait_for()
        hands.follow("Beslissen")
        page.get_by_text("wacht op een besluit").wait_for()
        page.get_by_label("Lijst kiezen").set_input_files(
            str(sheet(tmp_path / "lijst.xlsx", ("toetscode", "naam", "versie"), ("4711", "Rekenen M6", "3.0")))
        )
        hands.press("Toevoegen")
        page.get_by_text("lijst.xlsx telt").wait_for()
        assert serious(page, axe) == []
        assert not too_wide(page, width)
        hands.press("4711", whole=False)
        page.get_by_text("Besloten, voor alle scholen").wait_for()
        hands.press("Ongedaan maken", whole=False)
        page.get_by_text("Het besluit is ongedaan gemaakt").wait_for()
        assert stays_here(page, caller)
        assert page.told == []
