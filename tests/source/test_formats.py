"""Source formats: which one a file is of, and that one more is a module and a name."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.sax.saxutils import escape

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.cli.scan_text import as_dict, as_lines
from dod2oso.discover.survey.scan import scan_export
from dod2oso.mapping.jsonschema import json_schema
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.container.sniff import binary_starts, is_archive, sniff
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.formats import registry
from dod2oso.source.formats.content import AnyContent, Documents
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.start import OLE, Start
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import load_profile
from tests.corpus.kit import write

OSO = b'<dossier xmlns="http://www.edustandaard.nl/oso_gegevensset/2018.1/dossier"/>'
BOOK = "Workbook".encode("utf-16-le")
OFFICE = b"PK\x03\x04" + b"\0" * 26
KNOWN = [
    (b"<a/>", "a.xml", "xml"),
    (b"no mark-up at all", "a.xml", "xml"),  # its reader tells
    (b"<a/>", "a.dat", "xml"),
    (OSO, "dossier.xml", "oso"),
    (b"a;b\n1;2\n", "a.csv", "tables"),
    (b"a;b\n1;2\n", "a.txt", "tables"),
    (b"a;b\n1;2\n", "a.xls", "tables"),
    (b"Dear all, see below\n", "a.txt", None),
    (b"<html><table>", "a.xls", "tables"),
    (b"<html><table>", "a.xml", None),
    (b"anything", "map/EDEXLL.TXT", "edex2000"),
    (b"SQLite format 3\0", "a.zip", "database"),
    (OFFICE + b"xl/workbook.xml", "a", "spreadsheet"),
    (OFFICE + b"word/document.xml", "a", None),
    (OFFICE + b"a.xml", "a.csv", None),
    (OLE + BOOK, "a", "spreadsheet"),
    (OLE, "a.xlsx", "spreadsheet"),  # with a password
    (OLE, "a.xml", None),
    (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "a.xls", "spreadsheet"),
    (b"", "a.zip", None),
]


@pytest.mark.parametrize(("head", "name", "format"), KNOWN)
def test_a_file_is_of_one_format_by_its_first_bytes(head: bytes, name: str, format: str | None) -> None:
    found = sniff(Start(head, name))
    assert (found.name if found is not None else None) == format


def test_a_zip_is_looked_into_unless_it_is_a_document() -> None:
    assert is_archive(Start(OFFICE + b"a.xml", "a.csv"))
    assert is_archive(Start(b"MZ", "a.zip"))
    assert not is_archive(Start(OFFICE + b"word/document.xml", "a"))
    assert not is_archive(Start(OFFICE + b"a.xml", "a.docx"))
    assert not is_archive(Start(OLE, "a.zip"))


def test_a_web_page_that_the_user_names_is_meant_as_a_table() -> None:
    assert sniff(Start(b"<html>", "a.html")) is None
    named = sniff(Start(b"<html>", "a.html", named=True))
    assert named is not None and named.name == "tables"


# --- one more format ---

LINES = b"cards\nname=De Vries\nborn=2014-05-01\n--\nname=Smit & Zn\nborn=2013-04-02\n--\n"
PROFILE = """profile: kaartenbak
describes: for this test
format: cards
match: {root: cards}
records: cards/card
fields:
  leerling.achternaam: name
  leerling.geboortedatum: born
"""


class Cards(SourceFormat):
    """Lines `key=value`, and `--` after each card."""

    name = word = title = "cards"
    reads = {"cards": "tree"}
    starts = (b"cards\n",)

    def knows(self, start: Start) -> bool:
        return start.head.startswith(self.starts)

    def open(self, found: FoundExport) -> AnyContent:
        return Documents([_as_xml(member) for member in found.members], "cards")


def _as_xml(member: Member) -> Member:
    def opened() -> io.BytesIO:
        with member.open() as stream:
            lines = stream.read().decode().splitlines()[1:]
        cards = ["<cards><card>"]
        for line in lines:
            key, _, value = line.partition("=")
            cards.append("</card><card>" if line == "--" else f"<{key}>{escape(value)}</{key}>")
        return io.BytesIO("".join(cards).removesuffix("<card>").encode() + b"</cards>")

    return replace(member, opener=opened)


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caches = (registry.source_formats, registry.profile_formats, binary_starts)
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr(registry, "_FORMATS", {**registry._FORMATS})
    registry.register(Cards())
    monkeypatch.setitem(sys.modules, "dod2oso.source.formats.cards", ModuleType("cards"))
    monkeypatch.setattr(registry, "ALL", ("cards", *registry.ALL))
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("one_more")
def test_one_more_format_is_a_module_and_a_name(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path / "kaartenbak.yaml", PROFILE))
    write(tmp_path / "in" / "a.crd", LINES)
    (found,) = find_exports([tmp_path / "in"]).exports
    assert (found.name, found.kind) == ("a.crd", "cards")
    with OpenExport(found) as opened:
        assert opened.recognise((profile,)) is profile
        export = opened.export(BoundProfile(profile, load_dictionary()))
        export.survey()
        names = [record.root.fields["leerling.achternaam"].value for record in export.dossiers()]
        assert names == ["De Vries", "Smit & Zn"]
        before = opened.fingerprint()
    scan = scan_export(found, (profile,))
    assert scan.problem is None and scan.profile is not None and scan.records == 2
    assert as_dict(scan, "nl")["kind"] == "cards"
    assert "cards" in list(as_lines(scan, "en", 100))[1]
    assert scan.survey is not None and scan.survey.format == "cards"
    write(tmp_path / "in" / "a.crd", LINES.replace(b"Smit", b"Smid"))
    with OpenExport(find_exports([tmp_path / "in"]).exports[0]) as opened:
        assert opened.fingerprint() != before


@pytest.mark.usefixtures("one_more")
def test_a_profile_can_be_of_every_format_there_is_and_of_no_other(tmp_path: Path) -> None:
    schema = json.dumps(json_schema("profile"))
    assert '"enum": ["cards", "tables", "fixed", "json", "xml"]' in schema
    with pytest.raises(ConfigurationError) as raised:
        load_profile(write(tmp_path / "wrong.yaml", PROFILE.replace("format: cards", "format: card")))
    assert "cards" in raised.value.text("en")
