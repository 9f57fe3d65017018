"""Make the samples: `python -m tools.samples samples/`. The same code always gives the same files."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dod2oso.generate.companions import columns, supplement_row, table, write_schools
from dod2oso.generate.export import header, known_layout, pupils_of, write_pupils
from dod2oso.generate.layout import FORMATS
from dod2oso.generate.packages import SUFFIXES
from dod2oso.generate.pupil import make_pupil
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from tools.broken import broken_exports, partly_readable
from tools.dirt import COLLEGE, DIRT, DOUBTFUL_ROWS, EAST, NORTH, SOUTH, STRANGER, WEST, Dirt
from tools.samples_readme import formats_readme, readme

SEED = 2025
_EXTRA = (
    "#waarom",
    "leerlingid",
    "leerling.roepnaam",
    "bezwaar.toetsresultaten",
    "huidigeschool/leerling/geboorteplaats",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One export of the region: which school, which pupils."""

    name: str
    school: School
    pupils: int
    first: int
    typical: bool = False

    @property
    def format(self) -> str:
        return "edexml-2.1" if self.name.startswith("edexml") else "dod-referentie"


SAMPLES = (
    Sample(NORTH, School("99XA", name="Basisschool Noord"), 20, 0, typical=True),
    Sample(EAST, School("99XB", name="Basisschool Oost"), 20, 20),
    Sample(SOUTH, School("99XC", name="Basisschool Zuid"), 16, 40),
    Sample(WEST, School("", name="Basisschool West"), 2, 60),
    Sample(COLLEGE, School("99XD", kind="vo", name="Rivierencollege"), 14, 80),
    Sample(STRANGER, School("99XE", name="Basisschool Ver Weg"), 4, 100),
)
FORMATS_SCHOOL = School("99XF", name="Basisschool Midden")
FORMATS_PUPILS = 6
_TWIN = 17  # this pupil of school Noord is also in the export of school Oost


def write_samples(folder: Path) -> None:
    """Write regio/, kapot/ and formaten/ below `folder`."""
    region, broken = folder / "regio", folder / "kapot"
    (region / "exports").mkdir(parents=True, exist_ok=True)
    broken.mkdir(parents=True, exist_ok=True)
    names = dict.fromkeys((*_EXTRA, *columns("dod-referentie"), *columns("edexml-2.1")))
    with table(region / "aanvulling.csv", tuple(names)) as supplement:
        for sample in SAMPLES:
            text = "".join(_export(sample, supplement.writerow))
            (region / "exports" / sample.name).write_text(text, encoding="utf-8", newline="\n")
        supplement.writerows(_doubtful())
    write_schools(region / "scholen.csv", (s.school for s in SAMPLES if s.school.brin and s.name != STRANGER))
    for name, (data, _what, _code) in broken_exports().items():
        (broken / name).write_bytes(data)
    for name, (files, _what, _codes) in partly_readable().items():
        for inner, data in files.items():
            path = broken / name / inner if inner else broken / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    exports = [(s.name, s.school.title, s.school.kind, s.pupils) for s in SAMPLES]
    (region / "LEESMIJ.md").write_text(readme(exports), encoding="utf-8", newline="\n")
    write_formats(folder / "formaten")


def write_formats(folder: Path) -> None:
    """The same pupils of one school in every format, with one register and one supplement for all."""
    folder.mkdir(parents=True, exist_ok=True)
    names = dict.fromkeys((*columns("dod-referentie"), *columns("edex2000")))
    with table(folder / "aanvulling.csv", tuple(names)) as supplement:
        for format in FORMATS:
            chosen = known_layout(format)
            made = list(pupils_of(FORMATS_SCHOOL, format, FORMATS_PUPILS, SEED, 200, typical=True))
            if format in ("dod-referentie", "edex2000"):  # by number, and by name for basic administration
                supplement.writerows(supplement_row(FORMATS_SCHOOL, pupil) for pupil in made)
            path = folder / f"{format}{SUFFIXES.get(format, '.xml')}"
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            write_pupils(path, chosen, header(FORMATS_SCHOOL, chosen), made)
    write_schools(folder / "scholen.csv", [FORMATS_SCHOOL])
    (folder / "LEESMIJ.md").write_text(formats_readme(), encoding="utf-8", newline="\n")


def _export(sample: Sample, note: Callable[[dict[str, str]], object]) -> Iterator[str]:
    """The text of one export; `note` gets the pupils' rows of the supplement."""
    chosen = known_layout(sample.format)
    shared = header(sample.school, chosen)
    if not sample.school.brin:
        del shared.fields["school.vestiging"]
        shared.put("school.", sleutel="west")
    head, tail = chosen.frame(shared)
    yield head
    made_up = pupils_of(sample.school, sample.format, sample.pupils, SEED, sample.first, sample.typical)
    for record, pupil in enumerate(made_up, start=1):
        found = [dirt for dirt in DIRT if (dirt.export, dirt.record) == (sample.name, record)]
        row = _row(sample, pupil, found)
        if any(dirt.result == "leerling-dubbel" for dirt in found) and sample.name == EAST:
            _copy_identity(pupil)
        for dirt in found:
            dirt.edit(pupil)
        text = chosen.record(pupil)
        for dirt in found:
            if dirt.xml is not None:
                text = text.replace(*dirt.xml, 1)
        if row:
            note(row)
        yield text
    yield tail


def _row(sample: Sample, pupil: Tree, found: Iterable[Dirt]) -> dict[str, str]:
    """The pupil's row in the supplement; empty when nobody filled one in."""
    row = supplement_row(sample.school, pupil) if sample.school.brin else {}
    for dirt in found:
        if dirt.supplement is None:
            return {}
        row |= dirt.supplement
        if dirt.supplement:
            row["#waarom"] = dirt.what
    return row


def _copy_identity(pupil: Tree) -> None:
    """Make this pupil the one who also stands in the export of school Noord."""
    north = SAMPLES[0].school
    twin = make_pupil(north, _TWIN, SEED)
    for name in (
        "voornamen",
        "voorletters",
        "voorvoegsel",
        "achternaam",
        "roepnaam",
        "geboortedatum",
        "geslacht",
        "bsn",
    ):
        pupil.fields.pop(f"leerling.{name}", None)
        pupil.put("leerling.", **{name: twin.fields.get(f"leerling.{name}")})


def _doubtful() -> Iterator[dict[str, str]]:
    """Rows that are wrong by themselves, or beside another one."""
    for row in DOUBTFUL_ROWS:
        yield {"#waarom": row.what, **row.cells}


if __name__ == "__main__":
    write_samples(Path(sys.argv[1] if len(sys.argv) > 1 else "samples"))
