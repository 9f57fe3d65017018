"""Zips for tests: good ones by pyzipper and by other programmes, bad ones byte by byte."""

import base64
import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyzipper

PIN = "4711"
XML = b"<export><leerling>Voorbeeld</leerling></export>"
OSO = b'<?xml version="1.0"?><dossier xmlns="http://www.edustandaard.nl/oso_gegevensset/2017.1/dossier"/>'

# Made by Info-ZIP (`zip -P`) and by 7-Zip; all hold a.xml, the first two also b.txt.
MADE_ELSEWHERE = {
    "infozip-zipcrypto": (
        "UEsDBBQACQAIAOY8eV3hb4x6KQAAACAAAAAFAAAAYS54bWwwv5ZVWEz6qBGlZr3cEuOvHlPDHZFlr0MOnfOzTLkFzRrWgVCt/ibCwFBLBwjhb4"
        "x6KQAAACAAAABQSwMECgAJAAAA5jx5XcEHyP4qAAAAHgAAAAUAAABiLnR4dDJ+OILeiUSOWsdtzajIpf4gX11tbNhgBGurqFYvRSgIY3NZ0IkB"
        "QhXtFlBLBwjBB8j+KgAAAB4AAABQSwECHgMUAAkACADmPHld4W+MeikAAAAgAAAABQAAAAAAAAABAAAApIEAAAAAYS54bWxQSwECHgMKAAkAAA"
        "DmPHldwQfI/ioAAAAeAAAABQAAAAAAAAABAAAApIFcAAAAYi50eHRQSwUGAAAAAAIAAgBmAAAAuQAAAAAA"
    ),
    "7zip-aes256": (
        "UEsDBDMAAQBjAOc8eV0AAAAAPAAAACAAAAAFAAsAYS54bWwBmQcAAgBBRQMAAJUQhV9whhZRxpvCwpBs4c0sbopIOzqL0WezpMsm3f6kc19aYX"
        "/CdFyKipeXtFgA68G50zqoiS8f3HTmblBLAwQzAAEAYwDnPHldAAAAADoAAAAeAAAABQALAGIudHh0AZkHAAIAQUUDAABiEtcrBTgh9RnY9088"
        "/73W+MD7AdKD83bsVjDtohoxZ3YctBBcjQFwei8lGYLY+Wg5bnxPRXxPJ9+pUEsBAj8DMwABAGMA5zx5XQAAAAA8AAAAIAAAAAUALwAAAAAAAA"
        "AggKSBAAAAAGEueG1sCgAgAAAAAAABABgA9H2IELB83QEAAAAAAAAAAAAAAAAAAAAAAZkHAAIAQUUDAABQSwECPwMzAAEAYwDnPHldAAAAADoA"
        "AAAeAAAABQAvAAAAAAAAACCApIFqAAAAYi50eHQKACAAAAAAAAEAGAD0fYgQsHzdAQAAAAAAAAAAAAAAAAAAAAABmQcAAgBBRQMAAFBLBQYAAA"
        "AAAgACAMQAAADSAAAAAAA="
    ),
    "7zip-aes128-stored": (
        "UEsDBDMAAQBjAOc8eV0AAAAANAAAACAAAAAFAAsAYS54bWwBmQcAAgBBRQEAABpScYCe1TQQxCbHpCnIjJvbvvxV993aV9ryuV4wiDnT4dJJBv"
        "yKqbBMDpughNHbPy3nZedQSwECPwMzAAEAYwDnPHldAAAAADQAAAAgAAAABQAvAAAAAAAAACCApIEAAAAAYS54bWwKACAAAAAAAAEAGAD0fYgQ"
        "sHzdAQAAAAAAAAAAAAAAAAAAAAABmQcAAgBBRQEAAFBLBQYAAAAAAQABAGIAAABiAAAAAAA="
    ),
    "7zip-zipcrypto": (
        "UEsDBBQAAQAAAOc8eV3hb4x6LAAAACAAAAAFAAAAYS54bWxc1/Y9bo2JDTeknXkAjFrYrnj6CZcaklKkLKu1fHu1TsQYPFNWuy92MHwKUlBLAQ"
        "I/AxQAAQAAAOc8eV3hb4x6LAAAACAAAAAFACQAAAAAAAAAIICkgQAAAABhLnhtbAoAIAAAAAAAAQAYAPR9iBCwfN0BAAAAAAAAAAAAAAAAAAAA"
        "AFBLBQYAAAAAAQABAFcAAABPAAAAAAA="
    ),
}
ELSEWHERE_XML = b"<r>\n<naam>Voorbeeld</naam>\n</r>\n"


def made_elsewhere(name: str) -> bytes:
    return base64.b64decode(MADE_ELSEWHERE[name])


def zipped(files: Mapping[str, bytes], pin: str | None = None, nbits: int = 256, *, stored: bool = False) -> bytes:
    """A zip, with AES when there is a PIN."""
    whole = io.BytesIO()
    method = pyzipper.ZIP_STORED if stored else pyzipper.ZIP_DEFLATED
    with pyzipper.AESZipFile(whole, "w", compression=method) as archive:
        if pin is not None:
            archive.setpassword(pin.encode())
            archive.setencryption(pyzipper.WZ_AES, nbits=nbits)
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@dataclass
class Raw:
    """An entry of a zip as we please; `size` and `crc` may lie, `offset` may point anywhere."""

    name: bytes
    content: bytes = XML
    method: int = 8
    flags: int = 0
    size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    packed_size: int | None = None
    offset: int | None = None
    mode: int = 0o100644

    def parts(self) -> tuple[bytes, bytes, tuple[int, int, int]]:
        """The packed bytes, and what the headers say of them."""
        packed = self.packed
        if packed is None:
            packed = deflate(self.content) if self.method == 8 else self.content
        crc = zlib.crc32(self.content) if self.crc is None else self.crc
        size = len(self.content) if self.size is None else self.size
        return packed, self.name, (crc, len(packed) if self.packed_size is None else self.packed_size, size)


def raw_zip(entries: Sequence[Raw], comment: bytes = b"") -> bytes:
    """A zip in which nothing needs to be true."""
    body, directory = b"", b""
    for entry in entries:
        packed, name, sizes = entry.parts()
        offset = len(body) if entry.offset is None else entry.offset
        fixed = struct.pack("<HHHHH", 20, entry.flags, entry.method, 0, 0x21)
        lengths = struct.pack("<HH", len(name), 0)
        if entry.offset is None:
            body += b"PK\x03\x04" + fixed + struct.pack("<III", *sizes) + lengths + name + packed
        directory += b"PK\x01\x02" + struct.pack("<H", 0x0314) + fixed + struct.pack("<III", *sizes) + lengths
        directory += struct.pack("<HHHII", 0, 0, 0, entry.mode << 16, offset) + name
    count = min(len(entries), 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), len(comment))
    return body + directory + b"PK\x05\x06" + end + comment


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


class _Keys:
    """ZipCrypto, to make zips with it."""

    def __init__(self, password: bytes) -> None:
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._update(byte)

    def _update(self, byte: int) -> None:
        first, second, third = self.keys
        first = _crc(first, byte)
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        self.keys = [first, second, _crc(third, second >> 24)]

    def encrypt(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            mask = self.keys[2] | 2
            out.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
            self._update(byte)
        return bytes(out)


def _crc(value: int, byte: int) -> int:
    return zlib.crc32(bytes((byte,)), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def zipcrypto(name: str, content: bytes, pin: str | bytes, *, damage: bool = False) -> Raw:
    """An entry with ZipCrypto; `damage` changes a byte near the end of the content."""
    crc = zlib.crc32(content)
    packed = bytearray(deflate(content))
    if damage:
        packed[-6] ^= 0x55
    header = bytes(range(11)) + bytes((crc >> 24,))
    whole = _Keys(pin.encode() if isinstance(pin, str) else pin).encrypt(header + bytes(packed))
    return Raw(name.encode(), content, flags=1, packed=whole)


def passes_check(entry: Raw, pin: str) -> bool:
    """Whether the one check byte of ZipCrypto lets this PIN in."""
    assert entry.packed is not None
    keys, plain = _Keys(pin.encode()), []
    for byte in entry.packed[:12]:
        mask = keys.keys[2] | 2
        plain.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
        keys._update(plain[-1])
    return plain[-1] == zlib.crc32(entry.content) >> 24
