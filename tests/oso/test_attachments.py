"""Attachments: what is allowed passes, everything else gets its own advice."""

import base64
import io
import struct
import zipfile
from collections.abc import Iterator
from random import Random

import pytest
from lxml import etree

from dod2oso.oso import attachments
from dod2oso.oso.attachments import PROBLEMS, inspect, problem
from dod2oso.oso.rules.document import Document
from dod2oso.oso.versions import version

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def pack(*members: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def office(folder: str) -> bytes:
    return pack(("[Content_Types].xml", b"<Types/>"), (f"{folder}/document.xml", b"<a/>"))


def odf(kind: str) -> bytes:
    return pack(("mimetype", f"application/vnd.oasis.opendocument.{kind}".encode()), ("content.xml", b"<a/>"))


GOOD = {
    "a.pdf": b"%PDF-1.7\n...",
    "a.JPG": b"\xff\xd8\xff\xe0....",
    "a.jpeg": b"\xff\xd8\xff\xe1....",
    "a.png": b"\x89PNG\r\n\x1a\n....",
    "a.txt": "Één regel tekst\r\nen nog een.\t".encode("cp1252"),
    "b.txt": "Tekst".encode("utf-16"),
    "a.doc": OLE + "WordDocument".encode("utf-16-le"),
    "a.xls": OLE + "Workbook".encode("utf-16-le"),
    "a.ppt": OLE + "PowerPoint Document".encode("utf-16-le"),
    "a.docx": office("word"),
    "a.xlsx": office("xl"),
    "a.pptx": office("ppt"),
    "a.odt": odf("text"),
    "a.ods": odf("spreadsheet"),
    "a.odp": odf("presentation"),
    "a.odg": odf("graphics"),
}


@pytest.mark.parametrize("name", GOOD)
def test_allowed(name: str) -> None:
    assert problem(name, text(pack((name, GOOD[name])))) == ""


def test_line_breaks_in_base64_are_allowed() -> None:
    packed = base64.encodebytes(pack(("a.pdf", GOOD["a.pdf"] * 40))).decode().replace("\n", "\r\n\t ")
    assert problem("a.pdf", packed) == ""


def _encrypted() -> bytes:
    data = bytearray(pack(("a.pdf", GOOD["a.pdf"])))
    for marker, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(marker) + at] |= 1
    return bytes(data)


def _broken_content() -> bytes:
    data = bytearray(pack(("a.pdf", GOOD["a.pdf"] * 100)))
    data[45] ^= 0xFF
    return bytes(data)


def _end(entries: int, size: int, at: int) -> bytes:
    """The last record of a ZIP with a directory of `size` bytes at `at`."""
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, at, 0)


def _without_name() -> bytes:
    """A ZIP as a programme would never make it: its file is called nothing at all."""
    data = pack(("a", b"%PDF-1.7"))
    at = data.index(b"PK\x01\x02")
    local, central = bytearray(data[:at]), bytearray(data[at : at + 46])
    del local[30]
    local[26], central[28] = 0, 0
    return bytes(local + central) + _end(1, 46, len(local))


def _counted_wrong() -> bytes:
    """Two files, of which the last record counts one."""
    data = bytearray(pack(("a.pdf", GOOD["a.pdf"]), ("b.pdf", GOOD["a.pdf"])))
    data[-14] = data[-12] = 1
    return bytes(data)


def _unreadable_lzma() -> bytes:
    """Packed by LZMA, it says, but with properties that no LZMA has."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.pdf", GOOD["a.pdf"] * 40)
    data = bytearray(buffer.getvalue())
    data[30 + len("a.pdf") + 4] = 0xFF
    return bytes(data)


BAD = [
    ("a.pdf", "geen base64!", "geen-base64"),
    ("a.pdf", "é", "geen-base64"),
    ("a.pdf", "abc", "geen-base64"),
    ("a.pdf", "", "geen-zip"),
    ("a.pdf", text(GOOD["a.pdf"]), "geen-zip"),
    ("a.pdf", text(pack(("a.pdf", GOOD["a.pdf"]))[:60]), "beschadigd"),
    ("a.pdf", text(_broken_content()), "beschadigd"),
    ("a.pdf", text(_encrypted()), "versleuteld"),
    ("a.pdf", text(pack()), "niet-een-bestand"),
    ("a.pdf", text(pack(("a.pdf", GOOD["a.pdf"]), ("b.pdf", GOOD["a.pdf"]))), "niet-een-bestand"),
    ("a.pdf", text(pack(("a.pdf/", b""))), "niet-een-bestand"),
    ("a.pdf", text(b"PK\x03\x04" + _end(1, 0, 4)), "beschadigd"),
    ("a.pdf", text(_counted_wrong()), "beschadigd"),
    ("a.pdf", text(_without_name()), "beschadigd"),
    ("a.pdf", text(_unreadable_lzma()), "beschadigd"),
    ("a.exe", text(pack(("a.exe", b"MZ"))), "soort-niet-toegestaan"),
    ("zonder", text(pack(("zonder", GOOD["a.pdf"]))), "soort-niet-toegestaan"),
    ("a.pdf.exe", text(pack(("a.pdf", GOOD["a.pdf"]))), "soort-niet-toegestaan"),
    ("a.pdf", text(pack(("a.pdf", b"MZ\x90"))), "andere-soort"),
    ("a.txt", text(pack(("a.txt", b"MZ\x90\x00"))), "andere-soort"),
    ("a.txt", text(pack(("a.txt", GOOD["a.pdf"]))), "andere-soort"),
    ("a.txt", text(pack(("a.txt", b"\xff\xfea"))), "andere-soort"),
    ("a.doc", text(pack(("a.doc", GOOD["a.xls"]))), "andere-soort"),
    ("a.docx", text(pack(("a.docx", GOOD["a.doc"]))), "andere-soort"),
    ("a.docx", text(pack(("a.docx", office("xl")))), "andere-soort"),
    ("a.docx", text(pack(("a.docx", b"PK\x03\x04half"))), "andere-soort"),
    ("a.odt", text(pack(("a.odt", odf("spreadsheet")))), "andere-soort"),
    ("a.odt", text(pack(("a.odt", office("word")))), "andere-soort"),
    ("a.pdf", text(pack(("a.jpg", GOOD["a.JPG"]))), "naam-anders"),
]


@pytest.mark.parametrize(("name", "content", "code"), BAD, ids=[f"{i}-{bad[2]}" for i, bad in enumerate(BAD)])
def test_not_allowed(name: str, content: str, code: str) -> None:
    assert problem(name, content) == code
    assert PROBLEMS[code].text("nl") != PROBLEMS[code].text("en")


def _damaged(data: bytes, chance: Random) -> bytes:
    """The same with a few bytes changed, put in or left out, mostly in the records around the content."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        near = chance.choice((len(changed), 30, -70))
        at = max(0, len(changed) - 1 - chance.randrange(70)) if near < 0 else chance.randrange(near)
        match chance.randrange(4):
            case 0:
                changed[at] = chance.choice((0, 1, 8, 20, 255, chance.randrange(256)))
            case 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                changed[at:at] = bytes(chance.randrange(1, 4))
            case 3:
                del changed[at : at + chance.randrange(1, 4)]
    return b"PK" + bytes(changed[2:])


def test_no_damage_of_an_attachment_stops_the_check() -> None:
    chance = Random(5)
    whole = [(name, pack((name, content))) for name, content in GOOD.items()]
    codes = {problem(name, text(_damaged(data, chance))) for _ in range(60) for name, data in whole}
    assert codes <= {"", *PROBLEMS} and len(codes) > 4


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_FILE", 1_000_000)
    honest = pack(("a.txt", b"a" * 2_000_000))
    assert problem("a.txt", text(honest)) == "te-groot"
    lie = honest.replace((2_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert problem("a.txt", text(lie)) in ("te-groot", "beschadigd")


def test_many_entries_are_counted_without_reading_them() -> None:
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + bytes(10)
    assert problem("a.pdf", text(b"PK" + bytes(1000) + end)) == "niet-een-bestand"


@pytest.fixture(name="document")
def _document() -> Iterator[etree._Element]:
    root = etree.Element(f"{{{version('2019.1').namespace}}}dossier", nsmap={None: version("2019.1").namespace})
    for name, content in (("a.pdf", text(pack(("a.pdf", GOOD["a.pdf"])))), ("geheim.pdf", "!"), ("b.pdf", None)):
        block = etree.SubElement(root, f"{{{version('2019.1').namespace}}}document")
        etree.SubElement(block, f"{{{version('2019.1').namespace}}}bestandsnaam").text = name
        if content is not None:
            etree.SubElement(block, f"{{{version('2019.1').namespace}}}bestandsinhoud").text = content
    yield root


def test_inspect_says_where_and_never_names_the_file(document: etree._Element) -> None:
    found = list(inspect(Document(document), "2019.1"))
    assert [(one.code, one.path) for one in found] == [
        ("geen-base64", "/dossier[1]/document[2]/bestandsinhoud[1]"),
    ]
    assert "geheim" not in found[0].message("nl") + found[0].remedy("nl") + found[0].message("en")
    assert list(inspect(Document(document), "2018.1")) == []
