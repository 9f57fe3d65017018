"""What is personal in the output folder of an encrypted project is written through here, and read through here.

A sealed file: what this is and which version (8 bytes), the project (8), the data key (4), a salt (16), and chunks of
1 MiB under AES-256-GCM with a key that follows from data key and salt, so no two files share one. The nonce of a chunk
is its number and whether it is the last; bound to each are the header and the name of the file. So chunks cannot change
places or go missing, and files cannot stand under each other's names.

In a project that is not encrypted files are written and read as they are; nobody above has to know which it is.
"""

import hmac
import secrets
import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from dod2oso.base import projectkey
from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.files import atomic_open, replace_wiping, write_private
from dod2oso.base.projectkey import Keys
from dod2oso.base.pseudonym import KEY_FILE

MAGIC = b"dod2oso\x01"
REPLACED = ".weg"  # behind the name of a file that is being replaced
_HEADER = struct.Struct("8s8s4s16s")
_CHUNK = 1 << 20
_TAG = 16
_LENGTH = struct.Struct(">I")


class NotAsWritten(ConfigurationError):
    """A sealed file is damaged, of another project, or stands under another's name; or one that should be is not."""


def keys_of(out_dir: Path, *, unfinished: bool = False) -> Keys | None:
    """The keys of an output folder; None when it is not encrypted.

    UsageError when it was not opened, TryLaterError when encrypting it was broken off, but for who finishes that.
    """
    path = out_dir / KEY_FILE
    try:
        if not is_encrypted(out_dir):
            return None
        keys = projectkey.opened(path)
    except FileNotFoundError:
        return None
    if keys.pending and not unfinished:
        raise TryLaterError("encryption-unfinished")
    return keys


def is_encrypted(out_dir: Path) -> bool:
    """Whether this output folder has keys that are wrapped."""
    try:
        with (out_dir / KEY_FILE).open("rb") as file:
            return projectkey.is_wrapped(file.read(len(projectkey.HEAD)))
    except FileNotFoundError:
        return False


# --- files -----------------------------------------------------------------------------------------------------------


def write(out_dir: Path, path: Path, data: bytes) -> None:
    """As `write_private`, sealed where the project of `out_dir` is encrypted. For temporary names only."""
    write_private(path, _for(out_dir, path, data))


def writer(out_dir: Path) -> Callable[[Path | str, bytes], None]:
    """`write` for many files, by which the keys are asked for once."""
    keys = keys_of(out_dir)
    if keys is None:
        return write_private

    def write_sealed(path: Path | str, data: bytes) -> None:
        write_private(path, seal(data, Path(path).name, keys))

    return write_sealed


def atomic_write(out_dir: Path, path: Path, data: bytes) -> None:
    """As `files.atomic_write`, sealed where the project of `out_dir` is encrypted."""
    sealed = _for(out_dir, path, data)
    with atomic_open(path) as file:
        file.write(sealed)


def read(path: Path, out_dir: Path | None = None) -> bytes:
    """The bytes of a file, opened when it is sealed.

    With `out_dir` a file that is not sealed in an encrypted project is refused: we did not write it. NotAsWritten then,
    and when one byte is another than was written; OSError as with any file; UsageError when the project is not open.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        if out_dir is not None and keys_of(out_dir) is not None:
            raise NotAsWritten("file-not-as-written", file=path.name)
        return data
    return unseal(data, path, _keys_for(data, path, out_dir))


def stream(path: Path) -> BinaryIO:
    """The same as a stream, for files that may also be those of somebody else: those come as they are."""
    with path.open("rb") as file:
        ours = file.read(len(MAGIC)) == MAGIC
    return BytesIO(read(path)) if ours else path.open("rb")


def size(path: Path) -> int:
    """How many bytes `stream` gives."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return whole
    chunks = max(1, -(-(whole - _HEADER.size) // (_CHUNK + _TAG + _LENGTH.size)))
    return whole - _HEADER.size - chunks * (_TAG + _LENGTH.size)


def keys_of_file(path: Path) -> Keys | None:
    """The keys with which a file was sealed; None when it is not, or is not there. The errors are those of `read`."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    return _keys_for(head, path, None) if head.startswith(MAGIC) else None


def seal_again(path: Path, keys: Keys) -> bool:
    """Write a file with the current key and overwrite what stood there; False when it was so already.

    NotAsWritten as in `read`; a file that is not sealed may only be there when a project is encrypted first.
    """
    data = path.read_bytes()
    if data.startswith(MAGIC):
        if data[16:20].hex() == keys.current:
            return False
        data = unseal(data, path, keys)
    elif len(keys.data) > 1:
        raise NotAsWritten("file-not-as-written", file=path.name)
    replace_wiping(path, seal(data, path.name, keys))
    return True


# --- bytes -----------------------------------------------------------------------------------------------------------


def seal(data: bytes, name: str, keys: Keys) -> bytes:
    """The bytes of a sealed file of this name."""
    header = _HEADER.pack(MAGIC, bytes.fromhex(keys.project), bytes.fromhex(keys.current), secrets.token_bytes(16))
    cipher, bound = _cipher(header, keys), header + _told(name)
    parts, view, number = [header], memoryview(data), 0
    while True:
        chunk, view = view[:_CHUNK], view[_CHUNK:]
        last = not view
        sealed = cipher.encrypt(_nonce(number, last), chunk, bound)
        parts += (_LENGTH.pack(len(sealed) | (last << 31)), sealed)
        number += 1
        if last:
            return b"".join(parts)


def unseal(data: bytes, path: Path, keys: Keys) -> bytes:
    """What was sealed; NotAsWritten when one byte is another than was written, or it was another file."""
    from cryptography.exceptions import InvalidTag

    try:
        header = data[: _HEADER.size]
        cipher, bound = _cipher(header, keys), header + _told(path.name)
        return b"".join(
            cipher.decrypt(_nonce(number, last), chunk, bound) for number, (chunk, last) in enumerate(_chunks(data))
        )
    except (InvalidTag, ValueError, struct.error):
        raise NotAsWritten("file-not-as-written", file=path.name) from None


def _chunks(data: bytes) -> Iterator[tuple[memoryview, bool]]:
    view, at, last = memoryview(data), _HEADER.size, False
    while not last:
        (said,) = _LENGTH.unpack_from(view, at)
        length, last = said & 0x7FFFFFFF, bool(said >> 31)
        chunk = view[at + _LENGTH.size : at + _LENGTH.size + length]
        if len(chunk) != length:
            raise ValueError
        yield chunk, last
        at += _LENGTH.size + length
    if at != len(view):
        raise ValueError


def _for(out_dir: Path, path: Path, data: bytes) -> bytes:
    keys = keys_of(out_dir)
    return data if keys is None else seal(data, path.name, keys)


def _keys_for(data: bytes, path: Path, out_dir: Path | None) -> Keys:
    """The keys of the project that a sealed file says it is of."""
    if len(data) < _HEADER.size:
        raise NotAsWritten("file-not-as-written", file=path.name)
    project = _HEADER.unpack_from(data)[1].hex()
    known = projectkey.known_keys(project)
    if known is not None:
        return known
    above = path.absolute().parents
    beside = (key.parent for near in above[:2] for key in near.glob(f"*/*/{KEY_FILE}"))  # of a project with transfers
    for folder in (out_dir,) if out_dir is not None else (*above, *beside):
        keys = keys_of(folder, unfinished=True)
        if keys is not None and keys.project == project:
            return keys
    raise NotAsWritten("file-of-another-project", file=path.name)


def _cipher(header: bytes, keys: Keys) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    magic, project, number, salt = _HEADER.unpack(header)
    key = keys.data.get(number.hex())
    if magic != MAGIC or project.hex() != keys.project or key is None:
        raise ValueError
    return AESGCM(hmac.digest(key, b"file" + salt, "sha256"))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _told(name: str) -> bytes:
    """The name as it is in the end: while a file is being replaced it stands under one beside that."""
    return name.removeprefix(".").removesuffix(REPLACED).encode()


def refuse_without_extra() -> None:
    """UsageError when what encryption needs is not installed."""
    try:
        import cryptography  # noqa: F401
        import sqlcipher3  # noqa: F401
    except ImportError:
        raise UsageError("encryption-extra-missing") from None
