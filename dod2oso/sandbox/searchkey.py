"""The zoeksleutel of the sandbox. NOT that of OSO, whose algorithm is not public.

The PGN under AES-256-GCM with a key that both schools of the sandbox have, padded so that the whole is 128 bytes, which
in base64 is as long as the one example that is public. Every zoeksleutel of the same pupil is another one.
"""

import base64
import binascii
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dod2oso.base.files import write_private

_BYTES, _NONCE, _TAG, _PGN = 128, 12, 16, 9


class SandboxKeys:
    """Makes and resolves zoeksleutels under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def make(self, pgn: str) -> tuple[str, str]:
        """(zoeksleutel, pgnfrag) of a PGN."""
        nonce = secrets.token_bytes(_NONCE)
        text = pgn.encode().ljust(_BYTES - _NONCE - _TAG, b"\0")
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text, None)).decode(), pgn[-4:]

    def resolve(self, zoeksleutel: str, pgnfrag: str) -> str | None:
        try:
            data = base64.b64decode("".join(zoeksleutel.split()), validate=True)
            pgn = self._cipher.decrypt(data[:_NONCE], data[_NONCE:], None).rstrip(b"\0").decode()
        except (binascii.Error, InvalidTag, ValueError):
            return None
        fits = len(pgn) == _PGN and pgn.isdigit() and (not pgnfrag or pgn.endswith(pgnfrag))
        return pgn if fits else None


def search_keys(key_file: Path | None) -> SandboxKeys:
    """From the file that `make_key` wrote; ValueError when it is none."""
    if key_file is None:
        raise ValueError("search-key-file")
    return SandboxKeys(bytes.fromhex(key_file.read_text().strip()))


def make_key(path: Path) -> SandboxKeys:
    """A new key, kept in a private file."""
    key = secrets.token_bytes(32)
    write_private(path, key.hex().encode() + b"\n")
    return SandboxKeys(key)
