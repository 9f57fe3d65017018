"""The samples are what their script makes, and show everything that they promise."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dod2oso.base.texts import Text
from dod2oso.findings import catalogue
from dod2oso.generate.packages import PIN
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import newest
from dod2oso.run.pipeline import Options, run
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins
from tests.sweeps import part
from tools.broken import broken_exports, partly_readable
from tools.dirt import DIRT, REPAIRED, Dirt
from tools.samples import FORMATS_PUPILS, SAMPLES, write_samples
from tools.samples_readme import is_reason

pytestmark = pytest.mark.usefixtures("without_report")
ROOT = Path(__file__).resolve().parents[2] / "samples"
REGION, BROKEN, SAME = ROOT / "regio", ROOT / "kapot", ROOT / "formaten"
DATUM = "2025-06-15"
MAX_SIZE = 1_500_000
# Codes that the samples cannot show, and why.
NOT_IN_SAMPLES = {
    **dict.fromkeys(
        ("toetsscore-zonder-betekenis", "gegevens-op-nummer", "uitslagen-zonder-leerling", "veld-afgeleid"),
        "only arises with exports of results alone (tests/run/doubles/test_results.py)",
    ),
    **dict.fromkeys(
        ("cel-datum", "cel-fout", "cel-getal", "formule-zonder-waarde", "regels-boven-kop", "rij-geweigerd"),
        "only arises in tables and spreadsheets; the region delivers documents (tests/foreign has them)",
    ),
    **dict.fromkeys(
        ("datum-met-tijd", "tijd-weg", "geen-waarde", "omhulsel-weg", "spaties-hersteld", "tekst-codering"),
        "odd texts of other writers, which the region does not have (tests/source/test_oddtext.py has them)",
    ),
    "tekens-windows-1252": "needs numeric references of Windows-1252, see tests/source/test_walk.py",
    **dict.fromkeys(
        ("code-overig", "constante-tegenstrijdig"),
        "needs a profile of its own with codes or constants (test_columns.py)",
    ),
    **dict.fromkeys(
        ("splitsing-past-niet", "eenheid-onbekend", "records-niet-gekozen"),
        "needs a profile that splits, has units or takes only some records (tests/source/test_shapes.py)",
    ),
    **dict.fromkeys(
        ("besluit-toegepast", "besluit-achtergelaten", "besluit-tegenstrijdig", "besluit-ongebruikt"),
        "needs a file of decisions, which the demo does not give (tests/decide has them)",
    ),
    **dict.fromkeys(("officieel-oordeel", "officieel-oordeel-ontbreekt"), "only arises in a version that a user added"),
    "officieel-verschil": "needs official files, which a user downloads and this project does not hold",
    "verzorger-dubbel": "needs a carer who stands twice (tests/source/test_bad_layouts.py)",
    "verzorger-overleden": "only arises in versions that cannot say so; the demo makes the newest",
    "overstap-onwaarschijnlijk": "needs --alleen-validator, which the demo does not give",
    "database-zonder-wal": "the samples hold no database that was in use",
    "bestand-van-dod2oso": "needs a file of our own among the exports",
    "export-geen-toegang": "needs a folder without permission",
    "export-ander-soort": "needs data in a form that is not read, which the broken exports do not hold",
    "bestand-niet-gelezen": "needs other files beside the exports",
    "leerling-samengevoegd": "needs the rule --merge, which the demo does not give",
    "aanvulling-onleesbaar": "only where a broken supplement stops no other: in a project",
    "levering-vervangen": "only in a project",
    "levering-zelfde": "only in a project",
    "leerling-verdwenen": "only in a project",
    "levering-andere-school": "needs an export in the folder of another school",
    "leerling-niet-gekozen": "needs a choice of pupils",
    "bewaartermijn-voorbij": "only in a project",
    "jaargroep-onbekend": "needs a choice of pupils",
    "lijst-onbekende-leerling": "needs a list of pupils",
    "blok-uit-export": "needs the rule --merge, which the demo does not give",
    "bezwaar-bij-verplicht": "only arises from an older OSO dossier as source",
    "advies-sinds-2023-blijft": "needs advice of later years, which no sample has (tests/source/test_plausible.py)",
    "bestand-gewijzigd": "only arises when somebody changes a dossier file behind the ledger's back",
}


class Silent:
    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def _run(
    out: Path, kind: str, version: str = newest(), datum: str | None = DATUM, exports: list[Path] | None = None
) -> sqlite3.Connection:
    """The samples converted, or some of their exports; the ledger to look at."""
    options = Options(
        exports=exports or [REGION / "exports", BROKEN], transfer=kind, version=version, out_dir=out, datum=datum,
        schools=REGION / "scholen.csv", supplements=(REGION / "aanvulling.csv",),
    )  # fmt: skip
    run(options, Silent())
    return sqlite3.connect(out / "ledger.sqlite")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(_run(tmp_path_factory.mktemp("povo"), "POVO")) as ledger:
        yield ledger


@pytest.fixture(scope="module")
def vovo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(_run(tmp_path_factory.mktemp("vovo"), "VOVO")) as ledger:
        yield ledger


def _states(ledger: sqlite3.Connection) -> dict[str, int]:
    return dict(ledger.execute("select state, count(*) from dossiers group by state").fetchall())


def test_the_samples_are_what_the_script_makes(tmp_path: Path) -> None:
    write_samples(tmp_path)
    made = {path.relative_to(tmp_path): _content(path) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {
        path.relative_to(ROOT): _content(path)
        for folder in (REGION, BROKEN, SAME)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert sorted(kept) == sorted(made)
    changed = [str(name) for name in made if kept[name] != made[name]]
    assert changed == [], "make them again: python -m tools.samples samples/"


def _content(path: Path) -> object:
    """The bytes; of a protected zip those inside, and of a database its rows (the rest depends on the machine)."""
    if path.name == "xml-with-pin.zip":
        (found,) = find_exports([path], Pins((PIN,))).exports
        return {member.name: member.open().read() for member in (*found.members, *found.loose)}
    if path.suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as database:
            return list(database.iterdump())
    return path.read_bytes()


def test_every_format_of_the_samples_gives_the_same_dossiers(tmp_path: Path) -> None:
    found = []
    for name in ("dod-referentie.xml", "xml-with-pin.zip", "csv-bundle", "spreadsheet.xlsx", "database.sqlite"):
        out = tmp_path / name
        out.mkdir()
        if found:
            (out / "project.key").write_bytes((tmp_path / "dod-referentie.xml" / "project.key").read_bytes())
        options = Options(
            [SAME / name], "POVO", out_dir=out, datum=DATUM, schools=SAME / "scholen.csv",
            supplements=(SAME / "aanvulling.csv",), pins=Pins((PIN,)),
        )  # fmt: skip
        run(options, Silent())
        found.append({path.name: path.read_bytes() for path in (out / "dossiers" / "ready").rglob("*.xml")})
    assert len(found[0]) == FORMATS_PUPILS
    assert all(dossiers == found[0] for dossiers in found)


def test_the_samples_are_small_and_the_region_large_enough() -> None:
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < MAX_SIZE
    assert len({sample.school.brin for sample in SAMPLES} - {""}) >= 3
    assert sum(sample.pupils for sample in SAMPLES) >= 60


def test_numbers_and_addresses_in_the_samples_belong_to_nobody() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in REGION.rglob("*") if path.suffix in (".xml", ".csv"))
    numbers = set(re.findall(r"(?<![0-9])[0-9]{9}(?![0-9])", text))
    assert numbers
    assert [number for number in numbers if not number.startswith(("9999", "10"))] == []
    assert {code[:2] for code in re.findall(r"<(?:Brin|brincode)>(\w+)<", text)} == {"99"}
    assert {host.rpartition("@")[2] for host in re.findall(r"[\w.]+@[\w.]+", text)} <= {
        "voorbeeld.nl", *(f"{sample.school.brin.lower()}.voorbeeld.nl" for sample in SAMPLES),
    }  # fmt: skip


def test_the_demo_gives_every_finding_there_is(demo: sqlite3.Connection) -> None:
    found = {code for (code,) in demo.execute("select distinct code from findings")}
    assert found == set(catalogue.entries()) - set(NOT_IN_SAMPLES)


@pytest.mark.parametrize("dirt", DIRT, ids=lambda dirt: f"{dirt.export}-{dirt.record}-{dirt.result}")
def test_dirt_gives_what_the_readme_says(dirt: Dirt, demo: sqlite3.Connection, vovo: sqlite3.Connection) -> None:
    ledger = {"POVO": demo, "VOVO": vovo}[dirt.transfer]
    if dirt.result == REPAIRED:
        found = ledger.execute(
            "select d.state, f.code from dossiers d join exports e on e.id = d.export_id "
            "left join findings f on f.dossier = d.id and f.severity != 'info' where e.name = ? and d.record = ?",
            (dirt.export, dirt.record),
        ).fetchall()
        assert found == [("ready", None)]
    elif is_reason(dirt):
        assert ledger.execute(
            "select 1 from field_counts c join exports e on e.id = c.export_id "
            "where e.name = ? and c.outcome = 'dropped' and c.reason = ? and c.field = ?",
            (dirt.export, dirt.result, dirt.stays),
        ).fetchone()
    else:
        records = ledger.execute(
            "select d.record from findings f join exports e on e.id = f.export_id "
            "left join dossiers d on d.id = f.dossier where e.name = ? and f.code = ?",
            (dirt.export, dirt.result),
        ).fetchall()
        # A path that the profile does not know is one finding for the whole export.
        assert (dirt.record,) in records or (None,) in records


def test_the_readme_tells_of_enough_dirt() -> None:
    assert len({dirt.result for dirt in DIRT if dirt.result in catalogue.entries()}) >= 15
    text = (REGION / "LEESMIJ.md").read_text(encoding="utf-8")
    assert all(dirt.what in text for dirt in DIRT)


def test_every_broken_export_is_told_and_makes_no_dossier(demo: sqlite3.Connection) -> None:
    unreadable = demo.execute("select name from exports where status = 'unreadable'").fetchall()
    assert sorted(name for (name,) in unreadable) == sorted(broken_exports())
    assert sorted(path.name for path in BROKEN.iterdir()) == sorted([*broken_exports(), *partly_readable()])
    for name, (_files, _what, codes) in partly_readable().items():
        told = demo.execute(
            "select distinct f.code from findings f join exports e on e.id = f.export_id where e.name = ?", (name,)
        )
        assert set(codes) <= {code for (code,) in told}, name
    text = (REGION / "LEESMIJ.md").read_text(encoding="utf-8")
    assert all(path.name in text for path in BROKEN.iterdir())


# One school of the region shows them for each transfer, and then so does the region: more takes nothing away.
PRIMARY, SECONDARY = "edexml-2.1-school-zuid.xml", "dod-referentie-college.xml"


KINDS = [(name, v) for name in TRANSFERS for v in transfer(name).versions]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "version", "datum"),
    [(*kind, datum) for turn, kind in enumerate(KINDS) for datum in part((DATUM, None), 2, begin=turn)],
)
def test_every_transfer_and_version_gives_all_three_states(
    tmp_path: Path, kind: str, version: str, datum: str | None
) -> None:
    school = PRIMARY if kind.startswith("PO") else SECONDARY
    with closing(_run(tmp_path, kind, version, datum, [REGION / "exports" / school])) as ledger:
        assert set(_states(ledger)) == {"ready", "held", "rejected"}
