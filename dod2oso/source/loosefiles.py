"""Attachments that lie beside the data: each is put into the record of its pupil, as Base64, as the profile says.

A reference in the data must name the file; a file named after a pupil must hold exactly the value that the profile
names (`{}` stands for letters and digits only, so that `12_34_report` can never be taken for pupil 12's when the
pattern is `{}-*`). What matches nothing is told, never guessed.
"""

import base64
import re
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
            file = self._by_name.get(_plain(rule.reference(item)))
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
            etree.SubElement(item, rule.file_name).text = file.name.rpartition("/")[2]
            etree.SubElement(item, rule.content).text = self._content(file)

    def _content(self, file: File) -> str:
        """Base64; of a file that is too large for OSO just so much that the mapping refuses it for its size."""
        self._used.add(file.name)
        with file.open() as stream:
            return base64.b64encode(stream.read(MAX_FILE + 3)).decode("ascii")


def _plain(name: str) -> str:
    """A file name for comparison: Windows separators and capitals do not count."""
    return name.strip(BLANK).replace("\\", "/").removeprefix("./").lower()


def _by_name(files: Sequence[File]) -> dict[str, File]:
    """Files by their path, and by their bare name as far as that is unique."""
    found = {_plain(file.name): file for file in files}
    bare: dict[str, list[File]] = {}
    for file in files:
        bare.setdefault(_plain(file.name).rpartition("/")[2], []).append(file)
    return {name: same[0] for name, same in bare.items() if len(same) == 1} | found


def _by_value(rule: BoundLooseFiles, files: Sequence[File]) -> dict[str, list[File]]:
    found: dict[str, list[File]] = {}
    pattern = rule.pattern or ""
    for file in files:
        match = re.fullmatch(pattern, file.name.rpartition("/")[2], re.IGNORECASE)
        if match is not None:
            found.setdefault(match[1], []).append(file)
    return found
