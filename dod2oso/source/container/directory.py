"""The list of files in a zip, looked at before anything is read: is every entry possible, and is it all bearable?

Nothing is ever written under a name from a zip. The names are checked all the same: who makes such a zip means harm,
and the names end up in messages and are matched with those in the data.
"""

import re
import stat
from collections.abc import Sequence
from typing import Any, NamedTuple

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits
from dod2oso.source.container.problems import problem

STORED, DEFLATED, AES = 0, 8, 99
_LOCAL_HEADER = 30  # bytes before the name, in front of each file
_PATCH, _STRONG, _MASKED = 1 << 5, 1 << 6, 1 << 13
_DRIVE = re.compile(r"[A-Za-z]:")
_HIDDEN = ("__MACOSX",)


class Entry(NamedTuple):
    """A file in a zip: its number (for messages), its name, and what the zip reader knows of it."""

    number: int
    name: str
    info: Any

    @property
    def encrypted(self) -> bool:
        return bool(self.info.flag_bits & 1)

    @property
    def hidden(self) -> bool:
        return any(part.startswith(".") or part in _HIDDEN for part in self.name.split("/"))


def entries(infos: Sequence[Any], start_of_list: int, packed: int) -> tuple[Entry, ...]:
    """The files, sorted by name, without folders; hidden ones too, which are counted and not read.

    `packed` is the size of the zip where it lies, to weigh the whole against. Raises ExportError for a zip in which one
    entry is impossible or that is larger than it may be.
    """
    if len(infos) > limits.MAX_MEMBERS:
        raise problem("zip-te-veel-bestanden")
    _no_overlap(infos, start_of_list)
    found: list[Entry] = []
    names: set[str] = set()
    total = 0
    for number, info in enumerate(infos, start=1):
        name = _name(number, info.orig_filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise problem("zip-koppeling", number=number)
        if info.orig_filename.endswith(("/", "\\")):
            continue
        if name in names:
            raise problem("zip-naam-dubbel", number=number)
        names.add(name)
        _readable(number, info)
        total += info.file_size
        found.append(Entry(number, name, info))
    if total > limits.MAX_UNPACKED_BYTES:
        raise problem("zip-te-groot")
    if total > max(packed * limits.MAX_RATIO, limits.RATIO_FREE_BYTES):
        raise problem("zip-verhouding", number=max(enumerate(infos, start=1), key=lambda each: each[1].file_size)[0])
    return tuple(sorted(found, key=lambda entry: entry.name))


def _readable(number: int, info: Any) -> None:
    """Whether we know how it is packed and protected, and it is of a bearable size."""
    if info.compress_type == AES or info.flag_bits & (_PATCH | _STRONG | _MASKED):
        raise problem("zip-versleuteling")
    if info.compress_type not in (STORED, DEFLATED):
        raise problem("zip-methode", number=number, method=info.compress_type)
    if info.file_size > limits.MAX_MEMBER_BYTES:
        raise problem("zip-lid-te-groot", number=number)
    if info.file_size > max(info.compress_size * limits.MAX_RATIO, limits.RATIO_FREE_BYTES):
        raise problem("zip-verhouding", number=number)


def _no_overlap(infos: Sequence[Any], start_of_list: int) -> None:
    """Each file must end before the next one begins; a bomb lets thousands of names share the same bytes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise problem("zip-overlap")
        end = info.header_offset + _LOCAL_HEADER + info.compress_size
    if end > start_of_list:
        raise problem("zip-overlap")


def _name(number: int, raw: str) -> str:
    """A name with forward slashes and no empty parts (some Windows programmes write backslashes)."""
    error = _wrong(number, raw)
    if error is not None:
        raise error
    parts = [part for part in raw.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise problem("zip-naam.outside", number=number)
    if not parts:
        raise problem("zip-naam.empty", number=number)
    if any(len(part) > limits.MAX_NAME_PART for part in parts):
        raise problem("zip-naam.long", number=number)
    return "/".join(parts)


def _wrong(number: int, raw: str) -> ExportError | None:
    if len(raw) > limits.MAX_NAME:
        return problem("zip-naam.long", number=number)
    if not raw.isprintable():
        return problem("zip-naam.characters", number=number)
    if raw.startswith(("/", "\\")) or _DRIVE.match(raw):
        return problem("zip-naam.absolute", number=number)
    return None
