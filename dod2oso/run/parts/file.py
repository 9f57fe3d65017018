"""The file of one unit of a run in parts: about what it is, batches of outcomes, and the hash of all that.

It stands in the folder `delen` of the output folder, 0600, under its own name only when it is whole. It holds dossiers
of pupils; joining removes it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_open, disk_guard
from dod2oso.ledger.places import PARTS
from dod2oso.run.parts.division import Share, Unit
from dod2oso.run.parts.packing import Batch, pack, unpack

FORMAT = 1
_SUFFIX = ".deel"
_CHUNK = 1 << 20
_LONGEST = 1 << 16  # bytes of the first and the last line


class About(NamedTuple):
    """What must be the same in all parts of a run, each word of it with the key of what to call it when it is not."""

    tool: str
    oso: str
    overstap: str
    config: str  # settings and files of ours
    key: str  # which project key, as a pseudonym made with it
    datum: str
    division: str


class Head(NamedTuple):
    """The first line of the file of a unit.

    `own`: the config of the export by itself; `problem`: why the export could not be read there.
    """

    about: About
    share: Share
    unit: Unit
    units: int  # so many files has this part
    fingerprint: str
    own: str
    records: int  # in the whole export
    problem: str

    def line(self) -> bytes:
        said = {"format": FORMAT, **self._asdict(), "about": self.about._asdict()}
        return json.dumps(said).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Raises ValueError, KeyError or TypeError when it is no such line."""
        said = json.loads(line)
        if said.pop("format") != FORMAT:
            raise ValueError("another format")
        about, share, unit = About(**said.pop("about")), Share(*said.pop("share")), Unit(*said.pop("unit"))
        return cls(about, share, unit, **said)


def folder(out_dir: Path) -> Path:
    """Where the files of a run in parts stand."""
    return out_dir / PARTS


def prefix(share: Share) -> str:
    """With what the names of the files of a part begin."""
    return f"{share.number}-van-{share.of}-"


def lock_name(share: Share) -> str:
    """The lock of who makes or joins a part, in the same folder."""
    return f".{share.number}-van-{share.of}.lock"


def clear(out_dir: Path) -> None:
    """Remove the folder when nothing is left in it but locks of nobody."""
    here = folder(out_dir)
    if here.is_dir() and not any(_SUFFIX in path.name for path in here.iterdir()):
        for path in here.glob(".*"):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # somebody began a part just now
            here.rmdir()


def place(out_dir: Path, share: Share, number: int) -> Path:
    """The file of the unit with this number in its part."""
    return folder(out_dir) / f"{prefix(share)}{number:04}{_SUFFIX}"


def there(out_dir: Path) -> list[Path]:
    """All files of units, whoever made them."""
    return sorted(folder(out_dir).glob(f"*{_SUFFIX}"))


def write(path: Path, head: Head, batches: Iterable[Batch]) -> int:
    """Write the file of a unit, whole or not at all; how many outcomes are in it."""
    count, hashed = 0, hashlib.sha256()
    with disk_guard(), atomic_open(path) as stream:
        for data, n in _pieces(head, batches):
            hashed.update(data)
            stream.write(data)
            count += n
        stream.write(json.dumps({"outcomes": count, "sha256": hashed.hexdigest()}).encode() + b"\n")
    return count


def _pieces(head: Head, batches: Iterable[Batch]) -> Iterator[tuple[bytes, int]]:
    yield head.line(), 0
    for batch in batches:
        yield pack(batch), len(batch.outcomes)


class PartFile(NamedTuple):
    """A file of a unit that is whole."""

    path: Path
    head: Head
    outcomes: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Look whether the file is whole, by its hash. ConfigurationError when it is not, or not of this kind."""
        try:
            with path.open("rb") as stream:
                head = Head.read(stream.readline(_LONGEST))
                last, hashed = _last_line(stream)
            if last["sha256"] != hashed:
                raise ValueError("changed")
            return cls(path, head, int(last["outcomes"]))
        except (ValueError, KeyError, TypeError, LookupError):
            raise damaged(path) from None

    def batches(self) -> Iterator[Batch]:
        """What is in it, in order."""
        with self.path.open("rb") as stream:
            stream.readline(_LONGEST)
            left = self.outcomes
            while left:
                batch = unpack(json.loads(stream.readline()), stream)
                left -= len(batch.outcomes)
                yield batch


def damaged(path: Path) -> ConfigurationError:
    return ConfigurationError("part-damaged", file=f"{PARTS}/{path.name}")


def _last_line(stream: BinaryIO) -> tuple[dict[str, Any], str]:
    """The last line, read, and the hash of all that stands before it."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _LONGEST))
    tail = stream.read()
    at = tail.rstrip(b"\n").rfind(b"\n") + 1
    before = end - len(tail) + at
    hashed = hashlib.sha256()
    stream.seek(0)
    while before:
        data = stream.read(min(_CHUNK, before))
        hashed.update(data)
        before -= len(data)
    found: dict[str, Any] = json.loads(tail[at:])
    return found, hashed.hexdigest()
