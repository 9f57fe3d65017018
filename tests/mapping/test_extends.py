"""A small mapping that extends another one is checked and works like any mapping."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.mapping.compile import compile_plan
from dod2oso.mapping.load import load_mapping

HEAD = "language: 1\nmapping: eigen\ndescribes: een paar regels\nextends: dod-oso\n"
REMARKS = "huidigeschool/leerling/overstapadvies/argumentatie"


def write(folder: Path, text: str, name: str = "eigen.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_takes_the_place_of_another_and_the_rest_stays(tmp_path: Path) -> None:
    body = "dossier: {huidigeschool: {leerling: {overstapadvies: {argumentatie: {from: advies.aandachtspunten}}}}}\n"
    body += "dropped: [{from: [advies.argumentatie, advies.tekst], reason: geen-plaats}]\n"
    mapping = load_mapping(write(tmp_path, HEAD + body))
    plan = compile_plan(mapping, "2018.1", "POVO")
    shipped = compile_plan(load_mapping(), "2018.1", "POVO")
    assert plan.leaves[REMARKS].sources[0].names == ("advies.aandachtspunten",)
    assert plan.leaves.keys() == shipped.leaves.keys()
    assert len(mapping.tests) == len(load_mapping().tests)


def test_null_takes_a_line_away(tmp_path: Path) -> None:
    body = "dossier: {huidigeschool: {leerling: {overstapadvies: {argumentatie: null}}}}\n"
    body += "dropped: [{from: [advies.argumentatie, advies.tekst], reason: geen-plaats}]\n"
    plan = compile_plan(load_mapping(write(tmp_path, HEAD + body)), "2019.1", "POVO")
    assert REMARKS not in plan.leaves


def test_what_was_dropped_may_go_along(tmp_path: Path) -> None:
    body = "not-dropped: [groep.omschrijving]\n"
    body += (
        "dossier: {huidigeschool: {leerling: {overstapadvies: {argumentatie: {from: [advies.argumentatie, advies.tekst,"
    )
    body += " groep.omschrijving]}}}}}\n"
    plan = compile_plan(load_mapping(write(tmp_path, HEAD + body)), "2019.1", "POVO")
    assert "groep.omschrijving" in plan.readers
    assert "start-groep-3" in " ".join(plan.dropped)


def test_a_mapping_may_extend_one_beside_it(tmp_path: Path) -> None:
    write(
        tmp_path, HEAD.replace("mapping: eigen", "mapping: basis") + "dossier: {overdrachtsoort: null}\n", "basis.yaml"
    )
    own = write(tmp_path, HEAD.replace("extends: dod-oso", "extends: basis"))
    assert "overdrachtsoort" not in load_mapping(own).dossier


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (HEAD.replace("dod-oso", "er-niet"), "er-niet"),
        (HEAD + "not-dropped: [leerling.bestaatniet]\n", "leerling.bestaatniet"),
        (HEAD.replace("extends: dod-oso", "extends: eigen"), "eigen"),
        (HEAD + "dossier: {huidigeschool: {naam: {from: school.naam, sinds: 1}}}\n", "sinds"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_mapping(write(tmp_path, text))
    assert word in raised.value.text("nl")
    assert "eigen.yaml:" in raised.value.text("nl")
