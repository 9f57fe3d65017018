"""The stream of a file in a zip: counts what really comes out, and turns every way in which it can fail into one error.

The bytes come from somebody else, and so do lengths, offsets and checksums. Whatever the zip reader makes of them, the
caller sees bytes or an ExportError.
"""

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from dod2oso.base.errors import Dod2osoError, ExportError
from dod2oso.source.container import limits
from dod2oso.source.container.problems import problem

BUFFER = 1 << 16


@contextmanager
def damage_as(damaged: Callable[[], ExportError]) -> Iterator[None]:
    """Whatever a reader of hostile bytes raises is `damaged`; a disk that fails, or no memory, is not."""
    try:
        yield
    except (Dod2osoError, MemoryError):
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # EINVAL: an offset before the start of the file
            raise
        raise damaged() from None
    except Exception:  # struct.error, zlib.error, BadZipFile, EOFError, UnicodeDecodeError, KeyError, ...
        raise damaged() from None


class _Checked(io.RawIOBase):
    """A stream of at most `size` bytes, made from `packed` ones, that is file `number` of its zip."""

    def __init__(self, stream: Any, size: int, packed: int, number: int) -> None:
        self._stream = stream
        self._size = size
        self._most = max(packed * limits.MAX_RATIO, limits.RATIO_FREE_BYTES)
        self._number = number
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with damage_as(self._damaged):
            data = self._stream.read(len(buffer))
            self._count += len(data)
            if self._count > limits.MAX_MEMBER_BYTES:
                raise problem("zip-lid-te-groot", number=self._number)
            if self._count > self._most:
                raise problem("zip-verhouding", number=self._number)
            if self._count > self._size or (not data and len(buffer) and self._count != self._size):
                raise self._damaged()
            buffer[: len(data)] = data
            return len(data)

    def _damaged(self) -> ExportError:
        return problem("zip-lid-beschadigd", number=self._number)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def checked(stream: Any, size: int, packed: int, number: int) -> BinaryIO:
    """The stream of a zip reader, buffered and checked."""
    return cast(BinaryIO, io.BufferedReader(_Checked(stream, size, packed, number), BUFFER))
