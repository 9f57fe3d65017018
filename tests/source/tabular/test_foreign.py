"""Spreadsheets as other programmes write them: the same sheet, whoever saved it, gives the same rows."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from dod2oso.base.errors import ExportError
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.sniff import sniff
from dod2oso.source.formats.registry import source_formats
from dod2oso.source.formats.start import HEAD, Start
from dod2oso.source.oddtext import without_notes
from dod2oso.source.opening import OpenExport
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import Notation

FOREIGN = Path(__file__).parent / "foreign"
COLUMNS = ("leerlingid", "achternaam", "geboortedatum", "gewicht", "actief", "som", "opmerking")
ROWS = [
    ("00017", "Müller-Çelik", "2013-05-06", "1.25", "true", "2.25", "een\ntwee"),
    ("18", " de Vries", "2014-12-31", "3", "false", "4"),
]

SHEET_XML = """<?xml version="1.0" encoding="Windows-1252"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Styles><Style ss:ID="Default"/></Styles>
 <Worksheet ss:Name="leerlingen"><Table>
  <Row><Cell><Data ss:Type="String">leerlingid</Data></Cell><Cell><Data ss:Type="String">achternaam</Data></Cell>
   <Cell><Data ss:Type="String">geboortedatum</Data></Cell><Cell><Data ss:Type="String">gewicht</Data></Cell>
   <Cell><Data ss:Type="String">actief</Data></Cell><Cell><Data ss:Type="String">som</Data></Cell>
   <Cell><Data ss:Type="String">opmerking</Data></Cell></Row>
  <Row ss:Index="2"><Cell><Data ss:Type="String">00017</Data></Cell>
   <Cell><Data ss:Type="String">Müller-Çelik</Data></Cell>
   <Cell><Data ss:Type="DateTime">2013-05-06T00:00:00.000</Data></Cell><Cell><Data ss:Type="Number">1.25</Data></Cell>
   <Cell><Data ss:Type="Boolean">1</Data></Cell><Cell ss:Formula="=RC[-2]+1"><Data ss:Type="Number">2.25</Data></Cell>
   <Cell><Data ss:Type="String">een&#10;twee</Data></Cell></Row>
  <Row ss:Index="4"><Cell><Data ss:Type="Number">18</Data></Cell>
   <Cell ss:Index="2"><Data ss:Type="String"> de Vries</Data></Cell>
   <Cell><Data ss:Type="DateTime">2014-12-31T00:00:00.000</Data></Cell><Cell><Data ss:Type="Number">3</Data></Cell>
   <Cell><Data ss:Type="Boolean">0</Data></Cell><Cell><Data ss:Type="Number">4</Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="leeg"><Table/></Worksheet>
</Workbook>
""".encode("cp1252")

HTML = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta charset="windows-1252"><title>x</title></head>
<body><table border=1><tr><td colspan=7>Leerlingen van groep 8</td></tr>
<tr><th>leerlingid<th>achternaam<th>geboortedatum<th>gewicht<th>actief<th>som<th>opmerking</tr>
<tr><td style='mso-number-format:"\\@"'>00017</td><td>M&uuml;ller-Çelik</td><td>2013-05-06</td><td>1.25</td>
<td>true</td>
<td>2.25</td><td>een<br>
   twee</td></tr>
<tr><td></td><td>&nbsp;</td></tr>
<tr><td>18</td><td>de
 Vries</td><td>2014-12-31</td><td><font color=red>3</font></td><td>false</td><td>4</td></tr></table></body></html>
""".encode("cp1252")


def filled(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows as text, without what is blank at their end, and without those that are blank."""
    found = []
    for row in rows:
        cells = [without_notes(cell) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            found.append(tuple(cells))
    return found


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "leerlingen"
    sheet.append(COLUMNS)
    sheet.append(("00017", "Müller-Çelik", date(2013, 5, 6), 1.25, True, 2.25, "een\ntwee"))
    sheet.append([])
    sheet.append((18, " de Vries", date(2014, 12, 31), 3, False, 4))
    book.save(path)


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("leerlingen")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, ("00017", "Müller-Çelik"))
        sheet.write_datetime(1, 2, date(2013, 5, 6), day)
        sheet.write_row(1, 3, (1.25, True))
        sheet.write_formula(1, 5, "=D2+1", None, 2.25)
        sheet.write_string(1, 6, "een\ntwee")
        sheet.write_row(3, 0, (18, " de Vries"))
        sheet.write_datetime(3, 2, date(2014, 12, 31), day)
        sheet.write_row(3, 3, (3, False, 4))


@pytest.mark.parametrize("writer", ["ods", "xls", "xlsx", "openpyxl", "xlsxwriter", "sheet-xml", "sheet-xml-as-xls"])
def test_a_sheet_is_the_same_whoever_saved_it(writer: str, tmp_path: Path) -> None:
    path = tmp_path / "blad.xlsx"
    if writer in ("ods", "xls", "xlsx"):
        path = FOREIGN / f"blad.{writer}"
    elif writer.startswith("sheet-xml"):
        path = tmp_path / ("blad.xls" if writer.endswith("xls") else "blad.xml")
        path.write_bytes(SHEET_XML)
    else:
        {"openpyxl": by_openpyxl, "xlsxwriter": by_xlsxwriter}[writer](path)
    data = path.read_bytes()
    assert sniff(Start(data[:HEAD], path.name)) is source_formats()["spreadsheet"]
    (sheet,) = sheets(lambda: io.BytesIO(data), len(data), Notation())
    assert (sheet.name, sheet.columns) == ("leerlingen", COLUMNS)
    assert filled(list(sheet.rows())) == ROWS
    (found,) = find_exports([path.parent / path.name]).exports
    assert (found.kind, found.problem) == ("spreadsheet", None)


@pytest.mark.parametrize("name", ["zonder achtervoegsel", "export.dat"])
@pytest.mark.parametrize("writer", ["ods", "xls", "xlsx"])
def test_a_spreadsheet_is_known_by_its_content(writer: str, name: str) -> None:
    start = Start((FOREIGN / f"blad.{writer}").read_bytes()[:HEAD], name)
    assert sniff(start) is source_formats()["spreadsheet"]


def opened(path: Path) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    (found,) = find_exports([path]).exports
    return [(table.name, table.columns, filled(list(table.rows()))) for table in OpenExport(found).content.tables()]


@pytest.mark.parametrize("name", ["leerlingen.xls", "leerlingen.html"])
def test_a_web_page_with_a_plain_table_is_a_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(HTML)
    first, second = ROWS
    assert opened(path) == [("leerlingen", COLUMNS, [first, ("18", "de Vries", *second[2:])])]


@pytest.mark.parametrize("separator", [b"\t", b";"])
def test_text_under_the_name_of_a_spreadsheet_is_a_table(separator: bytes, tmp_path: Path) -> None:
    path = tmp_path / "toetsen.xls"
    path.write_bytes(b"a;b\r\n1;2\r\n".replace(b";", separator))
    assert opened(path) == [("toetsen", ("a", "b"), [("1", "2")])]


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td>a<td>b<tr><td colspan=2>x</table>",
        "<table><tr><td rowspan=2>a<td>b<tr><td>x</table>",
        "<table><tr><td>a<td>b<tr><td>1<td>2<td>3</table>",
        "<table><tr><td>a<td><table><tr><td>b<td>c</table></table>",
        "<p>niets</p>",
        "",
    ],
)
def test_a_web_page_that_does_not_say_what_stands_where_is_refused(table: str, tmp_path: Path) -> None:
    path = tmp_path / "leerlingen.xls"
    path.write_bytes(f"<html><body>{table}</body></html>".encode())
    with pytest.raises(ExportError) as caught:
        opened(path)
    assert caught.value.code == "html-tabel"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'ss:Index="4"', b'ss:Index="1"'),  # rows that go back
        (b'ss:Index="4"', b'ss:Index="99999999"'),
        (b'<Cell ss:Index="2">', b'<Cell ss:Index="999999">'),
        (b'ss:Type="Number">3<', b'ss:Type="Number">drie<'),
        (b"</Table></Worksheet>", b""),
    ],
)
def test_a_damaged_sheet_in_xml_is_told(old: bytes, new: bytes) -> None:
    data = SHEET_XML.replace(old, new, 1)
    assert data != SHEET_XML
    with pytest.raises(ExportError) as caught:
        sheets(lambda: io.BytesIO(data), len(data), Notation())
    assert caught.value.code == "export-beschadigd"
