"""Sharing the report: small counts hidden beyond subtraction, a house style, and no personal data in any rendering."""

import html
import json
import os
import re
import shutil
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.cli.app import app
from dod2oso.ledger.store import Ledger
from dod2oso.report import pdf
from dod2oso.report.hidden import HIDDEN, Hidden
from dod2oso.report.html import render
from dod2oso.report.masking import mask, suppress
from dod2oso.report.model import build
from dod2oso.report.numbers import number, share
from dod2oso.report.style import HouseStyle, contrast, load_style, readable
from dod2oso.report.write import DEFAULT_FORMATS, write
from dod2oso.report.xlsx import MAX_ROWS
from tests.ledger.kit import ADVICE, CONSENT, UNKNOWN, begin, convert, outcome
from tests.refusals import refused
from tests.report.private_values import private_values
from tools import report_schema as json_schema

ROOT = Path(__file__).resolve().parents[2]
PDF_REQUIRED = os.environ.get("DOD2OSO_TEST_PDF") == "required"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(name="run")
def _run(ledger: Ledger, out: Path) -> str:
    """Twenty dossiers at one school, of which three are held, and six at another."""
    run = begin(ledger)
    north = [outcome(n, findings=[UNKNOWN]) for n in range(1, 18)]
    north += [outcome(n, "held", findings=[CONSENT, ADVICE]) for n in range(18, 21)]
    convert(ledger, out, run, north, "noord.xml", batch=20)
    south = [outcome(n, brin="99BB", findings=[UNKNOWN]) for n in range(1, 7)]
    convert(ledger, out, run, south, "zuid.xml", batch=20)
    ledger.finish_run(run, "done", 1.0)
    return run


def counts(value: Any) -> list[int]:
    """Every whole number in plain data."""
    if isinstance(value, dict):
        return [n for item in value.values() for n in counts(item)]
    if isinstance(value, list):
        return [n for item in value for n in counts(item)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


@given(st.lists(st.integers(0, 40), max_size=8))
def test_no_hidden_part_of_a_known_total_can_be_computed(parts: list[int]) -> None:
    shown = suppress(parts)
    hidden = [n for n, seen in zip(parts, shown, strict=True) if isinstance(seen, Hidden)]
    assert all(isinstance(seen, Hidden) or seen == n for n, seen in zip(parts, shown, strict=True))
    assert not any(0 < seen < 5 for seen in shown)
    others = [n for n, seen in zip(parts, shown, strict=True) if not isinstance(seen, Hidden) and n]
    assert len(hidden) != 1 or not others


def test_what_is_computed_from_a_hidden_count_is_hidden() -> None:
    assert all(isinstance(n, Hidden) for n in (HIDDEN + 3, 3 + HIDDEN, 3 - HIDDEN, HIDDEN - 1, sum([1, HIDDEN, 2])))
    assert (number(HIDDEN, "nl"), share(HIDDEN, 9), share(3, HIDDEN)) == ("*", "*", "*")


def test_masked_renderings_tell_no_small_count(ledger: Ledger, out: Path, run: str) -> None:
    page, book, table, document = write(ledger, run, out, DEFAULT_FORMATS, masked=True)
    data = json.loads(document.read_bytes())
    assert data["masked"] is True and data["waiting"] == []
    assert data["dossiers"]["held"] is None and data["dossiers"]["ready"] is None  # else held = total - ready
    part = {key: data[key] for key in ("dossiers", "balance", "exports", "schools", "first", "fields", "targets")}
    assert {key: [n for n in counts(item) if 0 < n < 5] for key, item in part.items()} == {key: [] for key in part}
    shown = lxml_html.fromstring(page.read_bytes().decode())
    assert shown.get_element_by_id("n-held").text_content() == "*"
    assert not shown.xpath("//section[@id='wachtend']")
    text = table.read_bytes().decode("utf-8-sig")
    assert "-2019" not in text  # no dossier ids
    assert {line.split(";")[12] for line in text.splitlines()[1:]} <= {"*", "17", "6"}
    names = CalamineWorkbook.from_path(str(book)).sheet_names
    assert "Wachtende dossiers" not in names and "Scholen" in names
    jsonschema.validate(data, json_schema.json_schema())


def test_masking_leaves_the_report_itself_alone(ledger: Ledger, run: str) -> None:
    report = build(ledger, run)
    before = (report.dossiers.held, report.schools[0].dossiers.held)
    mask(report)
    assert (report.dossiers.held, report.schools[0].dossiers.held) == before == (3, 3)


def test_the_published_schema_is_up_to_date_and_holds(ledger: Ledger, out: Path, run: str) -> None:
    assert json_schema.PAGE.read_text(encoding="utf-8") == json_schema.page()
    (document,) = write(ledger, run, out, ["json"], versions=True)
    data = json.loads(document.read_bytes())
    jsonschema.validate(data, json.loads(json_schema.PAGE.read_text(encoding="utf-8")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data | {"format": 2}, json_schema.json_schema())


def test_the_workbook_shows_the_same_numbers(ledger: Ledger, out: Path, run: str) -> None:
    report = build(ledger, run)
    (path,) = write(ledger, run, out, ["xlsx"])
    book = CalamineWorkbook.from_path(str(path))
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    by = {name: [dict(zip(found[0], row, strict=True)) for row in found[1:]] for name, found in rows.items()}
    front = {row[0]: row[1] for row in rows["Voorblad"]}
    assert (front["Klaar"], front["Wacht"], front["Kan niet"]) == (23, 3, 0)
    assert front["Alle gegevens in de exports"] == report.balance.source_values
    assert (front["Achtergehouden (wet of overstap)"], front["Overgenomen"]) == (report.withheld, report.balance.mapped)
    told = [(*row[:2], *row[5:8]) for row in rows["Scholen"][1:]]
    assert told == [("99AA", "00", 17, 3, 0), ("99BB", "00", 6, 0, 0)]
    assert {row["Code"]: row["Keer"] for row in by["Bevindingen"]} == {
        part.key.code: part.count for part in report.findings
    }
    assert sum(row[2] for row in rows["Wettelijk achtergehouden"][1:]) == report.withheld
    assert [(row["OSO-veld"], row["Heeft het"], row["Mist het"]) for row in by["OSO-velden"]] == [
        (part.path, part.dossiers, part.lacks) for part in report.targets
    ]
    assert len(rows["Wachtende dossiers"]) == 1 + report.dossiers.waiting
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<autoFilter" in sheet and b'state="frozen"' in sheet and b"<f>" not in sheet
    assert MAX_ROWS < 1_048_576


def test_a_formula_in_the_workbook_is_text(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1)], "=HYPERLINK(1).xml")
    (path,) = write(ledger, run, out, ["xlsx"])
    assert CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Exports").to_python()[1][0] == "'=HYPERLINK(1).xml"


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.sampled_from(["#f7f6f2", "#1b2128"]))
def test_any_house_colour_can_be_read(colour: str, ground: str) -> None:
    assert contrast(readable(colour, ground), ground) >= 4.5


def test_a_house_style(ledger: Ledger, run: str, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    file = tmp_path / "dod2oso.toml"
    file.write_text('[report]\norganisation = "SWV <Noord>"\ncolour = "#ffe000"\nlogo = "logo.png"\n', encoding="utf-8")
    text = render(build(ledger, run), load_style(file))
    page = lxml_html.fromstring(text)
    assert page.xpath("//img/@alt") == ["SWV <Noord>"] and page.xpath("//img/@src")[0].startswith(
        "data:image/png;base64,"
    )
    assert f"--accent: {readable('#ffe000', '#f7f6f2')}" in text
    assert load_style(tmp_path / "dod2oso.toml") != HouseStyle()


@pytest.mark.parametrize(
    "text",
    ["[report", '[report]\ncolor = "#fff000"', '[report]\ncolour = "red"', "[report]\ncolour = 3",
     '[report]\nlogo = "er-niet.png"', '[report]\nlogo = "dod2oso.toml"', "report = 1"],
)  # fmt: skip
def test_a_wrong_house_style_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "dod2oso.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"dod2oso\.toml"):
        load_style(file)


def test_without_a_file_it_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_style() == HouseStyle()


def has_pdf() -> bool:
    """Whether a PDF can be made here; where CI demands it, it must."""
    try:
        pdf.check_installed()
    except UsageError:
        if PDF_REQUIRED:
            raise
        return False
    return True


def test_pdf(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1), outcome(2, "held", findings=[CONSENT])])
    if not has_pdf():
        pytest.skip("needs WeasyPrint and pango")
    (path,) = write(ledger, run, out, ["pdf"])
    assert path.read_bytes().startswith(b"%PDF-")


def test_pdf_without_weasyprint_says_what_to_do(ledger: Ledger, out: Path, run: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with refused(UsageError, "weasyprint-needed"):
        write(ledger, run, out, ["pdf"])


# Values of the samples that are also words of the report itself, in the explanations of fields and codes.
WORDS_OF_THE_REPORT = frozenset(
    {"huisarts", "Nederlandse", "Nederlands", "medewerker", "Groep", "2019-2020"}
)  # school year of 2019.1


def texts(path: Path) -> list[str]:
    """A rendering as bytes and as read: parts unpacked, escapes undone; what is compressed is no place to hide."""
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            data = b"\n".join(name.encode() + b"\n" + parts.read(name) for name in parts.namelist())
    elif path.suffix == ".pdf":
        data = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True).stdout
    text = data.decode("utf-8-sig")
    if path.suffix == ".json":
        return [text, json.dumps(json.loads(text), ensure_ascii=False)]
    if path.suffix == ".csv":
        return [text, text.replace('""', '"')]
    text = "<".join(dict.fromkeys(text.split("<")))  # what stands between tags, once: a sheet says most things often
    return [text, html.unescape(text), " ".join(html.unescape(text).split())]


@cache
def wanted() -> dict[str, set[str]]:
    """Private values of the sample region, with the fields they stand in."""
    found: dict[str, set[str]] = {}
    for field, values in private_values(ROOT / "samples" / "regio" / "exports").items():
        for value in values - WORDS_OF_THE_REPORT:
            found.setdefault(value, set()).add(field)
    return found


def found_in(text: str, values: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """(value, the fields it stands in) of private values in a text: single words as words, longer ones anywhere."""
    words = set(re.findall(r"[\w'@.+-]*\w", text)) | set(re.findall(r"\w+", text))
    return [(value, *sorted(names)) for value, names in values.items()
            if (value in words if re.fullmatch(r"\w+", value) else value in text)]  # fmt: skip


@pytest.fixture(name="renderings", scope="module")
def _renderings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every rendering of the sample region that may be shared, by file name; a PDF of one school if it can be made."""
    whole = _reported(tmp_path_factory.mktemp("regio") / "out", "exports", "--compare-versions")
    found = {path.name: path for path in whole.glob("gaps.*")}
    if PDF_REQUIRED and shutil.which(
        "pdftotext"
    ):  # the pages of a region take WeasyPrint half a minute, of a school few
        small = _reported(
            tmp_path_factory.mktemp("school") / "out", "exports/edexml-2.1-school-zuid.xml", "--format", "pdf"
        )
        found["gaps.pdf"] = small / "gaps.pdf"
    return found


def _reported(out: Path, exports: str, *options: str) -> Path:
    """The folder with the report on these exports of the sample region."""
    region, runner = ROOT / "samples" / "regio", CliRunner()
    made = runner.invoke(
        app,
        ["run", str(region / exports), "--schools", str(region / "scholen.csv"), "--overstap", "POVO", "--datum",
         "2025-06-15", "--supplement", str(region / "aanvulling.csv"), "--out", str(out)],
    )  # fmt: skip
    assert made.exit_code == 3, made.output
    told = runner.invoke(app, ["report", "--out", str(out), *options])
    assert told.exit_code == 0, told.output
    return out / "report"


@pytest.mark.parametrize("form", ["html", "xlsx", "csv", "json", "pdf"])
def test_no_personal_data_in_any_rendering(form: str, renderings: dict[str, Path]) -> None:
    """Every byte, for every name, number, address and free text of the exports. (aanvulling.xlsx is confidential.)"""
    if form == "pdf" and "gaps.pdf" not in renderings:
        pytest.skip("needs DOD2OSO_TEST_PDF=required (it is slow) and pdftotext")
    for text in texts(renderings[f"gaps.{form}"]):
        assert len(text) > 10_000
        assert found_in(text, wanted()) == []


def test_the_walk_finds_what_is_there() -> None:
    """In the exports themselves nearly everything is found, so nothing found elsewhere means something."""
    exports = sorted((ROOT / "samples" / "regio" / "exports").glob("*.xml"))
    found = {value for path in exports for text in texts(path) for value, *_ in found_in(text, wanted())}
    assert len(found) > 0.95 * len(wanted()) > 600
    for kind in (
        "leerling.achternaam", "leerling.bsn", "leerling.adressen[].straat", "verzorgers[].communicatie[].nummer",
        "advies.contactemail", "zorg.diagnoses[].naam", "advies.argumentatie", "leerling.geboortedatum", "*",
    ):  # fmt: skip
        assert any(kind in fields for value, fields in wanted().items() if value in found), kind
