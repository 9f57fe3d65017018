"""The matrix says of each field what a run over full exports shows, for every shipped profile, version and transfer."""

from pathlib import Path

import pytest

from dod2oso.base.clock import run_date
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import all_transfers
from dod2oso.source.profile import LoadedProfile, find_profile, load_profile, shipped_profiles
from dod2oso.source.record import LegacyDossier
from dod2oso.suppliers.layout import fields_of
from dod2oso.suppliers.matrix import Matrix, matrix
from tests.suppliers.full import DATUM, anew, full_export, needed, only

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

ADMINISTRATION = ("metadata/", "overdrachtsoort")  # the run fills these in
COMBINATIONS = [(kind.name, version) for kind in all_transfers() for version in kind.versions]


def shown(plan_of: Mapper, dossiers: list[LegacyDossier], expected: frozenset[str]) -> set[str]:
    """The OSO fields that a run over these dossiers fills from the export.

    A full dossier cannot show all: of several ways only one counts. What is lacking is looked for in the same dossiers
    with nothing in them but what that field needs.
    """
    found: set[str] = set()

    def convert(record: LegacyDossier) -> None:
        _nodes, here = plan_of.map(record, None, Supplied())
        found.update(path for _cell, _before, path in here.journal if not path.startswith(ADMINISTRATION))

    for record in dossiers:
        for cell in record.cells:
            anew(cell)
        convert(record)
    for path in sorted(expected - found):
        for names in needed(plan_of.plan, path):
            for record in dossiers:
                if path not in found:
                    convert(only(record, names))
    return found


SHIPPED = list(shipped_profiles())
APART = 6  # a layout takes one in six of the combinations, the next layout others: together all of them, several times


@pytest.mark.parametrize("profile", SHIPPED, ids=lambda profile: profile.name)
def test_the_matrix_equals_a_run_over_full_exports(profile: LoadedProfile, tmp_path: Path) -> None:
    dossiers, layout = full_export(profile, tmp_path), fields_of(profile)
    differing = {}
    for number, (transfer, version) in list(enumerate(COMBINATIONS))[SHIPPED.index(profile) % APART :: APART]:
        plan = shipped_plan(version, transfer)
        said = matrix(layout, plan).carried()
        mapper = Mapper(plan, run_group(version, transfer, DATUM, "test", "1"), run_date(DATUM))
        some = dossiers[number % 9 :: 9]
        found = shown(mapper, some, said)
        if found != said:
            found |= shown(mapper, dossiers, said)
        if found != said:
            differing[transfer, version] = sorted(found ^ said)
    assert differing == {}


def cell(profile: LoadedProfile, path: str, version: str = "2019.1", transfer: str = "POVO"):  # type: ignore[no-untyped-def]
    return matrix(fields_of(profile), shipped_plan(version, transfer)).cells[path]


def test_each_cell_says_why() -> None:
    full, little = find_profile("dod-referentie"), find_profile("edexml-2.1")
    assert cell(full, "huidigeschool/leerling/achternaam").answer == "yes"
    lossy = cell(full, "huidigeschool/leerling/huisarts/achternaam")
    assert (lossy.answer, bool(lossy.said("nl"))) == ("partly", True)
    assert cell(little, "huidigeschool/leerling/overstapadvies/argumentatie").said("en") == "Is not in this layout."
    filled = cell(full, "metadata/datum")
    assert (filled.answer, filled.filled_by) == ("no", "run")
    assert cell(full, "inzage/akkoord").said("nl").startswith("Alleen een mens")
    unknown = cell(find_profile("edex2000"), "huidigeschool/leerling/overstapadvies/argumentatie")
    assert unknown.answer == "unknown" and "dod2oso scan" in unknown.said("nl")
    assert cell(full, "huidigeschool/leerling/bsn", "2019.1", "POSWV").answer == "no"


def test_nothing_is_asserted_of_a_layout_that_somebody_drafted(tmp_path: Path) -> None:
    path = tmp_path / "eigen.yaml"
    path.write_text(
        "profile: eigen\ndescribes: eigen indeling\nmatch: {root: X}\nrecords: X/L\n"
        "fields: {leerling.achternaam: naam}\n",
        encoding="utf-8",
    )
    made = matrix(fields_of(load_profile(path), shipped=False), shipped_plan("2019.1", "POVO"))
    counts = made.counts()
    # what stands before a surname may stand in it
    assert made.carried() == {"huidigeschool/leerling/achternaam", "huidigeschool/leerling/voorvoegsel"}
    assert counts["unknown"] > 200 and sum(counts.values()) == len(list(catalogue("2019.1").fields()))


def test_a_block_that_cannot_be_complete_does_not_go_along(tmp_path: Path) -> None:
    path = tmp_path / "toets.yaml"
    path.write_text(
        "profile: toets\ndescribes: alleen een uitslag\ncertainty: C\nmatch: {root: X}\nrecords: X/L\n"
        "lists: {toetsen: {at: T, fields: {opmerking: o}}}\n",
        encoding="utf-8",
    )
    made: Matrix = matrix(fields_of(load_profile(path)), shipped_plan("2019.1", "POVO"))
    assert made.carried() == frozenset()
    lacking = {cell.said("en") for cell in made.cells.values() if cell.fields == ("toetsen[].opmerking",)}
    assert any(text.startswith("Cannot go along, for this layout has no") for text in lacking)
