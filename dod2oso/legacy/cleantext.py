"""Old text made readable: any of the usual encodings in, UTF-8 out, with a mark for whatever is no text.

What does not decode, and what no XML may hold (NUL and most control characters, raw or as `&#0;`), becomes the mark, a
character of the private use area. Whoever meets a mark in a value refuses that value; nothing is ever guessed. In XML,
HTML entities (`&eacute;`) become numeric references, except where they are text: in CDATA, comments and instructions.
"""

import codecs
import io
import re
from functools import lru_cache
from html.entities import html5
from typing import Any, BinaryIO, cast

from dod2oso.errors import ExportError
from dod2oso.xmlsafe import UNWRITABLE, is_plain_encoding

MARK = "\uf8ff"  # stands for one thing that could not be read

_CHUNK = 1 << 16
_HEAD = 1024  # bytes in which an XML declaration must end
_ERRORS = "dod2oso-unreadable"
_UNREADABLE = "\0"  # what cannot be decoded is first made into something forbidden, so that both are marked alike
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DOS = {name: f"cp{page}" for page in ("850", "437") for name in (page, f"cp{page}", f"ibm{page}", f"ibm-{page}")}
_UPPER_CONTROLS = re.compile("[\x80-\x9f]")
_DECLARATION = re.compile(r"\s*<\?xml(?=\s)[^>]*\?>")
_DECLARED = re.compile(r"""\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_LONGEST = 64  # characters of a reference; the longest name in HTML has 31
_TOKEN = re.compile(rf"&(?!(?:amp|lt|gt|quot|apos);)(#?[A-Za-z0-9]{{1,{_LONGEST}}});|<!--|<!\[CDATA\[|<\?")
_UNFINISHED = re.compile(rf"[&<][^;<>&\s]{{0,{_LONGEST}}}\Z")
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_DECIMAL = re.compile(r"#[0-9]+")
_HEXADECIMAL = re.compile(r"#x[0-9A-Fa-f]+")

codecs.register_error(_ERRORS, lambda error: (_UNREADABLE, cast(UnicodeDecodeError, error).end))


def codec(name: str) -> str:
    """The Python codec for an encoding that a profile or XML declaration names; ExportError when we do not read it."""
    plain = re.sub(r"^(windows|cp)-?(?=[0-9])", "cp", name.strip().lower().replace("_", "-"))
    if plain in _DOS:
        return _DOS[plain]
    if is_plain_encoding(plain):
        try:
            found = codecs.lookup("utf-8" if plain in ("ascii", "us-ascii") else plain).name
        except LookupError:
            pass
        else:
            return "utf-16-le" if found == "utf-16" else found
    raise ExportError(
        "export-codering",
        "Het bestand staat in een codering die dod2oso niet leest. Exporteer opnieuw als UTF-8.",
        "The file is in an encoding that dod2oso does not read. Export again as UTF-8.",
    )


def encoding_of_xml(head: bytes, override: str | None = None) -> str:
    """The codec of an XML document with this start: by byte order mark, else the override, else the declaration.

    Without any of these UTF-8; UTF-16 without a mark is seen by its zeroes.
    """
    marked = _by_mark(head)
    if marked or override:
        return marked or codec(cast(str, override))
    if (head[:1], head[1:2], head[3:4]) == (b"<", b"\0", b"\0"):
        return "utf-16-le"
    if (head[:1], head[1:2], head[2:3]) == (b"\0", b"<", b"\0"):
        return "utf-16-be"
    declaration = _DECLARATION.match(head[:_HEAD].decode("latin-1"))
    declared = _DECLARED.search(declaration[0]) if declaration else None
    name = codec(declared[1]) if declared else "utf-8"
    return "utf-8" if name.startswith("utf-16") else name  # it cannot be: we have just read it byte by byte


def _by_mark(head: bytes) -> str | None:
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


class _Reader(io.RawIOBase):
    """Decodes a stream, marks what is no text, and gives UTF-8. `marks`: how many so far; `encoding`: the codec."""

    def __init__(self, stream: BinaryIO, head: bytes, encoding: str) -> None:
        self.marks = 0
        self.encoding = encoding
        self._stream = stream
        self._head = head
        self._decoder = codecs.getincrementaldecoder(encoding)(_ERRORS)
        self._out = b""
        self._start = True
        self._finished = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._out and not self._finished:
            data = self._head or self._stream.read(_CHUNK)
            self._head = b""
            self._finished = not data
            self._out = self._change(self._decode(data), final=self._finished).encode("utf-8")
        size = min(len(buffer), len(self._out))
        buffer[:size] = self._out[:size]
        self._out = self._out[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _decode(self, data: bytes) -> str:
        text = self._decoder.decode(data, final=self._finished)
        if self._start and text:
            text = text.removeprefix("\ufeff")
            self._start = False
        if self.encoding.startswith("iso8859"):
            text = _UPPER_CONTROLS.sub(_UNREADABLE, text)  # no letters there: those are in Windows-1252
        return text

    def _mark(self, text: str) -> str:
        marked, count = UNWRITABLE.subn(MARK, text)
        self.marks += count
        return marked

    def _change(self, text: str, *, final: bool) -> str:
        raise NotImplementedError


class CleanXml(_Reader):
    """An XML document as UTF-8 without XML declaration: `read(n)` gives at most n bytes, b"" at the end.

    `encoding` overrides the declaration (see `encoding_of_xml`); `entities` off leaves HTML entities alone. An entity
    that neither XML nor HTML has is marked as well. Raises ExportError for an encoding that we do not read.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None = None, *, entities: bool = True) -> None:
        head = stream.read(_HEAD)
        super().__init__(stream, head, encoding_of_xml(head, encoding))
        self._entities = entities
        self._held = ""
        self._end = ""  # how the comment, CDATA or instruction ends that we are in
        self._declaration = True

    def _change(self, text: str, *, final: bool) -> str:
        text = self._held + self._mark(text)
        self._held = ""
        if self._declaration:
            if len(text) < _HEAD and not final:
                self._held = text
                return ""
            self._declaration = False
            found = _DECLARATION.match(text[:_HEAD])
            text = text[found.end() :] if found else text
        return "".join(self._pieces(text, final=final))

    def _pieces(self, text: str, *, final: bool) -> list[str]:
        pieces: list[str] = []
        at = 0
        while at < len(text):
            if self._end:
                found = text.find(self._end, at)
                if found < 0:
                    keep = len(text) if final else max(at, len(text) - len(self._end) + 1)
                    self._held = text[keep:]
                    return [*pieces, text[at:keep]]
                found += len(self._end)
                pieces.append(text[at:found])
                at, self._end = found, ""
                continue
            token = _TOKEN.search(text, at)
            if token is None:
                unfinished = None if final else _UNFINISHED.search(text, max(at, len(text) - _LONGEST - 1))
                keep = unfinished.start() if unfinished else len(text)
                self._held = text[keep:]
                return [*pieces, text[at:keep]]
            pieces.append(text[at : token.start()])
            self._end = _ENDS.get(token[0], "")
            pieces.append(token[0] if self._end else self._reference(token[0], token[1]))
            at = token.end()
        return pieces

    def _reference(self, whole: str, name: str) -> str:
        if name.startswith("#"):
            kept = whole if _is_character(name) else None
        elif not self._entities:
            kept = whole
        else:
            kept = _numeric(name)
        if kept is None:
            self.marks += 1
            return MARK
        return kept


def _is_character(reference: str) -> bool:
    """Whether `#233` or `#xE9` is a character that XML may hold; what is no number is left for the parser to refuse."""
    if _DECIMAL.fullmatch(reference):
        number = int(reference[1:])
    elif _HEXADECIMAL.fullmatch(reference):
        number = int(reference[2:], 16)
    else:
        return True
    return number <= 0x10FFFF and not UNWRITABLE.match(chr(number))


@lru_cache(maxsize=512)
def _numeric(name: str) -> str | None:
    """The numeric references for an HTML entity; None when HTML does not know it."""
    value = html5.get(f"{name};")
    return "".join(f"&#{ord(sign)};" for sign in value) if value else None


class _TableReader(_Reader):
    """Lines of text; the byte with which DOS ends a file is no part of it."""

    _held = ""

    def _change(self, text: str, *, final: bool) -> str:
        text = self._held + text
        kept = text.rstrip("\x1a")
        self._held = "" if final else text[len(kept) :]
        return self._mark(kept)


class TableText(io.TextIOWrapper):
    """The text of a table, line ends as they are; `marks` counts what was marked so far."""

    def __init__(self, reader: _Reader) -> None:
        super().__init__(io.BufferedReader(reader, _CHUNK), encoding="utf-8", newline="")
        self._reader = reader

    @property
    def marks(self) -> int:
        return self._reader.marks

    @property
    def source_encoding(self) -> str:
        """The codec that the bytes were read with."""
        return self._reader.encoding


def decode_table_text(stream: BinaryIO, encoding: str | None = None) -> TableText:
    """The text of a CSV or fixed-width file: by byte order mark, else as `encoding` says, else as UTF-8.

    Raises ExportError for an encoding that we do not read.
    """
    head = stream.read(_HEAD)
    return TableText(_TableReader(stream, head, _by_mark(head) or codec(encoding or "utf-8")))
