"""Ways to break a file: bytes, characters, lines, tags, members of a container; the same for the same seed."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.seeds import Files

NASTY = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        "\0", "\ufeff", "\u00a0", " " * 3000, "&#0;", "&#150;", "&nbsp;", "&lt", "]]>",
        "<![CDATA[", "<!--", "<?", "</", "<x>",
        '="5001"', "'007", "#N/A", "#REF!", "=1+1", "NULL", "-", "N/A", "1e999",
        "9" * 400, "-1", "31-02-2019", "2055-01-01",
        "\r", "\n", "\r\n", ";" * 200, '"', "é", "Ã«", "\x85",
        "\u0301", "\u202e", "😀", "\ud800", "..", "../../x", "C:\\x",
        "[" * 300, "{" * 300, "&a *a", "!!python/object:os.system", "<<: *x", "? ", "- - - - -",
    )
)  # fmt: skip
_TAG = re.compile(rb"<[^<>]{1,200}>")
_VALUE = re.compile(rb">[^<>]{1,200}<")
_CODECS = ("utf-8", "cp1252", "utf-16", "utf-16-le", "cp850", "latin-1", "utf-32")
_INSIDE = (".zip", ".xlsx", ".ods")

Change = Callable[[bytes, Random], bytes]


def mutated(files: Files, random: Random) -> dict[str, bytes]:
    """The files with one of them broken in one to four ways."""
    found = dict(files)
    name = random.choice(sorted(found))
    data = found[name]
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        inside = name.lower().endswith(_INSIDE) and random.random() < 0.7
        data = _in_container(data, random) if inside else random.choice(CHANGES)(data, random)
    found[name] = data
    if random.random() < 0.03:
        found[random.choice(("los.txt", "x.mdb", "leeg.csv", "Beeld.PNG", "k\u00e9.xml"))] = random.randbytes(40)
    return found


def _in_container(data: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {one.filename: archive.read(one) for one in archive.infolist()}
    except Exception:  # broken by an earlier change
        return random.choice(CHANGES)(data, random)
    if not members:
        return data
    name = random.choice(sorted(members))
    members[name] = random.choice(CHANGES)(members[name], random)
    if random.random() < 0.1:
        members[random.choice(("../x", name.upper(), f"{name}/", "é" + name))] = members[name]
    if random.random() < 0.05:
        del members[name]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for one, content in members.items():
            archive.writestr(one, content)
    return buffer.getvalue()


def _place(data: Sequence[int], random: Random) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 1, 2, 8, 64, 1000)))


def _flip(data: bytes, random: Random) -> bytes:
    start, end = _place(data, random)
    return data[:start] + random.randbytes(end - start) + data[end:]


def _delete(data: bytes, random: Random) -> bytes:
    start, end = _place(data, random)
    return data[:start] + data[end:]


def _double(data: bytes, random: Random) -> bytes:
    start, end = _place(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 50)) + data[end:]


def _insert(data: bytes, random: Random) -> bytes:
    start, _ = _place(data, random)
    return data[:start] + random.choice(NASTY) + data[start:]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _line(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    line = lines[at] if random.random() < 0.5 else lines.pop(at)
    lines.insert(to, line)
    return b"".join(lines)


def _recode(data: bytes, random: Random) -> bytes:
    text = data.decode(random.choice(("utf-8", "cp1252", "utf-8")), "replace")
    return text.encode(random.choice(_CODECS), "replace")


def _value(data: bytes, random: Random) -> bytes:
    return _replace(_VALUE, data, random, lambda _: b">" + random.choice(NASTY) + b"<")


def _tag(data: bytes, random: Random) -> bytes:
    ways: tuple[Callable[[bytes], bytes], ...] = (
        lambda _: b"",
        lambda tag: tag + tag,
        lambda tag: tag.upper(),
        lambda tag: tag[:-1] + b' x="1"' + tag[-1:],
        lambda tag: tag.replace(b"<", b"<q:"),
        lambda _: b"<" + random.choice((b"a", b"Leerling", b"\xff", b"xml")) + b">",
    )
    return _replace(_TAG, data, random, random.choice(ways))


def _replace(pattern: re.Pattern[bytes], data: bytes, random: Random, new: Callable[[bytes], bytes]) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return _insert(data, random)
    one = random.choice(found)
    return data[: one.start()] + new(one[0]) + data[one.end() :]


def _around(data: bytes, random: Random) -> bytes:
    extra = random.choice(
        (b"\n", b"\xef\xbb\xbf", b"\0" * 9, b"sep=;\r\n", b"titel\r\n\r\n", b"<!DOCTYPE x [<!ENTITY a 'b'>]>")
    )
    return extra + data if random.random() < 0.6 else data + extra


CHANGES: tuple[Change, ...] = (
    _flip, _delete, _double, _insert, _insert, _cut, _line, _recode, _value, _value, _value, _tag, _tag, _around,
)  # fmt: skip
