"""Attachments: Base64 in, Base64 of a ZIP with that one file out, the same bytes every time."""

import base64
import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base.texts import Text
from dod2oso.mapping import attachments
from dod2oso.mapping.attachments import pack
from dod2oso.mapping.context import Refused
from tests.mapping.kit import L, mapped
from tests.oso.test_attachments import OLE, odf, office

FILES = {
    "pdf": b"%PDF-1.7\n", "jpg": b"\xff\xd8\xff\xe0", "jpeg": b"\xff\xd8\xff\xe1", "png": b"\x89PNG\r\n\x1a\n",
    "doc": OLE + "WordDocument".encode("utf-16-le"), "xls": OLE + "Workbook".encode("utf-16-le"),
    "ppt": OLE + "PowerPoint Document".encode("utf-16-le"), "txt": b"gewone tekst",
    "docx": office("word"), "xlsx": office("xl"), "pptx": office("ppt"),
    "odt": odf("text"), "ods": odf("spreadsheet"), "odp": odf("presentation"),
    "odg": odf("graphics"),
}  # fmt: skip


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unpack(text: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(text, validate=True))) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize("extension", sorted(FILES))
def test_every_allowed_type_becomes_a_zip_with_that_one_file(extension: str) -> None:
    data = FILES[extension]
    assert unpack(pack(b64(data), f"verslag.{extension}")) == {f"verslag.{extension}": data}
    assert unpack(pack(b64(data), f"VERSLAG.{extension.upper()}")) == {f"VERSLAG.{extension.upper()}": data}


def test_line_ends_in_base64_do_not_matter_and_the_bytes_are_always_the_same() -> None:
    text = b64(b"%PDF-1.4" + bytes(range(256)))
    broken = "\n  ".join(text[i : i + 60] for i in range(0, len(text), 60))
    assert pack(text, "a.pdf") == pack(broken, "a.pdf") == pack(f" {text}\r\n", "a.pdf")


def test_the_zip_tells_neither_time_nor_machine() -> None:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(pack(b64(b"%PDF-1"), "a.pdf")))) as archive:
        (info,) = archive.infolist()
    assert (info.date_time, info.create_system, info.extra, info.comment) == ((1980, 1, 1, 0, 0, 0), 0, b"", b"")


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b64(b"MZ\x90\x00"), "virus.exe", "attachment-kind"),
        (b64(b"%PDF-1.4"), "verslag", "attachment-kind"),
        (b64(b"%PDF-1.4"), "verslag.pdf.exe", "attachment-kind"),
        (b64(b"geen pdf"), "verslag.pdf", "attachment-content"),
        (b64(b"MZ\x90\x00"), "verslag.docx", "attachment-content"),
        (b64(FILES["xlsx"]), "verslag.docx", "attachment-content"),
        (b64(b"tekst\x00binair"), "notitie.txt", "attachment-content"),
        ("geen base64!", "verslag.pdf", "attachment-no-base64"),
        ("JVBERi0xLjQ", "verslag.pdf", "attachment-no-base64"),  # a character was lost
        ("é" * 8, "verslag.pdf", "attachment-no-base64"),
    ],
)
def test_what_oso_refuses_is_refused_with_the_reason(content: str, name: str, why: str) -> None:
    with pytest.raises(Refused) as error:
        pack(content, name)
    assert (error.value.code, error.value.note) == ("bijlage-geweigerd", Text(why))


def test_a_limit_on_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_FILE", 90)
    assert pack(b64(b"%PDF-" + b"x" * 80), "a.pdf")
    with pytest.raises(Refused, match="bijlage-geweigerd"):
        pack(b64(b"%PDF-" + b"x" * 900), "a.pdf")


@given(st.randoms(use_true_random=False), st.sampled_from(["docx", "odt", "xlsx"]))
def test_a_damaged_office_document_never_stops_the_run(source: random.Random, extension: str) -> None:
    data = bytearray(FILES[extension])
    for _ in range(source.randint(1, 6)):
        data[source.randrange(4, len(data))] = source.randrange(256)
    try:
        packed = pack(b64(bytes(data)), f"a.{extension}")
    except Refused as problem:
        assert problem.note == Text("attachment-content")
    else:
        assert unpack(packed) == {f"a.{extension}": bytes(data)}


def test_a_name_that_no_zip_can_hold() -> None:
    with pytest.raises(Refused) as error:
        pack(b64(b"%PDF-1.4"), f"{'x' * 70_000}.pdf")
    assert error.value.note == Text("attachment-name")


@pytest.mark.parametrize("name", ["../../etc/verslag.pdf", "C:\\map\\verslag.pdf", "/verslag.pdf"])
def test_the_name_in_the_zip_is_no_path(name: str) -> None:
    assert list(unpack(pack(b64(b"%PDF-1.4"), name))) == ["verslag.pdf"]


# --- in a dossier ---

PLACE = f"{L}/overigdocumentlijst/document"


def test_an_attachment_in_a_dossier() -> None:
    result = mapped({"documenten[0].bestandsnaam": "a.txt", "documenten[0].inhoud": b64(b"hallo")})
    assert unpack(result.one(f"{PLACE}/bestandsinhoud") or "") == {"a.txt": b"hallo"}
    assert result.end("documenten[].inhoud") == ("mapped", "")


@pytest.mark.parametrize(
    "given",
    [
        {"inhoud": b64(b"hallo")},  # no name
        {"inhoud": b64(b"MZ"), "bestandsnaam": "a.exe"},
        {"inhoud": "geen base64!", "bestandsnaam": "a.txt"},
    ],
)
def test_a_refused_attachment_takes_its_name_along_and_nothing_else(given: dict[str, str]) -> None:
    good = {"documenten[1].bestandsnaam": "b.txt", "documenten[1].inhoud": b64(b"goed")}
    result = mapped({f"documenten[0].{name}": value for name, value in given.items()} | good)
    assert result.at(f"{PLACE}/bestandsnaam") == ["b.txt"]
    assert result.ends("documenten[].inhoud") == [("refused", "bijlage-geweigerd"), ("mapped", "")]
    assert "bijlage-geweigerd" in result.codes()
    assert not any(value in repr(result.findings) for value in given.values())


def test_a_name_without_content_stays_behind() -> None:
    result = mapped({"documenten[0].bestandsnaam": "a.txt"})
    assert not result.at(PLACE)
    assert result.end("documenten[].bestandsnaam") == ("refused", "blok-onvolledig")
