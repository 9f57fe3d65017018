"""Zips and files made to fill memory, write elsewhere or break the reader: refused or read, in bounded memory."""

import io
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.base.errors import ExportError
from dod2oso.source import xmlreader
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container import limits
from dod2oso.source.container.find import Sources, find_exports
from dod2oso.source.container.pins import Pins
from dod2oso.source.container.spreadsheet import spreadsheet_bytes
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile
from tests.corpus.kit import read_export
from tests.source.container.kit import PIN, XML, Raw, deflate, raw_zip, write, zipcrypto, zipped

LINK = 0o120777


def read_all(found: Sources) -> list[str]:
    """Read every file of every export to its end; the codes of what went wrong."""
    codes = []
    for export in found.exports:
        try:
            if export.problem is not None:
                raise export.problem
            for member in (*export.members, *export.loose):
                with member.open() as stream:
                    while stream.read(1 << 20):
                        pass
        except ExportError as error:
            assert (
                error.text("nl")
                and error.text("en")
                and "%" not in error.text("nl")
                and "{" not in error.text("nl") + error.text("en")
            )
            codes.append(error.code)
    return codes


def codes(path: Path, *pins: str) -> list[str]:
    return read_all(find_exports([path], Pins(pins)))


def quoted_bomb() -> bytes:
    """Every name shares the same bytes (files over each other)."""
    kernel = deflate(bytes(1_000_000))
    entries = [Raw(b"0", packed=kernel, content=bytes(1_000_000))]
    entries += [Raw(b"%d" % n, packed=kernel, content=bytes(1_000_000), offset=0) for n in range(1, 30)]
    return raw_zip(entries)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "leeg": (lambda: b"PK\x05\x06" + bytes(18), "zip-leeg"),
    "alleen-een-kop": (lambda: b"PK\x03\x04" + bytes(100), "zip-beschadigd"),
    "afgebroken": (lambda: zipped({"a.xml": XML * 90})[:-30], "zip-beschadigd"),
    "eind-zonder-lijst": (lambda: b"PK\x03\x04" + bytes(40) + raw_zip([Raw(b"a.xml")])[-22:], "zip-beschadigd"),
    "hoger": (lambda: raw_zip([Raw(b"../a.xml")]), "zip-naam"),
    "hoger-in-het-midden": (lambda: raw_zip([Raw(b"b/../../a.xml")]), "zip-naam"),
    "hoger-op-windows": (lambda: raw_zip([Raw(b"..\\..\\a.xml")]), "zip-naam"),
    "absoluut": (lambda: raw_zip([Raw(b"/etc/a.xml")]), "zip-naam"),
    "schijf": (lambda: raw_zip([Raw(b"C:\\a.xml")]), "zip-naam"),
    "schijf-zonder-streep": (lambda: raw_zip([Raw(b"c:a.xml")]), "zip-naam"),
    "netwerk": (lambda: raw_zip([Raw(b"\\\\server\\a.xml")]), "zip-naam"),
    "nul-in-naam": (lambda: raw_zip([Raw(b"a.xml\0.exe")]), "zip-naam"),
    "stuurteken-in-naam": (lambda: raw_zip([Raw(b"a\x1b[2J.xml")]), "zip-naam"),
    "zonder-naam": (lambda: raw_zip([Raw(b"")]), "zip-naam"),
    "punt": (lambda: raw_zip([Raw(b"./.")]), "zip-naam"),
    "lange-naam": (lambda: raw_zip([Raw(b"a/" * 600 + b".xml")]), "zip-naam"),
    "lang-deel": (lambda: raw_zip([Raw(b"a" * 300)]), "zip-naam"),
    "dubbel": (lambda: raw_zip([Raw(b"a.xml"), Raw(b"a.xml")]), "zip-naam-dubbel"),
    "dubbel-vermomd": (lambda: raw_zip([Raw(b"b/a.xml"), Raw(b"b\\.//a.xml")]), "zip-naam-dubbel"),
    "koppeling": (lambda: raw_zip([Raw(b"a.xml", b"/etc/passwd", mode=LINK)]), "zip-koppeling"),
    "onbekende-methode": (lambda: raw_zip([Raw(b"a.xml", method=9)]), "zip-methode"),
    "bzip2": (lambda: raw_zip([Raw(b"a.xml", method=12)]), "zip-methode"),
    "sterk-versleuteld": (lambda: raw_zip([Raw(b"a.xml", flags=0x41)]), "zip-versleuteling"),
    "aes-zonder-gegevens": (lambda: raw_zip([Raw(b"a.xml", flags=1, method=99)]), "zip-versleuteling"),
    "bom": (lambda: raw_zip([Raw(b"a.xml", b"<a b='" + bytes(30_000_000))]), "zip-verhouding"),
    "bom-in-zip": (lambda: zipped({"b.zip": zipped({"a.xml": bytes(30_000_000)})}), "zip-verhouding"),
    "leugen-over-de-maat": (lambda: raw_zip([Raw(b"a.xml", XML * 9_000, size=40)]), "zip-lid-beschadigd"),
    "leugen-andersom": (lambda: raw_zip([Raw(b"a.xml", XML, size=4000)]), "zip-lid-beschadigd"),
    "leugen-ver-voorbij-het-eind": (lambda: raw_zip([Raw(b"a.xml", packed_size=10**9)]), "zip-overlap"),
    "over-elkaar": (quoted_bomb, "zip-overlap"),
    "vijf-gigabyte": (lambda: raw_zip([Raw(b"a.xml", size=0xFFFFFFFE), Raw(b"b.xml")]), "zip-verhouding"),
    "te-diep": (lambda: zipped({"b.zip": zipped({"c.zip": zipped({"d.xml": XML}), "e.xml": XML})}), "zip-te-diep"),
    "gzip": (lambda: b"\x1f\x8b\x08" + XML, "export-ingepakt"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_zip_is_refused_with_its_own_message(name: str, tmp_path: Path) -> None:
    make, code = BAD[name]
    assert codes(write(tmp_path / "x.xml", make())) == [code]
    assert [path.name for path in tmp_path.iterdir()] == ["x.xml"]


def test_limits_on_number_size_and_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.zip", raw_zip([Raw(b"%d.xml" % n) for n in range(12)]))
    assert codes(path) == []
    for name, value, code in (
        ("MAX_MEMBERS", 11, "zip-te-veel-bestanden"),
        ("MAX_DIRECTORY_BYTES", 200, "zip-lijst-te-groot"),
        ("MAX_UNPACKED_BYTES", 12 * len(XML) - 1, "zip-te-groot"),
        ("MAX_MEMBER_BYTES", len(XML) - 1, "zip-lid-te-groot"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, value)
            assert codes(path) == [code]


def test_what_is_good_although_it_looks_odd(tmp_path: Path) -> None:
    tail = XML * 40_000  # packs more than 250 times, but is small
    entries = [Raw(b"map\\a.xml"), Raw(b"./b.xml"), Raw(b"leeg/", b"", method=0), Raw(b"c.xml", tail)]
    entries += [Raw("é.xml".encode("cp437")), Raw(b"a..c.xml"), Raw(b"__MACOSX/a.xml", b"\0")]
    found = find_exports([write(tmp_path / "y.zip", raw_zip(entries, b"commentaar"))])
    assert [export.members[0].name for export in found.exports] == ["a..c.xml", "b.xml", "c.xml", "map/a.xml", "é.xml"]
    assert read_all(found) == []


@pytest.mark.parametrize("pin", ["9999", "", "é", "\U0001f600"])
def test_a_wrong_pin(pin: str, tmp_path: Path) -> None:
    code = "pin-onjuist" if pin else "pin-nodig"
    assert codes(write(tmp_path / "a.zip", zipped({"a.xml": XML}, PIN)), pin) == [code]
    assert codes(write(tmp_path / "b.zip", raw_zip([zipcrypto("a.xml", XML, PIN)])), pin) == [code]


CHILD = """
    import resource, sys, time
    limit = 700 << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    from dod2oso.base.errors import ExportError
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.opening import OpenExport
    from dod2oso.source.profile import shipped_profiles
    for found in find_exports(sys.argv[1:]).exports:
        try:
            opened = OpenExport(found)
            opened.recognise(shipped_profiles())
            opened.fingerprint()
            print("read")
        except ExportError as error:
            print(error.code)
"""


def in_a_small_room(path: Path) -> list[str]:
    """What a process with 700 MB of address space says of these files."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="limits on memory are a POSIX thing")
def test_a_gigabyte_in_one_attribute_and_other_bombs_fit_in_a_small_room(tmp_path: Path) -> None:
    place = tmp_path / "bommen"
    place.mkdir()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start, piece = b"<EDEX naam='", b"x" * (1 << 20)
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    attribute = Raw(b"a.xml", size=len(start) + (1 << 30), packed=packed + block * 1024 + packer.flush())
    write(place / "a-attribuut.zip", raw_zip([attribute]))
    layer = zipped({"a": bytes(9_000_000)})
    write(place / "b-gelaagd.zip", raw_zip([Raw(b"%d.zip" % n, layer) for n in range(200)]))
    write(place / "c-elkaar.zip", quoted_bomb())
    write(place / "d-diep.xml", b"<a>" * 100_000)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    write(place / "e-lach.xml", f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l11;</a>'.encode())
    write(place / "f-buiten.xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
    write(place / "g-nul.xml", b"<a>" + bytes(5_000_000) + b"</a>")
    told = in_a_small_room(place)
    assert told[0] == "zip-verhouding"
    assert told[-5:] == ["zip-overlap", "export-onbekend", "export-doctype", "export-doctype", "export-onbekend"]
    assert set(told[1:-5]) <= {"zip-verhouding", "zip-leeg", "export-geen-export"}


@pytest.mark.parametrize("value", ["<Leerling a='%s'/>", "<Leerling><Naam>%s</Naam></Leerling>"])
def test_a_text_without_end_is_not_held_in_memory(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlreader, "MAX_RECORD_BYTES", 3_000_000)
    profile = BoundProfile(find_profile("dod-referentie"), load_dictionary())
    for size, refused in ((2_500_000, False), (3_500_000, True)):
        pupil = value % ("x" * size)
        text = f"<DodReferentie versie='1'><Leerlingen>{pupil}</Leerlingen></DodReferentie>"
        export = read_export(write(tmp_path / "a.xml", text.encode()), profile)
        if refused:
            with pytest.raises(ExportError, match="MAX_RECORD_BYTES"):
                export.survey()
        else:
            export.survey()
            assert export.records == 1


def spreadsheet(sheet: bytes) -> bytes:
    return zipped(
        {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet}
    )


def test_a_spreadsheet_with_a_bomb_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(data: bytes) -> str:
        with pytest.raises(ExportError) as caught:
            spreadsheet_bytes(lambda: io.BytesIO(data), len(data))
        return caught.value.code

    good = spreadsheet(b"<x/>")
    assert spreadsheet_bytes(lambda: io.BytesIO(good), len(good)) == good
    assert code(spreadsheet(bytes(20_000_000))) == "zip-verhouding"
    assert code(good[:-9]) == "export-beschadigd"
    monkeypatch.setattr(limits, "MAX_SPREADSHEET_BYTES", 2000)
    assert code(spreadsheet(bytes(3000))) == "export-te-groot"
    assert code(good + bytes(2000)) == "export-te-groot"


def test_formulas_in_a_spreadsheet_are_text_and_run_nothing(tmp_path: Path) -> None:
    import xlsxwriter

    from dod2oso.source.tabular.sheets import sheets
    from dod2oso.source.tabular.table import Notation

    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("leerlingen")
        page.write_row(0, 0, ["naam", "som", "link"])
        page.write_string(1, 0, "=cmd|'/c calc'!A0")
        page.write_formula(1, 1, "=1+1", None, 2)
        page.write_formula(1, 2, '=WEBSERVICE("http://example.invalid/")', None, "waarde")
    (export,) = find_exports([path]).exports
    assert export.kind == "spreadsheet"
    (sheet,) = sheets(export.members[0].open, export.members[0].size, Notation())
    (row,) = sheet.rows()
    assert row[0] == "=cmd|'/c calc'!A0" and row[1].endswith(("2", "2.0")) and row[2] == "waarde"


GOOD = {
    "gewoon": zipped({"a.xml": XML * 3, "map/b.csv": b"a;b\n1;2\n", "c.pdf": b"%PDF", "d.zip": zipped({"e.xml": XML})}),
    "aes": zipped({"a.xml": XML * 3, "c.pdf": b"%PDF"}, PIN),
    "zipcrypto": raw_zip([zipcrypto("a.xml", XML * 3, PIN), Raw(b"c.pdf", b"%PDF")]),
}


@pytest.mark.parametrize("kind", GOOD)
@settings(max_examples=100, derandomize=True)
@given(data=st.data())
def test_flipped_bytes_never_give_anything_but_an_export_error(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(GOOD[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(whole)), st.integers(4, len(whole))))
    path = write(tmp_path_factory.mktemp("x") / "x.zip", bytes(whole[:cut]))
    codes(path, PIN)
