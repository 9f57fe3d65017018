"""Stream the record elements of an XML document, one whole record at a time.

Promise: memory does not grow with the number of records, and what is no XML, or XML with a DOCTYPE or in an encoding
that can hide mark-up, is refused before it is parsed.
"""

import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from lxml import etree

from dod2oso.errors import ExportError
from dod2oso.findings.model import Finding
from dod2oso.legacy.bind import BoundProfile
from dod2oso.legacy.cleantext import clean_xml
from dod2oso.legacy.record import LegacyDossier
from dod2oso.legacy.walk import XML_SPACE
from dod2oso.xmlsafe import LARGE_TEXT, is_plain_encoding, pull_parser

Open = Callable[[], BinaryIO]  # a fresh stream of the same bytes, each call

UNREADABLE = "export-onleesbaar"
_CHUNK = 1 << 18
HEAD_BYTES = 1 << 18  # recognition looks no further than this
MAX_TEXT_BYTES = 256 << 20  # MAX_TEXT_BYTES: of one text or attribute; an attachment for OSO has at most 134 MB
MAX_EXPORT_BYTES = 4 << 30  # MAX_EXPORT_BYTES: above this a file is no export of pupils but something else

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]*)["']""")


# What libxml2 says of characters and entities, rather than of the structure.
_CHARACTERS = frozenset(
    (
        etree.ErrorTypes.ERR_INTERNAL_ERROR,  # what it says of an entity that is not declared anywhere
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


def read_head(open_stream: Open, size: int) -> Any:
    """The root element of a document of `size` bytes with what lies in its first part, for recognition.

    Raises ExportError when it is empty, too large, no XML, or carries a DOCTYPE.
    """
    if size == 0:
        raise ExportError("export-leeg", "Het bestand is leeg.", "The file is empty.")
    if size > MAX_EXPORT_BYTES:
        raise ExportError(
            "export-te-groot",
            f"Het bestand is groter dan MAX_EXPORT_BYTES ({MAX_EXPORT_BYTES >> 30} GB). Splits de export.",
            f"The file is larger than MAX_EXPORT_BYTES ({MAX_EXPORT_BYTES >> 30} GB). Split the export.",
        )
    with open_stream() as stream:
        head = stream.read(HEAD_BYTES)
    _refuse_disguise(head)
    try:
        return _root_of(head)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) not in _CHARACTERS:
            raise _broken(error) from None
    with clean_xml(io.BytesIO(head)) as stream:
        cleaned = stream.read()
    try:
        return _root_of(cleaned)
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None


def _root_of(head: bytes) -> Any:
    """The root element, with what of it lies in this first part; XMLSyntaxError when not even that can be read."""
    parser = pull_parser(events=("start",), huge=True)
    problem = None
    try:
        parser.feed(head)
    except etree.XMLSyntaxError as error:
        problem = error
    root = next((element for _event, element in parser.read_events()), None)
    if root is None:
        raise _no_xml() if problem is None else problem
    return root


def _no_xml() -> ExportError:
    return ExportError(
        "export-geen-xml",
        "Dit is geen XML-bestand dat dod2oso kan lezen.",
        "This is not an XML file that dod2oso can read.",
    )


def _refuse_disguise(head: bytes) -> None:
    """Refuse what is no XML, what is in an encoding that can hide mark-up, and what has a DOCTYPE."""
    plain = head.replace(b"\0", b"")  # UTF-16 has a NUL beside each ASCII byte
    start = plain.lstrip(_BYTE_ORDER_MARKS + b" \t\r\n")
    if not start.startswith(b"<"):
        raise _no_xml()
    declared = _DECLARED.match(start)
    if declared is not None and not is_plain_encoding(declared[1].decode("ascii")):
        raise ExportError(
            "export-codering",
            "Het bestand staat in een codering die dod2oso niet leest. Exporteer opnieuw als UTF-8.",
            "The file is in an encoding that dod2oso does not read. Export again as UTF-8.",
        )
    if b"<!DOCTYPE" in plain.upper():
        raise ExportError(
            "export-doctype",
            "Het bestand bevat een DOCTYPE (of entiteiten). Die leest dod2oso niet, om veiligheidsredenen. "
            "Maak de export opnieuw zonder DOCTYPE.",
            "The file holds a DOCTYPE (or entities). For safety dod2oso does not read those. "
            "Export again without DOCTYPE.",
        )


def _without_markup(chunk: bytes, before: int) -> int:
    """How many bytes without a `<` a document ends in, of which `before` were read earlier; the parser holds them all.

    Neither a text nor an attribute can hold a `<`. ExportError above MAX_TEXT_BYTES.
    """
    last = chunk.rfind(b"<")
    run = before + len(chunk) if last < 0 else len(chunk) - last
    if run > MAX_TEXT_BYTES:
        raise ExportError(
            "export-tekst-te-lang",
            f"In het bestand staat een tekst van meer dan MAX_TEXT_BYTES ({MAX_TEXT_BYTES >> 20} MB). Zo lang is geen "
            "gegeven van een leerling; maak de export opnieuw.",
            f"The file holds a text of more than MAX_TEXT_BYTES ({MAX_TEXT_BYTES >> 20} MB). No data of a pupil is "
            "that long; export again.",
        )
    return run


def _broken(error: etree.XMLSyntaxError) -> ExportError:
    line = error.lineno or 0
    text = str(error.msg)
    if "encoding" in text.lower() or "input conversion" in text.lower() or "not proper utf-8" in text.lower():
        return ExportError(
            "export-codering",
            f"De tekens kloppen niet met de codering die het bestand noemt (regel {line}). "
            "Exporteer opnieuw als UTF-8, of zet de juiste codering in een eigen bronprofiel (text: encoding).",
            f"The characters do not match the encoding that the file declares (line {line}). "
            "Export again as UTF-8, or set the right encoding in a profile of your own (text: encoding).",
        )
    return ExportError(
        "export-beschadigd",
        f"Het bestand is beschadigd of afgebroken bij regel {line}: het is geen volledige XML. "
        "Maak of haal de export opnieuw; van dit bestand is niets omgezet.",
        f"The file is damaged or cut off at line {line}: it is not complete XML. "
        "Make or fetch the export again; nothing of this file was converted.",
    )


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
        self.rest: Any = None

    def check_head(self) -> None:
        """ExportError when this is no XML that we read."""
        read_head(self._open, self._size)

    def __iter__(self) -> Iterator[Any]:
        """Each record element, complete; it leaves the tree when the next one comes. ExportError when damaged."""
        encoding = None if self._lenient else self._profile.encoding
        parser = pull_parser(tag=self._profile.record_tag, encoding=encoding, huge=self._huge)
        previous = None
        try:
            with self._stream() as stream:
                run = 0
                while chunk := stream.read(_CHUNK):
                    run = _without_markup(chunk, run)
                    parser.feed(chunk)
                    for _event, element in parser.read_events():
                        if self._is_record(element):
                            if previous is not None:
                                _remove(previous)
                            yield element
                            previous = element
                root = parser.close()
                self.rest = None if root is previous else root  # a record may be the whole document
        except etree.XMLSyntaxError as error:
            self._may_be_lenient = not self._lenient and getattr(error, "code", None) in _CHARACTERS
            raise _broken(error) from None
        if previous is not None:
            _remove(previous)

    def _stream(self) -> BinaryIO:
        stream = self._open()
        return clean_xml(stream, self._profile.encoding) if self._lenient else stream

    def lenient(self) -> bool:
        """After an ExportError: whether reading again is worth it, because only characters were wrong."""
        self._lenient, self._may_be_lenient = self._lenient or self._may_be_lenient, False
        return self._lenient

    def leftovers(self, outside: LegacyDossier) -> None:
        """Nothing: what is no record stands in `rest`."""

    def _is_record(self, element: Any) -> bool:
        if self._profile.alone and element.getparent() is None:
            return bool(element.tag == self._profile.record_tag)
        for tag in reversed(self._profile.record_path):
            if element is None or element.tag != tag:
                return False
            element = element.getparent()
        return element is None


class ManyDocuments:
    """Several documents of one layout, read one after the other: OSO dossiers, each a file of its own.

    A document that cannot be read is left out and told; the others go on.
    """

    def __init__(self, documents: Sequence[XmlRecords]) -> None:
        self._documents = list(enumerate(documents, start=1))
        self._surveyed = False
        self._unreadable: list[Finding] = []
        self.rest: Any = None

    def __iter__(self) -> Iterator[Any]:
        readable = []
        for number, document in self._documents:
            if not self._surveyed:
                problem = _problem(document)
                if problem is not None:
                    self._unreadable.append(Finding(UNREADABLE, rule=problem.code, detail=f"bestand {number}"))
                    continue
            readable.append((number, document))
            yield from document
        self._documents, self._surveyed = readable, True

    def lenient(self) -> bool:
        """Each document has seen to that itself."""
        return False

    def leftovers(self, outside: LegacyDossier) -> None:
        outside.findings += self._unreadable


def _problem(document: XmlRecords) -> ExportError | None:
    """Why a document cannot be read to its end; None when it can."""
    try:
        document.check_head()
        deque(document, maxlen=0)
    except ExportError as error:
        return _problem(document) if document.lenient() else error
    return None


def _remove(element: Any) -> None:
    parent, tail = element.getparent(), element.tail
    if parent is None or (tail is not None and tail.strip(XML_SPACE)):
        element.clear(keep_tail=True)  # the tail is a value of the parent: it stays, and is counted there
    else:
        parent.remove(element)
