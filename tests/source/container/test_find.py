"""From arguments to exports: what belongs together, what it is called, what lies beside it."""

import sqlite3
from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.source.container.find import Sources, find_exports
from dod2oso.source.container.pins import Pins
from tests.refusals import refused
from tests.source.container.kit import OSO, PIN, XML, write, zipped

CSV = b"leerlingnr;achternaam\n1;Voorbeeld\n"
PDF = b"%PDF-1.4"
EDEX = b"Voorbeeld" + b" " * 100


def place(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        write(folder / name, content)
    return folder


def shown(found: Sources) -> list[tuple[str, str, list[str], list[str]]]:
    return [
        (each.name, each.kind, [file.name for file in each.members], [file.name for file in each.loose])
        for each in found.exports
    ]


def problems(found: Sources) -> dict[str, str]:
    return {each.name: each.problem.code for each in found.exports if each.problem is not None}


def test_every_kind_in_a_folder(tmp_path: Path) -> None:
    files = {
        "a.xml": XML,
        "groot.XML": b"\xef\xbb\xbf" + XML,
        "zonder-achtervoegsel": XML,
        "leerlingen.csv": CSV,
        "verzorgers.tsv": CSV.replace(b";", b"\t"),
        "toetsen.txt": CSV,
        "EDEXLL.TXT": EDEX,
        "edexgr.txt": EDEX,
        "oso1.xml": OSO,
        "oso2.xml": OSO,
        "leesmij.txt": b"Beste lezer, dit is een zin.\nEn nog een.",
        "rapport.pdf": PDF,
        ".verborgen.xml": XML,
        ".map/b.xml": XML,
    }
    found = find_exports([place(tmp_path / "regio", files)])
    loose = ["leesmij.txt", "rapport.pdf"]
    assert shown(found) == [
        ("regio (EDEX2000)", "tables", ["EDEXLL.TXT", "edexgr.txt"], loose),
        ("a.xml", "xml", ["a.xml"], loose),
        ("groot.XML", "xml", ["groot.XML"], loose),
        ("regio", "tables", ["leerlingen.csv", "toetsen.txt", "verzorgers.tsv"], loose),
        ("regio (OSO 2017.1)", "oso", ["oso1.xml", "oso2.xml"], loose),
        ("zonder-achtervoegsel", "xml", ["zonder-achtervoegsel"], loose),
    ]
    assert (found.empty, found.skipped) == ((), 4)
    assert found.left["hidden"] == 2  # not looked into, and counted
    assert not any(each.alone for each in found.exports)


@pytest.mark.parametrize("pin", [None, PIN])
def test_hidden_files_in_a_zip_are_counted_and_never_read(tmp_path: Path, pin: str | None) -> None:
    """A Mac puts a twin of every file in a zip; as an export it would be a broken one, or a second of the same."""
    twins = {"__MACOSX/._x.xml": b"\0\5\26\7 twin", ".DS_Store": b"\0\0\0\1Bud1", "map/.verborgen/y.xml": XML}
    inner = zipped({"x.xml": XML, "__MACOSX/._x.xml": XML})
    files = {"school.zip": zipped({"x.xml": XML} | twins, pin), "nog.zip": zipped({"binnen.zip": inner}, pin)}
    found = find_exports([place(tmp_path / "regio", files)], Pins([PIN]))
    assert sorted(each.kind for each in found.exports) == ["xml", "xml"]
    assert problems(found) == {}
    assert found.left["hidden"] == 4


def test_a_zip_with_hidden_files_alone_is_told(tmp_path: Path) -> None:
    found = find_exports([write(tmp_path / "leeg.zip", zipped({".x.xml": XML, "__MACOSX/y.xml": XML}))])
    assert list(problems(found).values()) == ["zip-leeg"]
    assert found.left["hidden"] == 2


def test_a_zip_with_one_export_gives_its_name(tmp_path: Path) -> None:
    one = write(tmp_path / "school.zip", zipped({"data/x.xml": XML, "bijlagen/a.pdf": PDF}, PIN))
    two = write(tmp_path / "twee.zip", zipped({"x.xml": XML, "y.xml": XML, "z.csv": CSV}))
    outer = write(
        tmp_path / "buiten.zip", zipped({"binnen.zip": zipped({"x.xml": XML}), "map/y.zip": zipped({"q.csv": CSV})})
    )
    found = find_exports([one, two, outer], Pins([PIN]))
    assert shown(found) == [
        ("school.zip", "xml", ["data/x.xml"], ["bijlagen/a.pdf"]),
        ("twee.zip/x.xml", "xml", ["x.xml"], []),
        ("twee.zip/y.xml", "xml", ["y.xml"], []),
        ("twee.zip/z.csv", "tables", ["z.csv"], []),
        ("buiten.zip/binnen.zip", "xml", ["x.xml"], []),
        ("buiten.zip/map/y.zip", "tables", ["q.csv"], []),
    ]
    assert [each.protected for each in found.exports] == [True, *[False] * 5]
    assert found.open == ("twee.zip", "buiten.zip")
    assert find_exports([two]).open == ()
    assert found.exports[0].members[0].open().read() == XML


def test_a_zip_that_is_not_one_by_name(tmp_path: Path) -> None:
    found = find_exports([write(tmp_path / "export.dod", zipped({"x.xml": XML}))])
    assert shown(found) == [("export.dod", "xml", ["x.xml"], [])]


def test_loose_files_belong_to_what_is_nearest(tmp_path: Path) -> None:
    files = {
        "a/data/x.xml": XML,
        "a/bijlagen/1.pdf": PDF,
        "b/x.xml": XML,
        "b/y.xml": XML,
        "b/scan/2.pdf": PDF,
        "b/scan.zip": zipped({"3.pdf": PDF}),
        "los.pdf": PDF,
    }
    found = find_exports([place(tmp_path / "regio", files)])
    assert shown(found) == [
        ("a/data/x.xml", "xml", ["a/data/x.xml"], ["a/bijlagen/1.pdf"]),
        ("b/x.xml", "xml", ["b/x.xml"], ["3.pdf", "b/scan/2.pdf"]),
        ("b/y.xml", "xml", ["b/y.xml"], ["3.pdf", "b/scan/2.pdf"]),
    ]
    assert [each.alone for each in found.exports] == [True, False, False]
    assert found.skipped == 4


def test_a_named_file_is_meant_and_takes_nothing_along(tmp_path: Path) -> None:
    files = {"x.xml": XML, "b.txt": b"x", "c.csv": CSV, "d.csv": CSV, "rapport.pdf": PDF, "leeg": b""}
    folder = place(tmp_path / "map", files)
    found = find_exports(
        [folder / name for name in ("x.xml", "b.txt", "c.csv", "d.csv", "rapport.pdf", "leeg", "x.xml")]
    )
    assert shown(found) == [
        ("x.xml", "xml", ["x.xml"], []),
        ("b.txt", "xml", [], []),
        ("map", "tables", ["c.csv", "d.csv"], []),
        ("rapport.pdf", "xml", [], []),
        ("leeg", "xml", [], []),
    ]
    assert problems(found) == dict.fromkeys(("b.txt", "rapport.pdf", "leeg"), "export-geen-export")


def test_one_edex2000_file_brings_the_others(tmp_path: Path) -> None:
    folder = place(tmp_path, {"EDEXLL.TXT": EDEX, "EdexLk.txt": EDEX, "anders.txt": EDEX})
    (export,) = find_exports([folder / "EDEXLL.TXT"]).exports
    assert {file.name for file in export.members} == {"EDEXLL.TXT", "EdexLk.txt"}
    alone = place(tmp_path / "half", {"EDEXGR.TXT": EDEX})
    assert problems(find_exports([alone])) == {"EDEXGR.TXT": "edex2000-onvolledig"}


def test_oso_dossiers_by_version(tmp_path: Path) -> None:
    files = {"1.xml": OSO, "2.xml": OSO, "3.xml": OSO.replace(b"2017.1", b"2018.1"), "4.xml": b"<dossier/>"}
    found = find_exports([write(tmp_path / "oso.zip", zipped(files))])
    assert [(name, kind, len(files)) for name, kind, files, _ in shown(found)] == [
        ("oso.zip (OSO 2017.1)", "oso", 2),
        ("oso.zip/3.xml", "oso", 1),
        ("oso.zip/4.xml", "xml", 1),
    ]


def test_names_tell_exports_apart(tmp_path: Path) -> None:
    files = {"een/a.xml": XML, "twee/a.xml": XML, "twee/b.xml": XML, "een/z.zip": zipped({"q.xml": XML, "r.xml": XML})}
    files["twee/z.zip"] = files["een/z.zip"]
    place(tmp_path, files)
    found = find_exports([tmp_path / "een", tmp_path / "twee", tmp_path / "twee" / "a.xml", tmp_path / "een"])
    names = [each.name for each in found.exports]
    assert names == [
        "a.xml",
        "z.zip/q.xml",
        "z.zip/r.xml",
        "twee/a.xml",
        "b.xml",
        "twee/z.zip/q.xml",
        "twee/z.zip/r.xml",
    ]
    assert found.empty == ()


def test_empty_folders_and_zips(tmp_path: Path) -> None:
    (tmp_path / "leeg").mkdir()
    bare = write(tmp_path / "kaal.zip", zipped({}))
    pdfs = write(tmp_path / "pdf.zip", zipped({"a.pdf": PDF}))
    found = find_exports([tmp_path / "leeg", bare, pdfs])
    assert found.empty == ("leeg",)
    assert problems(found) == {"kaal.zip": "zip-leeg", "pdf.zip": "zip-leeg"}


def test_a_problem_of_one_zip_is_not_that_of_another(tmp_path: Path) -> None:
    files = {
        "a.zip": zipped({"x.xml": XML}, PIN),
        "b.zip": zipped({"x.xml": XML}, "9999"),
        "c.zip": zipped({"x.zip": zipped({"y.zip": zipped({"z.xml": XML})}), "k.xml": XML}),
        "d.xml": b"\x1f\x8b\x08" + XML,
        "e.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "f.zip": zipped({"x.sqlite": b"SQLite format 3\0" + bytes(100)}),
        "g.xml": XML,
    }
    found = find_exports([place(tmp_path / "regio", files)], Pins([PIN]))
    assert problems(found) == {
        "b.zip": "pin-onjuist",
        "c.zip/x.zip": "zip-te-diep",
        "d.xml": "export-ingepakt",
        "e.xlsx": "spreadsheet-wachtwoord",
        "f.zip": "database-in-zip",
    }
    assert [each.name for each in found.exports if each.problem is None] == ["a.zip", "c.zip/k.xml", "g.xml"]


def test_links_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = place(tmp_path / "elders", {"geheim.xml": XML, "map/geheim.xml": XML})
    folder = place(tmp_path / "regio", {"a.xml": XML})
    try:
        (folder / "uit.xml").symlink_to(outside / "geheim.xml")
        (folder / "map").symlink_to(outside / "map")
        (folder / "in.xml").symlink_to(folder / "a.xml")
        (folder / "los.xml").symlink_to(folder / "bestaat-niet.xml")
    except OSError:
        pytest.skip("this system makes no links")
    found = find_exports([folder])
    assert [each.name for each in found.exports] == ["a.xml"]
    assert found.left == {"link": 2, "odd": 1} and found.skipped == 3


def test_databases(tmp_path: Path) -> None:
    path = tmp_path / "regio.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("create table leerlingen (naam text)")
    with sqlite3.connect(tmp_path / "een-oud-grootboek.sqlite") as database:
        for table in ("exports", "run_exports", "field_counts", "target_counts"):
            database.execute(f"create table {table} (id integer)")
    url = "postgresql+psycopg://jan:geheim@server.example/platform?sslmode=require"
    found = find_exports([path, url, url, "sqlite:///elders/x.db"])
    assert [(each.name, each.kind) for each in found.exports] == [
        ("regio.sqlite", "database"),
        ("postgresql:platform", "database"),
        ("sqlite:x.db", "database"),
    ]
    assert found.exports[1].url == url
    assert "geheim" not in repr(found) and "server" not in repr(found) and "jan" not in repr(found)
    assert [each.name for each in find_exports([tmp_path]).exports] == ["regio.sqlite"]  # not our own ledger


@pytest.mark.parametrize(
    "url", ["sqlite://", "postgresql://jan:geheim@server", "x://", "postgresql://jan:geheim@a:b/c"]
)
def test_a_database_url_that_is_wrong(url: str) -> None:
    with refused(UsageError, "database-url-wrong") as caught:
        find_exports([url])
    assert "geheim" not in caught.value.text("nl") + caught.value.text("en")


def test_an_argument_that_does_not_exist(tmp_path: Path) -> None:
    with refused(UsageError, "source-absent", name="nergens.xml"):
        find_exports([tmp_path / "nergens.xml"])


def test_names_are_safe_to_print(tmp_path: Path) -> None:
    try:
        write(tmp_path / "a\x1b[31m\n.xml", XML)
    except OSError:
        pytest.skip("this system has no such names")
    assert [each.name for each in find_exports([tmp_path]).exports] == ["a?[31m?.xml"]
