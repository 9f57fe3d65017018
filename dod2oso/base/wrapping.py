"""A secret that is wrapped under what a person types: scrypt makes a key of that, AES-256-GCM locks the secret with it.

What is wrapped is plain JSON. Nobody can tell from it what was typed but by trying, and each try costs time and memory.
"""

import hashlib
import secrets
from typing import Any

COST = 1 << 17  # of scrypt: 128 MiB, about half a second
_LEAST, _MOST = 1 << 14, 1 << 20  # a header must not make us use memory without bound
_TAG = 16
_HEX = ("nonce", "salt", "wrapped")


def wrap(secret: bytes, word: str, bound: bytes, *, cost: int = COST) -> dict[str, Any]:
    """The secret as JSON that only this word opens; `bound` must be the same again when it is opened."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    cipher = _cipher(word, salt, cost, nonce, bound)
    wrapped = b"".join(cipher.encrypt_and_digest(secret))
    return {"cost": cost, "nonce": nonce.hex(), "salt": salt.hex(), "wrapped": wrapped.hex()}


def unwrap(said: dict[str, Any], word: str, bound: bytes) -> bytes | None:
    """The secret; None when this is not the word, or it is bound to something else. `said` was found `sound`."""
    nonce, salt, wrapped = (bytes.fromhex(said[name]) for name in _HEX)
    cipher = _cipher(word, salt, said["cost"], nonce, bound)
    try:
        return bytes(cipher.decrypt_and_verify(wrapped[:-_TAG], wrapped[-_TAG:]))
    except ValueError:
        return None


def sound(said: Any) -> bool:
    """Whether this can be tried at all."""
    try:
        lengths = [len(bytes.fromhex(said[name])) for name in _HEX]
        return bool(type(said["cost"]) is int and _LEAST <= said["cost"] <= _MOST and min(lengths) >= 1)
    except (TypeError, KeyError, ValueError):
        return False


def _cipher(word: str, salt: bytes, cost: int, nonce: bytes, bound: bytes) -> Any:
    from Cryptodome.Cipher import AES  # heavy, and every command imports this module

    cipher = AES.new(_stretched(word, salt, cost), AES.MODE_GCM, nonce=nonce)
    cipher.update(bound)
    return cipher


def _stretched(word: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(word.encode(), salt=salt, n=cost, r=8, p=1, dklen=32, maxmem=cost * 8 * 129)
