"""Nothing is left out without a name: files that hold data, folders that are closed, and what is ours."""

import io
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from dod2oso.base.pseudonym import KEY_FILE
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.own import NotOurs
from dod2oso.source.user_tables import HEADER_MARK
from tests.source.container.kit import XML, write, zipped
from tests.source.container.test_find import CSV, PDF, place, problems

HOLD_DATA = {
    "LEERLING.DBF": (bytes((3, 126, 11, 28)) + bytes(60), "dBASE"),
    "dump.sql": (b"-- MySQL dump 10.13\nCREATE TABLE `leerling` (id int);\n", "SQL-dump"),
    "dump.txt.gz.sql": (b"INSERT INTO leerling VALUES (1);\n", "SQL-dump"),
    "backup": (b"PGDMP\1\16" + bytes(40), "PostgreSQL"),
    "leerlingen.json": (b'"leerlingen"', "JSON"),
    "oud.xls": (bytes((9, 4, 6, 0)) + bytes(60), "Excel 5"),
    "boek.xlsb": (zipped({"[Content_Types].xml": b"<a/>", "xl/workbook.bin": b"x"}), ".xlsb"),
    "bericht.eml": (b"From: a@example.org\nTo: b@example.org\n\nHallo\n", "e-mail"),
    "tabel.parquet": (b"PAR1" + bytes(20), "Parquet"),
    "data.sav": (b"$FL2@(#) SPSS", "SPSS"),
}


@pytest.mark.parametrize("name", sorted(HOLD_DATA))
def test_a_file_that_holds_data_is_named_with_what_it_seems_to_be(name: str, tmp_path: Path) -> None:
    content, word = HOLD_DATA[name]
    folder = place(tmp_path / "map", {"e.xml": XML, name: content})
    found = find_exports([folder])
    assert problems(found) == {name: "export-ander-soort"}
    (bad,) = [each.problem for each in found.exports if each.problem is not None]
    assert word in bad.text("nl") and bad.text("en").count(". ") >= 1
    inside = find_exports([write(tmp_path / "z.zip", zipped({"e.xml": XML, name: content}))])
    assert list(problems(inside).values()) == ["export-ander-soort"]


def test_documents_are_counted_by_what_they_are(tmp_path: Path) -> None:
    files = {
        "e.xml": XML,
        "a.pdf": PDF,
        "b.PDF": PDF,
        "brief.docx": zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
        "foto.jpg": b"\xff\xd8\xff",
        "uitleg.html": b"<!DOCTYPE html><html><p>Uitleg</p></html>",
        "leesmij.txt": b"Beste lezer, dit is een zin.\nEn nog een.",
        "leeg": b"",
        "iets.bin": b"\1\2\0\3",
    }
    found = find_exports([place(tmp_path / "map", files)])
    assert [each.name for each in found.exports] == ["e.xml"]
    kinds = sorted(kind for _member, kind in found.loose)
    assert kinds == sorted(["pdf", "pdf", "word", "picture", "page", "text", "empty", "unknown"])
    assert found.skipped == 8


def test_a_folder_that_may_not_be_read_is_an_export_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place(tmp_path / "map", {"e.xml": XML, "dicht/f.xml": XML})
    real = os.scandir

    def scandir(path: str | os.PathLike[str] = ".") -> object:
        if Path(path).name == "dicht":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_exports([folder])
    assert problems(found) == {"dicht": "export-geen-toegang"}
    assert [each.name for each in found.exports if each.problem is None] == ["e.xml"]


def test_a_folder_that_can_be_listed_but_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place(tmp_path / "map", {"e.xml": XML, "half/f.xml": XML})
    real = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "f.xml":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    assert problems(find_exports([folder])) == {"half/f.xml": "export-geen-toegang"}


# --- what is ours ---


def workbook(sheet: str = "10AA") -> bytes:
    book = openpyxl.Workbook()
    page = book.create_sheet(sheet)
    page.append(["VERTROUWELIJK"])
    page.append([HEADER_MARK, "brin", "leerlingid", "opmerking"])
    page.append(["", "10AA", "1", "x"])
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def output_folder(folder: Path) -> Path:
    return place(
        folder,
        {
            KEY_FILE: b"x" * 64,
            "ledger.sqlite": b"SQLite format 3\0",
            "ledger.sqlite-wal": b"x",
            "dossiers/ready/10AA/1.xml": XML,
            "outbox/1.xml": XML,
            "report/aanvulling.xlsx": workbook(),
            "report/gaps.csv": b"a;b\n1;2\n",
        },
    )


def test_what_we_wrote_is_never_an_export(tmp_path: Path) -> None:
    folder = place(
        tmp_path / "map",
        {
            "e.xml": XML,
            "terug/ingevuld.xlsx": workbook(),
            "terug/per-mail.zip": zipped({"ingevuld.xlsx": workbook("99ZZ"), "f.xml": XML}),
            "terug/als-csv.csv": f"VERTROUWELIJK;;\n{HEADER_MARK};brin;leerlingid\n;10AA;1\n".encode(),
            "terug/gaps.csv": b"\xef\xbb\xbfexport;brin;vestiging;dossier;state;severity;code;field\n",
            "terug/gaps.json": b'{\n "format": 1,\n "lang": "nl"}',
        },
    )
    output_folder(folder / "dod2oso-out")
    output_folder(folder)  # and exports lie in an output folder too
    found = find_exports([folder])
    assert [each.name for each in found.exports] == ["e.xml", "terug/per-mail.zip"]
    assert found.left["own"] >= 11 and set(found.left) == {"own"}


def test_what_is_given_for_another_purpose_is_no_export(tmp_path: Path) -> None:
    folder = place(tmp_path / "map", {"e.xml": XML, "scholen.csv": b"brin;naam\n10AA;x\n", "aanvulling.csv": CSV})
    given = NotOurs.giving([folder / "scholen.csv", folder / "aanvulling.csv"])
    assert [each.name for each in find_exports([folder], not_ours=given).exports] == ["e.xml"]
    named = find_exports([folder / "e.xml", folder / "scholen.csv"], not_ours=given)  # `run *`
    assert [each.name for each in named.exports] == ["e.xml"] and named.left["own"] == 1
    assert {each.kind for each in find_exports([folder]).exports} == {"xml", "tables"}


def test_a_workbook_of_ours_that_is_named_as_export_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "ingevuld.xlsx", workbook())
    assert problems(find_exports([path])) == {"ingevuld.xlsx": "export-van-dod2oso"}


def test_a_plain_spreadsheet_is_not_ours(tmp_path: Path) -> None:
    whole = io.BytesIO()
    book = openpyxl.Workbook()
    book.create_sheet("x").append(["brin", "leerlingid", "opmerking over dod2oso"])
    book.save(whole)
    found = find_exports([place(tmp_path / "map", {"x.xlsx": whole.getvalue(), "kapot.xlsx": b"PK\3\4" + bytes(9)})])
    assert found.left.total() == 0 and len(found.exports) == 2


# --- zips ---


def test_documents_that_are_stored_whole_do_not_make_the_zip_one(tmp_path: Path) -> None:
    inner = zipped({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>", "word/x.xml": b"<a/>"})
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bijlagen/rapport.docx", inner)
        archive.writestr("leerlingen.xlsx", inner)
        archive.writestr("e.xml", XML)
    found = find_exports([write(tmp_path / "export.zip", whole.getvalue())])
    assert [(each.name, each.kind) for each in found.exports] == [
        ("export.zip/e.xml", "xml"),
        ("export.zip/leerlingen.xlsx", "spreadsheet"),
    ]
