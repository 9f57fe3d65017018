"""Is memory flat? Exports of growing size through the reader, each size in a process of its own.

    python -m benchmarks.memory                    XML of 20, 200 and 2,000 MB; a CSV bundle of 10,000 to 1,000,000 rows
    python -m benchmarks.memory --whole            the same through the whole pipeline, ledger, report and outbox too
    python -m benchmarks.memory --only csv
    python -m benchmarks.memory --only supplement  a supplement with a row for each of so many pupils

Prints rows or megabytes, records, seconds and peak memory. Nothing here is asserted: machines differ.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.texts import Text
from dod2oso.generate.export import header, known_layout, pupils_of
from dod2oso.generate.school import School
from dod2oso.mapping.compile import shipped_plan
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import shipped_profiles
from dod2oso.supplement.claims import RowFinder
from dod2oso.supplement.pupil import Pupil
from dod2oso.supplement.rows import read_supplements

SIZES = {  # megabytes; rows
    "xml": (20, 200, 2_000), "csv": (10_000, 100_000, 1_000_000), "supplement": (2_000, 20_000, 200_000)
}  # fmt: skip
_TESTS = 49  # rows of tests for each pupil
_LOOKED_UP = 20_000  # pupils whose row of a supplement is looked up, at most


class Quiet:
    """Nobody watches."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def write_xml(path: Path, megabytes: int) -> None:
    """An export of that size: the same hundred dossiers of usual size, each time with other numbers."""
    school, chosen = School("99XA"), known_layout("dod-referentie")
    head, tail = chosen.frame(header(school, chosen))
    made = [chosen.record(pupil) for pupil in pupils_of(school, "dod-referentie", 100, 1, typical=True)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head)
        number = written = 0
        while written < megabytes * 1_000_000:
            record = made[number % 100].replace(f">{10_000 + number % 100}<", f">{10_000 + number}<", 1)
            stream.write(record)
            written += len(record)
            number += 1
        stream.write(tail)


def write_csv(path: Path, rows: int) -> None:
    """A bundle of csv-bundle with that many rows, the tests in another order than the pupils."""
    path.mkdir()
    pupils = rows // (_TESTS + 1)
    with (path / "leerlingen.csv").open("w", encoding="windows-1252") as stream:
        stream.write("leerlingid;achternaam;geboortedatum;geslacht\n")
        stream.writelines(f"{n};Voorbeeld;01-02-2012;V\n" for n in range(pupils))
    with (path / "toetsen.csv").open("w", encoding="windows-1252") as stream:
        stream.write("leerlingid;toetsen_nr;code;naam;afnamedatum;vaardigheidsscore\n")
        stream.writelines(
            f"{n % pupils};{n};REK;Rekenen en wiskunde;01-02-2024;{n % 400},5\n" for n in range(pupils * _TESTS)
        )
    (path / "school.csv").write_text("layoutversie;naam;brin;vestiging\n1;Proef;99XA;00\n", encoding="ascii")


def look_up(path: Path, rows: int) -> dict[str, float]:
    """Read a supplement of that many rows, and find the row of every pupil."""
    columns = "brin;leerlingid;achternaam;geboortedatum;leerling.roepnaam;leerling.geslacht\n"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(columns)
        stream.writelines(f"99XA;{n};Voorbeeld{n};01-02-2012;Roepnaam{n};V\n" for n in range(rows))
    plan, key = shipped_plan("2019.1", "POVO"), Pseudonyms(bytes(32))
    before, start = peak_mb(), time.process_time()
    finder = RowFinder(read_supplements([path], plan, load_dictionary()), key)
    read = time.process_time() - start
    pupils = (Pupil("99XA", "00", str(n), f"Voorbeeld{n}", "2012-02-01", "") for n in range(min(rows, _LOOKED_UP)))
    found = sum(len(finder.find(pupil.keys(key, 1)).rows) for pupil in pupils)
    seconds = {"read_cpu_seconds": round(read, 1), "find_cpu_seconds": round(time.process_time() - start - read, 1)}
    return {"found": found, **seconds, "before_mb": round(before), "peak_mb": round(peak_mb())}


def peak_mb() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(kind: str, size: int, whole: bool) -> dict[str, float]:
    """Make an export, read it (or convert it) in this process, and say what that took."""
    with tempfile.TemporaryDirectory() as name:
        if kind == "supplement":
            return look_up(Path(name) / "aanvulling.csv", size)
        path = Path(name) / ("export.xml" if kind == "xml" else "export")
        write_xml(path, size) if kind == "xml" else write_csv(path, size)
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        if whole:
            run(Options([path], "POVO", out_dir=Path(name) / "out", datum="2025-06-15"), Quiet())
            records = float("nan")
        else:
            opened = OpenExport(find_exports([path]).exports[0])
            export = opened.export(BoundProfile(opened.recognise(shipped_profiles()), load_dictionary()))
            export.survey()
            records = sum(1 for _dossier in export.dossiers())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "records": records,
        "seconds": round(time.perf_counter() - start, 1),
        "before_mb": round(before / 1024),
        "peak_mb": round(peak / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", choices=sorted(SIZES))
    parser.add_argument("--one", nargs=2, metavar=("KIND", "SIZE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        kind, size = arguments.one
        print(json.dumps(measure(kind, int(size), arguments.whole)))
        return
    for kind in [arguments.only] if arguments.only else SIZES:
        for size in SIZES[kind]:
            command = [sys.executable, "-m", "benchmarks.memory", "--one", kind, str(size)]
            command += ["--whole"] if arguments.whole else []
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"{kind} {size:>9,}: {done.stdout.strip()}", flush=True)


if __name__ == "__main__":
    main()
