"""What is personal in the output folder of an encrypted project is written through here, and read through here.

A sealed file: what this is and which version (8 bytes), the project (8), the data key (4), a salt (16), and chunks of
1 MiB under AES-256-GCM with a key that follows from data key and salt, so no two files share one. The nonce of a chunk
is its number and whether it is the last; bound to each are the header and the name of the file. So chunks cannot change
places or go missing, and files cannot stand under each other's names.

Writing and reading hold one chunk, however large the file. Every chunk but the last is full, so a stream can be read
from any place; its end is looked at before anything is given, so half a file gives nothing.

In a project that is not encrypted files are written and read as they are; nobody above has to know which it is.
"""

import hashlib
import hmac
import io
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from dod2oso.base import files, projectkey
from dod2oso.base.chunked import Chunked
from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.files import replacing_wiping, write_parts, write_private
from dod2oso.base.projectkey import Keys
from dod2oso.base.pseudonym import KEY_FILE

MAGIC = b"dod2oso\x01"
REPLACED = ".weg"  # behind the name of a file that is being replaced
_HEADER = struct.Struct("8s8s4s16s")
_CHUNK = 1 << 20
_TAG = 16
_LENGTH = struct.Struct(">I")
_MORE = _TAG + _LENGTH.size  # of a chunk, beside what is in it
_NEEDED = ("cryptography", "sqlcipher3")


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
    keys = keys_of(out_dir)
    write_parts(path, (data,) if keys is None else _sealed(data, path.name, keys))


def writer(out_dir: Path) -> Callable[[Path | str, bytes], None]:
    """`write` for many files, by which the keys are asked for once."""
    keys = keys_of(out_dir)
    if keys is None:
        return write_private

    def write_sealed(path: Path | str, data: bytes) -> None:
        write_parts(path, _sealed(data, Path(path).name, keys))

    return write_sealed


def atomic_write(out_dir: Path, path: Path, data: bytes) -> None:
    """As `files.atomic_write`, sealed where the project of `out_dir` is encrypted."""
    with atomic_open(out_dir, path) as file:
        file.write(data)


@contextmanager
def atomic_open(out_dir: Path, path: Path) -> Iterator[BinaryIO]:
    """As `files.atomic_open`, sealed where the project of `out_dir` is encrypted; there no place can be sought."""
    keys = keys_of(out_dir)
    with files.atomic_open(path) as file:
        if keys is None:
            yield file
        else:
            sealer = Sealer(file, path.name, keys)
            yield sealer  # type: ignore[misc]
            sealer.close()  # not after an error: then there is no last chunk


def copy(source: Path, out_dir: Path, path: Path) -> None:
    """Write what is in a file, sealed or not, as `atomic_write` does."""
    with atomic_open(out_dir, path) as file:
        pour(source, file)


def parts(path: Path, out_dir: Path | None = None) -> Iterator[bytes]:
    """What `stream` gives, part by part."""
    with stream(path, out_dir) as file:
        while part := file.read(_CHUNK):
            yield part


def pour(path: Path, target: BinaryIO) -> None:
    """Write what is in a file, sealed or not, into a stream."""
    for part in parts(path):
        target.write(part)


def digest(path: Path) -> str:
    """The SHA-256 of what is in a file, sealed or not."""
    found = hashlib.sha256()
    for part in parts(path):
        found.update(part)
    return found.hexdigest()


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


def stream(path: Path, out_dir: Path | None = None) -> BinaryIO:
    """The same as a stream, from any place and as often as asked; without `out_dir` for files of anybody.

    Of a damaged file it gives what comes before the damage, and then raises NotAsWritten.
    """
    with ExitStack() as opened:
        file = opened.enter_context(path.open("rb"))
        head = file.read(_HEADER.size)
        if head.startswith(MAGIC):
            keys = _keys_for(head, path, out_dir)
            given: BinaryIO = io.BufferedReader(Opener(file, path, keys), _CHUNK)
        elif out_dir is not None and keys_of(out_dir) is not None:
            raise NotAsWritten("file-not-as-written", file=path.name)
        else:
            file.seek(0)
            given = file
        opened.pop_all()  # from now on who reads closes it
    return given


def size(path: Path) -> int:
    """How many bytes `stream` gives."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        return _inside(whole) if file.read(len(MAGIC)) == MAGIC else whole


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
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    sealed = head.startswith(MAGIC)
    if sealed and head[16:20].hex() == keys.current:
        return False
    if not sealed and len(keys.data) > 1:
        raise NotAsWritten("file-not-as-written", file=path.name)
    with replacing_wiping(path) as target, path.open("rb") as source, Sealer(target, path.name, keys) as sealer:
        inside = Opener(source, path, keys) if sealed else source
        while part := inside.read(_CHUNK):
            sealer.write(part)
    return True


# --- streams ---------------------------------------------------------------------------------------------------------


class Sealer(Chunked):
    """A stream into a sealed file of this name; whole only after `close`."""

    def __init__(self, target: BinaryIO, name: str, keys: Keys) -> None:
        super().__init__(_CHUNK)
        header = _header(keys)
        self._target, self._cipher, self._bound = target, _cipher(header, keys), header + _told(name)
        target.write(header)

    def _put(self, number: int, data: bytes, *, last: bool) -> None:
        self._target.write(_chunk(self._cipher, self._bound, number, data, last=last))


class Opener(io.RawIOBase):
    """What is in a sealed file, as a stream that can be read from any place. It closes the file.

    NotAsWritten at once when it was cut or is none of these keys, and where a byte is another than was written.
    """

    def __init__(self, file: BinaryIO, path: Path, keys: Keys) -> None:
        from cryptography.exceptions import InvalidTag

        self._file, self._name, self._wrong = file, path.name, InvalidTag
        self._length = _inside(file.seek(0, os.SEEK_END))
        self._count = _chunks_of(self._length)
        self._at, self._number, self._chunk = 0, -1, b""
        file.seek(0)
        header = file.read(_HEADER.size)
        try:
            self._cipher, self._bound = _cipher(header, keys), header + _told(path.name)
        except (ValueError, struct.error):
            raise self._damaged() from None
        self._load(self._count - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence] + place)
        return self._at

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(_CHUNK), b""))

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._length:
            return 0
        self._load(self._at // _CHUNK)
        start = self._at % _CHUNK
        found = self._chunk[start : start + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        last = number == self._count - 1
        long = (self._length - number * _CHUNK if last else _CHUNK) + _TAG
        self._file.seek(_HEADER.size + number * (_CHUNK + _MORE))
        data = self._file.read(_LENGTH.size + long)
        try:
            if data[: _LENGTH.size] != _LENGTH.pack(long | last << 31):
                raise ValueError
            chunk = self._cipher.decrypt(_nonce(number, last), data[_LENGTH.size :], self._bound)
        except (self._wrong, ValueError, struct.error):
            raise self._damaged() from None
        self._number, self._chunk = number, chunk

    def _damaged(self) -> NotAsWritten:
        return NotAsWritten("file-not-as-written", file=self._name)


# --- bytes -----------------------------------------------------------------------------------------------------------


def seal(data: bytes, name: str, keys: Keys) -> bytes:
    """The bytes of a sealed file of this name."""
    return b"".join(_sealed(data, name, keys))


def unseal(data: bytes, path: Path, keys: Keys) -> bytes:
    """What was sealed; NotAsWritten when one byte is another than was written, or it was another file."""
    return Opener(io.BytesIO(data), path, keys).readall()


def _sealed(data: bytes, name: str, keys: Keys) -> Iterator[bytes]:
    header, view = _header(keys), memoryview(data)
    cipher, bound = _cipher(header, keys), header + _told(name)
    count = _chunks_of(len(data))
    for number in range(count):
        chunk = view[number * _CHUNK : (number + 1) * _CHUNK]
        sealed = _chunk(cipher, bound, number, chunk, last=number == count - 1)
        yield sealed if number else header + sealed


def _header(keys: Keys) -> bytes:
    return _HEADER.pack(MAGIC, bytes.fromhex(keys.project), bytes.fromhex(keys.current), secrets.token_bytes(16))


def _chunk(cipher: Any, bound: bytes, number: int, data: Any, *, last: bool) -> bytes:
    sealed: bytes = cipher.encrypt(_nonce(number, last), data, bound)
    return _LENGTH.pack(len(sealed) | last << 31) + sealed


def _chunks_of(length: int) -> int:
    """How many chunks hold so many bytes; of nothing one."""
    return max(1, -(-length // _CHUNK))


def _inside(whole: int) -> int:
    """How many bytes are in a sealed file of so many; below zero when it cannot be one."""
    body = whole - _HEADER.size
    return body - max(1, -(-body // (_CHUNK + _MORE))) * _MORE


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


def can_encrypt() -> bool:
    """Whether what encryption needs is installed; looked for without loading it."""
    return all(find_spec(name) is not None for name in _NEEDED)


def refuse_without_extra() -> None:
    """UsageError when what encryption needs is not installed, or does not load."""
    try:
        for name in _NEEDED:
            import_module(name)
    except ImportError:
        raise UsageError("encryption-extra-missing") from None
