"""Attachments that lie beside the data: each is put into the record of its pupil, as Base64, as the profile says.

A reference in the data must name the file; a file named after a pupil must hold exactly the value that the profile
names (`{}` stands for letters and digits only, so that `12_34_report` can never be taken for pupil 12's when the
pattern is `{}-*`). What matches nothing is told, never guessed.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from lxml import etree

from dod2oso.findings.model import Finding
from dod2oso.oso.attachments import MAX_FILE
from dod2oso.source.bind import BoundLooseFiles
from dod2oso.source.export import Origin
from dod2oso.source.oddtext import BLANK
from dod2oso.source.record import LegacyDossier
from dod2oso.source.walk import count_unread

UNMATCHED = "bijlage-zonder-leerling"
_ABSOLUTE = re.compile(r"[a-z]:|/")
UNMATCHED_PATH = "(losse bijlagen)"
SHARED = "sleutel-dubbel"
_SHOWN = 10  # records named in one finding


class File(Protocol):
    """A file beside the data; `name` is its path within the folder or zip."""

    @property
    def name(self) -> str: ...
    def open(self) -> BinaryIO: ...


class WithLooseFiles:
    """An origin whose records get their attachments (an `Origin` itself)."""

    def __init__(
        self, origin: Origin, rules: Sequence[BoundLooseFiles], files: Sequence[File], *, tell_unused: bool = True
    ) -> None:
        self._origin = origin
        self._rules = rules
        self._by_name = _by_name(files)
        self._named = {rule: _by_value(rule, files) for rule in rules if rule.pattern is not None}
        self._files = files
        self._tell_unused = tell_unused  # else another export may know them
        self._used: set[str] = set()
        self._owners: dict[str, list[int]] = {}  # file -> the records that it would go to
        self._surveyed = False

    @property
    def rest(self) -> Any:
        return self._origin.rest

    def __iter__(self) -> Iterator[Any]:
        if not self._surveyed:
            self._owners.clear()
        for number, element in enumerate(self._origin, start=1):
            for rule in self._rules:
                if rule.pattern is None:
                    self._referred(element, rule, number)
                else:
                    self._named_after(element, rule, self._named[rule], number)
            yield element

    def lenient(self) -> bool:
        return self._origin.lenient()

    def leftovers(self, outside: LegacyDossier) -> None:
        """What the origin had left, and the files that belong to no record: each counts as one value, not read."""
        self._origin.leftovers(outside)
        self._surveyed = True
        for name, records in self._owners.items():
            if len(records) > 1:
                self._used.discard(name)
                outside.tell(
                    records, Finding(SHARED, UNMATCHED_PATH, place="record " + ", ".join(map(str, records[:_SHOWN])))
                )
        left = sum(file.name not in self._used for file in self._files) if self._tell_unused else 0
        for _ in range(left):
            count_unread(outside, UNMATCHED_PATH)
        outside.source_values += left
        if left:
            outside.findings.append(Finding(UNMATCHED, note=str(left)))

    def _referred(self, element: Any, rule: BoundLooseFiles, number: int) -> None:
        for item in element.iterfind(rule.at):
            file = _find(rule.reference(item), self._by_name)
            if file is not None and self._may_have(file, number):
                etree.SubElement(item, rule.content).text = self._content(file)

    def _may_have(self, file: File, number: int) -> bool:
        """Whether a file is this record's alone; only known after the first pass."""
        owners = self._owners.setdefault(file.name, [])
        if not self._surveyed and number not in owners:
            owners.append(number)
        return len(owners) < 2

    def _named_after(
        self, element: Any, rule: BoundLooseFiles, files: Mapping[str, Sequence[File]], number: int
    ) -> None:
        for file in files.get(rule.reference(element), ()):
            if not self._may_have(file, number):
                continue
            item = etree.SubElement(element, rule.at)
            etree.SubElement(item, rule.file_name).text = _real(file.name).rpartition("/")[2]
            etree.SubElement(item, rule.content).text = self._content(file)

    def _content(self, file: File) -> str:
        """Base64; of a file that is too large for OSO just so much that the mapping refuses it for its size."""
        self._used.add(file.name)
        with file.open() as stream:
            return base64.b64encode(stream.read(MAX_FILE + 3)).decode("ascii")


def _plain(name: str) -> str:
    """A file name for comparison: how letters are composed, Windows separators and capitals do not count."""
    return unicodedata.normalize("NFC", name.strip(BLANK)).replace("\\", "/").removeprefix("./").lower()


def _real(name: str) -> str:
    """A file name as it was meant, its letters composed; one in UTF-8 that its zip did not call so included."""
    if not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")  # a zip that does not say UTF-8 is read as CP437
        except UnicodeError:
            pass
    return unicodedata.normalize("NFC", name)


def _spellings(name: str) -> set[str]:
    """Other ways to read the name of a file in a zip that does not say in which encoding its names are."""
    found = {_plain(_real(name))}
    if not name.isascii():
        for encoding in ("cp850", "cp1252"):
            try:
                found.add(_plain(name.encode("cp437").decode(encoding)))
            except UnicodeError:
                continue
    return found


def _find(reference: str, by_name: Mapping[str, File]) -> File | None:
    """The file that a reference names; of an absolute path, on a disk that is not here, as much of its end as fits."""
    name = _plain(reference)
    file = by_name.get(name)
    if file is None and _ABSOLUTE.match(name):
        parts = [part for part in name.split("/") if part]
        ends = ("/".join(parts[start:]) for start in range(1, len(parts)))
        file = next((by_name[end] for end in ends if end in by_name), None)
    return file


def _by_name(files: Sequence[File]) -> dict[str, File]:
    """Files by their path, and by their bare name as far as that is unique; other spellings where they are as well."""
    found = {_plain(file.name): file for file in files}
    others: dict[str, dict[str, File]] = {}
    for file in files:
        for name in {_plain(file.name), *_spellings(file.name)}:
            for spelling in (name, name.rpartition("/")[2]):
                others.setdefault(spelling, {})[file.name] = file
    return {name: next(iter(same.values())) for name, same in others.items() if len(same) == 1} | found


def _by_value(rule: BoundLooseFiles, files: Sequence[File]) -> dict[str, list[File]]:
    found: dict[str, list[File]] = {}
    pattern = rule.pattern or ""
    for file in files:
        match = re.fullmatch(pattern, _real(file.name).rpartition("/")[2], re.IGNORECASE)
        if match is not None:
            found.setdefault(match[1], []).append(file)
    return found
