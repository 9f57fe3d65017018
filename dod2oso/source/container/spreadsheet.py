"""Spreadsheets are zips too: looked through before their reader takes them whole into memory."""

import io
from collections.abc import Callable
from typing import BinaryIO

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits
from dod2oso.source.container.archive import Archive, ArchivePool
from dod2oso.source.container.pins import Pins
from dod2oso.source.container.problems import problem

_OWN = frozenset({"export-te-groot", "zip-verhouding", "zip-lid-te-groot", "zip-te-groot", "zip-te-veel-bestanden"})


def spreadsheet_bytes(open_stream: Callable[[], BinaryIO], size: int) -> bytes:
    """The whole spreadsheet of `size` bytes, once every part of it was unpacked and counted.

    Formulas stay text: nothing runs them. Raises ExportError when it is damaged, or larger than MAX_SPREADSHEET_BYTES
    or more tightly packed than MAX_RATIO.
    """
    if size > limits.MAX_SPREADSHEET_BYTES:
        raise problem("export-te-groot.spreadsheet")
    with open_stream() as stream:
        data = stream.read(limits.MAX_SPREADSHEET_BYTES + 1)
    if len(data) > limits.MAX_SPREADSHEET_BYTES:
        raise problem("export-te-groot.spreadsheet")
    if data.startswith(b"PK"):
        _look_through(data)
    return data


def _look_through(data: bytes) -> None:
    pool = ArchivePool(1)
    total = 0
    try:
        for part in Archive("", len(data), lambda: io.BytesIO(data), Pins(), pool).members:
            with part.open() as stream:
                while chunk := stream.read(1 << 20):
                    total += len(chunk)
                    if total > limits.MAX_SPREADSHEET_BYTES:
                        raise problem("export-te-groot.spreadsheet")
    except ExportError as error:
        raise error if error.code in _OWN else problem("export-beschadigd.spreadsheet") from None
    finally:
        pool.close()
