"""python -m tests.loop [--times N] [--jobs 1,2,4] [--busy N] [--user NAME] [--log FOLDER] [test ...]

Runs the tests again and again, each time in another order and with the next number of workers, in a bare environment
and if asked beside busy processes or as another user. Prints a line per run, and at the end which tests failed in some
runs but not in all: those are the unstable ones. Exit code 1 when any run was not green.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.apart import ROOT, Ended, bare, busy, run_tests

_COLUMNS = (
    f"{'run':>4}{'jobs':>6}{'busy':>6}{'seed':>12}{'passed':>8}{'failed':>8}{'skipped':>9}{'wall':>9}{'processor':>11}"
)
_COLUMNS += f"{'MB':>7}  result"


class Turn(NamedTuple):
    """One run: its number, workers, busy neighbours and the seed of its order."""

    number: int
    jobs: int
    busy: int
    seed: int


def turns(times: int, jobs: Sequence[int], neighbours: int, chance: random.Random) -> list[Turn]:
    """The runs to do: the numbers of workers take turns, each run has an order of its own."""
    return [Turn(n + 1, jobs[n % len(jobs)], neighbours, chance.randrange(2**32)) for n in range(times)]


def row(turn: Turn, ended: Ended) -> str:
    """A run as a line of the table."""
    times = f"{_minutes(ended.wall):>9}{_minutes(ended.processor):>11}{ended.megabytes:>7}"
    counts = f"{ended.passed:>8}{len(ended.failed):>8}{ended.skipped:>9}"
    result = "green" if ended.green else f"exit code {ended.code}"
    return f"{turn.number:>4}{turn.jobs:>6}{turn.busy:>6}{turn.seed:>12}{counts}{times}  {result}"


def verdict(done: Sequence[tuple[Turn, Ended]]) -> str:
    """How many were green, and each test that failed with the runs in which it did; unstable when not in all."""
    green = sum(ended.green for _, ended in done)
    lines = [f"{green} of {len(done)} runs green"]
    failed: dict[str, list[Turn]] = {}
    for turn, ended in done:
        for name in ended.failed:
            failed.setdefault(name, []).append(turn)
    for name, where in sorted(failed.items(), key=lambda one: -len(one[1])):
        kind = "broken" if len(where) == len(done) else "unstable"
        lines.append(
            f"{kind}: {name}: {len(where)} of {len(done)}, run {', '.join(str(turn.number) for turn in where)}"
        )
    for turn, ended in done:
        if not ended.green and not ended.failed:
            lines.append(f"run {turn.number} ended with {ended.code} and names no test: {ended.said}")
    return "\n".join(lines)


def once(turn: Turn, tests: Sequence[str], log: Path, user: str | None = None) -> Ended:
    """Do one run, its log in a folder of its own below `log`."""
    place = log / f"{turn.number:02}"
    place.mkdir(parents=True, exist_ok=True)
    arguments = ["-n", str(turn.jobs), "--dist", "loadfile", f"--randomly-seed={turn.seed}", *tests]
    home = Path(tempfile.mkdtemp(prefix="home"))
    before: list[str] = []
    if user is not None:
        before = ["runuser", "-u", user, "--"]
        for folder in (home, place):
            shutil.chown(folder, user)
    try:
        with busy(turn.busy):
            return run_tests(arguments, place, bare(home, TMPDIR=str(home)), before=before)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the runs; 0 when all were green."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.loop", description="Repeat the tests, and say which are unstable."
    )
    parser.add_argument("--times", type=int, default=10, help="how often (10)")
    parser.add_argument("--jobs", default="1,2,4", help="numbers of workers that take turns (1,2,4)")
    parser.add_argument("--busy", type=int, default=0, help="so many busy processes beside it (0)")
    parser.add_argument("--user", help="as this user; only root can")
    parser.add_argument("--seed", type=int, help="begin with this one, to repeat a whole loop")
    parser.add_argument("--log", type=Path, default=ROOT / "test-log" / "loop", help="where the logs go")
    parser.add_argument("tests", nargs="*", help="only these; else all")
    chosen = parser.parse_args(arguments)
    if chosen.user is not None and os.geteuid() != 0:
        parser.error("--user: only root can run the tests as somebody else")
    jobs = [int(number) for number in chosen.jobs.split(",")]
    print(_COLUMNS, flush=True)
    done: list[tuple[Turn, Ended]] = []
    try:
        for turn in turns(chosen.times, jobs, chosen.busy, random.Random(chosen.seed)):
            done.append((turn, once(turn, chosen.tests, chosen.log.absolute(), chosen.user)))
            print(row(*done[-1]), flush=True)
    except KeyboardInterrupt:
        print("stopped", flush=True)
    if not done:
        return 130
    print(verdict(done))
    return 0 if len(done) == chosen.times and all(ended.green for _, ended in done) else 1


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


if __name__ == "__main__":
    sys.exit(main())
