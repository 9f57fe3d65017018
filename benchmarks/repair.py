"""What the loop costs: repairs, workbook and history on a large region, and the second run.

    python -m benchmarks.repair                        a made-up ledger of 50,000 dossiers with 20 findings each
    python -m benchmarks.repair --loop --pupils 2000   a real run without consent, and runs with a part filled in

The region of the first is written straight into the ledger; its files are links to one held dossier, so that the
workbook reads 50,000 of them. Each part runs in a process of its own for its peak memory. Nothing here is asserted:
machines differ.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.pipeline import DATUM, TRANSFER, VERSION, Quiet
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.findings.catalogue import entry
from dod2oso.generate.region import write_region
from dod2oso.ledger import places, tables
from dod2oso.ledger.history import record_run
from dod2oso.ledger.store import Ledger
from dod2oso.report.make_extras import make_extras
from dod2oso.report.texts import Lexicon
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options, Result
from dod2oso.supplement.repairs import repairs
from dod2oso.supplement.workbook import write_workbook
from tests.oso.dossiers import full_dossier

SCHOOLS, FINDINGS = 125, 20
CAUSES = [
    ("oso-regel", key) for repair in repairs().values() for key in repair.solves if "@" not in key and "-" in key
]  # fmt: skip


def make_region(out: Path, dossiers: int) -> None:
    """A ledger with one finished run of waiting dossiers, each with its findings, needs and file."""
    chance = random.Random(1)
    keys = [repair.key for repair in repairs().values()]
    pseudonyms = Pseudonyms(load_key(out))
    held = out / "held.xml"
    held.write_bytes(full_dossier(VERSION, TRANSFER))
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        run_id = ledger.begin_run(VERSION, TRANSFER, DATUM)
        for number in range(SCHOOLS):
            brin = f"{number // 26 % 100:02}Z{chr(65 + number % 26)}"
            row = ledger.start_export(run_id, number, f"{brin}.xml", VERSION, TRANSFER, "p", "f", "c", DATUM)
            rows, found = [], []
            first = number * dossiers // SCHOOLS
            for record in range(first, (number + 1) * dossiers // SCHOOLS):
                name = pseudonyms.of("leerling", brin, str(record))
                needs = sorted(chance.sample(keys, chance.choice((1, 2, 2, 3, 5))), key=keys.index)
                path = places.dossier_path(out, "held", brin, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                os.link(held, path)
                rows.append({
                    "id": record + 1, "export_id": row.id, "record": record - first + 1, "dossier_id": name,
                    "pseudonym": name, "match_pgn": "", "match_name": "", "brin": brin, "vestiging": "00",
                    "state": "held", "converted": "held", "sha256": "x", "size": 1, "placed": True,
                    "source_values": 0, "mapped": 0, "dropped": 0, "unmapped": 0, "refused": 0, "lossy": 0,
                    "needs": " ".join(needs), "supplied": "", "counts": None,
                })  # fmt: skip
                for code, rule in chance.sample(CAUSES, FINDINGS):
                    found.append({
                        "export_id": row.id, "dossier": record + 1, "code": code, "severity": entry(code).severity,
                        "field": "", "target": "", "rule": rule, "detail": "", "shape": "", "count": 1,
                    })  # fmt: skip
            with ledger.write() as connection:
                connection.execute(insert(tables.dossiers), rows)
                connection.execute(insert(tables.findings), found)
                connection.execute(
                    tables.exports.update().where(tables.exports.c.id == row.id).values(status="done")
                )  # fmt: skip
        ledger.finish_run(run_id, "done", 0.0)


def _history(out: Path) -> None:
    with Ledger.open(out) as ledger:
        record_run(ledger, str(ledger.last_run()))


def _extras(out: Path) -> None:
    with Ledger.open(out) as ledger, ledger.read() as connection:
        found = make_extras(connection, str(ledger.last_run()), Lexicon("nl", VERSION, TRANSFER), versions=True)
        assert found.simulation.total


def _second(out: Path) -> None:
    """A second run in which nothing changed, and its comparison with the first."""
    with Ledger.open(out) as ledger:
        first = str(ledger.last_run())
        run_id = ledger.begin_run(VERSION, TRANSFER, DATUM)
        with ledger.write() as connection:
            links = connection.execute(select(tables.run_exports).where(tables.run_exports.c.run_id == first)).all()
            connection.execute(insert(tables.run_exports), [row._asdict() | {"run_id": run_id} for row in links])
        record_run(ledger, run_id)
        ledger.finish_run(run_id, "done", 0.0)
        with ledger.read() as connection:
            assert make_extras(connection, run_id, Lexicon("nl", VERSION, TRANSFER)).changes is not None


def _workbook(out: Path) -> None:
    with Ledger.open(out) as ledger:
        assert write_workbook(ledger, str(ledger.last_run()), out)


PARTS: dict[str, Callable[[Path], None]] = {
    "history of a first run": _history,
    "repairs, goals, versions": _extras,
    "second run and changes": _second,
    "aanvulling.xlsx": _workbook,
}


def region(dossiers: int) -> None:
    """Time every part on the same region, each in a process of its own."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        out = Path(name)
        make_region(out, dossiers)
        print(f"{dossiers} dossiers, {FINDINGS} findings each, {SCHOOLS} schools")
        for part in PARTS:
            command = [sys.executable, "-m", "benchmarks.repair", "--part", part, "--folder", str(out)]
            done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"{part:>26}  {done['seconds']:7.2f} s  processor {done['cpu']:7.2f} s  peak {done['peak_mb']} MB")
        size = (out / "report" / "aanvulling.xlsx").stat().st_size
        print(f"{'aanvulling.xlsx':>26}  {size / 1e6:7.2f} MB on disk")


def one_part(part: str, out: Path) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    PARTS[part](out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "peak_mb": round(peak)}
    print(json.dumps(found))


def loop(pupils: int) -> None:
    """A first run without any supplement, then runs with consent for 1 %, for all, and the same once more."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        exports = write_region(folder / "regio", "dod-referentie", pupils, schools=10, seed=1, typical=True)
        given = folder / "regio" / "aanvulling.csv"
        with given.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream, delimiter=";"))
        few = folder / "few.csv"
        with few.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows([lines[0], *lines[1::100]])

        def once(label: str, *supplements: Path) -> None:
            options = Options(
                exports, TRANSFER, VERSION, folder / "out", schools=folder / "regio" / "scholen.csv",
                supplements=supplements, datum=DATUM,
            )  # fmt: skip
            start, cpu = time.perf_counter(), time.process_time()
            result: Result = run(options, Quiet())
            seconds, used = time.perf_counter() - start, time.process_time() - cpu
            print(f"{label:>34}  {seconds:7.2f} s  processor {used:7.2f} s  staged {result.staged}")

        once("no supplement, everything waits")
        once("1 % filled in", few)
        once("everybody filled in", given)
        once("nothing changed", given)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pupils", type=int, default=50_000)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments: Any = parser.parse_args()
    if arguments.part:
        one_part(arguments.part, arguments.folder)
    elif arguments.loop:
        loop(arguments.pupils)
    else:
        region(arguments.pupils)


if __name__ == "__main__":
    main()
