"""In which encoding the text of an export is written, whatever it declares: told from its bytes as far as they tell."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from dod2oso.source.cleantext import DECLARED
from dod2oso.source.container.member import Member

_HEAD = 4096  # bytes in which a declaration stands
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK = 1 << 20
_ASCII = bytes(range(0x80))
_CONTROLS = bytes(range(0x80, 0xA0))  # in Latin-1; letters and signs in other encodings
# Letters that Dutch names have, as bytes that are next to never used for something else in the other encoding.
_DOS_LETTERS = "éëèïêü".encode("cp850")
_WINDOWS_LETTERS = "éëèïêüöáàâäçñ".encode("cp1252")


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the file declares (None: nothing), whether its text is right so, and otherwise what it probably is."""

    declared: str | None
    decodes: bool
    probably: str | None = None


def encoding_of(members: Sequence[Member], own: str | None = None) -> Encoding:
    """The encoding that text members declare, and whether they are really written in it.

    `own`: what the source profile says that they are in, which goes before what they declare.
    """
    declared = None
    high = dos = windows = controls = 0
    right = utf8 = True
    for member in members:
        head = member.head(_HEAD)
        mark = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if mark == "utf-16" or b"\0" in head[:8]:
            return Encoding("utf-16", True)
        found = DECLARED.match(head.lstrip(b"\xef\xbb\xbf \t\r\n"))
        says = mark or (found[1].decode("ascii").lower() if found is not None else None)
        declared = declared or says
        try:
            used = codecs.getincrementaldecoder(own or says or "utf-8")()
        except LookupError:
            return Encoding(declared, False)
        strict = codecs.getincrementaldecoder("utf-8")()
        with member.open() as stream:
            while chunk := stream.read(_CHUNK):
                signs = chunk.translate(None, _ASCII)
                high += len(signs)
                dos += _count(signs, _DOS_LETTERS)
                windows += _count(signs, _WINDOWS_LETTERS)
                controls += _count(signs, _CONTROLS)
                right, utf8 = right and _decodes(used, chunk), utf8 and _decodes(strict, chunk)
    name = _name(own or declared or "utf-8")
    probably = "cp850" if dos > 0.5 * high else "windows-1252"
    if not right:
        return Encoding(declared, False, probably)
    if not high or name == "utf-8":
        return Encoding(declared, True)
    if utf8:
        return Encoding(declared, False, "utf-8")
    other = name.startswith("iso8859") and controls  # nobody means those control characters
    other = other or (name == "cp1252" and dos > 0.5 * high) or (name in ("cp850", "cp437") and windows > 0.5 * high)
    return Encoding(declared, False, probably) if other else Encoding(declared, True)


def _name(encoding: str) -> str:
    return codecs.lookup(encoding).name


def _count(signs: bytes, wanted: bytes) -> int:
    return len(signs) - len(signs.translate(None, wanted))


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True
