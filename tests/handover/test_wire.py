"""The wire descriptions: complete, strict, replaceable, and honest about what is known."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.handover.wire import load
from dod2oso.handover.wire.load import YEARS, shipped, wires
from tests.refusals import refused

FOLDER = Path(load.__file__).parent
CONFIRMED = {  # as published
    "16": "http://xml.eld.nl/schemas/Overstapservice/20160411",
    "17": "http://xml.eld.nl/schemas/Overstapservice/20170401",
    "18": "http://xml.kennisnet.nl/schemas/Overstapservice/20180404",
    "22": "http://xml.kennisnet.nl/schemas/Overstapservice/20200910",
}


@pytest.mark.parametrize("year", YEARS)
def test_a_shipped_description_loads_with_its_published_namespace(year: str) -> None:
    wire = shipped(year)
    assert wire.namespace.says == CONFIRMED[year]
    assert wire.namespace.certainty == "C"
    assert ("swvaanvraag" in wire.values.overdrachtsoort) == (year != "16")
    assert [p.stem for p in sorted(FOLDER.glob("*.yaml"))] == [f"oso{each}" for each in YEARS]


@pytest.mark.parametrize("year", YEARS)
def test_what_is_unknown_says_so(year: str) -> None:
    """The embedding, the place of a fault, and every code but those that a public page names."""
    wire = shipped(year)
    assert wire.embedding.certainty == "U"
    assert wire.fault.place.certainty == "U"
    known = {said.says for said in wire.codes.values() if said.certainty == "C"}
    assert known == {
        "LeerlinginfoNietBeschikbaar",
        "LeerlinginfoNietOpvraagbaar",
        "SessieReedsAfgemeld",
        "GeenRelatieMetDoel",
        "SessieAfwijkend",
        "OnbekendAanleverpunt",
        "VerstrekkerNietBekend",
    }


def test_the_sessiecontrole_of_22_stands_in_the_published_order() -> None:
    fields = [(field.inside, field.name) for field in shipped("22").messages["sessiecontroleRequest"].fields]
    assert fields == [
        (None, "bronBrin"),
        (None, "bronRouteringsKenmerk"),
        (None, "doelBrin"),
        (None, "doelRouteringsKenmerk"),
        ("zoeksleutelPgnfrag", "zoeksleutel"),
        ("zoeksleutelPgnfrag", "pgnfrag"),
        (None, "koppelsleutel"),
        (None, "overdrachtsoort"),
        (None, "sessieId"),
    ]


def test_an_own_description_replaces_the_one_of_its_year(tmp_path: Path) -> None:
    text = (FOLDER / "oso22.yaml").read_text(encoding="utf-8")
    own = tmp_path / "officieel.yaml"
    own.write_text(text.replace("20200910", "20991231").replace("is: sessieId", "is: sessieIdentificatie"))
    spoken = wires(["22", "18"], [own])
    assert sorted(spoken) == sorted(["http://xml.kennisnet.nl/schemas/Overstapservice/20991231", CONFIRMED["18"]])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('protocol: "22"', 'protocol: "22"\nkleur: rood'),
        ("certainty: C", "certainty: X"),
        ("embedding: {is: xml", "embedding: {is: zip"),
        ("  storing: {is: InterneFout, certainty: U}\n", ""),
        ("      - {is: sector, as: sector, certainty: U}\n", "      - {is: sector, as: regio, certainty: U}\n"),
        ("is: bronBrin", 'is: "bron brin"'),
        ("is: doelBrin, as: doel-brin", "is: doelBrin, as: bron-brin"),
    ],
)
def test_a_wrong_description_names_its_file_and_line(tmp_path: Path, old: str, new: str) -> None:
    text = (FOLDER / "oso22.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "eigen.yaml"
    file.write_text(text.replace(old, new, 1))
    with refused(ConfigurationError, "setting-wrong", file="eigen.yaml"):
        load.read(file)


def test_an_unknown_year_is_a_configuration_error() -> None:
    with refused(ConfigurationError, "protocol-unknown", year="19"):
        shipped("19")


def test_oso22_goes_with_later_versions_unless_somebody_asks_for_an_older_one() -> None:
    wire = shipped("22")
    assert wire.delivers("2022.1")
    assert wire.delivers("2031.1")
    assert not wire.delivers("2019.1")
    (asked,) = wires(["22"], older=["2019.1"]).values()
    assert asked.delivers("2019.1")
    assert asked.delivers("2022.1")
    assert not asked.delivers("2018.1")
