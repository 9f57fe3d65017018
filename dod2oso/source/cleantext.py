"""Text of exports, with what cannot be read marked instead of guessed.

Exports come in old code pages, cut off in the middle of a character, with control characters that XML forbids and with
entities of HTML that XML does not know. Promise: every byte that does not decode and every character that XML cannot
hold becomes one `MARK`; nothing is guessed, and memory does not grow with the size of the export. Whoever reads a value
with a mark refuses that value and says where it stands. Only what is no text is left out: byte order marks, space and
NULs around a document.
"""

import codecs
import io
import re
from html.entities import html5
from typing import Any, BinaryIO, NamedTuple, TextIO

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import MARK, is_plain_encoding, writable
from dod2oso.source.oddtext import RECODED, XML_SPACE

# The encoding in an XML declaration.
DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]*)["']""")

_CHUNK = 1 << 18
_HEAD = 4096  # bytes in which the encoding is told
_MARKING = "dod2oso-mark"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_AROUND = b"\xef\xbb\xbf\xfe\xff\0" + XML_SPACE.encode()  # bytes that may stand before a document
_16_BITS = re.compile(rb"(?P<le>[^\0]\0[^\0]\0)|\0[^\0]\0[^\0]", re.DOTALL)

# Where references mean nothing: comments, CDATA, processing instructions; with what ends them.
_CLOSERS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_OPENER = re.compile("|".join(map(re.escape, _CLOSERS)))
_DECLARATION = re.compile(r"<\?xml(?=\s)")
_OUR_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

# References longer than this are none (the longest name in HTML has 31 letters): a reader has to hold so much back.
_REFERENCE_AT_MOST = 64
_REFERENCE = re.compile(rf"&(#?)(?=[^;]{{1,{_REFERENCE_AT_MOST}}};)([xX][0-9a-fA-F]+|[0-9]+|[^\W\d][\w.:-]*);")
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))

# A tail that the next chunk may make into an opener or a reference.
_UNFINISHED = re.compile(rf"(?:<(?:!(?:-|\[(?:C(?:D(?:A(?:TA?)?)?)?)?)?)?|&#?[\w.:-]{{0,{_REFERENCE_AT_MOST}}})\Z")
_TAIL = _REFERENCE_AT_MOST + 2


def _mark(error: UnicodeError) -> tuple[str, int]:
    """One mark for each byte that does not decode."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK * (error.end - error.start), error.end


codecs.register_error(_MARKING, _mark)


def marked_text(data: bytes) -> str:
    """UTF-8 as text, with a mark for each byte that does not decode."""
    return data.decode("utf-8", errors=_MARKING)


class _Encoding(NamedTuple):
    codec: str
    bom: int  # bytes of the byte order marks in front; two when a program put its own before that of another


def _encoding(head: bytes, override: str | None, *, xml: bool) -> _Encoding:
    """The encoding that a file begins in: its byte order mark, 16-bit characters, `override`, the XML declaration.

    Without any of these UTF-8. Raises ExportError when it is none that we read.
    """
    for mark, codec in _BYTE_ORDER_MARKS.items():
        bom = 0
        while head.startswith(mark, bom):
            bom += len(mark)
        if bom:
            return _Encoding(codec, bom)
    wide = _16_BITS.match(head)
    if wide is not None:
        return _Encoding("utf-16-le" if wide["le"] else "utf-16-be", 0)
    declared = DECLARED.match(head.lstrip(_AROUND)) if xml else None
    name = override or (declared[1].decode("ascii") if declared is not None else "utf-8")
    codec = _codec(name)
    if codec.startswith("utf-16"):  # but its characters are not
        codec = "utf-8" if xml else "utf-16-be" if codec.endswith("be") else "utf-16-le"
    return _Encoding(codec, 0)


def _codec(name: str) -> str:
    """Python's name of an encoding. ExportError when it is unknown or can disguise mark-up."""
    try:
        if is_plain_encoding(name):
            return codecs.lookup(re.sub(r"^(cp|ibm)-", r"\1", name, flags=re.IGNORECASE)).name
    except LookupError:
        pass
    raise unread_encoding()


def unread_encoding() -> ExportError:
    return ExportError(
        "export-codering",
    )


def needs_cleaning(head: bytes) -> bool:
    """Whether an XML document that begins so is better not given to a parser as it is.

    Its letters have two bytes each, so that what stands in it cannot be searched, or it says so and has not; or it has
    space, NULs or a second byte order mark before its first character, over which a parser stumbles.
    """
    one = next((mark for mark in _BYTE_ORDER_MARKS if head.startswith(mark)), b"")
    declared = DECLARED.match(head, len(one))
    wide = declared is not None and declared[1].lower().startswith(b"utf-16")
    return wide or b"\0" in head[:8] or not head.startswith(b"<", len(one))


def _read_head(stream: BinaryIO, size: int) -> bytes:
    """The first `size` bytes, also from a stream that gives a few at a time."""
    head = b""
    while len(head) < size and (more := stream.read(size - len(head))):
        head += more
    return head


class CleanXml(io.RawIOBase):
    """An XML document as UTF-8 with only characters that XML allows; see `clean_xml`.

    `marks` counts the marks in what was read so far.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None = None) -> None:
        self.marks = 0
        self._stream = stream
        head = _read_head(stream, _HEAD)
        codec, bom = _encoding(head, encoding, xml=True)
        self._decoder = codecs.getincrementaldecoder(codec)(_MARKING)
        self._fresh = head[bom:]  # bytes not yet decoded
        self._held = ""  # characters that may be the first of an opener or a reference
        self._padding = 0  # NULs that may be the end of the file, as some programs and crashes leave it
        self._closer = ""  # ends the comment, CDATA or processing instruction that we are in
        self._started = self._ended = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            data, self._fresh = self._fresh or self._stream.read(_CHUNK), b""
            self._ended = not data
            text = self._clean(self._held + self._unpadded(self._decoder.decode(data, self._ended)))
            self.marks += text.count(MARK)
            self._ready = memoryview(text.encode())
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _unpadded(self, text: str) -> str:
        """The text without NULs at its end; those come back when more text follows."""
        body = text.rstrip("\0")
        before, self._padding = self._padding, len(text) - len(body)
        if not body and before < _CHUNK:
            self._padding += before
            return ""
        return "\0" * before + body

    def _clean(self, text: str) -> str:
        """The cleaned text, without what has to wait for the next chunk."""
        parts: list[str] = []
        at = 0
        if not self._started and (self._ended or len(text) >= _HEAD):
            self._started = True
            parts, at = [_OUR_DECLARATION], _end_of_declaration(text[:_HEAD])
        while self._started and at < len(text):
            if self._closer:
                found = text.find(self._closer, at)
                end = found + len(self._closer) if found >= 0 else self._end(text, at, len(self._closer) - 1)
                parts.append(text[at:end])
                if found < 0:
                    at = end
                    break
                self._closer = ""
            else:
                opener = _OPENER.search(text, at)
                end = opener.start() if opener is not None else self._end_of_markup(text, at)
                parts.append(_REFERENCE.sub(_reference, text[at:end]))
                if opener is None:
                    at = end
                    break
                parts.append(opener[0])
                self._closer, end = _CLOSERS[opener[0]], opener.end()
            at = end
        self._held = text[at:]
        return writable("".join(parts))

    def _end(self, text: str, at: int, held: int) -> int:
        return len(text) if self._ended else max(at, len(text) - held)

    def _end_of_markup(self, text: str, at: int) -> int:
        tail = None if self._ended else _UNFINISHED.search(text, max(at, len(text) - _TAIL))
        return len(text) if tail is None else tail.start()


def _end_of_declaration(text: str) -> int:
    """Where a document begins behind its XML declaration, which names an encoding that no longer holds."""
    start = len(text) - len(text.lstrip(XML_SPACE + "\0\ufeff"))
    declaration = _DECLARATION.match(text, start)
    if declaration is None:
        return start
    end = text.find("?>", declaration.end())
    return end + 2 if end >= 0 else declaration.end()  # never closed: its rest is no XML, and told as damage


def _reference(found: re.Match[str]) -> str:
    """A reference that XML knows for the same character; a mark when there is no such character."""
    hash_sign, name = found[1], found[2]
    if hash_sign:
        number = int(name[1:], 16) if name[0] in "xX" else int(name)
        if 0x80 <= number <= 0x9F:
            return _recoded(number)
        return f"&#{number};" if _is_allowed(number) else MARK
    if name in _XML_NAMES:
        return found[0]
    characters = html5.get(f"{name};")
    return "".join(f"&#{ord(character)};" for character in characters) if characters else MARK


def _recoded(number: int) -> str:
    """A reference to a control character, which nobody means: the byte of Windows-1252 with that number, and told."""
    try:
        return RECODED + bytes((number,)).decode("cp1252")
    except UnicodeDecodeError:  # five numbers that Windows-1252 does not use
        return MARK


def _is_allowed(number: int) -> bool:
    return number <= 0x10FFFF and writable(chr(number)) != MARK


def clean_xml(stream: BinaryIO, encoding: str | None = None) -> BinaryIO:
    """An XML document as one that a strict parser takes, as far as its characters go.

    `encoding` is used instead of the one in the declaration; a byte order mark goes before both. The result is UTF-8
    and says so. Entities of HTML (`&eacute;`) become numeric references; unknown ones, bytes that do not
    decode, and characters that XML forbids (raw or as a reference) become a mark each. In comments, CDATA and
    processing instructions references stay the text that they are. Closing the result closes `stream`.
    Raises ExportError when the encoding is none that we read.
    """
    return io.BufferedReader(CleanXml(stream, encoding), _CHUNK)


class _Rejoined(io.RawIOBase):
    """A stream of which the first bytes have been read already."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data, self._head = self._head[: len(buffer)] or self._stream.read(len(buffer)), self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def text_stream(stream: BinaryIO, encoding: str | None = None) -> TextIO:
    """The text of a table file, its line ends as they are, each byte that does not decode as a mark.

    A byte order mark goes before `encoding`; without either it is UTF-8. Control characters, also NUL, stay.
    Closing the result closes `stream`. Raises ExportError when the encoding is none that we read.
    """
    head = _read_head(stream, _HEAD)
    codec, bom = _encoding(head, encoding, xml=False)
    raw = io.BufferedReader(_Rejoined(head[bom:], stream), _CHUNK)
    return io.TextIOWrapper(raw, encoding=codec, errors=_MARKING, newline="")
