"""Stream the record elements of an XML document, one whole record at a time.

Promise: memory does not grow with the number of records, and what is no XML, or XML with a DOCTYPE or in an encoding
that can hide mark-up, is refused before it is parsed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.base.xml import LARGE_TEXT, is_plain_encoding, pull_parser
from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundProfile
from dod2oso.source.cleantext import DECLARED, clean_xml, needs_cleaning, unread_encoding
from dod2oso.source.export import count_source_values
from dod2oso.source.oddtext import BLANK
from dod2oso.source.record import LegacyDossier
from dod2oso.source.walk import count_unread, unread_below
from dod2oso.source.wrapping import HEADERS, is_outermost, within

Open = Callable[[], BinaryIO]  # a fresh stream of the same bytes, each call

UNREADABLE = "export-onleesbaar"
_HEADER, _AROUND = "Envelope/Header", "Envelope"
_CHUNK = 1 << 18
_LOOKED_AT = 256  # bytes that tell whether a document begins oddly
HEAD_BYTES = 1 << 18  # recognition looks no further than this
MAX_EXPORT_BYTES = 4 << 30  # above this a file is no export of pupils but something else
MAX_RECORD_BYTES = 256 << 20  # of one pupil, all attachments included; it stands in memory
MAX_RECORD_TAGS = 2_000_000  # in one pupil

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"

# A reference to a character that no text has; with what may have stood in the chunk before.
_CONTROL = re.compile(rb"&#(1(2[89]|[34][0-9]|5[0-9])|[xX]0*[89][0-9a-fA-F]);")
_CONTROL_AT_MOST = 16

# What a parser says of characters and entities, rather than of the structure.
_CHARACTERS = frozenset(
    (
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_CHARREF,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_UNDECLARED_ENTITY,
        etree.ErrorTypes.WAR_UNDECLARED_ENTITY,
        etree.ErrorTypes.I18N_CONV_FAILED,
        etree.ErrorTypes.IO_ENCODER,
    )
)


class _Flaw(NamedTuple):
    """Where and why a parser gave up."""

    code: int  # 0: it did not
    line: int
    message: str  # of the parser; never shown, for it may quote the document

    @property
    def in_characters(self) -> bool:
        """Whether the mark-up may well be whole, and only bytes, characters or entities are wrong."""
        return self.code in _CHARACTERS


def _flaw(parser: Any, error: etree.XMLSyntaxError | None = None) -> _Flaw:
    """The first fatal flaw in the parser's log, else `error`: an unknown entity is only in the log."""
    for entry in parser.feed_error_log.filter_from_fatals():
        return _Flaw(entry.type, entry.line, entry.message)
    return _Flaw(0, 0, "") if error is None else _Flaw(getattr(error, "code", -1), error.lineno or 0, str(error.msg))


def read_head(open_stream: Open, size: int) -> Any:
    """The root element of a document of `size` bytes with what lies in its first part, for recognition.

    Raises ExportError when it is empty, too large, no XML, or carries a DOCTYPE.
    """
    if size == 0:
        raise ExportError("export-leeg")
    if size > MAX_EXPORT_BYTES:
        raise ExportError("export-te-groot.file", limit=MAX_EXPORT_BYTES >> 30)
    with open_stream() as stream:
        head = stream.read(HEAD_BYTES)
    _refuse_disguise(head)
    root, flaw = _first_part(head)
    if flaw.in_characters or needs_cleaning(head):  # what stands after the first bad one tells the layout too
        root, flaw = _first_part(clean_xml(BytesIO(head)).read(HEAD_BYTES))
    if root is None:
        raise _broken(flaw) if flaw.code else _no_xml()
    return root


def _first_part(head: bytes) -> tuple[Any, _Flaw]:
    """The root element as far as the bytes go (None when they do not reach it), and where they are no XML."""
    parser = pull_parser(events=("start",), huge=True)
    try:
        parser.feed(head)
        flaw = _flaw(parser)
    except etree.XMLSyntaxError as error:
        flaw = _flaw(parser, error)
    return next((element for _event, element in parser.read_events()), None), flaw


def _no_xml() -> ExportError:
    return ExportError(
        "export-geen-xml",
    )


def _refuse_disguise(head: bytes) -> None:
    """Refuse what is no XML, what is in an encoding that can hide mark-up, and what has a DOCTYPE."""
    plain = head.replace(b"\0", b"")  # UTF-16 has a NUL beside each ASCII byte
    start = plain.lstrip(_BYTE_ORDER_MARKS + b" \t\r\n")
    if not start.startswith(b"<"):
        raise _no_xml()
    declared = DECLARED.match(start)
    if declared is not None and not is_plain_encoding(declared[1].decode("ascii")):
        raise unread_encoding()
    if b"<!DOCTYPE" in plain.upper():
        raise ExportError(
            "export-doctype",
        )


def _too_large_a_record() -> ExportError:
    return ExportError("export-te-groot.pupil", limit=MAX_RECORD_BYTES >> 20, tags=MAX_RECORD_TAGS)


def broken(error: etree.XMLSyntaxError) -> ExportError:
    """What to tell of a document that another reader of XML could not read."""
    return _broken(_Flaw(getattr(error, "code", -1), error.lineno or 0, str(error.msg)))


def _broken(flaw: _Flaw) -> ExportError:
    line, text = flaw.line, flaw.message.lower()
    if "encoding" in text or "input conversion" in text or "not proper utf-8" in text:
        return ExportError("export-codering.declared", line=line)
    return ExportError("export-beschadigd.xml", line=line)


class XmlRecords:
    """The record elements of one XML document; `rest` is the document without them, after the last one.

    A document with bytes that do not decode, or with characters or entities that XML does not allow, is read once more
    in a lenient way: what is unreadable in it gets a mark, and the values with a mark are refused one by one.
    """

    def __init__(self, open_stream: Open, size: int, profile: BoundProfile) -> None:
        self._open = open_stream
        self._size = size
        self._huge = size > LARGE_TEXT
        self._profile = profile
        self._lenient = False
        self._may_be_lenient = False
        self._around: Any = None  # the root element, where the one that the profile is about stands within it
        self.rest: Any = None

    def check_head(self) -> None:
        """ExportError when this is no XML that we read."""
        read_head(self._open, self._size)

    def __iter__(self) -> Iterator[Any]:
        """Each record element, complete; it leaves the tree when the next one comes. ExportError when damaged."""
        self._lenient = self._lenient or needs_cleaning(self._head())
        encoding = None if self._lenient else self._profile.encoding
        parser = pull_parser(tag=self._profile.record_tag, encoding=encoding, huge=self._huge)
        previous = None
        chunk = before = b""
        try:
            with self._stream() as stream:
                taken = tags = 0  # since the last record
                small: list[bytes] = []  # chunks in which there cannot be too many tags, so that nobody counts them
                while chunk := stream.read(_CHUNK):
                    if not self._lenient and _CONTROL.search(before + chunk if before else chunk):
                        self._may_be_lenient = True
                        raise _broken(_Flaw(0, 0, ""))
                    before = chunk[-_CONTROL_AT_MOST:]
                    parser.feed(chunk)
                    taken += len(chunk)
                    small.append(chunk)
                    if taken > MAX_RECORD_TAGS:
                        tags += sum(part.count(b"<") for part in small)
                        small.clear()
                    if taken > MAX_RECORD_BYTES or tags > MAX_RECORD_TAGS:
                        raise _too_large_a_record()
                    for _event, element in parser.read_events():
                        if self._is_record(element):
                            taken = tags = 0
                            small.clear()
                            if previous is not None:
                                _remove(previous)
                            yield element
                            previous = element
                root = parser.close()
                self.rest = None if root is previous else within(root, self._profile.wrappers)
                self._around = None if self.rest is root or root is previous else root  # a record may be all there is
        except etree.XMLSyntaxError as error:
            flaw = _flaw(parser, error)
            self._may_be_lenient = not self._lenient and (flaw.in_characters or before.endswith(b"\0"))
            raise _broken(flaw) from None
        if previous is not None:
            _remove(previous)

    def _head(self) -> bytes:
        with self._open() as stream:
            return stream.read(_LOOKED_AT)

    def _stream(self) -> BinaryIO:
        stream = self._open()
        return clean_xml(stream, self._profile.encoding) if self._lenient else stream

    def lenient(self) -> bool:
        """After an ExportError: whether reading again is worth it, because only characters were wrong; once at most."""
        again, self._may_be_lenient = self._may_be_lenient, False
        self._lenient = self._lenient or again
        return again

    def leftovers(self, outside: LegacyDossier) -> None:
        """What stands around the root in an envelope; all else that is no record stands in `rest`."""
        if self._around is None:
            return
        headers = [child for child in self._around if child.tag in HEADERS]
        technical = sum(map(count_source_values, headers))
        other = count_source_values(self._around) - count_source_values(self.rest) - technical
        if technical:
            outside.ignored[_HEADER, "techniek"] = technical
        for _value in range(other):
            count_unread(outside, _AROUND)
        outside.source_values += technical + other

    def _is_record(self, element: Any) -> bool:
        if self._profile.alone and element.getparent() is None:
            return bool(element.tag == self._profile.record_tag)
        root = None
        for tag in reversed(self._profile.record_path):
            if element is None or element.tag != tag:
                return False
            root, element = element, element.getparent()
        return element is None or is_outermost(root, self._profile.wrappers)


class ManyDocuments:
    """Several documents of one layout, read one after the other: OSO dossiers, each a file of its own.

    A document that cannot be read is left out and told; the others go on. What stands outside the records of each is
    no other document's: it is read into no record, and counted as not read.
    """

    def __init__(self, documents: Sequence[XmlRecords]) -> None:
        self._documents = list(enumerate(documents, start=1))
        self._surveyed = False
        self._unreadable: list[Finding] = []
        self.rest: Any = None

    def __iter__(self) -> Iterator[Any]:
        readable = []
        for number, document in self._documents:
            if self._surveyed:
                records: Iterable[Any] = document
            else:
                try:
                    records = _whole(document)
                except ExportError as error:
                    self._unreadable.append(
                        Finding(UNREADABLE, cause=error.code, place=Text("file-number", number=number))
                    )
                    continue
            readable.append((number, document))
            yield from records
        self._documents, self._surveyed = readable, True

    def lenient(self) -> bool:
        """Each document has seen to that itself."""
        return False

    def leftovers(self, outside: LegacyDossier) -> None:
        outside.findings += self._unreadable
        for _number, document in self._documents:
            document.leftovers(outside)
            if document.rest is not None:
                unread_below(outside, document.rest, "")
                outside.source_values += count_source_values(document.rest)


def _whole(document: XmlRecords) -> list[Any]:
    """The records of a document (of one pupil, so there are few), once it was read to its end. ExportError if not."""
    try:
        document.check_head()
        return [deepcopy(record) for record in document]
    except ExportError:
        if not document.lenient():
            raise
    return [deepcopy(record) for record in document]


def _remove(element: Any) -> None:
    parent, tail = element.getparent(), element.tail
    if parent is None or (tail is not None and tail.strip(BLANK)):
        element.clear(keep_tail=True)  # the tail is a value of the parent: it stays, and is counted there
    else:
        parent.remove(element)
