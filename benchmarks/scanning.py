"""Whether a scan's memory is flat and how fast it is: `python -m benchmarks.scanning [PUPILS...]`."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dod2oso.generate.export import write_export

_SCAN = "import sys; from dod2oso.cli.app import main; sys.argv = ['dod2oso', 'scan', sys.argv[1], '--json']; main()"


def main(sizes: list[int]) -> None:
    print(f"{'pupils':>8}  {'MB':>7}  {'seconds':>8}  {'MB/s':>6}  {'most memory, MB':>16}")
    with tempfile.TemporaryDirectory() as folder:
        for pupils in sizes:
            path = Path(folder) / f"{pupils}.xml"
            write_export(path, "dod-referentie", pupils, typical=True)
            size = path.stat().st_size / 1e6
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", _SCAN, str(path)], check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - started
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # the largest child so far
            print(f"{pupils:>8}  {size:>7.1f}  {seconds:>8.1f}  {size / seconds:>6.1f}  {memory:>16.0f}", flush=True)
            path.unlink()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000, 4_000, 16_000])
