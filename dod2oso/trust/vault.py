"""A vault: one file that holds others, readable only with a passphrase. Written and read as a stream, memory flat.

    magic and version (16 bytes) · two slots (512 bytes each) · chunks

A slot holds the key of the chunks, wrapped under the passphrase (scrypt, AES-256-GCM), with a checksum, so that a
damaged slot is not taken for a wrong passphrase. There are two, so that a passphrase is changed without a moment at
which neither works. A chunk is its length, and AES-256-GCM under a key made for this vault only; its nonce is its
number and whether it is the last, so that chunks cannot change places, go missing, or come from another vault.
"""

import hashlib
import io
import json
import os
import secrets
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from Cryptodome.Cipher import AES

from dod2oso.base import wrapping
from dod2oso.base.chunked import Chunked
from dod2oso.base.wrapping import COST

MAGIC = b"dod2oso-vault\0\0\1"
SLOT, SLOTS = 512, 2
CHUNK = 1 << 20
_TAG = 16
_LENGTH = struct.Struct(">I")


class WrongPassphrase(Exception):
    """No slot opens with it."""


class Damaged(Exception):
    """This is no vault, or not every byte is as it was written."""


class Key(NamedTuple):
    """The key of the chunks, and the project it belongs to: a word of whoever made the vault, as it was then.

    encrypted: the passphrase is not what a person types; it is made of the key file of an encrypted project.
    """

    secret: bytes
    project: str
    encrypted: bool = False

    @classmethod
    def new(cls, project: str, *, encrypted: bool = False) -> "Key":
        return cls(secrets.token_bytes(32), project, encrypted)


class Sealer(Chunked):
    """A stream into a vault; only after `close` is the vault whole."""

    def __init__(self, target: BinaryIO, key: Key, passphrase: str, *, cost: int = COST) -> None:
        super().__init__(CHUNK)
        self._target, self._key = target, key
        target.write(MAGIC + _slot(key, passphrase, cost) + bytes(SLOT * (SLOTS - 1)))

    def _put(self, number: int, data: bytes, *, last: bool) -> None:
        sealed, tag = _cipher(self._key, number, last).encrypt_and_digest(data)
        self._target.write(_LENGTH.pack(len(sealed) | (last << 31)) + sealed + tag)


class Opener(io.RawIOBase):
    """What a vault holds, as a stream. Damaged is raised no later than at its end."""

    def __init__(self, source: BinaryIO, key: Key) -> None:
        source.seek(len(MAGIC) + SLOT * SLOTS)
        self._chunks, self._rest = _chunks(source, key), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks))
            except StopIteration:
                return 0
        taken = min(len(buffer), len(self._rest))
        buffer[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken


def unwrap(source: BinaryIO, passphrase: str) -> Key:
    """The key of a vault. Raises WrongPassphrase, or Damaged when there is nothing that could be opened."""
    return _opened(source, passphrase)[1]


def of_encrypted(source: BinaryIO) -> bool:
    """Whether the vault says that it opens by the key file of an encrypted project. Damaged as `unwrap`."""
    return any(slot.get("encrypted", False) for _number, slot in _slots(source))


def change(file: BinaryIO, old: str, new: str, *, cost: int = COST) -> None:
    """Another passphrase, in a vault open for reading and writing. At every moment the old or the new one works."""
    at, key = _opened(file, old)
    other = (at + 1) % SLOTS
    for slot, data in ((other, _slot(key, new, cost)), (at, bytes(SLOT))):
        file.seek(len(MAGIC) + SLOT * slot)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _opened(source: BinaryIO, passphrase: str) -> tuple[int, Key]:
    for number, slot in _slots(source):
        secret = wrapping.unwrap(slot, passphrase, MAGIC + slot["project"].encode())
        if secret is not None:
            return number, Key(secret, slot["project"], slot.get("encrypted", False))
    raise WrongPassphrase


def _slots(source: BinaryIO) -> list[tuple[int, dict[str, Any]]]:
    """The slots that can be tried, at least one; Damaged when there is none."""
    source.seek(0)
    head = source.read(len(MAGIC) + SLOT * SLOTS)
    if len(head) != len(MAGIC) + SLOT * SLOTS or not head.startswith(MAGIC):
        raise Damaged
    read = [(number, _read_slot(head[len(MAGIC) + SLOT * number :][:SLOT])) for number in range(SLOTS)]
    found = [(number, slot) for number, slot in read if slot is not None]
    if not found:
        raise Damaged
    return found


def _slot(key: Key, passphrase: str, cost: int) -> bytes:
    said = wrapping.wrap(key.secret, passphrase, MAGIC + key.project.encode(), cost=cost)
    said |= {"project": key.project, "encrypted": key.encrypted}
    text = json.dumps(said).encode()
    return (text + b"\n" + hashlib.sha256(text).hexdigest().encode()).ljust(SLOT)


def _read_slot(data: bytes) -> dict[str, Any] | None:
    """What a slot says; None when it is empty or damaged."""
    text, _, check = data.rstrip().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != check:
        return None
    said: dict[str, Any] = json.loads(text)
    return said if wrapping.sound(said) else None


def _cipher(key: Key, number: int, last: bool) -> Any:
    cipher = AES.new(key.secret, AES.MODE_GCM, nonce=number.to_bytes(11, "big") + bytes([last]))
    cipher.update(MAGIC)
    return cipher


def _chunks(source: BinaryIO, key: Key) -> Iterator[bytes]:
    number, last = 0, False
    while not last:
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise Damaged
        length, last = _LENGTH.unpack(head)[0] & 0x7FFFFFFF, bool(head[0] & 0x80)
        if length > CHUNK:
            raise Damaged
        data = source.read(length + _TAG)
        try:
            yield _cipher(key, number, last).decrypt_and_verify(data[:length], data[length:])
        except ValueError:
            raise Damaged from None
        number += 1
    if source.read(1):
        raise Damaged
