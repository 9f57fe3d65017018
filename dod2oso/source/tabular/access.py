"""The tables of an Access database, as mdbtools tells them: a programme of others, which runs apart from this one.

Its JSON says of a cell whether it is text, a number or a moment, which its CSV does not. What it leaves out of a row is
a blank cell, so the names of the columns are asked for apart.
"""

import csv
import io
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import which
from typing import IO

from dod2oso.base.errors import ExportError
from dod2oso.source.cleantext import text_stream
from dod2oso.source.container.limits import MAX_MEMBER_BYTES
from dod2oso.source.tabular.table import Notation, Row, column_names, xml_name

TOOLS = ("mdb-tables", "mdb-export", "mdb-json")
_SECONDS = 60.0  # to name the tables, or the columns of one; rows may take as long as they come
_MAX_ROW = 64 << 20  # characters of one row
_MOMENT = "\x02"  # before a moment: no text that anybody types
_FORMATS = ("-D", f"{_MOMENT}%Y-%m-%dT%H:%M:%S", "-T", f"{_MOMENT}%Y-%m-%dT%H:%M:%S")
_NO_DAY = date(1899, 12, 30)  # the day of a time without a day


def can_read() -> bool:
    """Whether mdbtools is on this machine."""
    return all(which(tool) for tool in TOOLS)


class AccessTable:
    """One table; its rows in the order in which they are kept."""

    titles = 0

    def __init__(self, path: Path, name: str, notation: Notation) -> None:
        self.name = xml_name(name)
        self._path, self._own, self._notation = path, name, notation
        self._names = _columns(path, name)
        self.columns = column_names(self._names)

    def rows(self) -> Iterator[Row]:
        with _told(("mdb-json", *_FORMATS), self._path, self._own) as stream:
            for line in _lines(stream):
                try:
                    cells = json.loads(line, parse_float=Decimal)
                    row = tuple(self._text(cells.get(name)) for name in self._names)
                except (ValueError, AttributeError, RecursionError):
                    raise ExportError("database-beschadigd.access") from None
                if any(map(str.strip, row)):
                    yield row

    def _text(self, cell: object) -> str:
        if isinstance(cell, dict):  # {"$binary": "…"}, in Base64
            cell = next(iter(cell.values()), "")
        if isinstance(cell, str) and cell.startswith(_MOMENT):
            moment = datetime.fromisoformat(cell[1:])
            return self._notation.text(moment.time() if moment.date() == _NO_DAY else moment)
        return self._notation.text(cell)


def tables(path: Path, notation: Notation) -> list[AccessTable]:
    """Every table of a file that has columns, by name; not those of Access itself.

    ExportError when it is damaged, or locked with a password.
    """
    found = (AccessTable(path, name, notation) for name in _names(path))
    return [table for table in found if table.columns]


def _columns(path: Path, name: str) -> Sequence[str]:
    """The names of the columns: the first row of a table as CSV, which is all that is read of it."""
    with _told(("mdb-export",), path, name, check=False) as stream:
        head = io.StringIO("".join(_header(stream)))
    return next(csv.reader(head), [])


def _header(stream: IO[str]) -> Iterator[str]:
    """The first line, with what follows while its quotes are open."""
    quotes = 0
    for line in _lines(stream):
        yield line
        quotes += line.count('"')
        if quotes % 2 == 0:
            return


def _lines(stream: IO[str]) -> Iterator[str]:
    """The lines, as long as the file is no trap: a loop in its pages gives rows without end."""
    left = MAX_MEMBER_BYTES
    while line := stream.readline(_MAX_ROW):
        left -= len(line)
        if left < 0 or len(line) == _MAX_ROW:
            raise ExportError("database-beschadigd.access")
        yield line


def _names(path: Path) -> list[str]:
    """The tables, each once."""
    command = _command(("mdb-tables", "-1"), path)
    try:
        done = subprocess.run(  # noqa: S603  a tool by its whole path, no shell
            command, capture_output=True, timeout=_SECONDS, check=True, env=_environment()
        )
    except (subprocess.SubprocessError, OSError):
        raise ExportError("database-beschadigd.access") from None
    return sorted({name for name in done.stdout.decode("utf-8", "replace").split("\n") if name})


@contextmanager
def _told(tool: Sequence[str], path: Path, name: str, *, check: bool = True) -> Iterator[IO[str]]:
    """What a tool says of a table, as it comes. check: an end with an error means that the file is damaged."""
    try:
        process = subprocess.Popen(  # noqa: S603  a tool by its whole path, no shell
            _command(tool, path, name), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
    except OSError:
        raise ExportError("database-beschadigd.access") from None
    assert process.stdout is not None  # noqa: S101  it was asked for
    try:
        with text_stream(process.stdout, "utf-8") as stream:  # type: ignore[arg-type]
            yield stream
            if check and (stream.read(1) or process.wait(_SECONDS)):
                raise ExportError("database-beschadigd.access")
    except subprocess.TimeoutExpired:
        raise ExportError("database-beschadigd.access") from None
    finally:
        process.kill()
        process.wait()


def _command(tool: Sequence[str], *arguments: object) -> list[str]:
    """A tool by its whole path with its options; `--` before the rest, for a table may be called -x."""
    found = which(tool[0])
    if found is None:
        raise ExportError("export-ander-soort.mdbtools")
    return [found, *tool[1:], "--", *map(str, arguments)]


def _environment() -> dict[str, str]:
    """No habits of this user (a date format in MDBOPTS), and text as UTF-8."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "MDBICONV": "UTF-8", "TZ": "UTC"}
