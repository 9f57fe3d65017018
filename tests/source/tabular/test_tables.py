"""Tables of every kind give rows of text: nothing is guessed, nothing is lost, and damage is told with its line."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import MARK
from dod2oso.source.cleantext import text_stream
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.fixedwidth import FixedWidthTable
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import Notation, column_names, xml_name


def table(data: str | bytes, encoding: str | None = None) -> CsvTable:
    raw = data.encode() if isinstance(data, str) else data
    return CsvTable("t", lambda: text_stream(io.BytesIO(raw), encoding))


@pytest.mark.parametrize(
    ("data", "columns", "rows"),
    [
        ("a;b\n1;2\n", ("a", "b"), [("1", "2")]),
        ("a,b\n1,2", ("a", "b"), [("1", "2")]),
        ("a\tb\r\n01\t2,5\r\n", ("a", "b"), [("01", "2,5")]),
        ("a|b\n1|\n", ("a", "b"), [("1", "")]),
        ("sep=,\na,b;c\n1,2\n", ("a", "b_c"), [("1", "2")]),
        ("\ufeffa;b\nNA;null\n", ("a", "b"), [("NA", "null")]),
        ("a;b\n1\n1;2;3;4\n", ("a", "b"), [("1", ""), ("1", "2", "3", "4")]),  # short and long rows
        ('a;b\n"x;\ny";"zeg ""ja"""\n', ("a", "b"), [("x;\ny", 'zeg "ja"')]),
        ("Geb. datum;naam;;naam\n1;2;3;4\n", ("Geb._datum", "naam", "kolom_3", "naam_2"), [("1", "2", "3", "4")]),
        ("a;b;;\n1;2;;\n", ("a", "b"), [("1", "2")]),
        ("a;b\n", ("a", "b"), []),
        ("", (), []),
        ("a;b\nx\0y;z\x07\n", ("a", "b"), [(f"x{MARK}y", f"z{MARK}")]),
    ],
)
def test_csv(data: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    found = table(data)
    assert found.columns == columns
    assert list(found.rows()) == rows == list(found.rows())


@pytest.mark.parametrize("encoding", ["windows-1252", "cp850", "utf-8", "utf-16"])
def test_the_profile_says_the_encoding(encoding: str) -> None:
    found = table("naam;plaats\nÅsa Müller;Één\n".encode(encoding), encoding)
    assert list(found.rows()) == [("Åsa Müller", "Één")]


def test_what_does_not_decode_is_marked_not_guessed() -> None:
    (row,) = table("naam;plaats\nRenée;Ede\n".encode("cp1252")).rows()
    assert row == (f"Ren{MARK}e", "Ede")


@pytest.mark.parametrize("data", ['a;b\n1;2\n"open;3\n4;5\n', "a;b\n1;2\n" + ";".join("x" * 80) + "\n"])
def test_damage_is_told_with_its_line_and_without_a_value(data: str) -> None:
    with pytest.raises(ExportError, match=r"regel [0-9]") as error:
        list(table(data).rows())
    assert error.value.code == "export-beschadigd"
    assert "open" not in error.value.text("nl").replace("blijft open", "")


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_cells_come_back(rows: list[list[str]]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([["een", "twee", "drie"], *rows])
    assert list(table(out.getvalue()).rows()) == [tuple(row) for row in rows]


def test_a_stray_quote_within_a_cell_is_part_of_it() -> None:
    assert list(table('a;b\n5" schijf;"x"\n1;2\n').rows()) == [('5" schijf', "x"), ("1", "2")]


def test_fixed_width() -> None:
    data = "Berg      van  20121001\r\nÇelik          20121002extra\r\n\r\nKort\r\n\x1a"
    found = FixedWidthTable(
        "L", lambda: text_stream(io.BytesIO(data.encode("cp850")), "cp850"), {"naam": 10, "voor": 5, "geboren": 8}
    )
    assert found.columns == ("naam", "voor", "geboren")
    assert list(found.rows()) == [
        ("Berg", "van", "20121001"), ("Çelik", "", "20121002", "extra"), ("Kort", "", ""),
    ]  # fmt: skip


def test_typed_cells_are_written_as_the_profile_says(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd-mm-yyyy"})
        sheet, empty = book.add_worksheet("De leerlingen"), book.add_worksheet("Leeg")
        sheet.write_row(1, 0, ["Nr", "Geboren", "Score", "Tehuis", "Som", "Postcode"])
        sheet.write_row(2, 0, [12, None, 80.5, True])
        sheet.write_datetime(2, 1, date(2012, 3, 4), day)  # type: ignore[arg-type]
        sheet.write_formula(2, 4, '=HYPERLINK("http://example.org","x")', None, 3)
        sheet.write_string(2, 5, "010")
        assert empty is not None
    notation = Notation("dd-mm-jjjj", ",", "ja", "nee")
    (found,) = sheets(lambda: path.open("rb"), path.stat().st_size, notation)
    assert (found.name, found.columns) == ("De_leerlingen", ("Nr", "Geboren", "Score", "Tehuis", "Som", "Postcode"))
    assert list(found.rows()) == [("12", "04-03-2012", "80,5", "ja", "3", "010")]


@pytest.mark.parametrize(
    "data", [b"geen zip", b"PK\x03\x04" + bytes(40), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_what_is_no_spreadsheet(data: bytes) -> None:
    with pytest.raises(ExportError) as error:
        sheets(lambda: io.BytesIO(data), len(data), Notation())
    assert error.value.code == "export-beschadigd"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (3, "3"), (3.0, "3"), (2.5, "2,5"), (Decimal("1.20"), "1,20"), (True, "J"), (b"\x00\xff", "AP8="),
     (date(2020, 1, 2), "02-01-2020"), ("a\x01", f"a{MARK}"), (1e22, "1e+22")],
)  # fmt: skip
def test_a_typed_cell(value: object, text: str) -> None:
    assert Notation("dd-mm-jjjj", ",", "J", "N").text(value) == text


@given(st.lists(st.text(max_size=6), max_size=8))
def test_column_names_are_xml_names_each_once(titles: Sequence[str]) -> None:
    from lxml import etree

    names = column_names(titles)
    assert len(set(names)) == len(names) == len(titles)
    for name in names:
        etree.Element(name)
    assert xml_name("Geb. datum") == "Geb._datum"
