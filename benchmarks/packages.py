"""`report --per-school` for a large region: every school its page, its workbook, its sealed zip and its mail.

`python -m benchmarks.packages [SCHOOLS [PUPILS [FOLDER]]]` (40 schools of 250 pupils, half of them in a layout that
lacks much, so that their workbooks are wide). The project is made and run in FOLDER (a temporary one when left out;
one that was run before is used again), and the packages are made in a process of their own. Prints seconds by the
clock and of the processor, the peak memory of that process, and what was written; with the load of the machine, for
on a busy one only the processor seconds mean something.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dod2oso.cli.settings import load_settings
from dod2oso.generate.companions import table
from dod2oso.generate.export import write_export
from dod2oso.generate.school import REGISTER_COLUMNS, School
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.store import Ledger
from dod2oso.project.folder import ProjectFolder, project_folder
from dod2oso.project.init import make_project
from dod2oso.project.packages import write_packages
from dod2oso.project.sender import contacts, sender_of
from dod2oso.report.style import PLAIN
from dod2oso.run import pipeline
from dod2oso.run.session import Options

LAYOUTS = ("dod-referentie", "edexml-2.1")
DATUM = "2025-06-15"
ONLY_PACKAGES = "--only-packages"


class Nobody:
    """A watcher who looks away."""

    def export(self, name: str, number: int, total: int, records: int) -> None:
        pass

    def dossiers(self, done: int) -> None:
        pass

    def message(self, text: object) -> None:
        pass


def project_in(folder: Path) -> ProjectFolder:
    """The project in a folder."""
    file = folder / "dod2oso.toml"
    settings = load_settings(file)
    found = project_folder(file, settings.project, settings.transfer)
    assert found is not None
    return found


def make(folder: Path, schools: int, pupils: int) -> None:
    """The project, its exports, and a run."""
    make_project(folder, ["POVO"], name="Regio Voorbeeld")
    with table(folder / "scholen.csv", (*REGISTER_COLUMNS, "verwacht")) as writer:
        for number in range(schools):
            writer.writerow(School.numbered(number).register_row() | {"verwacht": str(pupils)})
    for number in range(schools):
        school = School.numbered(number)
        path = folder / "exports" / f"{school.brin}-{school.vestiging}.xml"
        layout = LAYOUTS[number % len(LAYOUTS)]
        write_export(path, layout, pupils, 1, school.brin, vestiging=school.vestiging, first=number * pupils)
    project = project_in(folder)
    pipeline.run(project.options("POVO", project.inbox(), Options(exports=(), transfer="", datum=DATUM)), Nobody())


def packages(folder: Path) -> None:
    """Make the packages, and print what that took."""
    project = project_in(folder)
    out = project.out("POVO")
    wall, processor = time.perf_counter(), time.process_time()
    with Ledger.open(out) as ledger:
        run_id = ledger.last_run() or ""
        made = write_packages(
            ledger, run_id, out, sender_of(project, ledger, run_id), contacts(project), PLAIN, "nl", lambda _text: None
        )
    used = {
        "packages": len(made),
        "workbooks": sum(package.has_workbook for package in made),
        "kB": sum(path.stat().st_size for package in made for path in package.folder.iterdir()) // 1024,
        "seconds": round(time.perf_counter() - wall, 1),
        "processor": round(time.process_time() - processor, 1),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(used), flush=True)


def main(arguments: list[str]) -> None:
    if arguments[:1] == [ONLY_PACKAGES]:
        packages(Path(arguments[1]))
        return
    schools = int(arguments[0]) if arguments else 40
    pupils = int(arguments[1]) if len(arguments) > 1 else 250
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[2]) if len(arguments) > 2 else Path(temporary) / "regio"
        if not (folder / "dod2oso-out/POVO" / LEDGER_FILE).is_file():
            make(folder, schools, pupils)
        subprocess.run([sys.executable, "-m", "benchmarks.packages", ONLY_PACKAGES, str(folder)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
