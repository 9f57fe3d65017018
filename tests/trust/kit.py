"""A small project to look after: the sample region, converted once; every test works on a copy of its own."""

import random
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from dod2oso.base.texts import Text
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.conftest import no_report

SAMPLES = Path(__file__).parents[2] / "samples" / "regio"


class Quiet:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Text] = []

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None:
        self.told.append(text)


def convert(out: Path, *, report: bool = True, **more: object) -> Quiet:
    """Convert the sample region into `out`, and unless told otherwise write the report."""
    watcher = Quiet()
    given: dict[str, object] = {
        "exports": [SAMPLES / "exports"],
        "transfer": "POVO",
        "version": "2019.1",
        "out_dir": out,
        "supplements": (SAMPLES / "aanvulling.csv",),
        "schools": SAMPLES / "scholen.csv",
        "datum": "2025-06-15",
        "account": "omzetter",
    }
    with nullcontext() if report else no_report():
        run(Options(**(given | more)), watcher)  # type: ignore[arg-type]
    return watcher


def copy_of(project: Path, target: Path) -> Path:
    return Path(shutil.copytree(project, target))


Change = Callable[[bytes, random.Random], bytes]


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _remove(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randint(1, 40) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes(chance.choices(b'0123456789abcdef",:{} \n\r', k=chance.randint(1, 5))) + data[at:]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _drop_line(data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def _double_line(data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"".join(lines)


def _swap_lines(data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _digit(data: bytes, chance: random.Random) -> bytes:
    """Another number: what somebody would change who wants other totals."""
    places = [at for at, byte in enumerate(data) if byte in b"0123456789"]
    at = chance.choice(places)
    return data[:at] + str((data[at] - 48 + chance.randint(1, 9)) % 10).encode() + data[at + 1 :]


CHANGES: tuple[Change, ...] = (
    _flip, _remove, _insert, _cut, _drop_line, _double_line, _swap_lines, _digit,
)  # fmt: skip


def changed(data: bytes, chance: random.Random) -> bytes:
    """These bytes with one random change, never the same bytes."""
    while (other := chance.choice(CHANGES)(data, chance)) == data:
        pass
    return other
