"""What the generator writes is what the profile reads: nothing lost, nothing changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.generate.export import header, pupils_of, write_pupils
from dod2oso.generate.layout import FORMATS, layout
from dod2oso.generate.packages import SUFFIXES
from dod2oso.generate.school import School
from dod2oso.generate.tree import Raw, Tree
from dod2oso.source.dictionary import load_dictionary
from tests.generate.kit import own_values, read
from tests.refusals import refused

SCHOOLS = (School.numbered(0), School.numbered(3, "vo"))


def _names(tree: Tree, prefix: str = "") -> Iterator[str]:
    for name in tree.fields:
        yield prefix + name
    for group, items in tree.lists.items():
        for item in items:
            yield from _names(item, f"{prefix}{group}[].")


@pytest.mark.parametrize("school", SCHOOLS, ids=lambda school: school.kind)
@pytest.mark.parametrize("format", FORMATS)
def test_every_pupil_is_read_back_as_it_was_made(tmp_path: Path, format: str, school: School) -> None:
    chosen = layout(format)
    shared = header(school, chosen)
    made = list(pupils_of(school, format, 24, seed=4, typical=True))
    path = tmp_path / f"export{SUFFIXES.get(format, '.xml')}"
    write_pupils(path, chosen, shared, made)
    if format == "edex2000":  # it has a place for a part of what the pupil's basic administration knows
        for pupil in made:
            pupil.fields = {name: value for name, value in pupil.fields.items() if name in chosen.profile.fields}
    outside = frozenset(shared.fields) | frozenset(shared.lists) | frozenset(("school.brin", "school.vestiging"))
    joined = frozenset(("groep.naam", "groep.jaargroep", "groep.omschrijving"))
    found = list(read(path, format))
    assert [own_values(dossier.root, outside | joined) for dossier in found] == [
        Tree({name: value for name, value in pupil.fields.items() if name not in outside}, pupil.lists)
        for pupil in made
    ]
    told = {finding.code for dossier in found for finding in dossier.findings}
    assert told <= ({"cel-getal"} if format == "spreadsheet" else set())  # numbers in cells of text are told
    assert not any(dossier.unread for dossier in found)


def test_generated_fields_are_dictionary_fields() -> None:
    dictionary = load_dictionary()
    for school in SCHOOLS:
        for format in FORMATS:
            for pupil in pupils_of(school, format, 12, seed=1, typical=True):
                assert [name for name in _names(pupil) if name not in dictionary] == []


def test_the_school_of_the_header_reaches_every_pupil(tmp_path: Path) -> None:
    school, chosen = School("99XA", "03"), layout("dod-referentie")
    write_pupils(tmp_path / "export.xml", chosen, header(school, chosen), pupils_of(school, "dod-referentie", 2, 1))
    for dossier in read(tmp_path / "export.xml", "dod-referentie"):
        assert (dossier.root.value("school.brin"), dossier.root.value("school.vestiging")) == ("99XA", "03")


def test_the_notation_is_that_of_the_profile() -> None:
    pupil = Tree()
    pupil.put("leerling.", geboortedatum="2012-00-00", geslacht="vrouw", tehuis=True)
    pupil.add("toetsen", vaardigheidsscore="80.5")
    text = layout("dod-referentie").record(pupil)
    for expected in ("00-00-2012", ">V<", "<Tehuis>ja<", "80,5"):
        assert expected in text


def test_markup_in_a_value_is_escaped(tmp_path: Path) -> None:
    pupil = Tree()
    pupil.put("leerling.", achternaam='<Bloem> & "Blad"', leerlingid="1")
    pupil.add("leerling.nationaliteiten", code='<&"', omschrijving="a < b")
    chosen = layout("dod-referentie")
    write_pupils(tmp_path / "export.xml", chosen, header(SCHOOLS[0], chosen), [pupil])
    (found,) = read(tmp_path / "export.xml", "dod-referentie")
    assert found.root.value("leerling.achternaam") == '<Bloem> & "Blad"'
    assert found.root.lists["leerling.nationaliteiten"][0].value("code") == '<&"'


def test_raw_text_goes_in_as_it_is() -> None:
    pupil = Tree({"leerling.geslacht": Raw("1"), "leerling.geboortedatum": Raw("toen")})
    text = layout("dod-referentie").record(pupil)
    assert "<Geslacht>1</Geslacht>" in text
    assert "<Geboortedatum>toen</Geboortedatum>" in text


def test_a_word_without_a_code_is_told() -> None:
    with refused(ConfigurationError, "code-meaning-unknown", table="geslacht-bron"):
        layout("dod-referentie").record(Tree({"leerling.geslacht": "allebei"}))
