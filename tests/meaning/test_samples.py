"""The sample pupils, converted by dod2oso and by hand: each part of each dossier says the same."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import pytest

from tests.corpus.kit import convert
from tests.meaning.plainly import Parts, found, said

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
EXPORTS = [
    *sorted((SAMPLES / "regio" / "exports").glob("dod-referentie-*.xml")),
    SAMPLES / "formaten/dod-referentie.xml",
]
DATUM = "2025-06-15"
PARTS = (
    "name", "call name", "born", "sex", "secret", "number", "bsn", "in education", "enrolled", "weight", "home",
    "liable", "addresses", "numbers", "advice", "career", "absence", "tests", "final test", "doctors", "carers",
)  # fmt: skip


def pupils() -> dict[tuple[str, str], ElementTree.Element]:
    """The pupils of all exports by school and number."""
    by_number = {}
    for path in EXPORTS:
        root = ElementTree.parse(path).getroot()
        brin = root.findtext("School/Brin") or ""
        for pupil in root.iter("Leerling"):
            by_number[brin, pupil.findtext("Leerlingnummer") or ""] = pupil
    return by_number


@pytest.mark.parametrize("version", ["1.1.1", "2017.1", "2019.1"])
def test_each_dossier_says_what_the_export_said(version: str, tmp_path: Path) -> None:
    """Without register or supplement, so that all that a dossier says comes from the export."""
    convert(tmp_path / "out", EXPORTS, version=version, datum=DATUM)
    exported = pupils()
    compared: Counter[str] = Counter()
    for path in sorted((tmp_path / "out" / "dossiers").rglob("*.xml")):
        if path.parts[-3] == "rejected" or "rejected" in path.parts:
            continue  # without a school or a name there is no dossier
        root = ElementTree.parse(path).getroot()
        made: Parts = found(root, version)
        brin = next(root.iter("huidigeschool")).findtext("brincode") or ""
        wanted = said(exported[brin, made["number"]], version)
        for part in PARTS:
            assert made[part] == wanted[part], (version, brin, made["number"], part)
            compared[part] += wanted[part] not in (None, [])
    assert compared["name"] >= 55
    assert all(compared[part] > 0 for part in PARTS if (part, version) != ("final test", "1.1.1"))
