"""Stream an XML export: survey it once (is it whole? how many records?), then read it record by record.

Promise: a damaged export is found out before its first dossier is made, and memory does not grow with the number of
records. Shared parts (school, groups) that stand before the first record are available to all records.
"""

import hashlib
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from lxml import etree

from dod2oso.errors import ExportError
from dod2oso.legacy.bind import BoundProfile
from dod2oso.legacy.record import LegacyDossier
from dod2oso.legacy.walk import XML_SPACE, Rows, Walker
from dod2oso.xmlsafe import LARGE_TEXT, is_plain_encoding, parse_bytes, pull_parser

_CHUNK = 1 << 18
HEAD_BYTES = 1 << 18  # recognition looks no further than this
MAX_EXPORT_BYTES = 4 << 30  # MAX_EXPORT_BYTES: above this a file is no export of pupils but something else

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]*)["']""")

# Counted apart from the reading, in C, so that the balance is a real check.
_COUNT = etree.XPath(
    "count(descendant-or-self::*[text()[normalize-space()]])"  # linear, also in an element with a million children
    " + count(descendant-or-self::*/@*[normalize-space()]"
    "[namespace-uri() != 'http://www.w3.org/2001/XMLSchema-instance'])"
)


def count_source_values(element: Any) -> int:
    """Source values in an element and everything below it (definition: see walk.py)."""
    return int(cast(float, _COUNT(element)))


def fingerprint(path: Path) -> str:
    """SHA-256 of the file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_head(path: Path) -> Any:
    """The root element of an export with what lies in its first part, for recognition.

    Raises ExportError when it is empty, too large, no XML, or carries a DOCTYPE.
    """
    size = path.stat().st_size
    if size == 0:
        raise ExportError("export-leeg", "Het bestand is leeg.", "The file is empty.")
    if size > MAX_EXPORT_BYTES:
        raise ExportError(
            "export-te-groot",
            f"Het bestand is groter dan MAX_EXPORT_BYTES ({MAX_EXPORT_BYTES >> 30} GB). Splits de export.",
            f"The file is larger than MAX_EXPORT_BYTES ({MAX_EXPORT_BYTES >> 30} GB). Split the export.",
        )
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    _refuse_disguise(head)
    parser = pull_parser(events=("start",), huge=True)
    root = None
    try:
        parser.feed(head)
        for _event, element in parser.read_events():
            root = element if root is None else root
    except etree.XMLSyntaxError as error:
        for _event, element in parser.read_events():
            root = element if root is None else root
        if root is None:
            raise _broken(error) from None
    if root is None:
        raise _no_xml()
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


class RecordReader:
    """Turns record elements of one export into legacy dossiers; `outside` and `rows` are what they share.

    It can be pickled, to read records in another process.
    """

    __slots__ = ("outside", "profile", "rows")

    def __init__(self, profile: BoundProfile, outside: LegacyDossier, rows: Rows) -> None:
        self.profile = profile
        self.outside = outside
        self.rows = rows

    def read(self, element: Any, number: int) -> LegacyDossier:
        """The legacy dossier in a record element."""
        shared = self.outside.root
        dossier = LegacyDossier(number)
        dossier.source_values = count_source_values(element)
        dossier.root.fields.update(shared.fields)
        dossier.root.lists.update(shared.lists)
        Walker(dossier, self.rows).read(element, self.profile.record, dossier.root)
        return dossier

    def from_bytes(self, data: bytes, number: int) -> LegacyDossier:
        """The same, from a record element as bytes."""
        return self.read(parse_bytes(data), number)


class XmlExport:
    """One XML export with its profile: `survey()` first, then iterate `dossiers()`.

    `records` is known after the survey; so is `reader`, with the source values that stand outside the records and are
    shared by them. Those cells settle while the records are mapped.
    """

    def __init__(self, path: Path, profile: BoundProfile) -> None:
        self.path = path
        self.profile = profile
        self.records = 0
        self.reader = RecordReader(profile, LegacyDossier(0), {})
        self._huge = path.stat().st_size > LARGE_TEXT
        self._root: Any = None

    @property
    def outside(self) -> LegacyDossier:
        """The pseudo dossier with the shared source values."""
        return self.reader.outside

    def survey(self) -> None:
        """Read the whole file once: is it whole, how many records, what is shared. ExportError when damaged."""
        self.records = sum(1 for _record in self._records())
        if self.records == 0:
            raise ExportError(
                "export-zonder-leerlingen",
                "In dit bestand staat geen enkele leerling.",
                "There is not a single pupil in this file.",
            )
        outside, rows = self.reader.outside, self.reader.rows
        outside.source_values = count_source_values(self._root)
        top = self.profile.outside.child(self._root.tag, "")
        Walker(outside, rows).read(self._root, top, outside.root)
        self._root = None

    def dossiers(self, skip: int = 0) -> Iterator[LegacyDossier]:
        """Every record after the first `skip` as a legacy dossier, in the order of the file."""
        for number, record in enumerate(self._records(), start=1):
            if number > skip:
                yield self.reader.read(record, number)

    def raw_records(self, skip: int = 0) -> Iterator[bytes]:
        """Every record after the first `skip` as bytes, for another process to read."""
        for record in islice(self._records(), skip, None):
            yield etree.tostring(record, encoding="utf-8", with_tail=False)

    def _records(self) -> Iterator[Any]:
        """Each record element, complete; it leaves the tree when the next one comes."""
        parser = pull_parser(tag=self.profile.record_tag, encoding=self.profile.encoding, huge=self._huge)
        previous = None
        try:
            with self.path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    parser.feed(chunk)
                    for _event, element in parser.read_events():
                        if self._is_record(element):
                            if previous is not None:
                                _remove(previous)
                            yield element
                            previous = element
                self._root = parser.close()
        except etree.XMLSyntaxError as error:
            raise _broken(error) from None
        if previous is not None:
            _remove(previous)

    def _is_record(self, element: Any) -> bool:
        if self.profile.alone and element.getparent() is None:
            return bool(element.tag == self.profile.record_tag)
        for tag in reversed(self.profile.record_path):
            if element is None or element.tag != tag:
                return False
            element = element.getparent()
        return element is None


def _remove(element: Any) -> None:
    parent, tail = element.getparent(), element.tail
    if parent is None or (tail is not None and tail.strip(XML_SPACE)):
        element.clear(keep_tail=True)  # the tail is a value of the parent: it stays, and is counted there
    else:
        parent.remove(element)
