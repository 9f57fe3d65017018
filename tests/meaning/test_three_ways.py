"""Sixty pupils in three other layouts give the dossiers that the reference layout gives, but for what is listed.

three_ways.yaml lists, per part of a way, the elements of a dossier that may differ and why. Each of them does: a line
that no longer holds fails.
"""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from dod2oso.base.yaml import load
from dod2oso.generate.export import header, pupils_of, write_export
from dod2oso.generate.layout import layout
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from tests.conftest import shared
from tests.corpus.kit import convert
from tests.meaning.three_ways import decisions, esis, flat, uwlr

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

PUPILS, SEED, SCHOOL = 60, 7, School("99XA", "00")
LISTED: dict[str, dict[str, str]] = load(Path(__file__).with_suffix("").with_name("three_ways.yaml")).data
Said = Counter[tuple[str, str]]  # (path of an element or attribute, its text)


class Made(NamedTuple):
    """The exports, and what the dossiers of the reference layout say, by number of the pupil."""

    folder: Path
    pupils: list[Tree]
    reference: dict[str, Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("wegen")
    write_export(folder / "referentie.xml", "dod-referentie", PUPILS, SEED, SCHOOL.brin)
    pupils = list(pupils_of(SCHOOL, "dod-referentie", PUPILS, SEED))
    return Made(folder, pupils, went(folder, "referentie", folder / "referentie.xml"))


def went(folder: Path, name: str, *exports: Path, **options: Any) -> dict[str, Said]:
    """What the dossiers of a run say, ready or waiting, by number of the pupil."""
    out = folder / f"uit-{name}"
    convert(out, list(exports), datum="2025-06-15", version="2019.1", **options)
    found = {}
    for path in sorted((out / "dossiers").rglob("*.xml")):
        root = etree.parse(path).getroot()
        number = next(root.iter("{*}leerlingid"), None)
        assert number is not None and number.text
        found[number.text] = Counter(_said(root, ""))
    return found


def _said(element: Any, at: str) -> list[tuple[str, str]]:
    path = f"{at}/{etree.QName(element).localname}" if at else "dossier"
    found = [(f"{path}/@{name}", value) for name, value in element.attrib.items() if "}" not in name]
    if len(element) == 0:
        found.append((path, (element.text or "").strip()))
    for child in element:
        found += _said(child, path)
    return found


def _differs(made: Made, other: dict[str, Said], *ways: str) -> None:
    """Every pupil has a dossier, and what those say differs in the listed elements, all of them, and in no other."""
    assert other.keys() == made.reference.keys() and len(other) == PUPILS
    paths = Counter[str]()
    for number, said in made.reference.items():
        paths.update({path for path, _text in ((said - other[number]) + (other[number] - said))})
    listed = {path for way in ways for path in LISTED[way]}

    def of(path: str) -> str:
        return next((one for one in listed if f"{path}/".startswith(f"dossier/{one}/")), path)

    assert {of(path) for path in paths} == listed


def test_a_row_per_pupil(made: Made) -> None:
    export, profile = flat(made.folder, header(SCHOOL, layout("dod-referentie")), made.pupils)
    _differs(made, went(made.folder, "rijen", export, source_profile=str(profile)), "flat")


def test_results_of_esis_with_pupils_of_edexml(made: Made) -> None:
    write_export(made.folder / "esis.xml", "edexml-2.1", PUPILS, SEED, SCHOOL.brin)
    results = esis(made.folder, (SCHOOL.brin, SCHOOL.vestiging), made.pupils)
    decided = [decisions(made.folder, made.pupils)]
    found = went(made.folder, "esis", made.folder / "esis.xml", results, merge="newest", decisions=decided)
    _differs(made, found, "edexml", "esis")


def test_results_of_uwlr_with_pupils_of_edexml(made: Made) -> None:
    write_export(made.folder / "uwlr.xml", "edexml-2.1", PUPILS, SEED, SCHOOL.brin)
    results = uwlr(made.folder, (SCHOOL.brin, SCHOOL.vestiging), made.pupils)
    decided = [decisions(made.folder, made.pupils)]
    found = went(made.folder, "uwlr", made.folder / "uwlr.xml", results, merge="newest", decisions=decided)
    _differs(made, found, "edexml")


def test_the_results_of_uwlr_fit_the_public_schema(made: Made) -> None:
    schema = etree.XMLSchema(etree.parse(shared("standards", "uwlr", "2.2") / "UWLR_Leerresultaten_v2p2.xsd"))
    path = uwlr(made.folder, (SCHOOL.brin, SCHOOL.vestiging), made.pupils, "schema.xml")
    schema.validate(etree.parse(path))
    assert list(schema.error_log) == []
