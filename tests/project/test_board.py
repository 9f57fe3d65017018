"""The region on one page: every school by name, the numbers of the report, colours that all can tell apart."""

from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from dod2oso.ledger.store import Ledger
from dod2oso.project.board import write_board
from dod2oso.project.planning import planning
from dod2oso.project.settings import TransferSettings
from dod2oso.report import charts
from dod2oso.report.charts import COLOURS
from dod2oso.report.style import PLAIN
from tests.corpus.kit import ADVICE, CONSENT, pupil, reference, supplement, write
from tests.project.kit import Work
from tests.project.region import SCHOOLS, SILENT, WRONG_FOLDER, Region, key, name
from tests.report.colours import EYES, ciede2000, difference


@pytest.fixture(name="page", scope="module")
def _page(region: Region, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Ledger.open(region.out) as ledger:
        run_id = ledger.last_run()
        assert run_id is not None
        settings = TransferSettings(deadline=date(2025, 7, 1))
        plan = planning(ledger, run_id, settings, date(2025, 6, 16), "nl")
        out = tmp_path_factory.mktemp("board")
        path = write_board(ledger, run_id, plan, "Regio <Voorbeeld>", out, PLAIN, "nl")
    return html.fromstring(path.read_bytes())


def test_every_school_has_a_row_with_its_name_and_its_stand(region: Region, page: Any) -> None:
    rows = page.xpath("//section[@id='scholen']//tbody/tr")
    names = {row.xpath("string(th/text()[1])").strip() for row in rows}
    assert names == {name(number) for number in range(SCHOOLS)}
    said = {row.xpath("string(th/text()[1])").strip(): row.xpath("string(td[1]/text()[1])") for row in rows}
    assert {said[name(number)] for number in SILENT[1:]} == {"niets geleverd"} and said[name(SILENT[0])] == "wacht"
    assert page.xpath("string(//p[@class='kicker'])") == "Regio <Voorbeeld>"


def test_the_heat_map_counts_the_dossiers_of_each_school(region: Region, page: Any) -> None:
    rows = page.xpath("//table[@class='heat']/tbody/tr")
    assert len(rows) == SCHOOLS
    parts = {part["name"]: part["dossiers"] for part in region.reports[-1]["schools"]}
    for row in rows:
        states = parts[row.xpath("string(th)")]
        cells = row.xpath("td/text()")
        made = states["ready"] + states["held"]
        assert cells and (set(cells) == {"–"}) == (made == 0)
        assert all(int(cell) <= made for cell in cells if cell != "–")
    heads = [head.text_content() for head in page.xpath("//table[@class='heat']/thead//th")]
    shown = {row.xpath("string(th)"): row.xpath("string(td[$n])", n=heads.index("Overstapadvies")) for row in rows}
    for number in range(SCHOOLS):
        if number not in (*SILENT, WRONG_FOLDER):  # of an export that moved the files of the run before lie there too
            found = (region.out / "dossiers").glob(f"[hr]e[la]d*/{key(number)[0]}/*.xml")
            without = sum(b"<overstapadvies>" not in path.read_bytes() for path in found)
            assert int(shown[name(number)]) == without


def test_actions_say_how_many_dossiers_they_free(region: Region, page: Any) -> None:
    wanted = region.reports[-1]["actions"]
    rows = page.xpath("//section[@id='acties']//tbody/tr")
    shown = {
        row.xpath("string(th/text()[1])").strip(): [int(n.split()[0]) for n in row.xpath("td[@class='num']/text()")
                                                    if n != "–"]
        for row in rows
    }  # fmt: skip
    numbers = [[each["dossiers"], *([] if each["more"] is None else [each["more"]])] for each in wanted[:6]]
    assert wanted and [shown[each["text"]] for each in wanted[:6]] == numbers


def test_an_action_opens_to_its_schools(page: Any) -> None:
    links = page.xpath("//section[@id='acties']//details//a/@href")
    assert links and all(len(page.xpath("//tr[@id=$at]", at=link[1:])) == 1 for link in links)


def test_ready_without_advice_is_told(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    work = Work(tmp_path, capsys, monkeypatch, "--overstap", "POVO")
    bare = [pupil(number).replace(ADVICE, "") for number in (2, 3)]
    write(work.folder / "exports/a.xml", reference(pupil(1), *bare))
    contact = {"huidigeschool/leerling/overstapadvies/contactnodig": "nee"}
    rows = ({"brin": "99XX", "leerlingid": str(number)} | CONSENT | contact for number in (1, 2, 3))
    supplement(work.folder / "aanvullingen", *rows, name="a.csv")
    work.run("--jaargroep", "8", "--fail-on", "never", "--validator-only")
    assert work.ready() == 3
    ended = work.do("remind")
    assert ended.code == 0 and "regio.html" in ended.err
    for file in ("regio.html", "gaps.html"):
        page = html.parse(work.folder / "dod2oso-out/POVO/report" / file).getroot()
        told = page.get_element_by_id("zonder-advies").text_content()
        assert told == "2 dossiers zijn klaar, maar zonder schooladvies."


@pytest.mark.parametrize("eye", EYES)
def test_everybody_can_tell_the_states_apart(eye: str) -> None:
    css = (Path(charts.__file__).parent / "templates/gaps.css").read_text("utf-8")
    light = [COLOURS[state] for state in ("ready", "held", "rejected")]
    dark = [css.split(f"--{state}: ")[2][:7] for state in ("ready", "held", "rejected")]
    for palette in (light, dark):
        assert min(difference(one, other, eye) for one, other in combinations(palette, 2)) >= 20


@pytest.mark.parametrize("one, other, far", [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
])  # fmt: skip
def test_the_measure_of_colours_gives_the_published_numbers(one: Any, other: Any, far: float) -> None:
    assert abs(ciede2000(one, other) - far) < 1e-4
