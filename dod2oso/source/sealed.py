"""Rows and records that wait on disk for their turn, where nobody can read them.

The disk never holds a readable value: a nameless temporary file of SQLite, gone with the process, whose entries are
encrypted with a key that exists only in the memory of this process. The export may have come from behind a PIN.
"""

import secrets
import sqlite3
from hashlib import blake2b
from typing import Any

_CACHE_KIB = 16_384  # of pages, and as much again while an index is made: memory stays flat


class Sealer:
    """Encrypts entries and hashes keys with a secret of its own."""

    __slots__ = ("_secret",)

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def sealed(self, number: int, data: bytes) -> bytes:
        """Entry `number`, encrypted; the same again opens it. No two entries have the same number."""
        return bytes(self._cipher(number).encrypt(data))

    def opened(self, number: int, data: bytes) -> bytes:
        return bytes(self._cipher(number).decrypt(data))

    def hashed(self, key: str) -> bytes:
        """A keyed hash, to find entries by."""
        return blake2b(key.encode(), key=self._secret, digest_size=16).digest()

    def _cipher(self, number: int) -> Any:
        """Counter mode; the number of the entry is its nonce, and the key is used for these entries only."""
        from Cryptodome.Cipher import AES  # heavy, and most exports never wait

        return AES.new(self._secret, AES.MODE_CTR, nonce=number.to_bytes(8, "big"))


def temporary_database() -> sqlite3.Connection:
    """A database that is private, goes to disk when it grows, and is gone with the connection."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # SQLite itself lets one in at a time
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    database.execute("PRAGMA journal_mode = OFF")
    return database
