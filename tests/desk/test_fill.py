"""Filling in: what is typed is checked, kept per field, never overwritten by another, and counts at the next run."""

import json
import re
import threading
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from dod2oso.base.texts import Text
from dod2oso.desk import desk as desk_module
from dod2oso.project.filled import Filled, Who
from dod2oso.supplement.edition import Edition
from dod2oso.supplement.repairs import repairs
from tests.corpus.kit import pupil, reference
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import drop, home, ran
from tests.project.region import PUPILS, key, name

BRIN, VESTIGING = key(0)


def fill(caller: Caller, number: int = 0) -> str:
    brin, vestiging = key(number)
    return f"/p/{next(iter(caller.server.desk._known))}/POVO/fill/{brin}-{vestiging}"


def pupils(caller: Caller, number: int = 0) -> list[str]:
    url = fill(caller, number)
    return list(re.findall(rf'href="({url}/[0-9a-f]+)"', caller.get(url).text))


def fields(said: Said) -> dict[str, str]:
    """Each field of a form with what stands in it."""
    found = {unescape(one): "" for one in re.findall(r'name="v:([^"]+)"', said.text)}
    for column, value in re.findall(r'name="w:([^"]+)" value="([^"]*)"', said.text):
        found[unescape(column)] = unescape(value)
    return found


def answers(columns: dict[str, str]) -> dict[str, str]:
    """Right answers for what the synthetic pupils miss."""
    right = {"inzage/inzage": "ja", "inzage/inzagedatum": "02-03-2025", "inzage/akkoord": "Ja"}
    return {column: right[column] for column in columns if column in right}


def form(given: dict[str, str], was: dict[str, str]) -> dict[str, str]:
    return {f"v:{column}": text for column, text in given.items()} | {f"w:{c}": was.get(c, "") for c in given}


def filled(project: Path) -> Filled:
    return Filled(project / "aanvullingen", "POVO", BRIN, VESTIGING, project / "dod2oso-out" / "POVO")


def test_what_is_missing_is_asked_and_what_is_typed_counts(caller: Caller, project: Path) -> None:
    url = fill(caller)
    assert name(0) in caller.get(url.rpartition("/")[0]).words
    assert len(pupils(caller)) == PUPILS
    for path in pupils(caller):
        columns = fields(caller.get(path))
        assert "inzage/inzage" in columns and "Niemand mag dit voor hen aannemen" in caller.get(path).words
        said = caller.post(path, **form(answers(columns), columns))
        assert said.status == 200 and "Bewaard" in said.words
        assert answers(columns).items() <= fields(caller.get(path)).items()  # also after a reload
    assert "3 van 3" in caller.get(url).words
    [sheet] = openpyxl.load_workbook(filled(project).path).worksheets
    assert sheet.max_row == 1 + PUPILS and all(cell.number_format == "@" for cell in sheet[2])
    run = f"/p/{next(iter(caller.server.desk._known))}/POVO/run"
    caller.post(run)
    assert "Klaar met omzetten" in ran(caller).words
    assert "niets dat iemand kan invullen" in caller.get(url).words


def test_what_is_filled_in_makes_dossiers_ready(fresh: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1552608000")  # the year that the pupils are in their last
    drop(fresh, ("a.xml", reference(pupil(1), pupil(2)).encode()))
    at = f"/p/{next(iter(fresh.server.desk._known))}/POVO"
    fresh.post(f"{at}/run")
    assert "Klaar met omzetten" in ran(fresh).words
    for path in re.findall(r'href="([^"]+/fill/[^"]+/(?:school|[0-9a-f]{16}))"', fresh.get(f"{at}/fill/99XX-00").text):
        said = fresh.get(path)
        columns = fields(said)
        assert fresh.post(path, **form({column: right(column, said) for column in columns}, columns)).status == 200
    fresh.post(f"{at}/run")
    assert "Klaar geworden" in ran(fresh).words
    assert "niets dat iemand kan invullen" in fresh.get(f"{at}/fill").words
    _useful_is_asked_of_what_is_ready(fresh, at)


def _useful_is_asked_of_what_is_ready(fresh: Caller, at: str) -> None:
    """What blocks nothing is offered apart, says why, keeps its dossier ready, and is in it after the next run."""
    project = home(fresh)
    ready = sorted((project / "dod2oso-out/POVO/dossiers/ready").rglob("*.xml"))
    assert len(ready) == 2
    here = f"{at}/fill/99XX-00"
    assert fresh.get(here).text.count("?what=useful") == 1  # only the choice: no row is left
    links = re.findall(rf'href="({here}/[0-9a-f]{{16}}[?]what=useful)"', fresh.get(f"{here}?what=useful").text)
    assert len(links) == 2 and links[0].partition("?")[0] in fresh.get(f"{at}/fill?what=useful").text + links[0]
    said = fresh.get(links[0])
    columns = fields(said)
    advice = "huidigeschool/leerling/overstapadvies/argumentatie"
    assert advice in columns and not [one for one in columns if one.startswith("inzage/")]
    assert "niets in de weg" in said.words and "dat het nuttig is schatten wij in" in said.words
    assert "formulieren voor de overstap vragen ernaar" in said.words
    words = "Rustig en nauwkeurig"
    assert fresh.post(links[0], **form({advice: words}, columns)).status == 200
    typed = json.loads(
        fresh.send(f"{links[0].partition('?')[0]}/field?what=useful", column=advice, was=words, value=words).body
    )
    assert typed["state"] == "saved"
    # not asked where only what blocks is asked
    assert fresh.send(f"{links[0].partition('?')[0]}/field", column=advice, was="", value="x").status == 404
    fresh.post(f"{at}/run")
    assert "Klaar met omzetten" in ran(fresh).words
    now = sorted((project / "dod2oso-out/POVO/dossiers/ready").rglob("*.xml"))
    assert now == ready and sum(words in path.read_text(encoding="utf-8") for path in now) == 1
    assert advice not in fields(fresh.get(links[0]))


def right(column: str, said: Said) -> str:
    """A value that the repairs themselves name, as the page offers it."""
    value = next(fill.value for repair in repairs().values() for fill in repair.fill if fill.column == column)
    offered = said.text.partition(f'name="v:{column}"')[2].partition("</p>")[0]
    choices = [unescape(each) for each in re.findall(r"<option(?: selected)?>([^<]*)</option>", offered)]
    value = {"true": "ja", "false": "nee"}.get(value, value) if "ja" in choices else value
    return next((each for each in choices if each == value or each.startswith(f"{value} – ")), value)


def test_wrong_values_stay_on_the_page_and_right_ones_are_kept(caller: Caller, project: Path) -> None:
    path = pupils(caller)[0]
    columns = fields(caller.get(path))
    typed = {"inzage/inzage": "ja", "inzage/inzagedatum": "31-02-2025", "inzage/akkoord": "Misschien"}
    said = caller.post(path, **form(typed, columns))
    assert said.status == 409 and said.text.count('aria-invalid="true"') == 2
    assert 'value="31-02-2025"' in said.text and "Kies een van de mogelijkheden" in said.words
    [values] = filled(project).rows().values()
    assert values == {"inzage/inzage": "ja"}


def test_a_field_by_itself_is_kept_at_once(caller: Caller, project: Path) -> None:
    path = pupils(caller)[0]

    def save(value: str, was: str) -> dict[str, str]:
        said = caller.send(f"{path}/field", column="inzage/inzagedatum", value=value, was=was)
        return dict(json.loads(said.body))

    assert save("02-03-2025", "")["state"] == "saved"
    assert save("gisteren", "02-03-2025")["state"] == "wrong"
    other = save("04-03-2025", "01-01-2025")  # who typed this saw another value: two tabs
    assert other["state"] == "other" and other["kept"] == "02-03-2025"
    assert save("04-03-2025", other["kept"])["state"] == "saved"
    assert save("", "04-03-2025")["state"] == "saved"
    assert [each for each in filled(project).rows().values() if any(each.values())] == []
    assert caller.send(f"{path}/field", column="leerling.bsn", value="x", was="").status == 404


def test_two_tabs_do_not_overwrite_each_other(caller: Caller) -> None:
    path = pupils(caller)[0]
    columns = fields(caller.get(path))
    caller.post(path, **form({"inzage/akkoord": "Ja"}, columns))
    said = caller.post(path, **form({"inzage/akkoord": "Nee"}, columns))  # the other tab still shows nothing there
    assert said.status == 409 and "intussen iemand anders" in said.words
    said = caller.post(path, **form({"inzage/akkoord": "Nee"}, fields(said)))
    assert said.status == 200 and fields(caller.get(path))["inzage/akkoord"] == "Nee"


def test_of_many_at_once_each_field_is_kept(tmp_path: Path) -> None:
    (tmp_path / "aanvullingen").mkdir()
    edition = Edition("abcdefgh", "run-1")

    def one(number: int) -> None:
        store = Filled(tmp_path / "aanvullingen", "POVO", BRIN, VESTIGING, tmp_path / "out")
        store.save(Who("", f"k{number % 5}"), {f"inzage/{number}": ("", str(number))}, edition)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = Filled(tmp_path / "aanvullingen", "POVO", BRIN, VESTIGING, tmp_path / "out").rows()
    assert sum(map(len, rows.values())) == 25


@pytest.mark.parametrize(
    "text", ["=1+1", "007", "+31 6", "a\r\nb", "2025-03-02", "1e5", "0,5", "ß é ☃", "x" * 5000, "'x"]
)
def test_a_text_comes_back_as_it_was_typed(text: str, tmp_path: Path) -> None:
    (tmp_path / "aanvullingen").mkdir()
    store = Filled(tmp_path / "aanvullingen", "POVO", BRIN, VESTIGING, tmp_path / "out")
    store.save(Who("1", "k"), {"leerling.voornamen": ("", text)}, Edition("abcdefgh", "r"))
    wanted = text.replace("\r\n", " ")[:2000]
    assert store.rows() == {Who("1", "k"): {"leerling.voornamen": wanted}}


def test_names_stand_behind_a_switch_and_nowhere_else(
    caller: Caller, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fill(caller)
    hidden = caller.get(url)
    shown = caller.post(f"{url}/names", show="1")
    found = re.findall(r">([^<>]+)</a> <span class=\"soft small\">", shown.text)
    assert len(found) == PUPILS and "Laat niemand meekijken" in shown.words
    assert all(unescape(each) not in hidden.text for each in found)
    page = caller.get(pupils(caller)[0])
    assert "geboren" in page.words and 'content="600;url=/locked"' in page.text
    for text in (shown.title, page.title, *shown.headers.values(), *pupils(caller)):
        assert not any(unescape(each) in text for each in found)
    for other in ("schools", "report", "run", "deliveries"):
        assert not any(unescape(each) in caller.get(url.rpartition("/fill")[0] + f"/{other}").words for each in found)
    monkeypatch.setattr(desk_module, "_LOCK", 0.0)  # ten minutes later
    assert caller.get(url).words == hidden.words
    monkeypatch.undo()
    caller.post(f"{url}/names", show="1")
    assert "Vergrendeld" in caller.get("/locked").title
    assert caller.get(url).words == hidden.words


def test_who_sees_one_school_fills_in_that_one_only(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project, school=BRIN) as caller:
        caller.enter()
        url = fill(caller)
        assert len(pupils(caller)) == PUPILS
        other = fill(caller, 1)
        assert caller.get(other).status == 404
        mine = pupils(caller)[0].rpartition("/")[2]
        assert caller.get(f"{other}/{mine}").status == 404
        assert caller.send(f"{other}/names", show="1").status == 404
        assert caller.get(f"{url}/0123456789abcdef").status == 404


def test_a_file_that_somebody_damaged_is_told_and_not_overwritten(caller: Caller, project: Path) -> None:
    path = pupils(caller)[0]
    columns = fields(caller.get(path))
    filled(project).path.write_bytes(b"geen werkboek")
    for said in (caller.get(path), caller.post(path, **form(answers(columns), columns))):
        assert said.status == 409 and filled(project).path.name in said.words
    assert filled(project).path.read_bytes() == b"geen werkboek"


def test_a_changed_ledger_under_an_open_page_loses_nothing(caller: Caller, project: Path) -> None:
    path = pupils(caller)[0]
    columns = fields(caller.get(path))
    run = f"/p/{next(iter(caller.server.desk._known))}/POVO/run"
    caller.post(run)
    assert "Klaar met omzetten" in ran(caller).words
    said = caller.post(path, **form(answers(columns), columns))
    assert said.status == 200 and "Bewaard" in said.words
    assert Text("desk-fill-saved").text("nl") in said.words
