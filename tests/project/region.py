"""A generated region of forty schools in a project folder, as it goes in the world, on four dates.

Schools are numbered as `School.numbered` does. Three pupils per school; nobody exists. How every school should stand on
each date is kept apart, by hand, as things happen: `Row`.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pyzipper
from openpyxl import load_workbook

from dod2oso.base import clock
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.cli.settings import load_settings
from dod2oso.generate.companions import table
from dod2oso.generate.export import write_export
from dod2oso.generate.packages import SUFFIXES
from dod2oso.generate.school import REGISTER_COLUMNS, School
from dod2oso.ledger.store import Ledger
from dod2oso.project.folder import ProjectFolder, project_folder
from dod2oso.project.init import make_project
from dod2oso.project.packages import Package, write_packages
from dod2oso.project.planning import as_json, planning
from dod2oso.project.returned import Back, came_back
from dod2oso.project.sender import contacts, sender_of
from dod2oso.report.style import PLAIN
from dod2oso.run import pipeline
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options, Result
from dod2oso.source.container.pins import Pins
from dod2oso.supplement.edition import Edition
from dod2oso.supplement.workbook import school_workbooks
from tests.corpus.kit import Quiet, bsn

DATES = (date(2025, 5, 5), date(2025, 5, 19), date(2025, 6, 2), date(2025, 6, 13))
DEADLINE = date(2025, 6, 20)
SCHOOLS, PUPILS = 40, 3
LAYOUTS = ("dod-referentie", "edexml-2.1", "xml-attributes", "csv-bundle", "spreadsheet", "edex2000")
WRONG_FOLDER, WITH_PIN, TWICE, BROKEN, SILENT = 31, (32, 38), 34, (36, 37), (33, 35, 39)
PIN = "24681357"
# What came back of the workbooks, with a mistake each, and the school that sends its own later than the others.
TWO_PEOPLE, OLDER, ELSEWHERE, WRONG_VALUE, BY_HAND, LATE = 2, 8, 14, 3, (0, 6), 29


def school(number: int) -> School:
    return School.numbered(number)


def key(number: int) -> tuple[str, str]:
    return school(number).brin, school(number).vestiging


class Row(NamedTuple):
    """How a school should stand: as in the report, with the dossiers that came and that are ready, and the exports."""

    stand: str
    came: int = 0
    ready: int = 0
    files: int = 0


NOTHING, UNREADABLE = Row("nothing"), Row("unreadable")


def row(came: int, ready: int = 0, files: int = 1) -> Row:
    if ready < came:
        return Row("waiting", came, ready, files)
    return Row("over" if came >= PUPILS else "incomplete", came, ready, files)


@dataclass
class Region:
    """The project folder; `on` drops what came by a date, `run` converts, and what was is kept in `reports`."""

    folder: Path
    reports: list[dict[str, Any]] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)  # against the deadline, as `remind --json`
    backs: list[Back] = field(default_factory=list)
    ready: list[set[str]] = field(default_factory=list)  # pseudonyms of the dossiers that lie ready
    rows: list[dict[int, Row]] = field(default_factory=list)  # what should be, by school
    filled: set[str] = field(default_factory=set)  # pupils of whom all that was asked was filled in, and rightly
    sent: dict[int, Package] = field(default_factory=dict)  # the packages of the second date
    old: bytes = b""  # a workbook of the first date

    @classmethod
    def made(cls, folder: Path) -> "Region":
        make_project(folder, ["POVO"], name="Regio Voorbeeld", deadline=DEADLINE)
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

    def run(self, day: date, **more: Any) -> None:
        """A run on this day, and what the region then looks like."""
        watcher = Quiet()
        with today(day):
            given = Options(exports=(), transfer="", pins=Pins([PIN]), **more)
            self.results.append(run(self.project.options("POVO", self.project.inbox(), given), watcher))
            with Ledger.open(self.out) as ledger:
                plan = planning(ledger, ledger.last_run() or "", self.project.transfers["POVO"], day, "nl")
            self.backs += came_back(self.project)
        self.reports.append(json.loads((self.out / "report/gaps.json").read_bytes()))
        self.plans.append(as_json(plan))
        self.said.append(watcher.messages)
        self.ready.append({path.stem.split("-")[0].lower() for path in (self.out / "dossiers/ready").rglob("*.xml")})

    # --- workbooks ---

    def workbook(self, number: int) -> bytes:
        """The workbook that the school got on the second date."""
        return self.unpack(self.sent[number], number)["aanvulling.xlsx"]

    def returns(self, name: str, data: bytes) -> Path:
        path = self.folder / "aanvullingen" / name
        path.write_bytes(data)
        return path

    def edition(self, number: int) -> bytes:
        """The workbook of one school as the last run makes it."""
        with Ledger.open(self.out) as ledger:
            made = school_workbooks(ledger, ledger.last_run() or "", self.out)
            return next(data for brin, vestiging, data in made if (brin, vestiging) == key(number))


def filled(data: bytes, rows: int, day: str = "01-05-2025", **instead: str) -> tuple[bytes, list[str]]:
    """The workbook with every open cell of the first rows filled in; and the hidden keys of their pupils.

    `day`: on which parents inspected; `instead`: for the first pupil another value than usual, by the last word of the
    column.
    """
    book = load_workbook(io.BytesIO(data))
    [sheet] = [each for each in book.worksheets if each["B5"].value == "brin"]
    names = [cell.value for cell in sheet[5]]
    keys = []
    for place in range(6, 6 + rows):
        cells = dict(zip(names, sheet[place], strict=True))
        keys.append(str(cells["dossier"].value))
        for column, cell in cells.items():
            if not cell.protection.locked:
                cell.value = day if column == "inzage/inzagedatum" else answer(column, keys[-1])
                if place == 6 and column.split("/")[-1] in instead:
                    cell.value = instead[column.split("/")[-1]]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), keys


_ANSWERS = {
    "inzage": "ja", "akkoord": "Ja", "adresgeheim": "nee", "straat": "Teststraat",
    "nummer": "2", "postcode": "1234AB", "plaats": "Teststad", "verzorgersaansprakelijk": "ja", "contactnodig": "nee",
    "achternaam": "Voorbeeld", "wettigevertegenwoordiger": "ja", "advies": "60", "voornamen": "Test",
}  # fmt: skip
_numbers: dict[str, str] = {}


def answer(column: str, pupil: str) -> str:
    """What a school would type in a column."""
    word = re.split(r"[/.]", column)[-1]
    if word == "bsn":  # everybody a number of their own
        return _numbers.setdefault(pupil, bsn(500 + len(_numbers)))
    return _ANSWERS[word]


def joined(one: bytes, other: bytes) -> bytes:
    """Two workbooks made one by hand: the rows of the other pasted below those of the first."""
    books = [load_workbook(io.BytesIO(data)) for data in (one, other)]
    sheets = [book.worksheets[1] for book in books]
    for line in sheets[1].iter_rows(min_row=6, values_only=True):
        sheets[0].append(line)
    out = io.BytesIO()
    books[0].save(out)
    return out.getvalue()


@contextmanager
def today(day: date) -> Iterator[None]:
    """The clock stands at noon of this day, and goes on from there."""
    began = datetime.now(UTC)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return (noon + (datetime.now(UTC) - began)).astimezone(tz or UTC)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "datetime", Then)
        patch.setattr(pipeline, "DEFAULT_FORMATS", ("json",))  # the other forms cost much and are not looked at
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)
        yield


def row_of(report: dict[str, Any], number: int) -> Row:
    """The row of a school in gaps.json."""
    part = part_of(report, number)
    counts = part["dossiers"]
    return Row(
        part["stand"], counts["ready"] + counts["held"] + counts["rejected"], counts["ready"], len(part["files"])
    )


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
    rows = dict.fromkeys(range(SCHOOLS), row(PUPILS)) | dict.fromkeys(SILENT, NOTHING)
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
            rows[number] = UNREADABLE
    region.rows.append(rows)


def on_the_second_date(region: Region) -> None:
    """The broken ones are sent again under another name, one school delivers anew with a pupil less, one moves."""
    for number in BROKEN:
        region.deliver(number, name=f"opnieuw{_suffix(number)}")
    region.deliver(TWICE, pupils=PUPILS - 1, name=f"herlevering{_suffix(TWICE)}")
    wrong = region.folder / "exports" / "-".join(key(WRONG_FOLDER - 1)) / "te laat.xml"
    right = region.folder / "exports" / "-".join(key(WRONG_FOLDER)) / wrong.name
    right.parent.mkdir()
    wrong.rename(right)
    region.rows.append(region.rows[-1] | dict.fromkeys(BROKEN, row(PUPILS)) | {TWICE: row(PUPILS - 1)})


def on_the_third_date(region: Region) -> None:
    """36 workbooks come back: most are whole, every fifth school leaves a pupil open, and five have a mistake."""
    rows, apart = dict(region.rows[-1]), {}
    for number in range(SCHOOLS):
        if number in (*SILENT, LATE):
            continue
        asked = rows[number].came
        done = asked - 1 if number % 5 == 0 and number not in BY_HAND else asked
        data, pupils = filled(region.old if number == OLDER else region.workbook(number), done)
        ready = done
        if number == TWO_PEOPLE:  # they differ about the first pupil, and say the same of the others
            region.returns("een collega.xlsx", filled(region.workbook(number), done, inzagedatum="08-05-2025")[0])
            pupils, ready = pupils[1:], done - 1
        elif number == ELSEWHERE:  # their own board had them fill in its workbook
            data, pupils, ready = _of_another_project(region, data), [], 0
        elif number == WRONG_VALUE:
            data, pupils = filled(region.workbook(number), done, inzagedatum="31-02-2025")
            pupils, ready = pupils[1:], done - 1
        region.filled.update(pupils)
        rows[number] = row(asked, ready)
        if number in BY_HAND:
            apart[number] = data
        else:
            region.returns(f"{'-'.join(key(number))} ingevuld.xlsx", data)
    region.returns("samengevoegd.xlsx", joined(*apart.values()))
    region.rows.append(rows)


def on_the_fourth_date(region: Region) -> None:
    """What went wrong is put right, the late school sends its workbook, and one of the silent ones an export."""
    rows = dict(region.rows[-1])
    (region.folder / "aanvullingen/een collega.xlsx").unlink()
    for number in (TWO_PEOPLE, ELSEWHERE, WRONG_VALUE, LATE):
        data, pupils = filled(region.workbook(number), PUPILS)
        region.returns(f"{'-'.join(key(number))} ingevuld.xlsx", data)
        region.filled.update(pupils)
        rows[number] = row(PUPILS, PUPILS)
    region.deliver(SILENT[0])
    region.rows.append(rows | {SILENT[0]: row(PUPILS)})


def _of_another_project(region: Region, data: bytes) -> bytes:
    """The same workbook as a project with another key makes it."""
    book = load_workbook(io.BytesIO(data))
    ours = Edition.of(Pseudonyms(load_key(region.out)), "").project
    theirs = Edition.of(Pseudonyms(b"another key of another project!!"), "").project
    for sheet in book.worksheets:
        for cell in sheet[5]:
            if isinstance(cell.value, str) and ours in cell.value:
                cell.value = cell.value.replace(ours, theirs)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _suffix(number: int) -> str:
    return SUFFIXES.get(LAYOUTS[number % len(LAYOUTS)], ".xml")


def number_of(package: Package) -> int:
    return next(n for n in range(SCHOOLS) if key(n) == (package.part.brin, package.part.vestiging))
