"""What encryption costs: the same run in a plain and in an encrypted project, in turns, in one process.

    python -m benchmarks.encrypting [PUPILS] [TIMES]

Prints processor time of the best of each and what is between them. Opening the project once (half a second for the
passphrase) is told apart: that is of a command, not of a dossier. Nothing here is asserted: machines differ.
"""

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pipeline import DATUM, TRANSFER, VERSION, Quiet
from dod2oso.base import projectkey
from dod2oso.generate.region import write_region
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.trust.encrypting import encrypt

WORD = "vier woorden zonder zin"


def measure(pupils: int, times: int) -> dict[str, float]:
    """Seconds of processor time: of the fastest plain and encrypted run, and of opening an encrypted project."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exports = write_region(folder / "regio", "dod-referentie", pupils, schools=1, seed=1, typical=True)
        spent: dict[str, list[float]] = {"plain": [], "encrypted": []}
        for turn in range(times + 1):  # the first of each makes what every later one finds ready
            for kind, found in spent.items():
                out = folder / f"{kind}{turn}"
                if kind == "encrypted":
                    encrypt(out, WORD, "")
                began = time.process_time()
                run(
                    Options(
                        exports, TRANSFER, VERSION, out, schools=folder / "regio" / "scholen.csv",
                        supplements=(folder / "regio" / "aanvulling.csv",), datum=DATUM, workers=1,
                    ),
                    Quiet(),
                )  # fmt: skip
                if turn:
                    found.append(time.process_time() - began)
        began = time.process_time()
        projectkey.with_word(out / "project.key", WORD)
        return {kind: min(found) for kind, found in spent.items()} | {"opening": time.process_time() - began}


def main() -> None:
    """Measure and print."""
    pupils, times = (int(each) for each in (*sys.argv[1:], *("2000", "3")[len(sys.argv) - 1 :]))
    found = measure(pupils, times)
    for kind, seconds in found.items():
        print(f"{kind:>10}  {seconds:.2f} s")
    print(f"  overhead  {100 * (found['encrypted'] / found['plain'] - 1):.1f} %")


if __name__ == "__main__":
    main()
