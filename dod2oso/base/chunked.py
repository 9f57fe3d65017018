"""A stream that is written in chunks, of which the last one is known only when nothing follows."""

import io
from typing import Any


class Chunked(io.RawIOBase):
    """Takes bytes and gives them on in full chunks; the last one, full or not, on `close`.

    After an error in its `with` there is no last chunk, so what was written is seen to be not whole.
    """

    def __init__(self, size: int) -> None:
        self._size, self._number, self._rest = size, 0, bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        for at in range(0, len(view), self._size):
            self._rest += view[at : at + self._size]
            if len(self._rest) > self._size:  # the last one is kept: only `close` knows that it is
                self._next(bytes(self._rest[: self._size]), last=False)
                del self._rest[: self._size]
        return len(view)

    def close(self) -> None:
        if not self.closed:
            self._next(bytes(self._rest), last=True)
        super().close()

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is None:
            self.close()

    def __del__(self) -> None:
        """Not closed: nothing is added to what may be a file of another by now."""

    def _next(self, data: bytes, *, last: bool) -> None:
        self._put(self._number, data, last=last)
        self._number += 1

    def _put(self, number: int, data: bytes, *, last: bool) -> None:
        raise NotImplementedError
