"""Tables, spreadsheets and databases that are broken or made to do harm: told in bounded time and memory."""

import random
import sqlite3
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import pyzipper
import xlsxwriter

from dod2oso.base.errors import ExportError
from dod2oso.source.tabular.extent import check_extent
from tests.attack.kit import MEGABYTE, confined, read_all, zipped
from tests.corpus.kit import convert, dossiers, opened, pupil, reference, totals, write

pytestmark = pytest.mark.usefixtures("without_report")

GOOD = reference(pupil(1)).encode()
CSV = b'leerlingnr;achternaam\r\n1;Voorbeeld\r\n2;"Voor;beeld"\r\n'


def refused(path: Path, *pins: str) -> str:
    """The code with which the one export at this path is refused."""
    (code,) = read_all(path, *pins)
    assert code
    return code


def protected(pin: str, content: bytes = GOOD) -> bytes:
    buffer = BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(pin.encode())
        archive.writestr("a.xml", content)
    return buffer.getvalue()


# --- spreadsheets ---


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        fill(book)
    return buffer.getvalue()


def _corners(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("x")
    sheet.write(0, 0, "a")
    sheet.write(1_048_575, 16_383, "b")


def test_a_value_in_the_last_cell_of_a_sheet(tmp_path: Path) -> None:
    """Its reader would lay out 17 thousand million cells, and take the whole process with it."""
    export = write(tmp_path / "a.xlsx", workbook(_corners))
    assert export.stat().st_size < 10_000
    assert confined(export, memory=60) == "['export-te-groot']"


def test_a_style_in_the_last_cell_of_a_sheet_does_no_harm(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("x")
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(2, 0, ["1", "2"])
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    (table,) = opened(write(tmp_path / "a.xlsx", workbook(fill))).content.tables()
    assert [row for row in table.rows() if any(row)] == [("1", "2")]


def _rewritten(change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(BytesIO(workbook(_corners))) as archive:
        return zipped({name: change(name, archive.read(name)) for name in archive.namelist()})


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: data.replace(b"<c r=", b"<c x='>' r="),
        lambda name, data: data.replace(b'"XFD1048576"', b"\n'xfd1048576'"),
        lambda name, data: data.replace(b'<c r="XFD1048576"', b'<c r="&#88;FD1048576"'),
        lambda name, data: data.replace(b"<sheetData>", b"<sheetData><x y='' y=''/>"),  # no XML to us
        lambda name, data: data.replace(b"<sheetData>", b"<!--" + b"x" * 600_000 + b"--><sheetData>"),
    ],
)
def test_disguises_of_the_last_cell(change: Callable[[str, bytes], bytes]) -> None:
    with pytest.raises(ExportError):  # before its reader sees it
        check_extent(BytesIO(_rewritten(change)))


def test_repetitions_in_an_open_document(tmp_path: Path) -> None:
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    cell = "<t:table-cell o:value-type='string' t:number-columns-repeated='16384'><x:p>a</x:p></t:table-cell>"
    content = (
        f"<o:document-content xmlns:o='{urn}office:1.0' xmlns:t='{urn}table:1.0' xmlns:x='{urn}text:1.0'><o:body>"
        f"<o:spreadsheet><t:table t:name='a'><t:table-row t:number-rows-repeated='1048576'>{cell}</t:table-row>"
        "</t:table></o:spreadsheet></o:body></o:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    export = write(tmp_path / "a.ods", zipped({"mimetype": kind.encode(), "content.xml": content.encode()}))
    assert refused(export) == "export-te-groot"
    small = content.replace("16384", "2").replace("1048576", "3")
    check_extent(BytesIO(zipped({"content.xml": small.encode()})))


# --- text tables ---


def _line_without_end(path: Path, head: bytes, filler: bytes, times: int) -> Path:
    with path.open("wb") as stream:
        stream.write(head)
        for _ in range(times):
            stream.write(filler)
    return path


@pytest.mark.parametrize(
    ("name", "head", "filler"),
    [
        ("lange-regel", CSV + b"3;", b"x" * MEGABYTE),
        ("lange-kop", b"a;b;", b"x" * MEGABYTE),
        ("open-aanhalingsteken", CSV + b'3;"', b"Voorbeeld;1\r\n" * 80_000),
        ("duizend-open-cellen", CSV + b"3", b';"x\r\n"' * 150_000),
        ("alleen-scheidingstekens", b"", b";" * MEGABYTE),
    ],
)
def test_a_table_without_ends(name: str, head: bytes, filler: bytes, tmp_path: Path) -> None:
    export = _line_without_end(tmp_path / "a.csv", head, filler, 500)
    printed = confined(export, memory=400, seconds=30, code=_TABLES)
    assert printed in ("export-te-groot", "export-beschadigd")


_TABLES = """
from dod2oso.base.errors import ExportError
from tests.corpus.kit import opened
def action(path):
    try:
        for table in opened(path).content.tables():
            for row in table.rows():
                pass
    except ExportError as error:
        return error.code
"""


def test_fixed_width_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "map").mkdir()
    noise = random.Random(1).randbytes(MEGABYTE).replace(b"\n", b"").replace(b"\r", b"")
    _line_without_end(tmp_path / "map" / "EDEXLL.TXT", b"", noise, 100)
    code = (
        "import dod2oso.base.errors\nfrom dod2oso.source.cleantext import text_stream\n"
        "from dod2oso.source.tabular.fixedwidth import FixedWidthTable\n"
        "def action(path):\n"
        "    table = FixedWidthTable('L', lambda: text_stream((path / 'EDEXLL.TXT').open('rb'), 'cp850'), {'a': 5})\n"
        "    try:\n"
        "        return sum(1 for row in table.rows())\n"
        "    except dod2oso.base.errors.ExportError as error:\n"
        "        return error.code\n"
    )
    assert confined(tmp_path / "map", memory=400, code=code) == "export-te-groot"


def test_a_table_with_very_many_columns(tmp_path: Path) -> None:
    export = write(tmp_path / "a.csv", b"naam;" * 300_000 + b"\n")
    assert refused(export) == "export-te-groot"


# --- databases ---


def database(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(";".join(statements))
    connection.close()
    return path


TABLE = "CREATE TABLE leerlingen (nr INTEGER PRIMARY KEY, naam TEXT)"
ROWS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000) "
    "INSERT INTO leerlingen SELECT x, 'Voorbeeld' || x FROM n"
)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_database(seed: int, tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", TABLE, ROWS)
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(200):
        data[chance.randrange(16, len(data))] = chance.randrange(256)
    path.write_bytes(data[: len(data) * (1 + seed % 2) // 2])
    (code,) = read_all(path)
    assert code in ("database-beschadigd", "export-onbekend")


def test_a_view_that_never_ends(tmp_path: Path) -> None:
    endless = "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    path = database(tmp_path / "a.db", TABLE, ROWS, endless)
    assert [table.name for table in opened(path).content.tables()] == ["leerlingen"]
    assert confined(path, memory=60, seconds=10) == "['export-onbekend']"


def test_a_column_that_makes_gigabytes_out_of_nothing(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", "CREATE TABLE t (a, b AS (zeroblob(1000000000)))", "INSERT INTO t VALUES (1)")
    assert confined(path, memory=150, seconds=10) == "['database-beschadigd']"


def test_text_in_a_database_that_does_not_decode_is_marked(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", TABLE, "INSERT INTO leerlingen VALUES (1, CAST(x'436166e9' AS TEXT))")
    (table,) = opened(path).content.tables()
    assert list(table.rows()) == [("1", "Caf\uf8ff")]


def test_a_database_is_only_read(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", TABLE, ROWS)
    before = path.read_bytes()
    read_all(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.db"]


# --- noise ---


def _good_files() -> dict[str, bytes]:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("leerlingen")
        for row in range(20):
            sheet.write_row(row, 0, [f"a{row}", row, 1.5, True])

    return {
        "a.xml": GOOD,
        "a.zip": zipped({"a.xml": GOOD, "b/c.csv": CSV, "d.pdf": b"%PDF"}),
        "aes.zip": protected("4821"),
        "a.xlsx": workbook(fill),
        "a.csv": CSV,
    }


@pytest.mark.parametrize("name", ["a.xml", "a.zip", "aes.zip", "a.xlsx", "a.csv"])
def test_noise_in_a_good_file_never_gives_another_exception(name: str, tmp_path: Path) -> None:
    good, chance = _good_files()[name], random.Random(name)
    path = tmp_path / name
    for _ in range(120):
        data = bytearray(good)
        for _ in range(chance.choice([1, 1, 3, 20])):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] ^= 1 << chance.randrange(8)
                case 1:
                    data[place] = chance.choice(b"\x00\xff\"'<>&;\n\r=\x1f")
                case 2:
                    del data[place : place + chance.randrange(1, 9)]
                case _:
                    data[place:place] = data[chance.randrange(len(data)) :][: chance.randrange(1, 40)]
            if not data:
                break
        path.write_bytes(data)
        read_all(path, "4821")


def test_noise_in_what_a_zip_unpacks_to(tmp_path: Path) -> None:
    """The parts of a spreadsheet themselves, for their checksums keep most noise out."""
    chance = random.Random(5)
    with zipfile.ZipFile(BytesIO(_good_files()["a.xlsx"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(80):
        name = chance.choice([part for part in parts if "sheet" in part.lower() or "workbook" in part])
        data = bytearray(parts[name])
        for _ in range(chance.choice([1, 3])):
            data[chance.randrange(len(data))] = chance.choice(b"\x00\xff\"'<>&;0129AZ/=")
        write(tmp_path / "a.xlsx", zipped(parts | {name: bytes(data)}))
        read_all(tmp_path / "a.xlsx")


def test_the_others_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in _good_files().items():
        write(folder / f"stuk-{name}", data[: len(data) // 2])
    write(folder / "goed.xml", GOOD)
    result = convert(tmp_path / "out", folder)
    found = totals(tmp_path / "out", result)
    assert len(dossiers(tmp_path / "out")) == 1
    assert len(result.unreadable) >= 4
    assert found["dossiers"]["ready"] + found["dossiers"]["held"] == 1
