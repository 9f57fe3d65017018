"""What is unreadable in a text becomes marks, one by one; what is readable keeps its meaning; chunks never matter."""

import io
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import MARK, UNWRITABLE, parse_bytes
from dod2oso.source.cleantext import CleanXml, clean_xml, text_stream

NBSP = "\u00a0"


class Drip(io.BytesIO):
    """A stream that never gives more than `size` bytes at once."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size if size is None or size < 0 else min(size, self._size))


def clean(data: bytes, encoding: str | None = None) -> bytes:
    with clean_xml(io.BytesIO(data), encoding) as stream:
        return stream.read()


def text(data: bytes | str, encoding: str | None = None) -> str:
    """The text of the root element after cleaning, in front of its first child."""
    return parse_bytes(clean(data if isinstance(data, bytes) else data.encode(), encoding)).text or ""


def marks(data: bytes) -> int:
    stream = CleanXml(io.BytesIO(data))
    stream.readall()
    return stream.marks


# --- entities and references ---


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Andr&eacute;&nbsp;&Uuml;nl&uuml;", f"André{NBSP}Ünlü"),
        ("&euro;5 &hellip; &ndash;", "€5 … –"),
        ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"),
        ("&AMP;&LT;&GT;&QUOT;", '&<>"'),
        ("&LT;bsn&GT;", "<bsn>"),
        ("&amp;eacute;", "&eacute;"),  # escaped twice: the profile says whether that is HTML
        ("&Tab;&NewLine;", "\t\n"),
        ("&NotEqualTilde;", "\u2242\u0338"),  # one name, two characters
        ("&#233;&#xE9;&#XE9;&#x000000e9;", "éééé"),
        ("&#128522;&#10;", "😊\n"),
        ("&onbekend;", MARK),
        ("a&Eacute_;b", f"a{MARK}b"),
        ("R&D; en meer", f"R{MARK} en meer"),
        ("&#11;&#x1F;&#0;", MARK * 3),
        ("&#xD83D;&#xDE0A;", MARK * 2),  # halves of a character
        ("&#xFFFE;&#x110000;&#99999999999999999999;", MARK * 3),
    ],
)
def test_references_become_what_they_stand_for(written: str, read: str) -> None:
    assert text(f"<a>{written}</a>") == read
    attribute = parse_bytes(clean(f"<a b='{written}'/>".encode())).get("b")
    assert attribute == read


@pytest.mark.parametrize("opened", ["<!--{}-->", "<?iets {}?>"])
def test_in_comments_and_instructions_references_stay_text(opened: str) -> None:
    inner = parse_bytes(clean(f"<a>{opened.format('&eacute; &#11; &onbekend; <![CDATA[ ')}</a>".encode()))[0]
    assert inner.text == "&eacute; &#11; &onbekend; <![CDATA[ "


def test_in_cdata_references_stay_text() -> None:
    assert text("<a>&eacute;<![CDATA[&eacute; <!-- &#11; ]] &onbekend;]]>&eacute;</a>") == (
        "é&eacute; <!-- &#11; ]] &onbekend;é"
    )


def test_forbidden_characters_are_marked_everywhere() -> None:
    root = parse_bytes(clean(b"<a b='\x07'>\x00<![CDATA[\x01]]><!--\x02--><?iets \x03?>\x0b</a>"))
    assert root.get("b") == MARK
    assert root.text == MARK * 2
    assert [child.text for child in root] == [MARK, MARK]
    assert root[1].tail == MARK
    assert marks(b"<a b='\x07'>\x00<![CDATA[\x01]]><!--\x02--><?iets \x03?>\x0b</a>") == 6


@pytest.mark.parametrize(
    "broken", ["<a>Jan & Piet</a>", "<a&eacute;/>", "<a><b\x01/></a>", "<a>&;&#;</a>", "<a>&eacute</a>"]
)
def test_what_is_no_xml_stays_none(broken: str) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        parse_bytes(clean(broken.encode()))


# --- encodings ---


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("windows-1252", "cp1252"), ("cp-1252", "cp1252"), ("CP850", "cp850"),
     ("IBM850", "cp850"), ("ISO-8859-1", "latin-1"), ("ISO-8859-15", "iso8859-15"), ("UTF-16", "utf-16"),
     ("UTF-16LE", "utf-16-le"), ("UTF-16BE", "utf-16-be"), ("UTF-16", "utf-16-be"),
     ("windows-1252", "utf-8-sig"), ("windows-1252", "utf-16"), ("UTF-16", "utf-8")],
)  # fmt: skip
def test_the_encoding_comes_from_the_byte_order_mark_or_the_declaration(declared: str, codec: str) -> None:
    document = f"<?xml version='1.0' encoding='{declared}' standalone=\"yes\"?>\n<a>Öztürk&nbsp;ß</a>"
    assert text(document.encode(codec)) == f"Öztürk{NBSP}ß"


@pytest.mark.parametrize("codec", ["cp1252", "cp850", "iso8859-15"])
def test_an_encoding_of_the_profile_goes_before_the_declaration(codec: str) -> None:
    document = "<?xml version='1.0' encoding='UTF-8'?><a>Öztürk</a>"
    assert text(document.encode(codec), codec.replace("8859", "-8859")) == "Öztürk"
    assert text(document.encode("utf-8-sig"), "cp850") == "Öztürk"
    assert text(document.encode("utf-16"), "cp850") == "Öztürk"
    assert text(document.encode("utf-16-le"), "cp850") == "Öztürk"


@pytest.mark.parametrize("name", ["UTF-7", "klingon", "IBM037", "ISO-2022-JP", "ISO-8859-12", "hex", "../x"])
def test_other_encodings_are_refused(name: str) -> None:
    for attempt in (
        lambda: clean(b"<a/>", name),
        lambda: clean(f"<?xml version='1.0' encoding='{name}'?><a/>".encode()) if "/" not in name else clean(b"", name),
        lambda: text_stream(io.BytesIO(b"a;b"), name),
    ):
        with pytest.raises(ExportError) as refused:
            attempt()
        assert refused.value.code == "export-codering"


@pytest.mark.parametrize(
    ("content", "encoding", "bad"),
    [
        (b"Caf\xe9", "UTF-8", 1),
        (b"Caf\xe9 \xff\xfe\xc0", "UTF-8", 4),
        (b"\xe2\x82", "UTF-8", 2),  # a euro sign cut off: two bytes
        (b"\xed\xa0\xbd", "UTF-8", 3),  # half of a character
        (b"\x81\x8d\x8f\x90\x9d\x80", "windows-1252", 5),  # all that Windows-1252 has no character for
        (b"\xe9", "us-ascii", 1),
        (b"\x81\xff\x01", "CP850", 1),  # has a character for every byte, but not one that XML allows
    ],
)
def test_each_byte_that_does_not_decode_is_marked(content: bytes, encoding: str, bad: int) -> None:
    document = b"<?xml version='1.0' encoding='" + encoding.encode() + b"'?><a>x" + content + b"x</a>"
    read = text(document)
    assert read.count(MARK) == marks(document) == bad
    assert read.startswith("x") and read.endswith("x")
    if encoding != "CP850":
        with text_stream(io.BytesIO(b"x" + content + b"x"), encoding) as stream:
            assert stream.read() == read


def test_a_second_declaration_cannot_say_how_our_text_is_read() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        parse_bytes(clean(b"<?xml version='1.0'?><?xml version='1.0' encoding='CP850'?><a>\xc3\xa9</a>"))


def test_a_declaration_that_never_ends_is_damage() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        parse_bytes(clean(b"<?xml version='1.0' encoding='CP850' " + b" " * 9000 + b"?><a>\xc3\xa9</a>"))


def test_a_long_comment_that_never_ends_is_passed_on_as_it_comes() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int | None = -1) -> bytes:
            return b"<!-- &eacute; \x01"[: size if size and size > 0 else 0] * 1000

    with clean_xml(cast(BinaryIO, Endless())) as stream:
        for _ in range(100):
            assert len(stream.read(1 << 16)) == 1 << 16
    assert stream.closed


# --- chunks never matter ---

_PIECES = st.sampled_from(
    ["<a>", "</a>", "<!--", "-->", "<![CDATA[", "]]>", "]", "<?iets ", "?>", "&eacute;", "&amp;", "&#11;", "&#x1F;",
     "&", "&onbekend;", ";", "#", "<", "!", "-", "x", "é", "€", "😊", "\x00", "\x0b", "\n", "&#" + "0" * 62 + "9;",
     "&#" + "0" * 64 + "9;", "&" + "a" * 64 + ";", "&" + "a" * 65 + ";", "<?xml version='1.0'?>", MARK]
)  # fmt: skip
_CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850"])
_NOISE = st.binary(max_size=12)


@st.composite
def _documents(draw: st.DrawFn) -> bytes:
    codec = draw(_CODECS)
    declared = "UTF-16" if codec.startswith("utf-16") else codec.replace("-sig", "")
    front = draw(st.sampled_from(["", f"<?xml version='1.0' encoding='{declared}'?>", "<?xml version='1.0'"]))
    padding = draw(st.sampled_from([0, 0, 4080, 1 << 18]))
    parts = [front, "y" * padding, *draw(st.lists(_PIECES, max_size=30))]
    return "".join(parts).encode(codec, errors="replace") + draw(_NOISE) + draw(st.sampled_from([b"", b"</a>"]))


@given(_documents(), st.integers(1, 70))
@settings(max_examples=150)
def test_the_size_of_chunks_changes_nothing(document: bytes, size: int) -> None:
    whole = CleanXml(io.BytesIO(document))
    dripped = CleanXml(Drip(document, size if len(document) < 10_000 else size * 100))
    pieces = b"".join(iter(lambda: dripped.read(size * 7), b""))
    assert pieces == whole.readall()
    assert dripped.marks == whole.marks == pieces.decode().count(MARK)
    assert not UNWRITABLE.search(pieces.decode())


@given(st.lists(_PIECES, max_size=30), _CODECS, _NOISE, st.integers(1, 9))
@settings(max_examples=150)
def test_the_size_of_chunks_changes_nothing_in_plain_text(
    pieces: list[str], codec: str, tail: bytes, size: int
) -> None:
    data = "".join(pieces).encode(codec, errors="replace") + tail
    encoding = codec if codec.startswith(("cp", "utf-16-")) else None
    with text_stream(io.BytesIO(data), encoding) as whole, text_stream(Drip(data, size), encoding) as dripped:
        assert dripped.read() == whole.read()


# --- clean input keeps its meaning ---

_CHARS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r").filter(
    lambda c: not UNWRITABLE.match(c) and c != MARK  # and no control characters: references to those are read otherwise
)
_TEXTS = st.text(_CHARS, max_size=20)


@st.composite
def _trees(draw: st.DrawFn, depth: int = 2) -> etree._Element:
    element = etree.Element("a", {"b": draw(_TEXTS)})
    if draw(st.booleans()):
        element.text = draw(_TEXTS)
    else:
        element.text = etree.CDATA(draw(_TEXTS).replace("]]>", ""))
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["element", "comment", "instruction"]))
        inside = draw(_TEXTS)
        if kind == "element" and depth:
            child = draw(_trees(depth - 1))
        elif kind == "comment":
            child = etree.Comment(inside.replace("-", "") + " ")
        else:
            child = etree.ProcessingInstruction("iets", inside.replace("?>", "") or None)
        child.tail = draw(_TEXTS)
        element.append(child)
    return element


@given(_trees(), st.sampled_from(["utf-8", "utf-16", "us-ascii", "windows-1252", "iso-8859-15"]))
@settings(max_examples=150)
def test_clean_xml_keeps_its_meaning(tree: etree._Element, encoding: str) -> None:
    document = etree.tostring(tree, encoding=encoding, xml_declaration=True)
    stream = CleanXml(io.BytesIO(document))
    cleaned = stream.readall()
    assert stream.marks == 0
    assert etree.tostring(parse_bytes(cleaned), method="c14n") == etree.tostring(parse_bytes(document), method="c14n")


# --- plain text ---


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("override", [None, "windows-1252"])
def test_text_in_its_own_encoding(codec: str, override: str | None) -> None:
    data = "naam;plaats\r\nÖztürk;Ĳmuiden\n".encode(codec)
    if override is not None and codec == "utf-8":
        pytest.skip("without a byte order mark the profile decides")
    with text_stream(io.BytesIO(data), override) as stream:
        assert stream.read() == "naam;plaats\r\nÖztürk;Ĳmuiden\n"


@pytest.mark.parametrize("encoding", ["windows-1252", "cp850", "ISO-8859-15", "utf-16", "UTF-16BE"])
def test_text_in_the_encoding_of_the_profile(encoding: str) -> None:
    data = "naam\r\nÖztürk\n".encode(encoding)
    with text_stream(io.BytesIO(data), encoding) as stream:
        assert list(stream) == ["naam\r\n", "Öztürk\n"]


def test_line_ends_and_control_characters_stay() -> None:
    with text_stream(io.BytesIO(b"a\rb\r\nc\nd\0\x1ae"), None) as stream:
        assert stream.read() == "a\rb\r\nc\nd\0\x1ae"


def test_utf16_that_is_cut_off_ends_in_a_mark() -> None:
    with text_stream(io.BytesIO("naam".encode("utf-16")[:-1]), None) as stream:
        assert stream.read() == f"naa{MARK}"
    assert text("<a>x".encode("utf-16")[:-1] + b"\xd8<\0/\0a\0>\0") == MARK * 2


def test_an_empty_file_is_an_empty_text() -> None:
    with text_stream(io.BytesIO(b""), None) as stream:
        assert stream.read() == ""


def test_closing_closes_what_lies_under() -> None:
    for make in (clean_xml, text_stream):
        under = io.BytesIO(b"<a/>")
        make(under, None).close()
        assert under.closed
