"""The order in which things stand says nothing: of records, exports, supplements, attributes and elements.

Where order does count, the mapping says so (`one-place: [{order: export}]`), and what repeats keeps the order in which
it came; those two are left as they are here.
"""

import csv
import random
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus.kit import convert, dossiers

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NORTH = SAMPLES / "regio" / "exports" / "dod-referentie-school-noord.xml"
SAME = SAMPLES / "formaten" / "dod-referentie.xml"
GIVEN = [SAMPLES / "regio" / "aanvulling.csv", SAMPLES / "formaten" / "aanvulling.csv"]
DATUM = "2025-06-15"

Shuffle = Callable[[random.Random, Path], tuple[list[Path], list[Path]]]


def made(folder: Path, key: Path | None, exports: list[Path], supplements: list[Path]) -> dict[str, bytes]:
    """Every dossier of a run; dossiers are named by the project key, so the runs share it."""
    out = folder / "out"
    out.mkdir(parents=True)
    if key is not None:
        shutil.copy(key, out / "project.key")
    schools = SAMPLES / "regio" / "scholen.csv"
    convert(out, exports, version="2019.1", datum=DATUM, schools=schools, supplements=supplements)
    return dossiers(out)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("straight")
    found = made(folder, None, [NORTH, SAME], GIVEN)
    return folder / "out" / "project.key", found


def records(chance: random.Random, folder: Path) -> tuple[list[Path], list[Path]]:
    def turn(root: ElementTree.Element) -> None:
        pupils = root.find("Leerlingen")
        assert pupils is not None
        pupils[:] = chance.sample(list(pupils), len(pupils))

    return [_rewritten(path, folder, turn) for path in (NORTH, SAME)], GIVEN


def exports(chance: random.Random, folder: Path) -> tuple[list[Path], list[Path]]:
    return [SAME, NORTH], GIVEN


def supplements(chance: random.Random, folder: Path) -> tuple[list[Path], list[Path]]:
    """The files in another order, and in each of them the rows and the columns."""
    turned = []
    for number, path in enumerate(reversed(GIVEN)):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, delimiter=";")
        columns = chance.sample(range(len(header)), len(header))
        written = folder / f"aanvulling-{number}.csv"
        with written.open("w", encoding="utf-8", newline="") as file:
            lines = [header, *_shuffled(chance, rows, header.index("leerlingid"))]
            csv.writer(file, delimiter=";").writerows([line[column] for column in columns] for line in lines)
        turned.append(written)
    return [NORTH, SAME], turned


def _shuffled(chance: random.Random, rows: list[list[str]], whose: int) -> list[list[str]]:
    """Rows in another order; those of one pupil keep theirs: of two answers the last one counts."""
    of_one: dict[str, list[list[str]]] = {}
    for row in rows:
        of_one.setdefault(row[whose], []).append(row)
    return [of_one[row[whose]].pop(0) for row in chance.sample(rows, len(rows))]


def attributes(chance: random.Random, folder: Path) -> tuple[list[Path], list[Path]]:
    def turn(root: ElementTree.Element) -> None:
        for element in root.iter():
            values = list(element.attrib.items())
            element.attrib.clear()
            element.attrib.update(chance.sample(values, len(values)))

    return [_rewritten(path, folder, turn) for path in (NORTH, SAME)], GIVEN


def elements(chance: random.Random, folder: Path) -> tuple[list[Path], list[Path]]:
    """Fields and blocks in another order; those that repeat keep theirs."""

    def turn(root: ElementTree.Element) -> None:
        for element in root.iter():
            by_tag: dict[str, list[ElementTree.Element]] = {}
            for child in element:
                by_tag.setdefault(child.tag, []).append(child)
            tags = chance.sample(list(by_tag), len(by_tag))
            element[:] = [child for tag in tags for child in by_tag[tag]]

    return [_rewritten(path, folder, turn) for path in (NORTH, SAME)], GIVEN


def _rewritten(path: Path, folder: Path, turn: Callable[[ElementTree.Element], None]) -> Path:
    tree = ElementTree.parse(path)
    turn(tree.getroot())
    written = folder / path.name
    tree.write(written, encoding="utf-8", xml_declaration=True)
    return written


@pytest.mark.parametrize("shuffle", [records, exports, supplements, attributes, elements])
def test_order_changes_no_dossier(shuffle: Shuffle, straight: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    key, wanted = straight
    assert len(wanted) == 26
    turned, given = shuffle(random.Random(shuffle.__name__), tmp_path)
    found = made(tmp_path, key, turned, given)
    assert found.keys() == wanted.keys()
    assert [name for name, xml in found.items() if xml != wanted[name]] == []
