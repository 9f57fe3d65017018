"""How many machine instructions a dossier costs, beside the C floor: free of noise, so that a trend can be seen.

    python -m benchmarks.instructions              250 and 50 dossiers; needs valgrind

Every figure is (250 dossiers minus 50) / 200, so that what a run costs anyhow drops out; that is printed apart. Counted
by valgrind's cachegrind, one process each, with one hash seed. What the kernel does is not in it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.floor import floor_seconds
from benchmarks.pipeline import DATUM, TRANSFER, VERSION, Quiet
from dod2oso.generate.region import write_region
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options

SMALL, LARGE = 50, 250
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def convert(folder: Path, out: Path) -> None:
    """One run over the region in this folder."""
    exports = sorted((folder / "exports").iterdir())
    supplements = (folder / "aanvulling.csv",)
    run(
        Options(exports, TRANSFER, VERSION, out, schools=folder / "scholen.csv", supplements=supplements, datum=DATUM),
        Quiet(),
    )


def instructions(*arguments: str) -> int:
    """The instructions of `python -m benchmarks.instructions` with these arguments."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run(
        [*command, sys.executable, "-m", "benchmarks.instructions", *arguments],
        check=True, capture_output=True, text=True, env=_environment(arguments[-1]),
    )  # fmt: skip
    counted = _COUNTED.search(done.stderr)
    assert counted is not None, done.stderr[-500:]
    return int(counted[1].replace(",", ""))


def _environment(folder: str) -> dict[str, str]:
    """As for a user who ran it before: modules stand compiled and YAML parsed, beside the folder with the region."""
    beside = str(Path(folder).parent / "kept")
    left = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**left, "PYTHONHASHSEED": "0", "PYTHONPYCACHEPREFIX": beside, "DOD2OSO_DATA": beside}


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("run", "floor"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part == "run":
        convert(arguments.folder, Path(tempfile.mkdtemp(dir=arguments.folder)))
        return
    if arguments.part == "floor":
        inputs = sorted((arguments.folder / "exports").iterdir())
        floor_seconds(inputs, sorted((arguments.folder / "out" / "dossiers").rglob("*.xml")), VERSION)
        return
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed: no instructions can be counted here")
    with tempfile.TemporaryDirectory() as name:
        counts: dict[str, list[int]] = {"run": [], "floor": []}
        made = []
        for pupils in (SMALL, LARGE):
            folder = Path(name) / str(pupils)
            write_region(folder, "dod-referentie", pupils, schools=1, seed=1, typical=True)
            convert(folder, folder / "out")
            before = [sys.executable, "-m", "benchmarks.instructions", "--part", "run", "--folder", str(folder)]
            subprocess.run(before, check=True, env=_environment(str(folder)))
            made.append(len(list((folder / "out" / "dossiers").rglob("*.xml"))))
            for part, counted in counts.items():
                counted.append(instructions("--part", part, "--folder", str(folder)))
    per = {part: (large - small) / (made[1] - made[0]) / 1e6 for part, (small, large) in counts.items()}
    print(f"{'per further dossier':>24}  {per['run']:.2f} million instructions")
    print(f"{'the C floor':>24}  {per['floor']:.2f} million")
    print(f"{'ratio':>24}  {per['run'] / per['floor']:.2f}")
    print(f"{'a run costs anyhow':>24}  {counts['run'][0] / 1e6 - per['run'] * made[0]:,.0f} million")


if __name__ == "__main__":
    main()
