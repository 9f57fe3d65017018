"""`dod2oso suppliers` as people meet it: totals, two compared, an export measured, and files for others."""

import json
from pathlib import Path

import openpyxl
import pytest
from lxml import html

from dod2oso.generate.export import write_export
from dod2oso.source.profile import shipped_profiles
from dod2oso.suppliers.facts import facts
from dod2oso.suppliers.measure import Fill
from tests.cli.kit import dod2oso
from tests.cli.languages import dutch

Capture, Patch = pytest.CaptureFixture[str], pytest.MonkeyPatch


def test_totals_per_layout_in_the_language_of_the_reader(capsys: Capture, monkeypatch: Patch) -> None:
    ended = dod2oso(capsys, monkeypatch, "suppliers", "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    assert "edexml-2.1 to OSO 2019.1 (POVO):" in ended.out and len(ended.out.splitlines()) == len(shipped_profiles())
    assert dutch(iter(dod2oso(capsys, monkeypatch, "suppliers", "edex2000", "--lang", "en").out.splitlines())) == []


def test_two_layouts_and_two_years_compared(capsys: Capture, monkeypatch: Patch) -> None:
    said = dod2oso(capsys, monkeypatch, "suppliers", "edexml-2.1", "dod-referentie", "--compare").out
    assert "  huidigeschool/naam: nee → ja" in said
    years = ["--oso", "2018.1", "--oso", "2019.1", "--compare"]
    said = dod2oso(capsys, monkeypatch, "suppliers", "dod-referentie", *years).out
    assert "huidigeschool/leerling/huisarts/achternaam: - → deels" in said
    assert dod2oso(capsys, monkeypatch, "suppliers", "--compare").code == 2
    assert dod2oso(capsys, monkeypatch, "suppliers", "--oso", "2016.1", "--overstap", "poswv").code == 2


def test_a_layout_with_errors_is_told_and_the_others_go_on(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    (tmp_path / "kapot.yaml").write_text("profile: kapot\nfields: {leerling.bestaatniet: x}\n", encoding="utf-8")
    ended = dod2oso(capsys, monkeypatch, "suppliers", tmp_path / "kapot.yaml", "edex2000")
    assert ended.code == 5 and "kapot.yaml" in ended.err and "edex2000 naar OSO" in ended.out


@pytest.fixture(name="export")
def _export(tmp_path: Path) -> Path:
    write_export(tmp_path / "export.xml", "dod-referentie", 30)
    return tmp_path / "export.xml"


def test_files_for_others(export: Path, tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    names = [tmp_path / f"matrix{kind}" for kind in (".html", ".xlsx", ".json")]
    options = [word for name in names for word in ("--output", name)]
    ended = dod2oso(capsys, monkeypatch, "suppliers", "dod-referentie", "edex2000", "--measure", export, *options)
    assert ended.code == 0 and "30 leerlingen" in ended.out
    page = html.fromstring(names[0].read_bytes())
    assert page.get("lang") == "nl" and len(page.findall(".//table")) == 4
    book = openpyxl.load_workbook(names[1])
    assert [len(sheet["A"]) > 2 for sheet in book] == [True] * 4
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    found = json.loads(names[2].read_text(encoding="utf-8"))
    assert [one["layout"] for one in found["layouts"]] == ["dod-referentie", "edex2000"]
    for one in found["layouts"]:
        answers = [field["answer"] for field in one["fields"]]
        assert one["counts"] == {name: answers.count(name) for name in ("yes", "partly", "no", "unknown")}
    assert dod2oso(capsys, monkeypatch, "suppliers", "--output", tmp_path / "x.doc").code == 2


def test_what_is_measured_is_within_what_the_matrix_says_and_tells_nobody(
    export: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "suppliers", "dod-referentie", "--measure", export, "--json")
    found = json.loads(ended.out)
    carried = {one["path"] for one in found["layouts"][0]["fields"] if one["answer"] in ("yes", "partly")}
    shares = found["measured"][0]["shares"]
    assert shares and set(shares) <= carried
    assert shares["huidigeschool/leerling/achternaam"] == "100%"
    assert "Voorbeeld" not in json.dumps(shares) and "9999" not in json.dumps(shares)


def test_an_export_that_cannot_be_read_is_told(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    (tmp_path / "leeg.xml").write_bytes(b"")
    ended = dod2oso(capsys, monkeypatch, "suppliers", "edex2000", "--measure", tmp_path / "leeg.xml")
    assert ended.code == 4 and ended.err and "edex2000" in ended.out


@pytest.mark.parametrize(
    ("records", "n", "share"),
    [
        (4, 4, "-"),
        (4, 0, "-"),
        (100, 0, "0%"),
        (100, 100, "100%"),
        (100, 3, "<5%"),
        (100, 97, ">95%"),
        (100, 50, "50%"),
    ],
)
def test_what_is_about_few_is_hidden(records: int, n: int, share: str) -> None:
    assert Fill("x", "2019.1", "POVO", records, {"a": n}, 0).share("a") == share


def test_each_fact_has_its_certainty_and_source_in_both_languages() -> None:
    assert len(facts()) == 25
    assert {each.certainty for each in facts()} == {"C", "U"} and all(each.source for each in facts())
    assert dutch(each.en for each in facts()) == []
