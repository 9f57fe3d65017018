"""An export as the pipeline sees it, whatever its format: survey it once, then read it record by record.

Every format is turned into record elements (see `Origin`), so that binding, reading, counting and shipping to worker
processes are the same for all. Promise: a damaged export is found out before its first dossier is made, and memory does
not grow with the number of records. Shared parts (school, groups) are available to all records, wherever they stand.
"""

from collections.abc import Container, Iterator
from html import unescape
from itertools import islice
from typing import Any, Protocol, cast

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import parse_bytes, writable
from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.problems import no_access
from dod2oso.source.gather import gather
from dod2oso.source.oddtext import BLANK
from dod2oso.source.record import LegacyDossier
from dod2oso.source.recordstore import KeptRecords, RecordStore
from dod2oso.source.walk import Rows, Walker, settle_constant


def _counter(texts: str, said: str) -> etree.XPath:
    """A count of the texts and attributes that say something. Linear, also in an element with a million children."""
    return etree.XPath(
        f"count({texts}) + count(descendant-or-self::*/@*[{said}]) - count(descendant-or-self::*/@xsi:*[{said}])",
        namespaces={"xsi": "http://www.w3.org/2001/XMLSchema-instance"},
    )


# Counted apart from the reading, in C, so that the balance is a real check. Pieces of text are quick to count, so is
# the space of XML. Elements with text, and other space, take several times as long: they are only looked for where the
# reading met text beside elements, or a text of nothing but other space.
_SAID, _SAID_EXACTLY = "normalize-space()", f"normalize-space(translate(., '{BLANK}', ''))"
_COUNT = _counter(f"descendant::text()[{_SAID}]", _SAID)
_COUNT_EXACTLY = _counter(f"descendant-or-self::*[text()[{_SAID_EXACTLY}]]", _SAID_EXACTLY)


def count_source_values(element: Any, *, exactly: bool = True) -> int:
    """Source values in an element and everything below it (definition: see walk.py).

    Without `exactly` a text of no-break spaces and the like counts too, and of a text with elements in it each piece.
    """
    return int(cast(float, (_COUNT_EXACTLY if exactly else _COUNT)(element)))


def unescape_html(element: Any) -> None:
    """Read HTML entities in text (`&eacute;` that was escaped once more) as the characters they stand for."""
    for inner in element.iter():
        for name in ("text", "tail"):
            text = getattr(inner, name)
            if text and "&" in text:
                setattr(inner, name, writable(unescape(text)))
        for name, value in inner.items():
            if "&" in value:
                inner.set(name, writable(unescape(value)))


class Origin(Protocol):
    """Where record elements come from: an XML document, a bundle of tables, a database."""

    def __iter__(self) -> Iterator[Any]:
        """Each record element, complete, and valid until the next one; always the same ones in the same order."""
        ...

    @property
    def rest(self) -> Any:
        """After the last record: the root element with what stands outside the records, or None."""
        ...

    def lenient(self) -> bool:
        """After an ExportError: whether to read once more, in a way that passes over unreadable characters."""
        ...

    def leftovers(self, outside: LegacyDossier) -> None:
        """After the last record: account in `outside` for values that stand in no record and not in `rest`."""
        ...


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
        dossier.root.fields.update(shared.fields)
        dossier.root.lists.update(shared.lists)
        if self.profile.html:
            unescape_html(element)
        walker = Walker(dossier, self.rows)
        walker.read(element, self.profile.record, dossier.root)
        walker.finish()
        for how in self.profile.gathers:
            gather(dossier, how)
        for constant in self.profile.constants:
            settle_constant(dossier, dossier.root, *constant)
        self.profile.decisions.complete(dossier, self.profile.name)
        dossier.source_values = count_source_values(element, exactly=walker.met_odd)
        dossier.findings += self._missing_files(element)
        dossier.findings += self.outside.about.get(number, ())
        return dossier

    def _missing_files(self, element: Any) -> Iterator[Finding]:
        """Attachments that the data names and that were not beside it (else their content would stand there)."""
        for rule in self.profile.loose_files:
            if rule.pattern is None:
                for item in element.iterfind(rule.at):
                    if rule.reference(item) and item.find(rule.content) is None:
                        yield Finding("bijlage-ontbreekt", place=rule.path)

    def from_bytes(self, data: bytes, number: int) -> LegacyDossier:
        """The same, from a record element as bytes."""
        return self.read(parse_bytes(data), number)


class Export:
    """One export with its profile: `survey()` first, then iterate `dossiers()`.

    `records` is known after the survey; so is `reader`, with the source values that stand outside the records and are
    shared by them. Those cells settle while the records are mapped.
    """

    def __init__(self, name: str, profile: BoundProfile, origin: Origin) -> None:
        self.name = name
        self.profile = profile
        self.records = 0
        self.reader = RecordReader(profile, LegacyDossier(0), Rows())
        self._origin = origin
        self._raw: list[bytes] | None = None  # every record as bytes, where they were kept

    @property
    def outside(self) -> LegacyDossier:
        """The pseudo dossier with the shared source values."""
        return self.reader.outside

    def survey(self, store: RecordStore | None = None, keep: int = 0) -> None:
        """Read the whole export once: is it whole, how many records, what is shared. ExportError when damaged.

        With a `store` the records are kept in it, and from then on read from there. `keep`: when all records together
        are no more bytes than this they stay in memory for `raw_records`, which then does not read them once more.
        """
        try:
            self._count(store, keep)
        except ExportError:
            if not self._origin.lenient():
                raise
            self._count(store, keep)
        if self.records == 0:
            raise ExportError(
                "export-zonder-leerlingen",
            )
        outside, rows, rest = self.reader.outside, self.reader.rows, self._origin.rest
        if rest is not None:
            top = self.profile.outside.child(rest.tag, "")
            walker = Walker(outside, rows)
            walker.read(rest, top, outside.root)
            walker.finish()
            outside.source_values = count_source_values(rest)
        self._origin.leftovers(outside)
        if outside.about:
            self._raw = None  # only now it is known what is not one record's alone
        if store is not None:
            if outside.about:
                self._count(store)  # only now it is known what is not one record's alone
            self._origin = KeptRecords(store, self.name)

    def _count(self, store: RecordStore | None, keep: int = 0) -> None:
        if store is not None:
            store.forget(self.name)
        self.records = 0
        raw: list[bytes] | None = [] if keep else None
        for element in self._elements():
            self.records += 1
            if store is not None:
                store.keep(self.name, self.records, element)
            if raw is not None:
                raw.append(_as_bytes(element))
                keep -= len(raw[-1])
                if keep < 0:
                    raw = None
        self._raw = raw

    def _elements(self) -> Iterator[Any]:
        """The record elements; a disk that does not give them is a problem of this export, not of whoever reads it."""
        try:
            yield from self._origin
        except OSError as error:
            raise no_access(type(error).__name__) from None

    def dossiers(self, skip: int = 0, only: Container[int] | None = None) -> Iterator[LegacyDossier]:
        """Every record after the first `skip` as a legacy dossier, in the order of the export.

        `only`: the numbers of the records to read; the others are passed over.
        """
        for number, record in self._chosen(skip, only):
            yield self.reader.read(record, number)

    def _chosen(self, skip: int, only: Container[int] | None) -> Iterator[tuple[int, Any]]:
        """The elements of those records, with their numbers; after the last one nothing is read any more."""
        end = only.stop - 1 if isinstance(only, range) else None
        for number, record in enumerate(islice(self._elements(), end), start=1):
            if number > skip and (only is None or number in only):
                yield number, record

    @property
    def rest(self) -> Any:
        """After the survey: the root element with what stands outside the records, or None."""
        return self._origin.rest

    def with_elements(self) -> Iterator[tuple[Any, LegacyDossier]]:
        """Every record with its element, which is valid until the next one."""
        for number, element in enumerate(self._elements(), start=1):
            yield element, self.reader.read(element, number)

    def raw_records(self, skip: int = 0, only: Container[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """The same records as bytes with their numbers, for another process to read."""
        if self._raw is None:
            yield from ((number, _as_bytes(record)) for number, record in self._chosen(skip, only))
            return
        for number, data in enumerate(self._raw, start=1):
            if number > skip and (only is None or number in only):
                yield number, data


def _as_bytes(record: Any) -> bytes:
    found: bytes = etree.tostring(record, encoding="utf-8", with_tail=False)
    return found
