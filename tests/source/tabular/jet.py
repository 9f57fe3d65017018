"""A small Access 97 database (Jet 3), written after the public description of its pages in mdbtools (HACKING.md).

Pages of 2048 bytes: the head, which pages hold rows of which table, and per table (first the list of tables) its
definition and one page of rows.
"""

from collections.abc import Sequence
from datetime import datetime
from struct import pack
from typing import NamedTuple

PAGE = 2048
BOOLEAN, INTEGER, LONG, DOUBLE, MOMENT, TEXT, MEMO = 1, 3, 4, 7, 8, 10, 12
_SIZES = {BOOLEAN: 0, INTEGER: 2, LONG: 4, DOUBLE: 8, MOMENT: 8}
_SYSTEM = 0x80000000
Value = str | int | float | bool | datetime | None


class Column(NamedTuple):
    name: str
    kind: int


class JetTable(NamedTuple):
    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


_LIST = (
    Column("Id", LONG), Column("ParentId", LONG), Column("Name", TEXT), Column("Type", INTEGER), Column("Flags", LONG),
    Column("LvProp", MEMO),
)  # fmt: skip


def access97(*tables: JetTable) -> bytes:
    """The bytes of a database with these tables; each table's rows must fit on one page."""
    rows: list[list[Value]] = [[2, 0, "MSysObjects", 1, _SYSTEM - (1 << 32), None]]
    rows += [[4 + 2 * n, 0, table.name, 1, 0, None] for n, table in enumerate(tables)]
    everything = [JetTable("MSysObjects", _LIST, rows), *tables]
    used = [bytes(5) + (1 << 3 + 2 * n).to_bytes(32, "little") for n in range(len(everything))]  # a bit for a page
    pages = [_head(), _page(used, 0)]
    for number, table in enumerate(everything):
        pages.append(_definition(table, number))
        pages.append(_rows(table, len(pages) - 1))
    return b"".join(pages)


def _head() -> bytes:
    """All nothing behind its name, scrambled as Access does: among it the key, which so says that no page has one."""
    return b"\0\1\0\0Standard Jet DB\0".ljust(0x18, b"\0") + _scrambled(bytes(126)).ljust(PAGE - 0x18, b"\0")


def _scrambled(data: bytes, key: bytes = b"\xc7\xda\x39\x6b") -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    made, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        made.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(made)


def _definition(table: JetTable, number: int) -> bytes:
    fixed = [column for column in table.columns if column.kind in _SIZES]
    variable = [column for column in table.columns if column.kind not in _SIZES]
    count = len(table.columns)
    kind = 0x53 if table.name.startswith("MSys") else 0x4E
    used = 1 << 8 | number  # a row of page 1
    body = pack("<IIIBHHHIIII", 0, len(table.rows), 0, kind, count, len(variable), count, 0, 0, used, used)
    at = 0
    for number, column in enumerate(table.columns):
        is_fixed = column in fixed
        size = _SIZES.get(column.kind, 0 if column.kind == MEMO else 255)
        body += pack(
            "<BHHHHHHBHH", column.kind, number, 0 if is_fixed else variable.index(column), number, 0x409, 0x4E4, 0,
            1 if is_fixed else 2, at if is_fixed else 0, size,
        )  # fmt: skip
        at += _SIZES.get(column.kind, 0)
    for column in table.columns:
        name = column.name.encode("cp1252")
        body += bytes([len(name)]) + name
    return (pack("<BBHI", 2, 1, 0x4356, 0) + body + b"\xff\xff").ljust(PAGE, b"\0")


def _rows(table: JetTable, definition: int) -> bytes:
    return _page([_row(table.columns, row) for row in table.rows], definition)


def _page(rows: Sequence[bytes], owner: int) -> bytes:
    offsets, end = b"", PAGE
    for row in rows:
        end -= len(row)
        offsets += pack("<H", end)
    head = pack("<BBHIH", 1, 1, max(0, end - 10 - len(offsets)), owner, len(rows)) + offsets
    assert len(head) <= end, "too many rows for a page"
    return head.ljust(end, b"\0") + b"".join(reversed(rows))


def _row(columns: Sequence[Column], values: Sequence[Value]) -> bytes:
    data, starts, mask = bytes([len(columns)]), [], 0
    for number, (column, value) in enumerate(zip(columns, values, strict=True)):
        if value is not None and value is not False:
            mask |= 1 << number
        if column.kind in _SIZES:
            data += _fixed(column.kind, value)
    for column, value in zip(columns, values, strict=True):
        if column.kind not in _SIZES:
            starts.append(len(data))
            data += _variable(column.kind, value)
    end = len(data)
    assert end < 250, "a row in one segment"
    if starts:
        data += bytes([end, *reversed(starts), len(starts)])
    return data + mask.to_bytes((len(columns) + 7) // 8, "little")


def _fixed(kind: int, value: Value) -> bytes:
    if kind == BOOLEAN:
        return b""
    if kind == MOMENT:
        days = (value - datetime(1899, 12, 30)).total_seconds() / 86400 if isinstance(value, datetime) else 0.0
        return pack("<d", days)
    if kind == DOUBLE:
        return pack("<d", value or 0.0)
    return pack("<i" if kind == LONG else "<h", value or 0)


def _variable(kind: int, value: Value) -> bytes:
    if value is None:
        return b""
    text = str(value).encode("cp1252")
    return text if kind == TEXT else pack("<I", len(text) | 0x80000000) + bytes(8) + text
