"""Zips: members streamed from inside, behind a PIN if need be, within limits that no honest export reaches.

Promise: nothing is extracted, names are never used as paths, and a zip made to fill memory or disk is refused from
its directory before a byte is unpacked. (`zipfile` never yields more bytes than the directory says.)
"""

import io
import re
import stat
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyzipper

from dod2oso.errors import ExportError
from dod2oso.legacy.container.member import Member
from dod2oso.legacy.container.pins import Pins

MAX_MEMBERS = 250_000  # MAX_MEMBERS: a dossier each of all pupils who change schools in a year
MAX_UNPACKED_BYTES = 16 << 30  # MAX_UNPACKED_BYTES: of all members together
MAX_RATIO = 250  # MAX_RATIO: unpacked to packed; text of exports packs 10 to 50 times
MAX_NESTED_BYTES = 512 << 20  # MAX_NESTED_BYTES: a zip in a zip is held in memory, packed
MAX_NAME = 512  # MAX_NAME: characters in the path of a member

_SMALL = 1 << 20  # a ratio says nothing about less
_UNSAFE_NAME = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|[\x00-\x1f\x7f]")
_BAD = (
    pyzipper.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, NotImplementedError, IndexError,
    KeyError, OverflowError,
)  # fmt: skip


def open_archive(source: Path | BinaryIO, name: str, pins: Pins) -> tuple[list[Member], bool]:
    """The members of a zip, and whether it is protected. ExportError when it is damaged, unsafe, or no PIN fits."""
    try:
        archive = pyzipper.AESZipFile(source)
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except _BAD:
        raise damaged() from None
    check_limits(infos)
    _check_names(infos)
    protected = [info for info in infos if info.flag_bits & 1]
    if protected:
        archive.setpassword(_fitting_pin(archive, protected, name, pins))
    members = [_member(archive, info) for info in infos if not _is_clutter(_path(info))]
    return members, bool(protected)


def check_limits(infos: Iterable[Any]) -> None:
    """Refuse a bomb by what its directory says. Also for the zip that a spreadsheet is."""
    found = list(infos)
    total = sum(info.file_size for info in found)
    if len(found) > MAX_MEMBERS:
        raise _limit(
            f"Het zipbestand heeft meer dan MAX_MEMBERS ({MAX_MEMBERS}) bestanden.",
            f"The zip holds more than MAX_MEMBERS ({MAX_MEMBERS}) files.",
        )
    if total > MAX_UNPACKED_BYTES:
        raise _limit(
            f"Uitgepakt is het zipbestand groter dan MAX_UNPACKED_BYTES ({MAX_UNPACKED_BYTES >> 30} GB).",
            f"Unpacked the zip is larger than MAX_UNPACKED_BYTES ({MAX_UNPACKED_BYTES >> 30} GB).",
        )
    if any(info.file_size > _SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1) for info in found):
        raise _limit(
            f"Een bestand in de zip wordt uitgepakt meer dan MAX_RATIO ({MAX_RATIO}) keer zo groot; zo is een echte "
            "export niet.",
            f"A file in the zip grows more than MAX_RATIO ({MAX_RATIO}) times when unpacked; no real export does.",
        )
    end = 0
    for info in sorted(found, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _limit("Bestanden in de zip overlappen elkaar.", "Files in the zip overlap each other.")
        end = info.header_offset + info.compress_size


def _check_names(infos: Iterable[Any]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = _path(info)
        if len(name) > MAX_NAME or not name:
            raise _unsafe(f"langer dan MAX_NAME ({MAX_NAME}), of leeg", f"longer than MAX_NAME ({MAX_NAME}), or empty")
        if _UNSAFE_NAME.search(name):
            raise _unsafe(
                "met '..', een stationsletter, een begin-/ of stuurtekens",
                "with '..', a drive letter, a leading / or control characters",
            )
        if name in seen:
            raise _unsafe("die twee keer voorkomt", "that occurs twice")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _unsafe("die een verwijzing is (symlink)", "that is a symbolic link")
        seen.add(name)


def _path(info: Any) -> str:
    return str(info.filename).replace("\\", "/")


def _is_clutter(name: str) -> bool:
    """What operating systems leave in zips."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _member(archive: Any, info: Any) -> Member:
    return Member(_path(info), info.file_size, lambda: cast(BinaryIO, _Checked(archive, info)))


class _Checked(io.RawIOBase):
    """A member's bytes; damage becomes an ExportError (at the end of a member its checksum is compared)."""

    def __init__(self, archive: Any, info: Any) -> None:
        try:
            self._stream = archive.open(info)
        except RuntimeError:
            raise _wrong_pin() from None
        except _BAD:
            raise damaged() from None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            return cast(bytes, self._stream.read(-1 if size is None else size))
        except _BAD:
            raise damaged() from None

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def nested_archive(member: Member, name: str, pins: Pins) -> tuple[list[Member], bool]:
    """The members of a zip inside a zip: it is held in memory, still packed."""
    if member.size > MAX_NESTED_BYTES:
        raise _limit(
            f"De zip binnen de zip is groter dan MAX_NESTED_BYTES ({MAX_NESTED_BYTES >> 20} MB). Haal hem eruit.",
            f"The zip inside the zip is larger than MAX_NESTED_BYTES ({MAX_NESTED_BYTES >> 20} MB). Take it out.",
        )
    with member.open() as stream:
        return open_archive(io.BytesIO(stream.read()), name, pins)


def _fitting_pin(archive: Any, protected: list[Any], name: str, pins: Pins) -> bytes:
    """The first PIN with which the smallest protected member can be read to its end, checksum and all.

    The old encryption of zips lets one wrong PIN in 256 pass at first; only the checksum tells.
    """
    smallest = min(protected, key=lambda info: info.file_size)
    tried, looked_right = False, False
    for pin in pins.candidates(name):
        tried = True
        for password in dict.fromkeys((pin.encode(), pin.encode("cp1252", errors="ignore"))):
            try:
                with archive.open(smallest, pwd=password) as stream:
                    while stream.read(1 << 20):
                        pass
                return password
            except RuntimeError:
                continue
            except _BAD:
                looked_right = True
    if looked_right:
        raise damaged()
    raise _wrong_pin() if tried else _pin_needed()


def damaged() -> ExportError:
    return ExportError(
        "zip-beschadigd",
        "Het zipbestand is beschadigd of niet volledig. Maak of haal het opnieuw; hiervan is niets omgezet.",
        "The zip is damaged or not complete. Make or fetch it again; nothing of it was converted.",
    )


def _wrong_pin() -> ExportError:
    return ExportError(
        "pin-onjuist",
        "De PIN is onjuist voor deze export. Vraag de afzender om de juiste PIN.",
        "The PIN is wrong for this export. Ask the sender for the right one.",
    )


def _pin_needed() -> ExportError:
    return ExportError(
        "pin-nodig",
        "Deze export is beveiligd. Geef de PIN: op de vraag in het venster, met --pin-file, of in de "
        "omgevingsvariabele DOD2OSO_PIN.",
        "This export is protected. Give the PIN: when asked in the terminal, with --pin-file, or in the environment "
        "variable DOD2OSO_PIN.",
    )


def _limit(nl: str, en: str) -> ExportError:
    return ExportError("zip-grens", f"{nl} Er is niets uitgepakt.", f"{en} Nothing was unpacked.")


def _unsafe(nl: str, en: str) -> ExportError:
    return ExportError(
        "zip-naam",
        f"Het zipbestand bevat een bestandsnaam {nl}. Zo'n zip wordt niet gelezen; maak hem opnieuw.",
        f"The zip holds a file name {en}. Such a zip is not read; make it again.",
    )
