"""The report of a large region: ledger rows written straight into the tables, then the model and every rendering apart.

`python -m benchmarks.report [DOSSIERS]` (50,000 with 20 findings each). Prints, for building the model and for each
rendering, seconds by the clock and of the processor, and the peak memory of this process; the slowest questions to the
database; and, where there is a chromium, how long the page takes to open and to filter. With the load of the machine,
for on a busy one only the processor seconds mean something.
"""

import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import event, insert

from dod2oso.findings.catalogue import entries
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.oso.catalogue import catalogue
from dod2oso.report import csv_, html, json_, xlsx
from dod2oso.report.model import Report, build

FINDINGS = 20
SCHOOLS = 300
PER_EXPORT = 500
RULES = (
    "inzage-blok-verplicht",
    "leerling-bsn-of-onderwijsnummer",
    "leerling-adres-verplicht",
    "inzagedatum-verplicht",
)


def fill(ledger: Ledger, dossiers: int) -> str:
    """A run with so many dossiers; 60 % ready, the rest held."""
    chance = random.Random(1)
    run = ledger.begin_run("2019.1", "POVO", "2025-06-15")
    errors = [code for code, entry in entries().items() if entry.severity == "error" and entry.layer != "export"]
    others = [code for code, entry in entries().items() if entry.severity != "error" and entry.layer != "export"]
    fields = [element.path for element in catalogue("2019.1").fields()]
    number = 0
    for export in range(1, dossiers // PER_EXPORT + 1):
        size = min(PER_EXPORT, dossiers - number)
        row = ledger.start_export(
            run, export, f"export-{export}.xml", "2019.1", "POVO", "dod-referentie", str(export), "c", "2025-06-15"
        )
        rows, found = [], []
        for record in range(1, size + 1):
            number += 1
            held = chance.random() < 0.4
            brin = f"{chance.randrange(SCHOOLS) // 26:02d}A{chr(65 + chance.randrange(26))}"
            state = "held" if held else "ready"
            rows.append(
                {"id": number, "export_id": row.id, "record": record, "dossier_id": f"d{number:032d}-20191-povo",
                 "pseudonym": f"p{number:032d}", "match_pgn": "", "match_name": "", "brin": brin, "vestiging": "00",
                 "state": state, "converted": state, "placed": True, "source_values": 200, "mapped": 180, "dropped": 15,
                 "unmapped": 3, "refused": 2, "lossy": 4}
            )  # fmt: skip
            for i in range(FINDINGS):
                code = chance.choice(errors) if held and i < 4 else chance.choice(others)
                rule = chance.choice(RULES) if code == "oso-regel" else ""
                found.append(
                    {"export_id": row.id, "dossier": number, "code": code, "severity": entries()[code].severity,
                     "field": "leerling.geboortedatum", "target": "", "rule": rule,
                     "cause": "", "place": f"Leerling/Veld{i}", "note": "",
                     "shape": "99-99-9999", "count": 1}
                )  # fmt: skip
        targets = [
            {"export_id": row.id, "brin": "00AA", "path": path, "count": chance.randrange(size)} for path in fields
        ]
        counts = [
            {"export_id": row.id, "brin": "00AA", "field": f"Dossier/Onbekend/Pad{n}", "outcome": "unmapped",
             "reason": "", "count": 3}
            for n in range(400)
        ]  # fmt: skip
        with ledger.write() as connection:
            connection.execute(insert(tables.dossiers), rows)
            connection.execute(insert(tables.findings), found)
            connection.execute(insert(tables.target_counts), targets)
            connection.execute(insert(tables.field_counts), counts)
            balance = {"source_values": 200 * size, "mapped": 180 * size, "dropped": 15 * size, "unmapped": 3 * size,
                       "refused": 2 * size, "lossy": 4 * size}  # fmt: skip
            connection.execute(
                tables.exports.update().where(tables.exports.c.id == row.id).values(status="done", balance=balance)
            )
    ledger.finish_run(run, "done", 1.0)
    return run


def in_browser(page: Path) -> dict[str, float]:
    """Seconds to open the page, and to filter its longest tables; empty without a browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        started = time.perf_counter()
        tab.goto(page.as_uri())
        opened = time.perf_counter() - started
        started = time.perf_counter()
        tab.locator("#zoek-overal").fill("geboortedatum")
        tab.evaluate("document.body.offsetHeight")
        filtered = time.perf_counter() - started
        browser.close()
    return {"open": round(opened, 2), "filter": round(filtered, 2)}


@contextmanager
def measured(what: str, **more: Any) -> Iterator[dict[str, Any]]:
    """Print what the block took; the block may add to the line."""
    wall, processor = time.perf_counter(), time.process_time()
    yield more
    used = {
        "seconds": round(time.perf_counter() - wall, 1),
        "processor": round(time.process_time() - processor, 1),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps({"what": what, **used, **more}), flush=True)


def watch(ledger: Ledger) -> list[tuple[float, str]]:
    """Seconds until its first row and the beginning of each question from now on."""
    asked: list[tuple[float, str]] = []
    started = []

    def before(*_: object) -> None:
        started.append(time.perf_counter())

    def after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append((round(time.perf_counter() - started.pop(), 2), " ".join(statement.split())[:110]))

    event.listen(ledger.engine, "before_cursor_execute", before)
    event.listen(ledger.engine, "after_cursor_execute", after)
    return asked


def render(name: str, ledger: Ledger, report: Report, file: BinaryIO) -> None:
    """One rendering of a report that is there already."""
    if name == "html":
        file.write(html.render(report).encode())
    elif name == "xlsx":
        xlsx.render(ledger, report, file)
    elif name == "csv":
        csv_.render(ledger, report, file)
    else:
        json_.render(ledger, report, file)


def main() -> None:
    dossiers = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as name, Ledger.open(Path(name), Path(name)) as ledger:
        folder = Path(name)
        run = fill(ledger, dossiers)
        print(json.dumps({"dossiers": dossiers, "findings": dossiers * FINDINGS, "schools": SCHOOLS}), flush=True)
        asked = watch(ledger)
        with measured("model"):
            report = build(ledger, run)
        for seconds, statement in sorted(asked, reverse=True)[:5]:
            print(json.dumps({"seconds": seconds, "asked": statement}))
        for form in ("html", "xlsx", "csv", "json"):
            path = folder / f"gaps.{form}"
            with measured(form) as line:
                with path.open("wb") as file:
                    render(form, ledger, report, file)
                line["kB"] = path.stat().st_size // 1024
        print(json.dumps(in_browser(folder / "gaps.html")))


if __name__ == "__main__":
    main()
