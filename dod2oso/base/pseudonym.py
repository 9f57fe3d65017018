"""Pseudonyms: the same pupil gets the same name within a project, and nobody else can tell who it is.

HMAC-SHA256 under a key that exists only in DIR/project.key (0600; of an encrypted project it is in there, wrapped).
Without the key a pseudonym cannot be turned back or tried out (a BSN has only a hundred million values, so a bare hash
would be no protection).
"""

import hmac
import os
import re
import secrets
from pathlib import Path

from dod2oso.base import projectkey
from dod2oso.base.errors import ConfigurationError, LostLedgerError
from dod2oso.base.files import atomic_write, disk_guard, make_private_dir

KEY_FILE = "project.key"
COPIES = "reservekopie"  # in the output folder: a folder per day with a copy of ledger and key
LENGTH = 16  # characters of base32: 80 bits, no collisions to expect below a billion pupils

_MADE_UNDER_IT = ("dossiers", COPIES)  # in the output folder
_KEY = re.compile(rb"[0-9a-f]{64}\Z")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # of base32
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]  # for ten bits at once


def load_key(out_dir: Path) -> bytes:
    """The project's key, 32 bytes; made on first use.

    Raises ConfigurationError when the key file is there but is no key, LostLedgerError when it is gone from a folder
    with dossiers: a new key would give every pupil a new pseudonym and every dossier a new id, and so hand dossiers
    over twice. Of an encrypted project that is not open a UsageError.
    """
    path = out_dir / KEY_FILE
    if not path.exists():
        made = new_key(out_dir)
        with disk_guard():
            make_private_dir(out_dir, tighten=False)
            atomic_write(path, made.hex().encode() + b"\n")
    text = path.read_bytes().strip()
    if projectkey.is_wrapped(text):
        return projectkey.opened(path).pseudonyms
    if not _KEY.match(text):
        raise ConfigurationError("project-key-damaged", file=KEY_FILE)
    return bytes.fromhex(text.decode())


def key_in_sight(out_dir: Path) -> str:
    """The permissions of the key file where other users of the machine can read it, as people write them; else "".

    On Windows the permissions of the folder say who can, and this says nothing.
    """
    try:
        mode = (out_dir / KEY_FILE).stat().st_mode
    except OSError:
        return ""
    return f"{mode & 0o777:o}" if os.name == "posix" and mode & 0o077 else ""


def new_key(out_dir: Path) -> bytes:
    """A key for a folder without; LostLedgerError when it had one."""
    if any((out_dir / name).exists() for name in _MADE_UNDER_IT):
        raise lost_key(out_dir)
    return secrets.token_bytes(32)


def refuse_lost_key(out_dir: Path) -> None:
    """LostLedgerError when this folder has lost its key: before it is taken for one that is not encrypted."""
    if not (out_dir / KEY_FILE).exists() and any((out_dir / name).exists() for name in _MADE_UNDER_IT):
        raise lost_key(out_dir)


def lost_key(out_dir: Path) -> LostLedgerError:
    """The key of this folder is gone; says how to get it back."""
    days = sorted(path.parent.name for path in out_dir.glob(f"{COPIES}/*/{KEY_FILE}"))
    if not days:
        return LostLedgerError("project-key-lost.no-copy", file=KEY_FILE)
    return LostLedgerError("project-key-lost", file=KEY_FILE, days=", ".join(days))


class Pseudonyms:
    """Makes pseudonyms under one project key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, *parts: str) -> str:
        """16 characters of lowercase base32 for `parts`; the same parts under another kind look unrelated."""
        message = b"".join([len(data).to_bytes(4, "big") + data for data in [part.encode() for part in (kind, *parts)]])
        number = int.from_bytes(hmac.digest(self._key, message, "sha256")[:10], "big")
        return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])

    def __repr__(self) -> str:
        return "Pseudonyms(…)"
