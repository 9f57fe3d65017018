"""The parts of a form with files, one after the other as they come in: nothing is kept that is not asked for."""

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import MultipartReader
from aiohttp.http_exceptions import BadHttpMessage

from dod2oso.desk.answers import NotHere

_CHUNK = 256 * 1024  # bytes
_WORD = 64 * 1024  # bytes of a field that is no file
_MOST = 20_000  # files in one form


class Parts:
    """Fields first, in the order in which they are asked for; then the files. NotHere for another form."""

    def __init__(self, reader: MultipartReader) -> None:
        self._reader = reader

    async def word(self, name: str) -> str:
        """The next field, which has this name."""
        part = await self._next()
        if part is None or part.name != name or part.filename:
            raise NotHere
        return bytes(await part.read_chunk(_WORD)).decode("utf-8", "replace")

    async def files(self) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        """Each file with its name and its bytes; take those before the next one."""
        for _ in range(_MOST):
            part = await self._next()
            if part is None:
                return
            if part.filename:  # a field without a chosen file has none
                yield part.filename, _chunks(part)
        raise NotHere

    async def _next(self) -> Any:
        try:
            part = await self._reader.next()
        except (ValueError, AssertionError, RuntimeError, BadHttpMessage):
            raise NotHere from None
        if isinstance(part, MultipartReader):
            raise NotHere
        return part


async def _chunks(part: Any) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield bytes(chunk)
