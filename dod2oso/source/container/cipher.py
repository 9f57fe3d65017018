"""pyzipper, with what it lacks: ZipCrypto at the speed of C, and an authentication check that reads to the end.

pyzipper reads the list of files, ZipCrypto and WinZip AES. Its ZipCrypto is plain Python (1 MB/s); where the extension
of `fast-zip-decryption` is installed that does the work (hundreds of MB/s). The extension is imported by itself: its
package would replace parts of the standard library's zipfile.
"""

import zlib
from contextlib import suppress
from typing import Any

from pyzipper import AESZipFile
from pyzipper.zipfile_aes import AESZipExtFile

try:
    from _zipdecrypter import StandardZipDecrypter
except ImportError:  # no wheel for this Python yet
    StandardZipDecrypter = None

_HEADER = 12  # random bytes, the last of which tells (one time in 256 wrongly) that the password is right


class WrongPassword(RuntimeError):
    """The check byte does not match."""


class _FastDecrypter:
    """ZipCrypto by the extension, in the shape that pyzipper wants."""

    def __init__(self, info: Any, pwd: bytes, encryption_header: bytes) -> None:
        self._decrypter = StandardZipDecrypter(pwd)
        if len(encryption_header) < _HEADER:
            raise EOFError
        last = self._decrypter.decrypt_bytes(encryption_header)[-1]
        if last != ((info._raw_time >> 8) if info.use_datadescripter else (info.CRC >> 24)) & 0xFF:
            raise WrongPassword

    def decrypt(self, data: bytes) -> bytes:
        return bytes(self._decrypter.decrypt_bytes(data))


class _ExtFile(AESZipExtFile):  # type: ignore[misc]
    def setup_decrypter(self) -> Any:
        decrypter = super().setup_decrypter()
        ours = StandardZipDecrypter is not None and self._zinfo.wz_aes_version is None
        return _FastDecrypter if ours else decrypter

    def check_integrity(self) -> None:
        """pyzipper looks for the authentication code as soon as the last byte is out, also when some compressed bytes
        (an end-of-block code) were not yet read; it would then take those for the code."""
        if self._zinfo.wz_aes_version is not None:
            while self._compress_left > 0:
                self._read2(self.MIN_READ_SIZE)
        super().check_integrity()

    def first_bytes(self) -> bytes:
        """As much of the start as can be had of a damaged file, unchecked; only on a fresh stream."""
        data: bytes = self._read2(self.MIN_READ_SIZE)
        if self._decompressor is None:
            return data
        found = b""
        with suppress(zlib.error):
            for byte in data:
                found += self._decompressor.decompress(bytes((byte,)))
        return found


class EncryptedZipFile(AESZipFile):  # type: ignore[misc]
    """A zip to read: `infolist()`, and `open(info, pwd=...)`."""

    zipextfile_cls = _ExtFile
