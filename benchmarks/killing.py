"""Commands that write, rewrite or destroy, each killed at random moments and then finished: all is whole in the end.

Run: python -m benchmarks.killing [KILLS OF EACH] [SEED]
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.handover.test_envelope import made as certificate_of
from tests.trust.killing import (
    SCHOOL,
    encrypted,
    kill_destructions,
    kill_encrypted_runs,
    kill_keys,
    kill_locks,
    kill_makings,
    kill_recipients,
    kill_runs,
    kill_words,
)
from tests.trust.kit import convert, copy_of
from tests.trust.test_destroy import personal


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    with tempfile.TemporaryDirectory() as place:
        folder, region = Path(place), Path(place) / "region"
        convert(region)
        gone = personal(region, SCHOOL)
        measure("making a project", kills, lambda: kill_makings(folder, kills, chance))
        measure("destroying a school", kills, lambda: kill_destructions(region, folder, gone, kills, chance))
        sealed = encrypted(copy_of(region, folder / "sealed"))
        measure("destroying one in it", kills, lambda: kill_destructions(sealed, folder / "in", gone, kills, chance))
        measure("another passphrase", kills, lambda: kill_words(sealed, folder, kills, chance))
        certificate_of(folder, "reader")
        reader = folder / "reader.pem"
        measure("another reader", kills, lambda: kill_recipients(region, folder, reader, kills, chance))
        measure("locking and unlocking", kills, lambda: kill_locks(region, folder, kills, chance))
        measure("encrypting and other keys", kills, lambda: kill_keys(region, folder, kills, chance))
        measure("a run in an encrypted project", kills, lambda: kill_encrypted_runs(region, folder, kills, chance))
        measure("a run", kills, lambda: kill_runs(region, folder, kills, chance))


def measure(name: str, kills: int, work: Callable[[], None]) -> None:
    began = time.perf_counter()
    work()
    print(f"{name}: killed {kills} times, whole every time it ended, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
