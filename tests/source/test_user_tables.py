"""Tables that people make: everything stays text, and what cannot be meant is told with its place."""

from pathlib import Path

import pytest
import xlsxwriter

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.source import user_tables as tables
from dod2oso.source.container.find import find_exports
from dod2oso.source.register import COLUMNS, EMPTY, read_register
from dod2oso.source.user_tables import read_tables
from tests.corpus.kit import write
from tests.refusals import refused


def cells(path: Path) -> list[dict[str, str]]:
    return [row.cells for table in read_tables(path) for row in table.rows]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_as_programs_write_it(separator: str, ends: str, encoding: str, tmp_path: Path) -> None:
    rows = [
        ["BRIN ", "Naam", "leeg"],
        ["010", "Café de Één", ""],
        ["1E5", "NA", ""],
        ["", "", ""],
        ["1.0", "NO", "null"],
    ]
    path = write(tmp_path / "a.csv", (ends.join(separator.join(row) for row in rows) + ends).encode(encoding))
    (table,) = read_tables(path)
    assert table.columns == ("brin", "naam", "leeg")
    assert cells(path) == [
        {"brin": "010", "naam": "Café de Één"}, {"brin": "1E5", "naam": "NA"},
        {"brin": "1.0", "naam": "NO", "leeg": "null"},  # told apart: see odd
    ]  # fmt: skip
    assert [row.place.text("nl") for row in table.rows] == ["a.csv, rij 2", "a.csv, rij 3", "a.csv, rij 5"]


def test_quotes_and_line_ends_within_a_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a;b\n"x;y";"een\ntwee"\n"zeg ""ja""";z\n')
    assert cells(path) == [{"a": "x;y", "b": "een\ntwee"}, {"a": 'zeg "ja"', "b": "z"}]


def test_a_short_row_has_nothing_in_its_last_columns(tmp_path: Path) -> None:
    assert cells(write(tmp_path / "a.csv", "a;b;c\n1\n1;2\n;;3\n")) == [{"a": "1"}, {"a": "1", "b": "2"}, {"c": "3"}]


def test_a_spreadsheet_stays_text(tmp_path: Path) -> None:
    from datetime import date

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd-mm-yyyy"})
        first, second = book.add_worksheet("Leerlingen"), book.add_worksheet("Scholen")
        book.add_worksheet("Leeg")
        first.write_row(0, 0, ["brin", "Leerlingid", "datum", "getal", "waar", "leeg"])
        first.write_row(1, 0, ["99XX", 12, None, 80.5, True])
        first.write_datetime(1, 2, date(2010, 5, 1), day)
        first.write_row(3, 0, ["99XX", "010"])
        second.write_row(0, 0, ["brin"])
        second.write_row(1, 0, ["99YY"])
    found = read_tables(path)
    assert [table.columns for table in found] == [("brin", "leerlingid", "datum", "getal", "waar", "leeg"), ("brin",)]
    first_row, second_row = found[0].rows
    assert first_row.cells == {
        "brin": "99XX",
        "leerlingid": "12",
        "datum": "2010-05-01",
        "getal": "80.5",
        "waar": "true",
    }
    assert second_row.cells == {"brin": "99XX", "leerlingid": "010"}
    assert (second_row.place.text("nl"), found[1].rows[0].place.text("nl")) == (
        "Blad Leerlingen, rij 4 (a.xlsx)",
        "Blad Scholen, rij 2 (a.xlsx)",
    )


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.csv", b"", "geen CSV"), ("a.csv", b"a;b\n1;2;3\n", "regel 2.*meer of minder cellen"),
        ("a.csv", b"a;b;c\n1;een\ntwee;3\n4;5;6\n", "regel 2-3.*meer of minder cellen"),
        ("a.csv", b'a;b\n"open;2\n', "aanhalingsteken"), ("a.csv", b";" * 300_000 + b"\n", "MAX_COLUMNS"),
        ("a.csv", b"a;a\n1;2\n", "kolom 1 en kolom 2"), ("a.xlsx", b"geen zip", "geen leesbaar spreadsheet"),
        ("a.xlsx", b"PK\x03\x04" + bytes(50), "beschadigd"), ("a.csv", None, "bestaat niet"),
    ],
)  # fmt: skip
def test_what_is_no_table(name: str, content: bytes | None, word: str, tmp_path: Path) -> None:
    if content is not None:
        write(tmp_path / name, content)
    with pytest.raises(ConfigurationError, match=rf"{name}.*{word}") as error:
        read_tables(tmp_path / name)
    assert str(tmp_path) not in error.value.text("nl")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("above", ["", "sep=;\r\n", "Scholen van het bestuur\r\n\r\n"])
def test_a_list_as_excel_writes_it(encoding: str, above: str, tmp_path: Path) -> None:
    text = above + "brin;naam;plaats\r\n99XX;Café;Één\r\n;;\r\n"
    path = write(tmp_path / "a.csv", text.encode(encoding))
    assert cells(path) == [{"brin": "99XX", "naam": "Café", "plaats": "Één"}]


def test_cells_that_are_no_text_are_told_apart(tmp_path: Path) -> None:
    from datetime import date, time

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Blad")
        sheet.write_row(1, 1, ["brin", "getal", "datum", "tijd", "fout", "formule", "geen", "fout_tekst", "omhuld"])
        sheet.write_row(2, 1, ["99XX", 12])
        sheet.write_datetime(2, 3, date(2025, 11, 9), book.add_format({"num_format": "d-m"}))  # type: ignore[arg-type]
        sheet.write_datetime(2, 4, time(12, 30), book.add_format({"num_format": "hh:mm"}))  # type: ignore[arg-type]
        sheet.write_formula(2, 5, "=NA()", None, "#N/A")
        sheet.write_formula(2, 6, "=1+1")
        sheet.write_row(2, 7, ["n.v.t.", "RenÃ©"])
        sheet.write_string(2, 9, '="010"')
    ((row,),) = [table.rows for table in read_tables(path)]
    assert row.odd == {
        "getal": "cel-getal", "datum": "cel-datum", "tijd": "cel-datum", "fout": "cel-fout",
        "formule": "formule-zonder-waarde", "geen": "geen-waarde", "fout_tekst": "tekst-codering",
    }  # fmt: skip
    assert (row.cells["brin"], row.cells["getal"], row.cells["omhuld"]) == ("99XX", "12", "010")
    assert row.sheet.cell(row.number, "fout").text("nl") == "Blad Blad, cel F3 (a.xlsx)"


@pytest.mark.parametrize("others", [True, False])
def test_a_sheet_of_ours_without_its_key_row_is_told(others: bool, tmp_path: Path) -> None:
    path = tmp_path / "aanvulling.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Uitleg").write_row(3, 0, ["Geef het terug: dod2oso run … --supplement aanvulling.xlsx"])
        if others:
            book.add_worksheet("99XX").write_row(2, 0, [tables.HEADER_MARK, "brin", "leerlingid", "leerling.roepnaam"])
        book.add_worksheet("99YY").write_row(4, 0, ["", "99YY", "12", "Nieuw"])
        book.add_worksheet("Leeg")
    with pytest.raises(ConfigurationError) as caught:
        read_tables(path)
    assert caught.value.code == "workbook-key-row-gone" and "99YY" in str(caught.value)


def test_a_list_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 5)
    with refused(ConfigurationError, "table-too-large"):
        read_tables(write(tmp_path / "a.csv", "a;b\n1;2\n"))


# --- the school register ---


def test_the_register(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.csv",
        "brin;vestiging;naam;aanleverpunt;straat;nummer;postcode;plaats;post_straat;post_plaats;telefoon;email;#opmerking\n"
        "99xx;;Hoofd;0099XX01;Straat;1;1234AB;Stad;Postbus;Stad;0100000000;a@example.org;wij\n"
        "99XX;1;Neven;;;;;;;;;;\n",
    )
    register = read_register(path)
    main, side = register.find("99XX", "00"), register.find("99XX", "01")
    assert main is not None and side is not None
    assert register.find("99XX", "05") is None  # a location that is not there is not the main one
    assert (main.value("naam"), main.value("brin"), main.value("vestiging")) == ("Hoofd", "99XX", "00")
    assert [address.value("soort") for address in main.lists["adressen"]] == ["bezoek", "post"]
    assert [(one.value("soort"), one.value("nummer")) for one in main.lists["communicatie"]] == [
        ("telefoon", "0100000000"), ("e-mail", "a@example.org"),
    ]  # fmt: skip
    assert (side.value("naam"), side.lists["adressen"]) == ("Neven", [])
    assert register.find("99YY", "00") is None
    assert EMPTY.find("99XX", "00") is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("brin;kleur\n99XX;rood\n", "kleur"),
        ("naam\nx\n", "'brin' ontbreekt"),
        ("brin;naam\n;x\n", "rij 2: geen BRIN"),
        ("brin;vestiging;naam\n99XX;0;a\n99xx;00;b\n", "rij 3.*99XX.*twee keer"),
        ("brin;naam\n99XX;a\x07b\n", "rij 2.*stuurtekens"),
    ],
)
def test_a_wrong_register(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"s\.csv.*{word}"):
        read_register(write(tmp_path / "s.csv", text))
    assert "brin" in COLUMNS


def test_a_register_that_says_the_same_twice_is_no_contradiction(tmp_path: Path) -> None:
    register = read_register(write(tmp_path / "s.csv", "brin;vestiging;naam\n99XX;0;a\n99xx;00;a\n"))
    found = register.find("99XX", "00")
    assert found is not None and found.fields["naam"].value == "a"


@pytest.mark.parametrize(
    ("brin", "location", "key"),
    [
        ("99XX", "", ("99XX", "00")),
        ("99xx", "1", ("99XX", "01")),
        ("99XX01", "", ("99XX", "01")),  # as DUO writes locations
        ("99XX", "99XX01", ("99XX", "01")),
        ("99XX01", "01", ("99XX", "01")),
        ("99XX01", "02", None),
        ("99X", "", None),
        ("99XX", "99YY01", None),
    ],
)
def test_a_school_with_its_location_in_one(
    brin: str, location: str, key: tuple[str, str] | None, tmp_path: Path
) -> None:
    path = write(tmp_path / "s.csv", f"brin;vestiging;naam\n{brin};{location};School\n")
    if key is None:
        with pytest.raises(ConfigurationError) as caught:
            read_register(path)
        assert caught.value.code == "register-location"
    else:
        assert list(read_register(path).schools) == [key]


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("telefoon", 100000272, "getal"),
        ("aanleverpunt", 0, "getal"),
        ("nummer", "datum", "datum"),
        ("naam", "#N/A", "foutmelding"),
        ("naam", "Bo├½ ", "codering"),
    ],
)
def test_a_cell_of_the_register_that_is_no_text(column: str, value: object, kind: str, tmp_path: Path) -> None:
    from datetime import date

    path = tmp_path / "s.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Scholen")
        sheet.write_row(0, 0, ["brin", "vestiging", column])
        sheet.write_row(1, 0, ["99XX", 0, value])
        if value == "datum":
            sheet.write_datetime(1, 2, date(2025, 11, 9), book.add_format({"num_format": "d-m"}))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=rf"cel C2.*{column}.*{kind}"):
        read_register(path)


def test_numbers_that_lose_nothing_are_fine_in_the_register(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Scholen").write_row(0, 0, ["brin", "vestiging", "straat", "nummer", "toevoeging"])
        book.get_worksheet_by_name("Scholen").write_row(1, 0, ["99XX", 0, "Dorpsstraat", 9, "-"])
    school = read_register(path).find("99XX", "00")
    assert school is not None
    assert school.lists["adressen"][0].value("nummer") == "9"
    assert school.lists["adressen"][0].value("toevoeging") is None  # a dash says that there is none


# --- which files ---


def test_exports_have_names_that_tell_them_apart(tmp_path: Path) -> None:
    for name in ("een/a.xml", "twee/a.xml", "twee/b.xml", "twee/b.txt"):
        write(tmp_path / name, "x")
    found = find_exports([tmp_path / "een", tmp_path / "twee", tmp_path / "twee" / "a.xml", tmp_path / "een" / "a.xml"])
    assert [file.name for file in found.exports] == ["a.xml", "twee/a.xml", "b.xml"]
    assert (found.empty, found.skipped) == ((), 1)
    assert [file.name for file in find_exports([tmp_path / "twee" / "b.txt"]).exports] == ["b.txt"]  # named, so meant


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with refused(UsageError, "source-absent", name="nergens.xml"):
        find_exports([tmp_path / "nergens.xml"])
