"""Lines of text with an upper bound, so that a file without line ends does not fill the memory."""

from collections.abc import Iterator
from typing import TextIO

from dod2oso.base.errors import ExportError

MAX_ROW = 32 << 20  # MAX_ROW: characters in one row; a few attachments as Base64 fit


class Lines:
    """The lines of a text, ends included. Set `taken` to 0 at the end of each row: ExportError when it passes MAX_ROW.

    `ended` tells that somebody asked for a line behind the last one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.taken = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_ROW + 1)
        self.taken += len(line)
        if self.taken > MAX_ROW:
            raise ExportError("export-te-groot.row", limit=MAX_ROW >> 20)
        if not line:
            self.ended = True
            raise StopIteration
        return line
