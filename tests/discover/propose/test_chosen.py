"""Choices laid over a draft: what they make of the profile, and that no place is ever lost."""

from pathlib import Path

import pytest

from dod2oso.discover.propose.chosen import Edited, with_choices
from dod2oso.discover.propose.draft import Draft, make_draft
from dod2oso.discover.propose.draft_text import draft_text
from dod2oso.discover.survey.scan import survey_export
from dod2oso.source.profile import Profile, profile_of_text
from tests.corpus.kit import bsn, opened, write

LETTERS = "abcdefghij"


def pupil(n: int) -> str:
    inside = f'<Zwem diploma="{"AB"[n % 2]}" jaar="{2010 + n % 3}"/><Zwem diploma="C" jaar="{2013 + n % 2}"/>'
    inside += f'<Ouder naam="Ouder{LETTERS[n]}" tel="06000000{n:02}"/><Ouder naam="Proef" tel="061000000{n}"/>'
    return (
        f'<Lln nr="{4000 + n}" anaam="Proef{LETTERS[n]}" rnaam="Noa" bsn="{bsn(n + 1)}" fraude="{"XO"[n % 2]}"'
        f' gebdat="{n + 1:02}-05-2007" kunne="{"VM"[n % 2]}">{inside}</Lln>'
    )


@pytest.fixture(name="draft", scope="module")
def _draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    folder = tmp_path_factory.mktemp("chosen")
    text = f'<Uitvoer vanaf="99XX">{"".join(map(pupil, range(10)))}<Printer naam="p1"/><Printer naam="p2"/></Uitvoer>'
    export = opened(write(folder / "lln.xml", text))
    made = make_draft(survey_export(export, None))
    export.close()
    assert made is not None
    return made


def profile(edited: Edited, folder: Path) -> Profile:
    return profile_of_text(draft_text(edited.draft, "eigen", "nl", describes="eigen"), "eigen.yaml", folder).model


def places(draft: Draft) -> set[int]:
    return {id(values) for _path, values, _n in draft.survey.root.values() if values.count}


def test_every_place_has_a_row_also_what_the_draft_reads_nowhere(draft: Draft) -> None:
    edited = with_choices(draft, {})
    assert {id(row.leaf.values) for row in edited.rows} == places(draft)
    names = [row.place for row in edited.rows]
    assert len(names) == len(set(names)) and "Uitvoer/Lln/Zwem/@diploma" in names and "Uitvoer/Printer/@naam" in names


def test_what_repeats_itself_becomes_a_list_and_back(draft: Draft, tmp_path: Path) -> None:
    edited = with_choices(draft, {})
    row = edited.row("Uitvoer/Lln/Zwem/@diploma")
    assert row is not None
    name = edited.name(row.group)
    choices = {
        name: {"section": "toetsen[]"},
        "Uitvoer/Lln/Zwem/@diploma": {"field": "toetsen[].naam"},
        "Uitvoer/Lln/Zwem/@jaar": {"field": "!geen-plaats"},
    }
    made = with_choices(draft, choices)
    assert {id(one.leaf.values) for one in made.rows} == places(draft)
    model = profile(made, tmp_path)
    assert model.lists["toetsen"].at == "Zwem" and model.lists["toetsen"].fields["naam"].at == ("@diploma",)
    assert [(one.at, one.reason) for one in model.ignored] == [("Uitvoer/Lln/Zwem/@jaar", "geen-plaats")]
    for text in ("-", "bestaatniet[]", ""):
        again = with_choices(draft, choices | {name: {"section": text}})
        assert {id(one.leaf.values) for one in again.rows} == places(draft)


def test_two_places_change_fields_with_each_other(draft: Draft, tmp_path: Path) -> None:
    choices = {
        "Uitvoer/Lln/@anaam": {"field": "leerling.roepnaam"},
        "Uitvoer/Lln/@rnaam": {"field": "leerling.achternaam"},
    }
    made = with_choices(draft, choices)
    assert not [row.place for row in made.rows if row.wrong is not None]
    model = profile(made, tmp_path)
    assert model.fields["leerling.roepnaam"].at == ("@anaam",) and model.fields["leerling.achternaam"].at == ("@rnaam",)


def test_a_column_becomes_an_item_of_an_item(draft: Draft, tmp_path: Path) -> None:
    choices = {
        "Uitvoer/Lln/@nr": {"field": "verzorgers[].communicatie[].nummer@+1"},
        "Uitvoer/Lln/@rnaam": {"field": "verzorgers[].roepnaam@+1"},
    }
    made = with_choices(draft, choices)
    [item] = profile(made, tmp_path).items["verzorgers"]
    assert item.from_["roepnaam"].at == ("@rnaam",)
    assert item.items["communicatie"][0].from_["nummer"].at == ("@nr",)


def test_codes_get_a_meaning_and_words_a_yes_or_no(draft: Draft, tmp_path: Path) -> None:
    place = "Uitvoer/Lln/@kunne"
    made = with_choices(draft, {place: {"code:V": "man", "code:M": "vrouw", "code:Q": "man"}})
    binding = profile(made, tmp_path).fields["leerling.geslacht"]
    assert binding.codes is not None
    assert profile(made, tmp_path).codes[binding.codes].entries == {"V": "man", "M": "vrouw"}
    assert draft.codes == {} and draft.ignored == []


def test_what_can_be_read_in_two_ways_waits_until_somebody_chooses(draft: Draft, tmp_path: Path) -> None:
    place = "Uitvoer/Lln/@gebdat"  # 01-05 up to 10-05: a day and a month, or the other way round
    held = with_choices(draft, {place: {"field": "leerling.geboortedatum"}}).row(place)
    assert held is not None and held.bound is None and held.open
    chosen = with_choices(draft, {place: {"field": "leerling.geboortedatum", "notation": "dd-mm-jjjj"}})
    model = profile(chosen, tmp_path)
    assert (model.fields["leerling.geboortedatum"].dates or model.text.dates) == "dd-mm-jjjj"
    wrong = with_choices(draft, {place: {"field": "leerling.geboortedatum", "notation": "gisteren"}}).row(place)
    assert wrong is not None and wrong.bound is None


def test_choices_of_another_time_do_no_harm(draft: Draft) -> None:
    made = with_choices(
        draft,
        {
            "nergens": {"field": "leerling.bsn"}, "record/weg": {"section": "toetsen[]", "constant:x": "y"},
            "Uitvoer/Lln/@bsn": {"field": "leerling.verdwenen", "notation": "x", "code:": ""},
            "": {"constant:leerling.nergens": "x", "iets": "anders"},
        },
    )  # fmt: skip
    row = made.row("Uitvoer/Lln/@bsn")
    assert row is not None and row.wrong is not None and row.wrong.key == "layout-field-gone"
    assert made.draft.constants == {}
