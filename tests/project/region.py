"""A generated region of forty schools in a project folder, as it goes in the world, on four dates.

Schools are numbered as `School.numbered` does. Two pupils per school; nobody exists.
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyzipper

from dod2oso.cli.settings import load_settings
from dod2oso.generate.companions import table
from dod2oso.generate.export import write_export
from dod2oso.generate.packages import SUFFIXES
from dod2oso.generate.school import REGISTER_COLUMNS, School
from dod2oso.project.folder import ProjectFolder, project_folder
from dod2oso.project.init import make_project
from dod2oso.project.packages import Package, write_packages
from dod2oso.project.sender import contacts, sender_of
from dod2oso.report.style import PLAIN
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options, Result
from dod2oso.source.container.pins import Pins
from tests.corpus.kit import Quiet

DATUM = "2025-06-15"
SCHOOLS, PUPILS = 40, 2
LAYOUTS = ("dod-referentie", "edexml-2.1", "xml-attributes", "csv-bundle", "spreadsheet", "edex2000")
WRONG_FOLDER, WITH_PIN, TWICE, BROKEN, SILENT = 31, (32, 38), 34, (36, 37), (33, 35, 39)
PIN = "24681357"


def school(number: int) -> School:
    return School.numbered(number)


def key(number: int) -> tuple[str, str]:
    return school(number).brin, school(number).vestiging


@dataclass
class Region:
    """The project folder; `on` drops what came by a date, `run` converts, and what was is kept in `reports`."""

    folder: Path
    reports: list[dict[str, Any]] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    @classmethod
    def made(cls, folder: Path) -> "Region":
        make_project(folder, ["POVO"], name="Regio Voorbeeld")
        with table(folder / "scholen.csv", (*REGISTER_COLUMNS, "verwacht", "contactmail")) as writer:
            for number in range(SCHOOLS):
                row = school(number).register_row() | {"naam": name(number)}
                mail = f"directie@{school(number).brin.lower()}.example.org"
                writer.writerow({**row, "verwacht": str(PUPILS), "contactmail": mail})
        return cls(folder)

    @property
    def project(self) -> ProjectFolder:
        settings = load_settings(self.folder / "dod2oso.toml")
        found = project_folder(self.folder / "dod2oso.toml", settings.project, settings.transfer)
        assert found is not None
        return found

    @property
    def out(self) -> Path:
        return self.folder / "dod2oso-out/POVO"

    def deliver(self, number: int, *, folder: str = "", pupils: int = PUPILS, name: str = "", seed: int = 1) -> Path:
        """The export of a school, in its layout, in a folder of its own."""
        brin, vestiging = key(number)
        layout = LAYOUTS[number % len(LAYOUTS)]
        place = self.folder / "exports" / (folder or f"{brin}-{vestiging}")
        place.mkdir(parents=True, exist_ok=True)
        path = place / (name or f"export{SUFFIXES.get(layout, '.xml')}")
        write_export(path, layout, pupils, seed, brin, vestiging=vestiging, first=number * 10)
        return path

    def packages(self) -> list[Package]:
        """`report --per-school`, and what it said."""
        from dod2oso.ledger.store import Ledger

        said: list[str] = []
        with Ledger.open(self.out) as ledger:
            run_id = ledger.last_run()
            assert run_id is not None
            sender = sender_of(self.project, ledger, run_id)
            made = write_packages(
                ledger, run_id, self.out, sender, contacts(self.project), PLAIN, "nl",
                lambda text: said.append(text.text("nl")),
            )  # fmt: skip
        self.said.append(said)
        return made

    def passphrase(self, number: int) -> bytes:
        with (self.out / "wachtwoorden.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = {(row["brin"], row["vestiging"]): row["wachtwoord"] for row in csv.DictReader(file, delimiter=";")}
        return rows[key(number)].encode()

    def unpack(self, package: Package, number: int) -> dict[str, bytes]:
        """What is in the zip of a school, opened with the passphrase of school `number`."""
        with pyzipper.AESZipFile(next(package.folder.glob("*.zip"))) as archive:
            archive.setpassword(self.passphrase(number))
            return {name: archive.read(name) for name in archive.namelist()}

    def run(self, **more: Any) -> dict[str, Any]:
        watcher = Quiet()
        given = Options(exports=(), transfer="", datum=DATUM, pins=Pins([PIN]), **more)
        result = run(self.project.options("POVO", self.project.inbox(), given), watcher)
        report: dict[str, Any] = json.loads((self.out / "report/gaps.json").read_bytes())
        self.reports.append(report)
        self.said.append(watcher.messages)
        self.results.append(result)
        return report


def name(number: int) -> str:
    return f"Basisschool Nummer {number:02}"


def stands(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(part["brin"], part["vestiging"]): part["stand"] for part in report["schools"]}


def part_of(report: dict[str, Any], number: int) -> dict[str, Any]:
    [found] = [part for part in report["schools"] if (part["brin"], part["vestiging"]) == key(number)]
    return dict(found)


def sealed(path: Path) -> None:
    """Put a file in a zip behind the PIN, in its place."""
    with pyzipper.AESZipFile(path.with_suffix(".zip"), "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PIN.encode())
        archive.writestr(path.name, path.read_bytes())
    path.unlink()


def on_the_first_date(region: Region) -> None:
    """All deliver but three; two files are broken, one lies in the folder of another school, two are behind a PIN."""
    for number in range(SCHOOLS):
        if number in SILENT:
            continue
        neighbour = "-".join(key(WRONG_FOLDER - 1))
        if number == WRONG_FOLDER:
            path = region.deliver(number, folder=neighbour, name="te laat.xml")
        else:
            path = region.deliver(number)
        if number in WITH_PIN:
            sealed(path)
        if number in BROKEN:
            path.write_bytes(path.read_bytes()[:700])


def on_the_second_date(region: Region) -> None:
    """The broken ones are sent again under another name, one school delivers anew with a pupil less, one moves."""
    for number in BROKEN:
        region.deliver(number, name=f"opnieuw{_suffix(number)}")
    region.deliver(TWICE, pupils=1, name=f"herlevering{_suffix(TWICE)}")
    wrong = region.folder / "exports" / "-".join(key(WRONG_FOLDER - 1)) / "te laat.xml"
    right = region.folder / "exports" / "-".join(key(WRONG_FOLDER)) / wrong.name
    right.parent.mkdir()
    wrong.rename(right)


def _suffix(number: int) -> str:
    return SUFFIXES.get(LAYOUTS[number % len(LAYOUTS)], ".xml")


def number_of(package: Package) -> int:
    return next(n for n in range(SCHOOLS) if key(n) == (package.part.brin, package.part.vestiging))
