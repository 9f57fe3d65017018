"""A small Access database, written after the public description of its pages in mdbtools (HACKING.md).

Three kinds: Access 97 (Jet 3, pages of 2048 bytes, texts in cp1252), Access 2000 to 2003 (Jet 4, pages of 4096 bytes,
texts in UTF-16 or as bytes behind a mark), and the .accdb of 2007, which has the pages of Jet 4. The pages are: the
head, which pages hold rows of which table, and per table (first the list of tables) its definition and a page of rows.
"""

from collections.abc import Sequence
from datetime import datetime
from struct import pack
from typing import NamedTuple

BOOLEAN, INTEGER, LONG, DOUBLE, MOMENT, TEXT, MEMO = 1, 3, 4, 7, 8, 10, 12
_SIZES = {BOOLEAN: 0, INTEGER: 2, LONG: 4, DOUBLE: 8, MOMENT: 8}
_SYSTEM = 0x80000000
Value = str | int | float | bool | datetime | None


class _Kind(NamedTuple):
    """What differs between kinds. `wide`: counts, lengths and texts take two bytes each."""

    mark: bytes
    version: int
    page: int
    wide: bool

    def number(self, value: int) -> bytes:
        return pack("<H" if self.wide else "<B", value)


_JET3 = _Kind(b"Standard Jet DB\0", 0, 2048, False)
_JET4 = _Kind(b"Standard Jet DB\0", 1, 4096, True)
_ACE = _Kind(b"Standard ACE DB\0", 2, 4096, True)


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
    return _database(_JET3, tables)


def access2000(*tables: JetTable) -> bytes:
    """The same as Access 2000 writes it."""
    return _database(_JET4, tables)


def accdb(*tables: JetTable) -> bytes:
    """The same as Access 2007 writes it."""
    return _database(_ACE, tables)


def _database(kind: _Kind, tables: Sequence[JetTable]) -> bytes:
    rows: list[list[Value]] = [[2, 0, "MSysObjects", 1, _SYSTEM - (1 << 32), None]]
    rows += [[4 + 2 * n, 0, table.name, 1, 0, None] for n, table in enumerate(tables)]
    everything = [JetTable("MSysObjects", _LIST, rows), *tables]
    used = [bytes(5) + (1 << 3 + 2 * n).to_bytes(32, "little") for n in range(len(everything))]  # a bit for a page
    pages = [_head(kind), _page(kind, used, 0)]
    for number, table in enumerate(everything):
        pages.append(_definition(kind, table, number))
        pages.append(_page(kind, [_row(kind, table.columns, row) for row in table.rows], len(pages) - 1))
    return b"".join(pages)


def _head(kind: _Kind) -> bytes:
    """All nothing behind its name, scrambled as Access does: among it the key, which so says that no page has one."""
    start = (b"\0\1\0\0" + kind.mark + bytes([kind.version])).ljust(0x18, b"\0")
    return (start + _scrambled(bytes(128 if kind.wide else 126))).ljust(kind.page, b"\0")


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


def _definition(kind: _Kind, table: JetTable, number: int) -> bytes:
    fixed = [column for column in table.columns if column.kind in _SIZES]
    variable = [column for column in table.columns if column.kind not in _SIZES]
    count = len(table.columns)
    sort = 0x53 if table.name.startswith("MSys") else 0x4E
    used = 1 << 8 | number  # a row of page 1
    counts = pack("<BHHHIIII", sort, count, len(variable), count, 0, 0, used, used)
    body = pack("<IIIIIIII", 0, 0, len(table.rows), 0, 0, 0, 0, 0) if kind.wide else pack("<III", 0, len(table.rows), 0)
    body += counts
    at = 0
    for number, column in enumerate(table.columns):
        is_fixed = column in fixed
        size = _SIZES.get(column.kind, 0 if column.kind == MEMO else 255 * (1 + kind.wide))
        among = 0 if is_fixed else variable.index(column)
        bits, place = 1 if is_fixed else 2, at if is_fixed else 0
        if kind.wide:
            body += pack("<BIHHHHHBBIHH", column.kind, 0, number, among, number, 0x409, 0, bits, 1, 0, place, size)
        else:
            body += pack("<BHHHHHHBHH", column.kind, number, among, number, 0x409, 0x4E4, 0, bits, place, size)
        at += _SIZES.get(column.kind, 0)
    for column in table.columns:
        name = column.name.encode("utf-16-le" if kind.wide else "cp1252")
        body += kind.number(len(name)) + name
    return (pack("<BBHI", 2, 1, 0x4356, 0) + body + b"\xff\xff").ljust(kind.page, b"\0")


def _page(kind: _Kind, rows: Sequence[bytes], owner: int) -> bytes:
    offsets, end = b"", kind.page
    for row in rows:
        end -= len(row)
        offsets += pack("<H", end)
    more = bytes(4) if kind.wide else b""
    free = max(0, end - 10 - len(more) - len(offsets))
    head = pack("<BBHI", 1, 1, free, owner) + more + pack("<H", len(rows)) + offsets
    assert len(head) <= end, "too many rows for a page"
    return head.ljust(end, b"\0") + b"".join(reversed(rows))


def _row(kind: _Kind, columns: Sequence[Column], values: Sequence[Value]) -> bytes:
    data, starts, mask = kind.number(len(columns)), [], 0
    for number, (column, value) in enumerate(zip(columns, values, strict=True)):
        if value is not None and value is not False:
            mask |= 1 << number
        if column.kind in _SIZES:
            data += _fixed(column.kind, value)
    for column, value in zip(columns, values, strict=True):
        if column.kind not in _SIZES:
            starts.append(len(data))
            data += _variable(kind, column.kind, value)
    end = len(data)
    assert kind.wide or end < 250, "a row in one segment"
    if starts:
        data += b"".join(map(kind.number, (end, *reversed(starts), len(starts))))
    elif kind.wide:
        data += kind.number(end) + kind.number(0)
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


def _variable(kind: _Kind, column: int, value: Value) -> bytes:
    if value is None:
        return b""
    text = _text(kind, str(value))
    return text if column == TEXT else pack("<I", len(text) | 0x80000000) + bytes(8) + text


def _text(kind: _Kind, text: str) -> bytes:
    """As Access keeps it: of Jet 4 without the zeros where every character is one of Latin-1."""
    if not kind.wide:
        return text.encode("cp1252")
    if len(text) > 2 and all(0 < ord(character) < 256 for character in text):
        return b"\xff\xfe" + text.encode("latin-1")
    return text.encode("utf-16-le")
