"""A zip: its files as members, with or without PIN, on disk or inside another zip.

A zip is opened once to look at its list, and again whenever one of its files is read; a pool keeps the last ones open.
"""

import io
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits
from dod2oso.source.container.directory import Entry, entries
from dod2oso.source.container.member import Member
from dod2oso.source.container.pins import ATTEMPTS, Pin, Pins
from dod2oso.source.container.problems import problem
from dod2oso.source.container.sniff import binary_starts
from dod2oso.source.container.stream import BUFFER, checked, damage_as

_POOL_ON_DISK = 8  # zips that stay open
_POOL_IN_MEMORY = 1  # zips in a zip, each of them up to MAX_NESTED_BYTES
_END = b"PK\x05\x06"  # begins the end of a zip; behind it the number of this part, 0 in a zip of one part
_TAIL = 66_000  # bytes: the end with the longest comment
_LOOK = 24  # bytes without a control character that cannot be noise


class ArchivePool:
    """Keeps the zips that were used last open, so that a hundred thousand dossiers in one do not open it as often."""

    __slots__ = ("_open", "_room")

    def __init__(self, room: int) -> None:
        self._room = room
        self._open: OrderedDict[object, Any] = OrderedDict()

    def get(self, key: object, opener: Callable[[], Any]) -> Any:
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        while len(self._open) >= self._room:
            self._open.popitem(last=False)[1].close()  # streams that are still read keep the file itself open
        archive = self._open[key] = opener()
        return archive

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


class Pools:
    """One pool for zips on disk, one for zips in memory."""

    __slots__ = ("disk", "memory")

    def __init__(self) -> None:
        self.disk = ArchivePool(_POOL_ON_DISK)
        self.memory = ArchivePool(_POOL_IN_MEMORY)

    def close(self) -> None:
        """Close what is open; members can still be read and open their zip again."""
        self.disk.close()
        self.memory.close()


class _Bounded(io.BufferedReader):
    """A file that is never asked for more than a bearable list of files at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > limits.MAX_DIRECTORY_BYTES:
            raise problem("zip-lijst-te-groot")
        return super().read(size)


class Archive:
    """A zip with this name (for questions) and packed size; raises ExportError when it is not to be trusted."""

    def __init__(self, name: str, packed: int, source: Callable[[], BinaryIO], pins: Pins, pool: ArchivePool) -> None:
        self.name = name
        self._source = source
        self._pins = pins
        self._pool = pool
        self._right: list[Pin] = []  # what has opened a file here
        self._asked = 0
        with damage_as(lambda: problem("zip-beschadigd")):
            if self._is_split():
                raise problem("zip-gesplitst")
            archive = self._reader()
            found = entries(archive.infolist(), archive.start_dir, packed)
        self._entries = tuple(entry for entry in found if not entry.hidden)
        self.hidden = len(found) - len(self._entries)  # how many files in it are not looked at

    def _is_split(self) -> bool:
        """Whether this is the last part of a zip that was split; that one has the list, but not the files in it."""
        with self._source() as stream:
            stream.seek(0, io.SEEK_END)
            stream.seek(-min(stream.tell(), _TAIL), io.SEEK_END)
            tail = stream.read(_TAIL)
        at = tail.rfind(_END)
        return at >= 0 and tail[at + 4 : at + 6] not in (b"\0\0", b"\xff\xff", b"")  # all bits: see zip64

    @property
    def protected(self) -> bool:
        """Whether any file needs a PIN."""
        return any(entry.encrypted for entry in self._entries)

    @property
    def members(self) -> tuple[Member, ...]:
        """Its files, sorted by name, without folders and hidden files."""
        return tuple(Member(entry.name, entry.info.file_size, partial(self._open, entry)) for entry in self._entries)

    def unlock(self) -> None:
        """Find the PIN, on the smallest protected file, asking for it when there is somebody to ask.

        Raises ExportError when there is none (`pin-nodig`) or none fits (`pin-onjuist`).
        """
        protected = [entry for entry in self._entries if entry.encrypted]
        damaged: ExportError | None = None
        for entry in sorted(protected, key=lambda entry: (entry.info.file_size == 0, entry.info.file_size)):
            try:
                with damage_as(lambda: problem("zip-beschadigd")):
                    self._find_pin(entry)
                return
            except ExportError as error:
                if error.code != "zip-beschadigd":
                    raise
                damaged = error  # this file does not even begin; another may
        if damaged is not None:
            raise damaged

    def _reader(self) -> Any:
        from dod2oso.source.container.cipher import EncryptedZipFile  # pyzipper is heavy, and most exports are no zip

        return self._pool.get(self, lambda: EncryptedZipFile(self._source()))

    def _open(self, entry: Entry) -> BinaryIO:
        with damage_as(lambda: problem("zip-lid-beschadigd", number=entry.number)):
            if not entry.encrypted:
                return self._checked(entry, None)
            for pin in self._right:
                stream = self._try(entry, pin)
                if stream is not None:
                    return stream
            found = self._try(entry, self._find_pin(entry))
        if found is None:
            raise problem("zip-lid-beschadigd", number=entry.number)
        return found

    def _find_pin(self, entry: Entry) -> Pin:
        tried = False
        for pin in self._candidates():
            tried = True
            if self._fits(entry, pin):
                self._pins.worked(pin)
                self._right.append(pin)
                return pin
        raise problem("pin-onjuist" if tried else "pin-nodig")

    def _candidates(self) -> Iterator[Pin]:
        yield from self._pins.known
        while self._asked < ATTEMPTS:
            self._asked += 1
            pin = self._pins.ask(self.name)
            if pin is None:
                self._asked = ATTEMPTS
                return
            yield pin

    def _fits(self, entry: Entry, pin: Pin) -> bool:
        """Whether this PIN opens this file. ZipCrypto lets one wrong PIN in 256 in, so the file is read to its end.

        When that goes wrong the PIN is right all the same if the bytes mean something: then the file is damaged.
        """
        stream = self._try(entry, pin)
        if stream is None:
            return False
        with stream:
            try:
                while stream.read(BUFFER):
                    pass
            except ExportError:
                return entry.info.wz_aes_version is not None or self._reads(entry, pin)
        return True

    def _reads(self, entry: Entry, pin: Pin) -> bool:
        """Whether the start of a damaged file reads as something with this PIN."""
        for spelling in pin.spellings():
            try:
                with self._reader().open(entry.info, pwd=spelling) as stream:
                    if means_something(stream.first_bytes()):
                        return True
            except RuntimeError:
                continue
        return False

    def _try(self, entry: Entry, pin: Pin) -> BinaryIO | None:
        """The stream with this PIN; None when the quick check already says that it is wrong."""
        for spelling in pin.spellings():
            try:
                return self._checked(entry, spelling)
            except RuntimeError:
                continue
        return None

    def _checked(self, entry: Entry, password: bytes | None) -> BinaryIO:
        stream = self._reader().open(entry.info, pwd=password)
        return checked(stream, entry.info.file_size, entry.info.compress_size, entry.number)


def means_something(head: bytes) -> bool:
    """Decrypting with a wrong PIN gives noise, that hardly ever unpacks at all and never reads as text for long."""
    plain = head.replace(b"\0", b"")
    odd = sum(1 for byte in plain if byte < 9 or 13 < byte < 32)
    high = sum(1 for byte in plain if byte > 127)
    return head.startswith(binary_starts()) or (
        len(plain) >= _LOOK and odd * 50 < len(plain) and high * 5 < len(plain) * 2
    )


def file_archive(path: Path, name: str, pins: Pins, pools: Pools) -> Archive:
    """A zip on disk."""
    return Archive(name, path.stat().st_size, lambda: _Bounded(path.open("rb", buffering=0)), pins, pools.disk)


def nested_archive(member: Member, name: str, pins: Pins, pools: Pools) -> Archive:
    """A zip in a zip: read into memory as often as it is needed."""
    if member.size > limits.MAX_NESTED_BYTES:
        raise problem("zip-in-zip-te-groot")

    def source() -> BinaryIO:
        with member.open() as stream:
            return io.BytesIO(stream.read())

    return Archive(name, member.size, source, pins, pools.memory)
