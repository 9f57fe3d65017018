"""What a profile and an export can have wrong together: told with its place, and never settled by a guess."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.source.bind import BoundProfile
from dod2oso.source.carers import same_carers
from dod2oso.source.container.find import find_exports
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import find_profile, load_profile
from dod2oso.source.record import REFUSED
from tests.corpus.kit import read_export, write
from tests.source.test_layouts import DOCUMENT
from tests.source.test_shapes import counted, read
from tests.source.test_shapes import profile as loaded

DOCTORS = """fields: {leerling.leerlingid: llnr}
nested: {artsen: {by: llnr}}
lists:
  zorg.artsen:
    at: artsen
    constants: {soort: huisarts}
    fields: {achternaam: naam, soort: wat}
"""
CARERS = """fields: {leerling.leerlingid: llnr}
items:
  verzorgers:
    - {from: {achternaam: moeder, roepnaam: moeder_roep}, constants: {relatie: moeder}}
    - {from: {achternaam: vader, roepnaam: vader_roep}, constants: {relatie: vader}}
    - {from: {achternaam: contact, roepnaam: contact_roep, geslacht: contact_mv}}
"""
HEAD = "llnr;moeder;moeder_roep;vader;vader_roep;contact;contact_roep;contact_mv"


def test_a_constant_of_an_item_that_contradicts_its_column_leaves_neither(tmp_path: Path) -> None:
    rows = ["llnr;naam;wat", "7;Een;", "7;Twee;huisarts", "7;Drie;tandarts"]
    (one,) = read(tmp_path, DOCTORS, leerlingen=["llnr", "7"], artsen=rows)
    doctors = one.root.lists["zorg.artsen"]
    assert [doctor.value("soort") for doctor in doctors] == ["huisarts", "huisarts", None]
    assert doctors[2].unclear("soort")
    told = [(finding.code, finding.field, finding.place) for finding in one.findings]
    assert told == [("constante-tegenstrijdig", "zorg.artsen[].soort", "leerlingen/artsen/wat")]
    assert [cell.state for cell in one.cells if cell.bound.field == "zorg.artsen[].soort"][-1] == REFUSED


def test_a_constant_of_columns_that_contradicts_one_of_them_leaves_neither(tmp_path: Path) -> None:
    text = CARERS.replace("roepnaam: vader_roep}", "roepnaam: vader_roep, relatie: vader_rel}")
    (one,) = read(tmp_path, text, leerlingen=["llnr;moeder;vader;vader_rel", "7;Een;Twee;voogd"])
    assert [carer.value("relatie") for carer in one.root.lists["verzorgers"]] == ["moeder", None]
    assert [finding.code for finding in one.findings] == ["veld-dubbel"]


@pytest.mark.parametrize(
    ("row", "pairs"),
    [
        ("7;Proef;Noa;Proef;Bas;;;", []),
        ("7;Proef;Noa;Toets;Noa;;;", []),
        ("7;Proef;;Proef;;;;", []),
        ("7;Proef;Noa;Toets;Bas;proef ;NOA;V", ["verzorgers[1], verzorgers[3]"]),
        ("7;Proef;Noa;Proef;Noa;Proef;Noa;V", 3 * [""]),
    ],
    ids=["partners", "other surname", "only a surname", "once more", "three"],
)
def test_one_carer_in_two_groups_of_columns_is_told_and_stays(row: str, pairs: list[str], tmp_path: Path) -> None:
    (one,) = read(tmp_path, CARERS, leerlingen=[HEAD, row])
    told = list(same_carers(one.root))
    assert [finding.code for finding in told] == ["verzorger-dubbel"] * len(pairs)
    assert all(finding.place == place for finding, place in zip(told, pairs, strict=True) if place)
    assert len(one.root.lists["verzorgers"]) > 1  # nothing was put together


def test_what_stands_around_the_records_of_several_documents_is_counted(tmp_path: Path) -> None:
    """OSO dossiers are one export; a layout that finds the pupil deeper in them has a rest in each."""
    text = '<dossier xmlns="http://www.edustandaard.nl/oso_gegevensset/2019.1/dossier"><kop soort="x">weg</kop>'
    for number in (1, 2):
        pupil = f"<leerling><leerlingid>{number}</leerlingid></leerling>"
        write(tmp_path / "in" / f"{number}.xml", f"{text}{pupil}</dossier>")
    own = write(
        tmp_path / "eigen.yaml",
        "profile: eigen\ndescribes: dieper\nrecords: dossier/leerling\nfields: {leerling.leerlingid: leerlingid}\n"
        'match: {root: dossier, namespace: "http://www.edustandaard.nl/oso_gegevensset/2019.1/dossier"}\n',
    )
    export = read_export(tmp_path / "in", BoundProfile(load_profile(own), load_dictionary()))
    export.survey()
    assert [one.root.value("leerling.leerlingid") for one in export.dossiers()] == ["1", "2"]
    assert export.outside.unread == {"dossier/kop": 2, "dossier/kop/@soort": 2}
    assert counted(export.outside) == export.outside.source_values == 4


def test_each_document_of_results_has_its_own_school(tmp_path: Path) -> None:
    """Several files of one layout are exports of their own: what the pupils of one share is no other one's."""
    bound = BoundProfile(find_profile("uwlr-2.2-leerresultaten"), load_dictionary())
    write(tmp_path / "a.xml", DOCUMENT)
    write(tmp_path / "b.xml", DOCUMENT.replace("99XX", "99XY"))
    schools = []
    for found in find_exports([tmp_path]).exports:
        with OpenExport(found) as opened:
            export = opened.export(bound)
            export.survey()
            schools.append({one.root.value("school.brin") for one in export.dossiers()})
            assert next(export.dossiers()).root.lists["toetsen"][0].value("naam") == "Een"  # of a test of this document
    assert schools == [{"99XX"}, {"99XY"}]


def test_a_split_that_fits_part_of_the_values_tells_each_that_it_does_not(tmp_path: Path) -> None:
    text = "fields: {leerling.leerlingid: llnr}\nsplits:\n"
    text += "  - {at: bv, by: brin-vestiging, into: {brin: school.brin, vestiging: school.vestiging}}\n"
    found = read(tmp_path, text, leerlingen=["llnr;bv", "7;99XX01", "8;99XX01-a", "9;99XX02"])
    assert [one.root.value("school.vestiging") for one in found] == ["01", None, "02"]
    assert [[(each.code, each.place) for each in one.findings] for one in found] == [
        [], [("splitsing-past-niet", "leerlingen/bv")], [],
    ]  # fmt: skip


def test_a_code_table_with_one_code_in_two_notations_is_an_error_with_its_line(tmp_path: Path) -> None:
    text = "codes: {eigen: {entries: {'1': man, '01': vrouw}}}\nfields: {leerling.geslacht: {at: mv, codes: eigen}}\n"
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text)
    assert raised.value.code == "profile-codes-two-notations" and "vorm.yaml:6" in raised.value.text("nl")
