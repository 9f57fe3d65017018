"""What the check of one dossier costs: schema and all rules, against lxml alone on the same bytes.

    python -m benchmarks.checking
    python -m benchmarks.checking --repeats 500
    python -m benchmarks.checking --files 5000       as `validate` does: read, check and say it, per file

Per dossier: processor time of `check` on a parsed root, and of lxml that parses the bytes and validates them against
the same schema. Both are measured in turns in the same run, so that a busy machine slows them alike. Nothing here is
asserted: machines differ.
"""

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.collector import calm_collector
from dod2oso.base.xml import parse_bytes
from dod2oso.oso.check_files import find_files, validate_file
from dod2oso.oso.check_text import as_lines
from dod2oso.oso.schema import schema
from dod2oso.oso.transfers import transfer
from dod2oso.oso.verdict import check
from tests.oso.dossiers import full_dossier

VERSIONS, TRANSFER = ("2019.1", "1.1.1"), "POVO"
REPEATED = (b"schoolloopbaan", b"toets")  # what a long school career has many of
BIG = 175_000  # bytes


class Times(NamedTuple):
    """Processor milliseconds of one dossier, each a row of repeats."""

    check: list[float]
    lxml: list[float]


def big_dossier(typical: bytes, size: int) -> bytes:
    """The same dossier with as many more schoolloopbanen and toetsen as it takes to reach this many bytes."""
    parts = [(b"</" + name + b"lijst>", _first(typical, name)) for name in REPEATED]
    more = max(0, size - len(typical)) // sum(len(block) for _, block in parts)
    for end, block in parts:
        typical = typical.replace(end, block * more + end, 1)
    return typical


def measure(data: bytes, version: str, repeats: int) -> Times:
    """Check the dossier and have lxml read it, in turns. Raises AssertionError when it is not valid."""
    layer, compiled, root = transfer(TRANSFER).layer, schema(version), parse_bytes(data)
    assert check(root, version, layer).verdict == "valid"
    times = Times([], [])
    gc.disable()
    for _ in range(repeats):
        times.check.append(_milliseconds(lambda: check(root, version, layer)))
        times.lxml.append(_milliseconds(lambda: compiled.validate(parse_bytes(data))))
        gc.collect(0)
    gc.enable()
    return times


def validated(files: int) -> float:
    """How many files a second of the processor validates, the typical dossier of the newest version each time."""
    with tempfile.TemporaryDirectory() as name:
        data = full_dossier(VERSIONS[0], TRANSFER)
        for number in range(files):
            (Path(name) / f"{number}.xml").write_bytes(data)
        as_lines(validate_file(Path(name) / "0.xml"), "nl")  # schema and rules are made once
        start = time.process_time()
        with calm_collector():
            for path in find_files([Path(name)]):
                report = validate_file(path)
                assert report.verdict == "valid"
                "\n".join(as_lines(report, "nl"))
        return files / (time.process_time() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=300)
    parser.add_argument("--files", type=int)
    arguments = parser.parse_args()
    if arguments.files is not None:
        per_second, load = validated(arguments.files), os.getloadavg()[0]
        print(f"validate: {arguments.files} files, {per_second:.0f} per second of the processor, load {load:.1f}")
        return
    repeats = arguments.repeats
    print(f"processor time, {repeats} repeats; check = schema + all rules on a parsed root; lxml = parse + schema")
    print(f"{'version':>7} {'kB':>6} {'elements':>8} {'':>6} {'check ms':>9} {'lxml ms':>9} {'ratio':>6}")
    for version in VERSIONS:
        typical = full_dossier(version, TRANSFER)
        for data in (typical, big_dossier(typical, BIG)):
            times = measure(data, version, repeats)
            elements = sum(1 for _ in parse_bytes(data).iter("*"))
            for name, of in (("min", min), ("median", statistics.median)):
                ours, floor = of(times.check), of(times.lxml)
                row = f"{version:>7} {len(data) / 1000:>6.1f} {elements:>8} {name:>6}"
                print(f"{row} {ours:>9.3f} {floor:>9.3f} {ours / floor:>6.2f}")


def _first(data: bytes, name: bytes) -> bytes:
    """The bytes of the first element with this name."""
    end = b"</" + name + b">"
    start = data.index(b"<" + name + b">")
    return data[start : data.index(end, start) + len(end)]


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.process_time_ns()
    action()
    return (time.process_time_ns() - start) / 1e6


if __name__ == "__main__":
    main()
