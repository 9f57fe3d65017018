"""What an export tells by where it lies and how old it is: its moment, and the schools named by its file or folder."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from dod2oso.base.errors import ExportError
from dod2oso.source.container.member import FoundExport
from dod2oso.source.register import Expected, Key

_BRIN = re.compile(r"(?<![0-9A-Za-z])(?P<brin>[0-9]{2}[A-Za-z]{2})(?:[ _-]?(?P<vestiging>[0-9]{2}))?(?![0-9A-Za-z])")
_FOLDERS = 3  # names of folders above a file that may name a school
_LONG = 6  # letters of the name of a school that can be told from any other word


def moment_of(found: FoundExport) -> str:
    """When the youngest of its files was changed, UTC; "" where no file of it lies on disk."""
    moments = [member.path.stat().st_mtime for member in found.members if member.path is not None]
    return datetime.fromtimestamp(max(moments), UTC).isoformat(timespec="microseconds") if moments else ""


def same_bytes(exports: Sequence[FoundExport]) -> dict[str, str]:
    """By the name of an export a digest of its bytes, whatever its files are called: only where another is as large."""
    sizes = {found.name: sorted(member.size for member in found.members) for found in exports if found.members}
    crowd = Counter(map(tuple, sizes.values()))
    digests = {}
    for found in exports:
        if found.name in sizes and crowd[tuple(sizes[found.name])] > 1:
            try:
                digests[found.name] = _digest(found)
            except (OSError, ExportError):  # its own reading tells what is wrong with it
                continue
    return digests


def _digest(found: FoundExport) -> str:
    parts = []
    for member in found.members:
        with member.open() as stream:
            parts.append(hashlib.file_digest(stream, "sha256").hexdigest())  # type: ignore[arg-type]
    return " ".join(sorted(parts))


def schools_named(found: FoundExport, expected: Mapping[Key, Expected]) -> tuple[Key, ...]:
    """The expected schools that the name of the export, or of a folder around it, names: by BRIN, else by name."""
    paths = [member.path for member in found.members if member.path is not None]
    words = [part for path in paths for part in path.parts[-_FOLDERS - 1 :]]
    return named_in((found.name, *words), expected)


def named_in(texts: Iterable[str], expected: Mapping[Key, Expected]) -> tuple[Key, ...]:
    """The expected schools that these texts name."""
    texts = tuple(texts)
    found: dict[Key, None] = {}
    for text in texts:
        for match in _BRIN.finditer(text):
            brin, vestiging = match["brin"].upper(), match["vestiging"]
            ours = [key for key in expected if key[0] == brin]
            found.update(dict.fromkeys(key for key in ours if key[1] == vestiging) or dict.fromkeys(ours))
    if found:
        return tuple(found)
    plain = {key: _plain(school.name) for key, school in expected.items()}
    once = Counter(plain.values())
    told = [_plain(text) for text in texts]
    return tuple(
        key for key, name in plain.items() if len(name) >= _LONG and once[name] == 1 and any(name in t for t in told)
    )


def _plain(text: str) -> str:
    """Letters and digits, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).lower()
    return "".join(sign for sign in decomposed if sign.isalnum())
