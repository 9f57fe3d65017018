"""JSON as the XML that says the same, while it is read: so a profile speaks of both in one language.

    {"school": {"brin": "99XX"}, "leerlingen": [{"nr": 1}, {"nr": 2}]}
    <json><school><brin>99XX</brin></school><leerlingen><nr>1</nr></leerlingen><leerlingen>…</leerlingen></json>

A member of an object is an element of that name, each value of a list an element of the name of the list. A list that
has no name (the document itself, a list in a list) has elements `item`, and so have JSON Lines. A key that is no title
but data (a number, the name of somebody) is an element `key` with the attribute `name`, so that it is a value as well
and no path shows it. `null` is no value. What is a number in JSON is told as such: it may have lost zeros in front.

Promise: nothing is guessed of what is no JSON, a key that stands twice in one object is refused, and memory does not
grow with the size of the document.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, BinaryIO, TextIO
from xml.sax.saxutils import escape, quoteattr

import ijson

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import MARK, writable
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.discreet import is_title
from dod2oso.source.oddtext import NUMBER, XML_SPACE
from dod2oso.source.tabular.table import xml_name

Open = Callable[[], BinaryIO]  # a fresh stream of the same bytes, each call

ROOT, ITEM, KEY = "json", "item", "key"
MAX_DEPTH = 100  # objects and lists within each other

_CHUNK = 1 << 16  # characters
_TITLES = 10_000  # keys that are remembered; a document with more has data in their place
_PLAIN_EXPONENT = 40  # a number with more zeros than this stays as it is written

# An escape of JSON; of a pair of surrogates both. Half a pair is no character, and the parser would make it a `?`.
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)(\\u[dD][c-fC-F]..)?|(u[dD][c-fC-F]..)|.)", re.DOTALL)
_UNFINISHED = re.compile(r"\\(?:u.{0,4}(?:\\(?:u.{0,3})?)?)?\Z", re.DOTALL)
_UNFINISHED_AT_MOST = 12
_NAME = re.compile(r"[A-Za-z]")


class JsonAsXml(io.RawIOBase):
    """A stream of XML, made of JSON; see `open_json`."""

    def __init__(
        self, open_stream: Open, lines: bool, encoding: str | None = None, known: Callable[[str], bool] = is_title
    ) -> None:
        self._text = text_stream(open_stream(), encoding)
        self._again: Callable[[], Iterator[bytes]] = lambda: _chunks(text_stream(open_stream(), encoding))
        self._lines = lines
        self._events: list[tuple[str, Any]] = ijson.sendable_list()
        self._parser: Any = ijson.basic_parse_coro(self._events, multiple_values=lines)
        self._maker = _Maker(known, lines=lines)
        self._feed = _chunks(self._text)
        self._ready = memoryview(b"")
        self._ended = False
        self._sent = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            try:
                self._ready = memoryview(self._next().encode())
            except _NoJson:
                raise ExportError(
                    "export-beschadigd.json", line=_line(self._again(), self._sent, self._lines)
                ) from None
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._text.close()
        super().close()

    def _next(self) -> str:
        chunk = next(self._feed, None)
        self._sent += 1
        if chunk is None:
            self._ended = True
            _tell(self._parser.close)
        else:
            _tell(self._parser.send, chunk)
        made = "".join(self._maker.made(self._events)) + (self._maker.end if self._ended else "")
        self._events.clear()
        return made


def open_json(
    open_stream: Open, *, lines: bool, encoding: str | None = None, known: Callable[[str], bool] = is_title
) -> BinaryIO:
    """JSON as a stream of XML.

    `lines`: each line is a document. `encoding`: unless there is a byte order mark; else UTF-8. `known`: which keys are
    titles. Reading raises ExportError where it is no JSON; it names the line. Closing closes the stream.
    """
    return io.BufferedReader(JsonAsXml(open_stream, lines, encoding, known), _CHUNK)


class _NoJson(ValueError):
    """The parser gave up. What it says is not kept, for it quotes the document."""


def _tell(call: Callable[..., Any], *arguments: bytes) -> None:
    try:
        call(*arguments)
    except (ijson.JSONError, SystemError, ValueError):  # a number of thousands of digits is a SystemError
        raise _NoJson from None
    except StopIteration:
        pass


def _line(chunks: Iterable[bytes], sent: int, lines: bool) -> int:
    """The line in which the parser gives up, which it did with chunk number `sent`, or behind the last."""
    parser = ijson.basic_parse_coro(ijson.sendable_list(), multiple_values=lines)
    line = 1
    for number, chunk in enumerate(chunks, start=1):
        try:
            if number < sent:
                _tell(parser.send, chunk)
            else:
                for at in range(len(chunk)):
                    _tell(parser.send, chunk[at : at + 1])
                    line += chunk[at] == ord("\n")
                continue
        except _NoJson:
            return line
        line += chunk.count(b"\n")
    return line


def _chunks(text: TextIO) -> Iterator[bytes]:
    """The text as UTF-8, each half of a pair of surrogates as a mark; space in front and NULs at the end left out."""
    held, started = "", False
    while more := text.read(_CHUNK):
        held += more
        if not started:
            held = held.lstrip(XML_SPACE + "\ufeff\0")
            started = bool(held)
        cut = _boundary(held)
        yield _whole_characters(held[:cut]).encode()
        held = held[cut:]
    if held:
        yield _whole_characters(held.rstrip("\0\x1a")).encode()


def _boundary(text: str) -> int:
    """Up to where no escape is cut in two. NULs at the end wait, they may be what a crash left there."""
    text = text.rstrip("\0")
    tail = _UNFINISHED.search(text, max(len(text) - _UNFINISHED_AT_MOST, 0))
    if tail is None:
        return len(text)
    before = tail.start() - len(text[: tail.start()].rstrip("\\"))
    return tail.start() if before % 2 == 0 else len(text)


def _whole_characters(text: str) -> str:
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    high, low, alone = found[1], found[2], found[3]
    return MARK if alone is not None or (high is not None and low is None) else found[0]


class _Maker:
    """Events of JSON to XML. Open objects and lists, innermost last, and the names their values get."""

    def __init__(self, known: Callable[[str], bool], *, lines: bool) -> None:
        self._known = known
        self._titles: dict[str, bool] = {}
        self._open: list[tuple[str, set[str] | None]] = []  # end tag, and of an object the names that it has had
        self._names: list[tuple[str, str]] = [(ITEM, "") if lines else (ROOT, "")]  # of the next value: name, attribute
        self._start = f"<{ROOT}>" if lines else ""
        self.end = f"</{ROOT}>" if lines else ""

    def made(self, events: Iterable[tuple[str, Any]]) -> Iterator[str]:
        if self._start:
            yield self._start
            self._start = ""
        for event, value in events:
            if event == "map_key":
                self._names[-1] = self._member(value)
            elif event == "start_map":
                yield self._opened(set())
                self._names.append(("", ""))
            elif event == "start_array":
                yield self._list()
            elif event in ("end_map", "end_array"):
                self._names.pop()
                yield self._open.pop()[0]
            elif event != "null":
                yield self._scalar(event, value)

    def _opened(self, names: set[str] | None) -> str:
        name, attribute = self._names[-1]
        self._deeper(f"</{name}>", names)
        return f"<{name}{attribute}>"

    def _list(self) -> str:
        """A list gives its name to its values, and is an element itself only where it has none to give."""
        named = bool(self._open) and self._open[-1][1] is not None
        if named:
            self._deeper("", None)
            self._names.append(self._names[-1])
            return ""
        start = self._opened(None)
        self._names.append((ITEM, ""))
        return start

    def _deeper(self, end: str, names: set[str] | None) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise ExportError("export-te-groot.depth", limit=MAX_DEPTH)
        self._open.append((end, names))

    def _member(self, key: str) -> tuple[str, str]:
        title = self._titles.get(key)
        if title is None:
            title = _NAME.match(key) is not None and self._known(key)
            if len(self._titles) < _TITLES:
                self._titles[key] = title
        if not title:
            return KEY, f" name={quoteattr(writable(key))}"
        name, before = xml_name(key), self._open[-1][1]
        assert before is not None  # noqa: S101  a key stands in an object
        if name in before:
            raise ExportError("export-beschadigd.json-key", name=name)
        before.add(name)
        return name, ""

    def _scalar(self, event: str, value: Any) -> str:
        if event == "number":
            text = NUMBER + _written(value)
        elif event == "boolean":
            text = "true" if value else "false"
        else:
            text = escape(writable(value)).replace("\r", "&#13;")
        name, attribute = self._names[-1]
        return f"<{name}{attribute}>{text}</{name}>"


def _written(number: int | Decimal) -> str:
    """A number without exponent, unless it would be a page of zeros."""
    if isinstance(number, int) or abs(number.adjusted()) > _PLAIN_EXPONENT:
        return str(number)
    return format(number, "f")
