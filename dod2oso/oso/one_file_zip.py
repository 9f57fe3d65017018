"""The file in a ZIP that holds one, when that ZIP is as programmes ordinarily make it.

`zipfile` makes a dozen objects for an archive, and a dossier has many attachments. This reads the three records that
such a ZIP consists of and leaves all that is unusual to `zipfile`: it never says that something is wrong, and gives
what `zipfile` would give.
"""

import re
import struct
import zlib

_ENDS = b"PK\x05\x06"  # what the last record begins with
_END = struct.Struct("<8xHHLLH")  # files here and in all, size and place of the directory, length of a comment
# mark, version needed, flags, method, CRC, size packed and unpacked, lengths of name, extra and comment, place
_DIRECTORY = struct.Struct("<4s2xBxHH4xLLLHHH8xL")
_LOCAL = struct.Struct("<4s2xH18xHH")  # mark, flags, lengths of name and extra
_LARGE = b"PK\x06\x07"  # before the end of a ZIP that has more records than these
_NEWEST = 20  # the version that knows folders and deflate; what needs a later one has more records
_USUAL = 0x080E  # flags: how hard it was packed, sizes told afterwards, and a name in UTF-8
# A name that every system reads alike, and not that of a folder.
_PLAIN = re.compile(rb"[\x20-\x5b\x5d-\x7e]*[\x20-\x2e\x30-\x5b\x5d-\x7e]").fullmatch
_STORED, _DEFLATED = 0, 8


def one_file(data: bytes, limit: int) -> tuple[str, bytes] | None:
    """Name and content of the file; None when the ZIP is in any way unusual or holds more bytes than the limit."""
    at = len(data) - _END.size
    if at < _DIRECTORY.size or data[at - 20 : at - 16] == _LARGE or data.rfind(_ENDS, at) != at:
        return None
    here, files, length, start, comment = _END.unpack_from(data, at)
    if (here, files, start + length, comment) != (1, 1, at, 0) or length < _DIRECTORY.size:
        return None
    mark, needed, flags, method, crc, packed, size, named, extra, comment, place = _DIRECTORY.unpack_from(data, start)
    if mark != b"PK\x01\x02" or needed > _NEWEST or flags & ~_USUAL or extra or size > limit:
        return None
    if length != _DIRECTORY.size + named + comment or place + _LOCAL.size > start:
        return None
    name = data[start + _DIRECTORY.size : start + _DIRECTORY.size + named]
    mark, also, again, extra = _LOCAL.unpack_from(data, place)
    begin = place + _LOCAL.size + again + extra
    if mark != b"PK\x03\x04" or also & ~_USUAL or begin + packed > start:
        return None
    if not _PLAIN(name) or name != data[place + _LOCAL.size : place + _LOCAL.size + again]:
        return None
    content = _unpacked(data[begin : begin + packed], method, size)
    return None if content is None or zlib.crc32(content) != crc else (name.decode(), content)


def _unpacked(data: bytes, method: int, size: int) -> bytes | None:
    """The content when it is whole and as long as it should be; no more than that is ever unpacked."""
    if method == _STORED:
        return data if len(data) == size else None
    if method != _DEFLATED:
        return None
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = unpacking.decompress(data, size + 1)
    except zlib.error:
        return None
    return content if unpacking.eof and len(content) == size else None
