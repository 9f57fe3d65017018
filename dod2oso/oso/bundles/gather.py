"""From what a user has (ZIPs, folders, a checkout with or without links, a ZIP in a ZIP) to files in memory.

Paths are relative, with `/`. A link becomes the file it points to; where git or Windows left a small text file
instead of the link, its only line is that path. Nothing outside the given place is ever read.
"""

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import BinaryIO

from dod2oso.base.errors import UsageError
from dod2oso.oso.derive.workbook import SUFFIXES

MAX_FILES = 5_000
MAX_BYTES = 250_000_000  # of all files together, unpacked
MOST_EXTRA = 50_000_000  # bytes of extra files that are kept
TECHNICAL = frozenset({".xsd", ".xsl", ".xslt"})
_LONGEST_LINK = 300  # bytes
_DEEPEST = 3  # a ZIP in a ZIP in a ZIP


@dataclass(slots=True)
class Gathered:
    """Technical files and extra ones by path; `dangling`: links that lead to nothing in here.

    left_out: extra files for which there is no room, by name only.
    """

    technical: dict[str, bytes] = field(default_factory=dict)
    extra: dict[str, bytes] = field(default_factory=dict)
    dangling: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _links: dict[str, str] = field(default_factory=dict)
    _bytes: int = 0
    _files: int = 0
    _extra: int = 0  # bytes

    def put(self, name: str, data: bytes) -> None:
        self.count(len(data))
        technical = PurePosixPath(name).suffix.lower() in TECHNICAL
        if technical and (target := _text_link(data)):
            self.link(name, target)
        elif technical:
            self.technical[name] = data
        elif self._extra + len(data) <= MOST_EXTRA:
            self.extra[name] = data
            self._extra += len(data)
        else:
            self.left_out.append(name)

    def link(self, name: str, target: str) -> None:
        self._links[name] = normpath(f"{PurePosixPath(name).parent.as_posix()}/{target}")

    def count(self, size: int) -> None:
        self._bytes += size
        self._files += 1
        if self._files > MAX_FILES or self._bytes > MAX_BYTES:
            raise UsageError("bundle-too-large", limit=f"{MAX_FILES} / {MAX_BYTES // 1_000_000} MB")

    def follow(self) -> None:
        """Put the file in the place of every link to it; a chain of links is followed too."""
        for name, first in self._links.items():
            target, seen = first, {name}
            while target in self._links and target not in seen:
                seen.add(target)
                target = self._links[target]
            known = self.technical if target in self.technical else self.extra
            if target in known:
                known[name] = known[target]
            else:
                self.dangling.append(name)


def gather(source: Path) -> Gathered:
    """Everything in a ZIP or folder, or one workbook.

    UsageError when it cannot be read, holds too much, or points outside itself.
    """
    found = Gathered()
    try:
        if source.is_dir():
            _folder(source, found)
        elif source.suffix.lower() in SUFFIXES:
            found.count(source.stat().st_size)
            found.extra[source.name] = source.read_bytes()
        else:
            with source.open("rb") as file:
                _zip(file, "", found, 1)
    except UsageError:
        raise
    except Exception as error:  # the reader of zips raises what its decompressors raise
        raise UsageError("bundle-unreadable", kind=type(error).__name__) from None
    found.follow()
    return found


def _folder(source: Path, found: Gathered) -> None:
    root = source.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder) / name
            relative = path.relative_to(root).as_posix()
            if path.is_symlink():
                found.link(relative, path.readlink().as_posix().replace("\\", "/"))
                continue
            if not path.is_file():
                continue
            if path.stat().st_size > MAX_BYTES:
                found.count(path.stat().st_size)
            _file(relative, path.read_bytes(), found, 1)


def _file(name: str, data: bytes, found: Gathered, depth: int) -> None:
    if name.lower().endswith(".zip") and depth < _DEEPEST:
        found.count(0)
        _zip(io.BytesIO(data), f"{name.removesuffix(name[-4:])}/", found, depth + 1)
    else:
        found.put(name, data)


def _zip(file: BinaryIO, before: str, found: Gathered, depth: int) -> None:
    with zipfile.ZipFile(file) as archive:
        for member, name in _members(archive):
            with archive.open(member) as opened:
                content = opened.read(MAX_BYTES + 1)  # the size in the directory of the ZIP may be a lie
            if stat.S_ISLNK(member.external_attr >> 16):
                found.count(len(content))
                found.link(before + name, content.decode("utf-8", "replace").strip().replace("\\", "/"))
            else:
                _file(before + name, content, found, depth)


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir():
            continue
        if name.is_absolute() or ".." in name.parts or not name.parts or ":" in name.parts[0]:
            raise UsageError("bundle-name-outside")
        yield member, name.as_posix()


def _text_link(data: bytes) -> str:
    """The path in a small text file that stands where a link should be; "" when it is a real file."""
    text = data.strip()
    if not text or len(text) > _LONGEST_LINK or b"<" in text or b"\n" in text:
        return ""
    try:
        return text.decode("utf-8").replace("\\", "/")
    except UnicodeDecodeError:
        return ""
