"""Lines of text with an upper bound, so that a file without line ends does not fill the memory."""

from collections import deque
from collections.abc import Iterator
from typing import TextIO

from dod2oso.base.errors import ExportError

MAX_ROW = 32 << 20  # characters in one row; a few attachments as Base64 fit
_LOOK = 1 << 20  # characters


class Lines:
    """The lines of a text, ends included. Set `taken` to 0 at the end of each row: ExportError when it passes MAX_ROW.

    `ended` tells that somebody asked for a line behind the last one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ahead: deque[str] = deque()
        self.taken = 0
        self.ended = False

    def ahead(self, count: int) -> list[str]:
        """At most `count` lines that are still to come, as many as a look at the start of a file needs."""
        while len(self._ahead) < count and sum(map(len, self._ahead)) < _LOOK:
            line = self._stream.readline(MAX_ROW + 1)
            if not line:
                break
            self._ahead.append(line)
        return list(self._ahead)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._stream.readline(MAX_ROW + 1)
        self.taken += len(line)
        if self.taken > MAX_ROW:
            raise ExportError("export-te-groot.row", limit=MAX_ROW >> 20)
        if not line:
            self.ended = True
            raise StopIteration
        return line
