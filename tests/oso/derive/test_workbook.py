"""Code lists in workbooks that came along: however they are laid out, told as a guess, never against the stylesheet."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from dod2oso.base.caches import versions_changed
from dod2oso.base.errors import UsageError
from dod2oso.cli.app import app
from dod2oso.oso.bundles.add import Added
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes, meaning
from dod2oso.oso.derive.compare import compare
from dod2oso.oso.derive.workbook import number_in, read_lists
from dod2oso.report.release_letter import Section, release_letter
from dod2oso.source.tabular.sheets import sheet_texts
from tests.oso import standins

pytestmark = pytest.mark.usefixtures("own_folder")

V = "2031.1"
CHANNEL = "huidigeschool/leerling/communicatie/soort"
SEX = "huidigeschool/leerling/geslacht"
SEXES = [("0", "Onbekend"), ("1", "Man"), ("2", "Vrouw"), ("9", "Niet gespecificeerd")]
Cells = Sequence[Sequence[object]]


def book(sheets: Mapping[str, Cells]) -> bytes:
    """A workbook as openpyxl writes it."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


HEAD = ("Code", "Omschrijving")
CHANNELS = [("e-mail", "Een e-mailadres"), ("app", "Een bericht in de app")]
LAYOUTS: dict[str, dict[str, Cells]] = {
    "a sheet each": {"CL04": [HEAD, *CHANNELS], "14. Geslacht": [HEAD, *SEXES]},
    "titles above": {"Blad1": [("4. Communicatie soort",), (), HEAD, *CHANNELS, (), ("14. Geslacht",), HEAD, *SEXES]},
    "one long table": {
        "Alles": [
            ("Codelijst", "Naam", *HEAD),
            *((4, "Communicatie soort", *row) for row in CHANNELS),
            *((14, "Geslacht", *row) for row in SEXES),
        ]
    },
    "merged cells": {
        "Alles": [
            ("Lijst", *HEAD),
            *(("" if n else "4", *row) for n, row in enumerate(CHANNELS)),
            *(("" if n else "14", *row) for n, row in enumerate(SEXES)),
        ]
    },
    "no heads": {"codelijst 4": CHANNELS, "Geslacht": SEXES},
    "other words, another order": {
        "Codelijst: Communicatie soort": [("Betekenis", "Waarde"), *(row[::-1] for row in CHANNELS)],
        "Codelijst 14": [
            ("Uitgave", "2031"),
            (),
            ("Omschrijving", "Toelichting", "Code"),
            *((said, "", code) for code, said in SEXES),
        ],
    },
    "numbers as numbers": {"lijst 4": [HEAD, *CHANNELS], "lijst 14": [HEAD, *((int(c), s) for c, s in SEXES)]},
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lists_are_known_by_what_is_in_them(layout: str) -> None:
    data = book({re.sub(r"[:]", "", title): rows for title, rows in LAYOUTS[layout].items()})
    found, problems = read_lists("lijsten.xlsx", sheet_texts(data))
    assert {one.number: one.codes for one in found} == {4: dict(CHANNELS), 14: dict(SEXES)}
    assert problems == []


def test_a_sheet_without_a_list_is_told() -> None:
    sheets = {
        "Uitleg": [("In deze werkmap staan de codelijsten.",), ("Zie ook de website.", "Versie 3")],
        "4": [HEAD, *CHANNELS],
    }
    found, problems = read_lists("lijsten.xlsx", sheet_texts(book(sheets)))
    assert [one.number for one in found] == [4]
    assert [(one.code, one.where, one.what) for one in problems] == [
        ("codes-workbook-no-list", "lijsten.xlsx", "Uitleg")
    ]


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("19. Soort adres", 19), ("Codelijst 19", 19), ("CL19", 19), ("19", 19), ("Soort adres", 19),
        ("Codelijst Soort adres", 19), ("Blad1", None), ("2031.1", None), ("Soort fiets", None), ("", None),
    ],
)  # fmt: skip
def test_numbers(title: str, number: int | None) -> None:
    assert number_in(title) == number


# --- with the files of a version ---


def without(block: str) -> dict[str, bytes]:
    """The files of 2031.1 of which the stylesheet holds no field of this name against a list."""
    pattern = re.compile(rb'<xsl:for-each select="[^"]*/od:' + block.encode() + rb'">.*?</xsl:for-each>', re.DOTALL)
    made = standins.made_up(V)
    changed = {name: pattern.sub(b"", data) for name, data in made.items()}
    assert changed != made
    return changed


def taken(tmp_path: Path, files: Mapping[str, bytes]) -> tuple[Added, dict[str, str]]:
    """What came of it, and what was told: the key of a text -> where, the last of each."""
    standins.write(tmp_path / "bundel", files)
    (found,), _ = standins.add(tmp_path / "bundel")
    assert found.taken_in is not None
    return found, {problem.code: f"{problem.where}: {problem.what}" for problem in found.taken_in.problems}


def test_what_the_stylesheet_lacks_comes_from_the_workbook_and_is_called_a_guess(tmp_path: Path) -> None:
    sheets = {"14": [HEAD, *SEXES], "4": [HEAD, *CHANNELS]}
    found, told = taken(tmp_path, {**without("geslacht"), "codes/lijsten.xlsx": book(sheets)})
    assert codes(14, V) == {code for code, _ in SEXES}
    assert catalogue(V).at(SEX).codelist == 14  # type: ignore[union-attr]
    assert told["codes-from-workbook"].startswith(SEX) and "lijsten.xlsx, 14" in told["codes-from-workbook"]
    assert "codes-absent" not in told
    assert found.bundle is not None and "codes/lijsten.xlsx" in found.bundle.extra


def test_it_never_stands_against_the_stylesheet(tmp_path: Path) -> None:
    before = taken(tmp_path, standins.made_up(V))[1]
    known = codes(4, V)
    sheets = {"4": [HEAD, ("e-mail", "Een e-mailadres"), ("postduif", "Een duif")]}
    _, told = taken(tmp_path, {"lijsten.xlsx": book(sheets)})
    assert codes(4, V) == known and "postduif" not in known
    assert told["codes-workbook-more"] == "4, lijsten.xlsx, 4: postduif"
    assert "app" in told["codes-workbook-fewer"] and "e-mail" not in told["codes-workbook-fewer"]
    assert before.keys() == told.keys() - {"codes-workbook-more", "codes-workbook-fewer"}


def test_a_list_that_is_nowhere_is_told_and_the_letter_does_not_call_its_codes_gone(tmp_path: Path) -> None:
    _, told = taken(tmp_path, without("geslacht"))
    assert SEX in told["codes-absent"]
    found = compare("2019.1", V)
    assert SEX in found.unlisted and SEX not in [one.path for one in found.codes]
    letter = "\n".join(lines(release_letter(found)))
    assert "er is geen codelijst meer gevonden" in letter and "gelden niet meer" not in letter


def lines(sections: list[Section]) -> list[str]:
    return [line.text("nl") for section in sections for line in section.lines]


def test_a_form_of_codes_that_is_wholly_unknown_is_told_and_not_filled_in(tmp_path: Path) -> None:
    old = " and ".join(f"not(text()='{code}')" for code in sorted(codes(14, "2019.1")))
    new = b"not(. = ('0', '1', '2', '9'))"
    files = {name: data.replace(old.encode(), new) for name, data in standins.made_up(V).items()}
    assert files != standins.made_up(V)
    _, told = taken(tmp_path, {**files, "lijsten.xlsx": book({"14": [HEAD, *SEXES]})})
    assert "geslacht" in told["codes-not-understood"]
    assert "codes-from-workbook" not in told
    assert catalogue(V).at(SEX).codelist is None  # type: ignore[union-attr]


def test_the_letter_says_what_a_new_code_means(tmp_path: Path) -> None:
    taken(tmp_path, {**standins.made_up(V), "lijsten.xlsx": book({"4": [HEAD, *CHANNELS]})})
    assert meaning(4, V, "app") == "Een bericht in de app"
    letter = "\n".join(lines(release_letter(compare("2019.1", V))))
    assert "nieuw app (Een bericht in de app)" in letter


def test_lists_that_cannot_be_used_are_each_told(tmp_path: Path) -> None:
    sheets = {
        "4": [HEAD, *CHANNELS],
        "nog eens": [("Lijst", *HEAD), (4, "duif", "Een duif")],
        "Soort fiets": [HEAD, *SEXES],
        "Codelijst 999": [HEAD, *SEXES],
    }
    extra = {"lijsten.xlsx": book(sheets), "stuk.xlsx": b"PK geen werkmap", "codes_2040.1.xlsx": book(sheets)}
    _, told = taken(tmp_path, {**standins.made_up(V), **extra})
    assert {key: text for key, text in told.items() if key.startswith("codes-workbook")} == {
        "codes-workbook-contradicts": "lijsten.xlsx, 4: 4",
        "codes-workbook-unknown": "lijsten.xlsx, Soort fiets: Soort fiets",
        "codes-workbook-unused": "lijsten.xlsx, Codelijst 999: 999",
        "codes-workbook-unreadable": f"stuk.xlsx: {told['codes-workbook-unreadable'].split(': ')[1]}",
        "codes-workbook-other": f"codes_2040.1.xlsx: {V}",
    }


def test_a_workbook_alone_completes_the_version_that_its_name_names(tmp_path: Path) -> None:
    taken(tmp_path, without("geslacht"))
    assert codes(14, V) == frozenset()
    alone = tmp_path / f"OSO_codelijsten_{V}.xlsx"
    alone.write_bytes(book({"14": [HEAD, *SEXES]}))
    said = CliRunner().invoke(app, ["bundle", "add", str(alone)], catch_exceptions=False)
    versions_changed()
    assert said.exit_code == 0
    assert "gok" in said.output
    assert codes(14, V) == {code for code, _ in SEXES}


@pytest.mark.parametrize("name", ["codelijsten.xlsx", "codelijsten_2040.1.xlsx"])
def test_a_workbook_of_which_nothing_tells_the_version_is_refused(tmp_path: Path, name: str) -> None:
    taken(tmp_path, standins.made_up(V))
    (tmp_path / name).write_bytes(book({"14": [HEAD, *SEXES]}))
    with pytest.raises(UsageError) as raised:
        standins.add(tmp_path / name)
    assert raised.value.code == "bundle-workbook-alone"
    assert V in raised.value.text("nl")
