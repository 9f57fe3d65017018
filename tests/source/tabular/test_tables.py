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
from dod2oso.source.oddtext import MOMENT, NUMBER, is_blank
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.fixedwidth import FixedWidthTable
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import BadRow, Notation, column_names, header_row, xml_name


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


@pytest.mark.parametrize("data", ['a;b\n1;2\n"open;3\n4;5\n', 'a;b\n"open;3\n'])
def test_damage_is_told_with_its_line_and_without_a_value(data: str) -> None:
    with pytest.raises(ExportError, match=r"regel [0-9]") as error:
        list(table(data).rows())
    assert error.value.code == "export-beschadigd"
    assert "open" not in error.value.text("nl").replace("blijft open", "")


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12))
@settings(max_examples=60)
def test_any_cells_come_back(rows: list[list[str]]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([["een", "twee", "drie"], *rows])
    assert list(table(out.getvalue()).rows()) == [tuple(row) for row in rows if not all(map(is_blank, row))]


@pytest.mark.parametrize(
    ("data", "bad", "rows"),
    [
        pytest.param("a;b;c\n1;x;y;z\n2;x;y\n", {"2": 4}, [("2", "x", "y")], id="too-many"),
        pytest.param("a;b;c\n1;x;y;;\n2;x;y;\n", {}, [("1", "x", "y"), ("2", "x", "y")], id="blank-ones-behind"),
        pytest.param("a;b;c\n1;een\ntwee;y\n2;x;y\n", {"2-3": 4}, [("2", "x", "y")], id="a-line-end-in-the-middle"),
        pytest.param("a;b;c\n1;een\ntwee\ndrie;y\n2;x;y\n", {"2-4": 5}, [("2", "x", "y")], id="two-line-ends"),
        pytest.param("a;b;c\n1;x;een\ntwee\n2;x;y\n", {"2-3": 4}, [("2", "x", "y")], id="a-line-end-at-the-end"),
        pytest.param("a;b;c\n1;x\n2;y\n3;x;y\n", {}, [("1", "x", ""), ("2", "y", ""), ("3", "x", "y")], id="trimmed"),
        pytest.param("a;b;c\n1;x\n2;y;\n3;x;y\n", {"2": 2}, [("2", "y", ""), ("3", "x", "y")], id="short-yet-fills"),
        pytest.param("a;b;c\n1;x;\n\nTotaal 1\n", {"4": 1}, [("1", "x", "")], id="a-line-below"),
        pytest.param('a;b;c\n1;"een\ntwee";y\n', {}, [("1", "een\ntwee", "y")], id="quoted"),
    ],
)
def test_a_row_of_which_the_columns_are_not_sure(data: str, bad: dict[str, int], rows: list[tuple[str, ...]]) -> None:
    found = list(table(data).rows())
    assert {row.lines: len(row) for row in found if isinstance(row, BadRow)} == bad
    assert [row for row in found if not isinstance(row, BadRow)] == rows
    assert all(row.code == "rij-geweigerd" for row in found if isinstance(row, BadRow))


@pytest.mark.parametrize("blank", [";;", " ;\u00a0;", '"";;""', ""])
def test_rows_with_nothing_in_them_are_no_rows(blank: str) -> None:
    assert list(table(f"a;b;c\n{blank}\n1;2;3\n{blank}\n").rows()) == [("1", "2", "3")]


@pytest.mark.parametrize("tail", ["\0", "\0" * 4000, "\x1a", "\r\n\0\0", "\x1a\0"])
def test_what_crashes_and_dos_leave_at_the_end_is_no_row(tail: str) -> None:
    assert list(table(f"a;b\n1;2\n{tail}").rows()) == [("1", "2")]
    (row,) = table(f"a;b\n1;2{tail}").rows()
    assert row[0] == "1" and (row[1] == "2" or MARK in row[1])  # the row itself was cut off


@pytest.mark.parametrize(
    ("data", "titles"),
    [
        ("Leerlingenlijst\nGemaakt op 10-06-2025\n\nnr;naam;geboren\n1;A;B\n", 2),
        ("Lijst, groep 8;;\nnr;naam;geboren\n1;A;B\n", 1),
        ("\ufeff\ufeffnr;naam;geboren\n1;A;B\n", 0),
        ("sep=;\nLijst\nnr;naam;geboren\n1;A;B\n", 1),
        ("nr;naam;geboren\n1;A;B\n", 0),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_titles_stand_above_the_column_names(data: str, titles: int, encoding: str) -> None:
    found = table(data.encode(encoding))
    assert (found.columns, found.titles) == (("nr", "naam", "geboren"), titles)
    assert list(found.rows()) == [("1", "A", "B")]


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([("Lijst",), ("nr", "naam", "geboren"), ("1", "a", "b")], 1),
        ([("nr", "naam"), ("1", "a", "b", "c")], 0),
        ([("nr",), ("1", "2012-01-01", "b@c")], 0),  # that is a row of data, no names
        ([("nr", "naam"), ("a", "b", "c", "d", "e", "f"), ("1", "2")], 0),  # one wide row is no header
        ([("nr",), ("1",), ("2",)], 0),
        ([("", ""), ("nr", "naam")], 1),
        ([("", "")], -1),
        ([], -1),
    ],
)
def test_the_row_with_the_column_names(rows: list[tuple[str, ...]], at: int) -> None:
    assert header_row(rows) == at


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
    typed = (f"{NUMBER}12", f"{MOMENT}04-03-2012", f"{NUMBER}80,5", f"{NUMBER}ja", f"{NUMBER}3", "010")
    assert list(found.rows()) == [typed]


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
