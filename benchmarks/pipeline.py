"""The whole pipeline with ledger, report and outbox, in one process, against the C floor in the same run.

    python -m benchmarks.pipeline                 2,000 dossiers
    python -m benchmarks.pipeline --flat          2,000 and 20,000, each in its own process: is memory flat?
    python -m benchmarks.pipeline --scaling       one process, two workers, a cluster of two on this machine

Prints dossiers per second, peak memory and the ratio to the floor (processor time against processor time, of this
process and all that it started, so that a busy machine does not decide). Nothing here is asserted: machines differ.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lxml import etree

from benchmarks.floor import floor_seconds
from dod2oso.base.texts import Text
from dod2oso.generate.region import write_region
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options

VERSION, TRANSFER, DATUM = "2019.1", "POVO", "2025-06-15"


class Quiet:
    """Nobody watches."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def processor() -> float:
    """Processor seconds of this process, and of all that it started and that ended."""
    return sum(os.times()[:4])


def peak() -> float:
    """The most memory, in MB, that this process or one that it started had."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def measure(pupils: int, workers: int, cluster: str | None = None) -> dict[str, float]:
    """Run the pipeline on so many generated dossiers; return what was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exports = write_region(folder / "regio", "dod-referentie", pupils, schools=1, seed=1, typical=True)
        out = folder / "out"
        options = Options(
            exports, TRANSFER, VERSION, out, schools=folder / "regio" / "scholen.csv",
            supplements=(folder / "regio" / "aanvulling.csv",), datum=DATUM, workers=workers,
            cluster=cluster,
        )  # fmt: skip
        start, cpu_start = time.perf_counter(), processor()
        run(options, Quiet())
        seconds, cpu = time.perf_counter() - start, processor() - cpu_start
        memory = peak()
        outputs = sorted((out / "dossiers").rglob("*.xml"))
        sizes = [path.stat().st_size for path in outputs[:200]]
        elements = [sum(1 for _ in etree.parse(path.open("rb")).iter()) for path in outputs[:50]]
        floor = floor_seconds(exports, outputs, VERSION)
    return {
        "dossiers": len(outputs),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "dossiers_per_second": round(len(outputs) / seconds),
        "floor_cpu_seconds": round(floor, 2),
        "ratio": round(cpu / floor, 1),
        "peak_mb": round(memory),
        "kb_per_dossier": round(sum(sizes) / len(sizes) / 1000, 1),
        "elements_per_dossier": round(sum(elements) / len(elements)),
    }


def apart(*arguments: str) -> dict[str, float]:
    """What this benchmark measures with these arguments, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.pipeline", "--json", *arguments]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pupils", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cluster", metavar="local|ADDRESS")
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.flat:
        for pupils in (2000, 20000):
            found = apart("--pupils", str(pupils))
            print(f"{pupils:>6} dossiers: peak {found['peak_mb']} MB, {found['dossiers_per_second']}/s")
        return
    if arguments.scaling:
        alone = 0.0
        two = ("--workers", "2")
        for name, said in (("one process", ()), ("two workers", two), ("cluster of two", (*two, "--cluster", "local"))):
            found = apart("--pupils", str(arguments.pupils), *said)
            alone = alone or found["seconds"]
            times = alone / found["seconds"]
            print(f"{name:>16}: {found['seconds']} s, {times:.2f}x, processor {found['cpu_seconds']} s")
        return
    found = measure(arguments.pupils, arguments.workers, arguments.cluster)
    if arguments.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        print(f"{key:>22}  {value}")


if __name__ == "__main__":
    main()
