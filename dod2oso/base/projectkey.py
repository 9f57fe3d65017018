"""The key file of an encrypted project, `project.key`: everything secret of it, readable only with a word or a keyring.

    line 1   what this is
    line 2   JSON: the project's number; the slots, in each the master key wrapped under a word; `sealed`, the keys
             themselves, encrypted under the master key
    line 3   SHA-256 of line 2: a damaged file is not taken for a wrong word

The keys: what pseudonyms are made with, which never changes, and the data keys, each with a number. Files and ledger
say with which they were written. There are two data keys only while everything is being encrypted anew (`pending`).
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dod2oso.base import wrapping
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.files import replace_wiping
from dod2oso.base.keptkey import forget_master, kept_master
from dod2oso.base.wrapping import COST

HEAD = b"dod2oso-key 1\n"
PASSPHRASE, RECOVERY = "passphrase", "recovery"  # what a slot is for
LEAST = 12  # characters of a passphrase
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # of a recovery code: without those that are taken for one another
_GROUPS, _LONG = 6, 5  # 30 signs: 150 bits

Asker = Callable[[], str]


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys of a project that was opened."""

    project: str  # 16 hexadecimal digits
    pseudonyms: bytes
    current: str  # the number of the data key that is written with, 8 hexadecimal digits
    data: Mapping[str, bytes]
    pending: bool  # not everything on disk is written with `current` yet
    master: bytes = field(compare=False)

    @property
    def writing(self) -> bytes:
        return self.data[self.current]

    @property
    def vault_word(self) -> str:
        """With what the vault of this project is locked (trust/closing.py)."""
        return hmac.digest(self.master, b"vault", "sha256").hex()

    @classmethod
    def new(cls, pseudonyms: bytes) -> "Keys":
        """Fresh keys for a project; nothing is written with them yet."""
        number = secrets.token_hex(4)
        project, master = secrets.token_hex(8), secrets.token_bytes(32)
        return cls(project, pseudonyms, number, {number: secrets.token_bytes(32)}, True, master)

    def renewed(self) -> "Keys":
        """With another master key and another data key; the old data key stays until nothing needs it."""
        number = secrets.token_hex(4)
        data = {self.current: self.writing, number: secrets.token_bytes(32)}
        return replace(self, current=number, data=data, pending=True, master=secrets.token_bytes(32))

    def settled(self) -> "Keys":
        """Now everything is written with the current key."""
        return replace(self, data={self.current: self.writing}, pending=False)


# --- the file --------------------------------------------------------------------------------------------------------


def is_wrapped(text: bytes) -> bool:
    """Whether this is the key file of an encrypted project, whole or not."""
    return text.startswith(HEAD[:8])


def write(path: Path, keys: Keys, slots: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the key file, and overwrite what stood there before. Of each kind there is one slot."""
    said = {"project": keys.project, "sealed": _seal(keys), "slots": dict(slots)}
    text = json.dumps(said, sort_keys=True).encode()
    replace_wiping(path, HEAD + text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n")


def slot(keys: Keys, word: str, *, cost: int = COST) -> dict[str, Any]:
    """The master key under a word."""
    return wrapping.wrap(keys.master, plain_word(word), _bound(keys.project), cost=cost)


def slots_of(path: Path) -> dict[str, dict[str, Any]]:
    """The slots there are now; ConfigurationError when the file is damaged."""
    slots: dict[str, dict[str, Any]] = _read(path)["slots"]
    return slots


def with_word(path: Path, word: str) -> Keys:
    """The keys, by a passphrase or the recovery code. UsageError when it is neither, ConfigurationError: damaged."""
    return by_word(path, word)[1]


def by_word(path: Path, word: str) -> tuple[str, Keys]:
    """The same, and of which slot it is the word."""
    said = _read(path)
    for kind, each in said["slots"].items():
        master = wrapping.unwrap(each, plain_word(word), _bound(said["project"]))
        if master is not None:
            found = _unseal(said, master)
            if found is None:
                raise ConfigurationError("key-file-damaged", file=path.name)
            return kind, found
    raise UsageError("passphrase-wrong")


def new_recovery_code() -> str:
    """A code that opens the project when its passphrase is lost; to be written on paper."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_LONG)) for _ in range(_GROUPS))


def long_enough(passphrase: str) -> str:
    """The passphrase; UsageError when it can be guessed."""
    if len(passphrase) < LEAST:
        raise UsageError("passphrase-short", least=LEAST)
    return passphrase


def plain_word(word: str) -> str:
    """What was typed; a recovery code may be typed in small letters and without its hyphens."""
    code = word.strip().upper().replace("-", "").replace(" ", "")
    return code if len(code) == _GROUPS * _LONG and set(code) <= set(_SIGNS) else word


def _bound(project: str) -> bytes:
    return HEAD + project.encode()


def _seal(keys: Keys) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = {
        "current": keys.current,
        "data": {number: key.hex() for number, key in keys.data.items()},
        "pending": keys.pending,
        "pseudonyms": keys.pseudonyms.hex(),
    }
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(keys.master).encrypt(nonce, json.dumps(secret).encode(), _bound(keys.project))
    return (nonce + sealed).hex()


def _unseal(said: Mapping[str, Any], master: bytes) -> Keys | None:
    """The keys; None when this is not the master key (any more)."""
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise ConfigurationError("encryption-extra-missing") from None
    sealed = bytes.fromhex(said["sealed"])
    try:
        secret = json.loads(AESGCM(master).decrypt(sealed[:12], sealed[12:], _bound(said["project"])))
    except InvalidTag:
        return None
    data = {number: bytes.fromhex(key) for number, key in secret["data"].items()}
    pseudonyms = bytes.fromhex(secret["pseudonyms"])
    return Keys(said["project"], pseudonyms, secret["current"], data, secret["pending"], master)


def _read(path: Path) -> dict[str, Any]:
    """The second line. ConfigurationError when one byte of the file is another than was written."""
    head, _, rest = path.read_bytes().partition(b"\n")
    text, _, check = rest.rstrip(b"\n").partition(b"\n")
    if head + b"\n" != HEAD or hashlib.sha256(text).hexdigest().encode() != check:
        raise ConfigurationError("key-file-damaged", file=path.name)
    said: dict[str, Any] = json.loads(text)
    if not all(map(wrapping.sound, said["slots"].values())):
        raise ConfigurationError("key-file-damaged", file=path.name)
    return said


# --- opening it, once in a process -----------------------------------------------------------------------------------

_opened: dict[bytes, Keys] = {}  # by the content of the key file
_seen: dict[Path, tuple[tuple[int, int, int], Keys]] = {}  # so that a file is not read for each dossier
_ask: Asker | None = None
_words: list[str] = []


def ask_with(asker: Asker | None) -> None:
    """How a word is got when nothing in the memory of this machine opens a project; None: it cannot be."""
    global _ask
    _ask = asker


def opened(path: Path) -> Keys:
    """The keys in this key file: as this process knows them, else by `unlock` or a keyring, else by asking for a word.

    UsageError when it is not opened, or the word is wrong; ConfigurationError when the file is damaged.
    """
    seen = path.stat()
    stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
    known = _seen.get(path)
    if known is not None and known[0] == stamp:
        return known[1]
    content = path.read_bytes()
    keys = _opened.get(content)
    if keys is None:
        keys = _open(path)
        _opened[content] = keys
    _seen[path] = (stamp, keys)
    return keys


def know(path: Path, keys: Keys) -> None:
    """This process has opened it in another way."""
    _opened[path.read_bytes()] = keys


def forget() -> None:
    """Let this process no longer know any keys."""
    _opened.clear()
    _words.clear()
    _seen.clear()


def known_keys(project: str) -> Keys | None:
    """The keys of a project that this process opened before."""
    return next((keys for keys in reversed(_opened.values()) if keys.project == project), None)


def _open(path: Path) -> Keys:
    said = _read(path)
    master = kept_master(said["project"])
    if master is not None:
        keys = _unseal(said, master)
        if keys is not None:
            return keys
        forget_master(said["project"])  # of before it got other keys
    for word in _words:  # of another transfer of the same project
        with suppress(UsageError):
            return with_word(path, word)
    if _ask is None:
        raise UsageError("project-encrypted")
    word = _ask()
    keys = with_word(path, word)
    _words.append(word)
    return keys
