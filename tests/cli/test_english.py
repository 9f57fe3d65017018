"""With --lang en nothing is said in Dutch: all that a run writes for people is read and searched for Dutch words.

Codes, file names, OSO terms, the meanings of official code lists and what is typed back (ja, nee) stay as they are.
"""

import csv
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dod2oso.base.english import translations
from dod2oso.base.texts import templates
from dod2oso.cli.help import VARIABLE
from dod2oso.findings.catalogue import entries, reasons
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.versions import known_versions
from dod2oso.source.dictionary import load_dictionary
from tests.cli.kit import dod2oso, here
from tests.cli.languages import dutch, english

ROOT = Path(__file__).resolve().parents[2]
PATHS = ("describes:", "fields:", "match:", "#")  # of a profile, whose words are its own
KEPT = {"code", "rule", "name", "columns", "reason"}  # keys of JSON that hold codes and names


@pytest.fixture(scope="module", name="run")
def _run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The output folder of a run with every kind of trouble, and what the terminal showed."""
    out = tmp_path_factory.mktemp("english") / "out"
    samples = ROOT / "samples"
    ended = here(
        "run", samples / "regio/exports", samples / "kapot", "--schools", samples / "regio/scholen.csv", "--supplement",
        samples / "regio/aanvulling.csv", "--overstap", "POVO", "--datum", "2025-06-15", "--out", out, "--lang", "en",
    )  # fmt: skip
    assert ended.returncode == 4
    return out, ended.stdout + ended.stderr


def test_the_terminal(run: tuple[Path, str]) -> None:
    out, shown = run
    assert dutch(iter(shown.splitlines())) == []
    for arguments in (["status"], ["handover", "status"], ["handover", "status", "--list"], ["doctor"]):
        ended = here(*arguments, "--out", out, *([] if "--list" in arguments else ["--lang", "en"]))
        assert dutch(iter((ended.stdout + ended.stderr).splitlines())) == [], arguments


def test_the_pages_of_the_report(run: tuple[Path, str]) -> None:
    page = (run[0] / "report/gaps.html").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]+)"', page)
    assert dutch(html.unescape(text) for text in (*re.split(r"<[^>]+>", page), *attributes)) == []


def test_tables_and_json(run: tuple[Path, str]) -> None:
    with (run[0] / "report/gaps.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) > 100
    assert dutch(row[column] for row in rows for column in ("detail", "text", "remedy")) == []
    assert dutch(_values(json.loads((run[0] / "report/gaps.json").read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("name", ["gaps.xlsx", "aanvulling.xlsx"])
def test_the_workbooks(run: tuple[Path, str], name: str) -> None:
    book = openpyxl.load_workbook(run[0] / "report" / name)
    texts: list[str] = list(book.sheetnames)
    for sheet in book:
        if sheet.title != "Lists":  # official code lists, in the words of the standard
            texts += [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
        for rule in sheet.data_validations.dataValidation:
            texts += filter(None, (rule.error, rule.errorTitle, rule.prompt, rule.promptTitle))
    assert len(texts) > 50
    assert dutch(iter(texts)) == []


def test_validate_scan_and_draft(run: tuple[Path, str]) -> None:
    dossier = next((run[0] / "dossiers/ready").rglob("*.xml"))
    exports = ROOT / "samples"
    for arguments in (
        ["validate", dossier, exports / "kapot/leeg.xml", exports / "regio/scholen.csv"],
        ["scan", exports / "kapot/onbekende-indeling.xml", exports / "regio/exports/dod-referentie-college.xml"],
        ["profile", "draft", exports / "kapot/onbekende-indeling.xml"],
    ):
        ended = here(*arguments, "--lang", "en")
        assert dutch(iter((ended.stdout + ended.stderr).splitlines())) == [], arguments


EXPORT = ROOT / "samples/regio/exports/dod-referentie-college.xml"
COMMANDS: list[list[str | Path]] = [
    ["status"], ["doctor"], ["handover", "status"], ["handover", "status", "--list"], ["audit", "show"],
    ["audit", "verify"], ["decide", "list"], ["bundle", "list"], ["oso", "show"], ["oso", "diff", "2018.1", "2019.1"],
    ["mapping", "check"], ["mapping", "test"], ["mapping", "coverage"], ["mapping", "explain", "leerling.geslacht"],
    ["profile", "check", "edexml-2.1"], ["scan", EXPORT], ["scan", ROOT / "samples/kapot/onbekende-indeling.xml"],
    ["profile", "draft", ROOT / "samples/kapot/onbekende-indeling.xml"],
    ["validate", ROOT / "samples/kapot/leeg.xml", ROOT / "samples/regio/scholen.csv"],
    ["generate", "made", "--pupils", "3"], ["status", "--out", "nowhere"], ["validate", "nowhere"], ["report"],
]  # fmt: skip


@pytest.fixture(scope="module", name="small_run")
def _small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a run was done, in Dutch."""
    folder = tmp_path_factory.mktemp("dutch")
    ended = here(
        "run", EXPORT, ROOT / "samples/kapot", "--schools", ROOT / "samples/regio/scholen.csv", "--overstap", "VOVO",
        "--datum", "2025-06-15", cwd=folder,
    )  # fmt: skip
    assert ended.returncode == 4
    (folder / "shown").write_text(ended.stdout + ended.stderr, encoding="utf-8")
    (folder / "page").write_bytes((folder / "dod2oso-out/report/gaps.html").read_bytes())
    return folder


def test_a_run_in_dutch_says_nothing_in_english(small_run: Path) -> None:
    assert english((small_run / "shown").read_text(encoding="utf-8").splitlines()) == []
    page = (small_run / "page").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style).*?</\1>|<(code|span class=.code.)>.*?</\2>", "", page, flags=re.DOTALL)
    assert english(html.unescape(text) for text in re.split(r"<[^>]+>", page)) == []


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: "-".join(map(str, arguments))[:30])
def test_a_command_speaks_one_language(
    arguments: list[str | Path], lang: str, small_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path if arguments[0] == "generate" else small_run)
    monkeypatch.setenv(VARIABLE, lang)
    ended = dod2oso(capsys, monkeypatch, *arguments)
    leaked = {"nl": english, "en": dutch}[lang]
    lines = (line for line in (ended.out + ended.err).splitlines() if not line.startswith((*PATHS,)))
    assert leaked(re.sub(r"`[^`]*`|'[^']*'|\w+=\S+", "", line) for line in lines) == []


def test_every_text_of_ours_is_english_in_english() -> None:
    texts = [text["en"] for text in templates().values()]
    texts += [text for found in entries().values() for text in (found.en, found.remedy_en)]
    texts += [reason.en for reason in reasons().values()]
    texts += [field.en for field in load_dictionary().fields.values()]
    texts += [text for section in translations().values() for text in section.values()]
    assert dutch(iter(texts)) == []


def test_each_label_and_each_reason_of_the_law_has_its_english() -> None:
    labels = {
        element.nl
        for version in known_versions()
        for path in catalogue(version).all_paths
        if (element := catalogue(version).at(path)) is not None
    }
    assert set(translations()["elements"]) == labels
    assert set(translations()["law-reasons"]) == {
        field.law_reason for field in load_dictionary().fields.values() if field.law_reason
    }


def _values(document: Any, key: str = "") -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield from _values(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from _values(value, key)
    elif isinstance(document, str) and key not in KEPT:
        yield document
