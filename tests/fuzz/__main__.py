"""python -m tests.fuzz [--inputs N | --seconds S] [--seed K] [--kind KIND] [--keep FOLDER]

Each batch runs in a process of its own, so that a hang or a crash of the whole process is seen too; a hang is measured
in processor time. Exit code 1 when
anything went wrong; the inputs that did it are kept.
"""

import argparse
import json
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import attempt

BATCH = 250
LONGEST = 10.0  # seconds of processor time for one input: a busy machine makes no hang
FIRST = 60.0  # more for the first input of a process, which also pays for what is compiled once
WAITING = 900.0  # seconds by the clock, for what hangs without taking processor time
MEGABYTES = 500
# Exports are what others write, so most inputs are exports; our own files and their neighbours share the rest.
SHARE = {
    "export": 10, "dossier": 3, "supplement": 2, "register": 2, "profile": 2, "bundle": 1, "mapping": 1, "settings": 1,
    "decisions": 1,
}  # fmt: skip


def make(kind: str, number: int) -> dict[str, bytes]:
    """The input of this kind with this number: always the same."""
    random = Random(f"{kind}-{number}")
    return mutated(random.choice(seeds()[kind]), random)


def lay(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def batch(kind: str, first: int, count: int) -> None:
    """In a process of its own: a line of JSON per input, before and after."""
    for number in range(first, first + count):
        signal.setitimer(signal.ITIMER_PROF, LONGEST + (FIRST if number == first else 0))  # then the system ends it
        print(json.dumps({"begin": number}), flush=True)
        with tempfile.TemporaryDirectory() as folder:
            lay(make(kind, number), Path(folder))
            try:
                ended = attempt(kind, Path(folder))
            except BaseException:
                ended = "traceback"
                print(json.dumps({"trace": traceback.format_exc()[-1500:]}), flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"number": number, "ended": ended, "peak": peak}), flush=True)


def run_batch(kind: str, first: int, count: int, totals: Counter[str], wrong: list[tuple[int, str]]) -> int:
    """Run a batch and watch it; the peak in MB."""
    command = [sys.executable, "-m", "tests.fuzz", "--batch", kind, str(first), str(count)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    current, peak, trace, hung = first, 0, "", False

    def stop() -> None:
        nonlocal hung
        hung = True
        child.kill()

    watch = threading.Timer(WAITING, stop)
    watch.start()
    for line in child.stdout:
        watch.cancel()
        said = json.loads(line)
        if "begin" in said:
            current = said["begin"]
            watch = threading.Timer(WAITING, stop)
            watch.start()
        elif "trace" in said:
            trace = said["trace"]
        else:
            totals[said["ended"]] += 1
            peak = max(peak, said["peak"])
            if said["ended"] == "traceback":
                wrong.append((said["number"], trace))
    watch.cancel()
    code = child.wait()
    if hung or code:
        ended = "hang" if hung or code == -signal.SIGPROF else "crash"
        totals[ended] += 1
        wrong.append((current, ended))
        rest = first + count - current - 1
        if rest > 0:
            peak = max(peak, run_batch(kind, current + 1, rest, totals, wrong))
    return peak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=sorted(SHARE))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--batch", nargs=3)
    chosen = parser.parse_args()
    if chosen.batch:
        kind, first, count = chosen.batch
        batch(kind, int(first), int(count))
        return 0
    kinds = [chosen.kind] if chosen.kind else [kind for kind, share in SHARE.items() for _ in range(share)]
    Random(0).shuffle(kinds)  # so that a short time sees all of them
    inputs = chosen.inputs or (10**9 if chosen.seconds else 20_000)
    ends = time.monotonic() + (chosen.seconds or 10**9)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    peaks: Counter[str] = Counter()
    wrong: dict[str, list[tuple[int, str]]] = defaultdict(list)
    next_of: Counter[str] = Counter()
    done = turn = 0
    while done < inputs and time.monotonic() < ends:
        kind = kinds[turn % len(kinds)]
        turn += 1
        count = min(BATCH, inputs - done)
        first = chosen.seed * 10_000_000 + next_of[kind]
        next_of[kind] += count
        peaks[kind] = max(peaks[kind], run_batch(kind, first, count, totals[kind], wrong[kind]))
        done += count
        print(f"\r{done} inputs, {sum(map(len, wrong.values()))} wrong ", end="", file=sys.stderr, flush=True)
    return report(totals, peaks, wrong, chosen.keep)


def report(
    totals: dict[str, Counter[str]], peaks: Counter[str], wrong: dict[str, list[tuple[int, str]]], keep: Path
) -> int:
    columns = ("read", "refused", "traceback", "hang", "crash")
    print(f"\n{'':<12}{'inputs':>8}" + "".join(f"{name:>11}" for name in columns) + f"{'MB':>8}")
    for kind, counts in sorted(totals.items()):
        cells = "".join(f"{counts[name]:>11}" for name in columns)
        print(f"{kind:<12}{sum(counts.values()):>8}{cells}{peaks[kind]:>8}")
    failed = 0
    for kind, found in wrong.items():
        for number, why in found:
            failed += 1
            place = keep / f"{kind}-{number}"
            lay(make(kind, number), place)
            if failed <= 20:
                print(f"\n{place}\n{why}")
    large = [kind for kind, peak in peaks.items() if peak > MEGABYTES]
    for kind in large:
        print(f"{kind}: {peaks[kind]} MB, more than {MEGABYTES}")
    return 1 if failed or large else 0


if __name__ == "__main__":
    sys.exit(main())
