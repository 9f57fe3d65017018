"""What is to be decided: distinct values with counts, nothing of a person, and never more than fits."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.decide.facets import MAX_SHAPES, MAX_VALUES, Facet, Facets, NamedTest, is_nobodys, questions
from dod2oso.decide.survey import remarks
from dod2oso.source.decisions import Decision, Decisions
from tests.corpus.kit import bsn, pupil
from tests.decide.kit import export, looked, test_of, with_tests
from tests.source.test_decisions import test as decided_test
from tests.source.test_decisions import value as decided_value

test_of.__test__ = False  # type: ignore[attr-defined]


def test_unknown_codes_are_counted_by_field_and_known_ones_are_not_asked(tmp_path: Path) -> None:
    one = export(tmp_path, pupil(1, Geslacht="K"), pupil(2, Geslacht="K"), pupil(3, Geslacht="X"), pupil(4))
    other = export(tmp_path, pupil(5, Geslacht="K", AdresGeheim="zeker"), name="b.xml")
    found = {(q.field, q.value): q.count for q in questions(looked(one, other))}
    assert found == {("leerling.geslacht", "K"): 3, ("leerling.geslacht", "X"): 1, ("leerling.adresgeheim", "zeker"): 1}
    [sex] = [q for q in questions(looked(one)) if q.value == "K"]
    assert sex.allowed == {"man", "vrouw", "onbekend"} and sex.profile == "dod-referentie"


def test_tests_without_a_code_are_one_question_however_they_are_spelled(tmp_path: Path) -> None:
    tests = test_of("Rekenen M6", "3.0", "Rekenen"), test_of("REKENEN  m6", "3.0", "rekenen"), test_of("Rekenen M6")
    asked = questions(looked(export(tmp_path, with_tests(1, *tests, test_of("Taal", code="T1")))))
    assert [(q.test, q.count) for q in asked if q.test] == [
        (NamedTest("Rekenen M6", "3.0", "Rekenen"), 2),
        (NamedTest("Rekenen M6", "", ""), 1),
    ]


def test_what_was_decided_is_not_asked_again(tmp_path: Path) -> None:
    made = [
        decided_value("K", "vrouw"),
        decided_value("X", None),
        decided_test("Rekenen", "R1"),
        decided_test("Taal", None),
    ]
    decisions = Decisions(Decision(row, "") for row in made)
    tests = test_of("Rekenen"), test_of("Lezen")
    found = export(tmp_path, with_tests(1, *tests, Geslacht="K"), with_tests(2, Geslacht="X"))
    assert [q.test for q in questions(looked(found, decisions=decisions))] == [NamedTest("Lezen", "", "")]


def test_nothing_of_the_pupil_is_named(tmp_path: Path) -> None:
    tests = test_of("Rekenen van Voorbeeld1"), test_of(f"Toets {bsn(1)}"), test_of("a@b.nl"), test_of("x" * 81)
    facets = looked(
        export(tmp_path, with_tests(1, *tests, Geslacht="Voorbeeld1"), with_tests(2, Geslacht="01-02-2010"))
    )
    assert questions(facets) == []
    said = " ".join(text.text("nl") for text in remarks(facets))
    assert "4 toetsen" in said and "leerling.geslacht" in said and "Aaaa" in said
    assert "Voorbeeld" not in said and bsn(1) not in said and "2010" not in said


def test_free_text_is_not_asked_about(tmp_path: Path) -> None:
    asked = questions(looked(export(tmp_path, pupil(1, "<Opmerking>Iets over thuis</Opmerking><Notitie>x</Notitie>"))))
    assert asked == []


def test_names_that_say_two_things_are_asked_by_their_voorvoegsels(tmp_path: Path) -> None:
    twofold = {"Achternaam": "Berg, van den", "Voorvoegsel": "de"}
    odd = {"Achternaam": "Dal, van der", "Voorvoegsel": "Voorbeeld"}
    found = questions(looked(export(tmp_path, pupil(1, **twofold), pupil(2, **twofold), pupil(3, **odd))))
    assert [(q.name, q.count) for q in found] == [(("van den", "de"), 2), (("van der", "Aaaa"), 1)]


def test_an_export_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    told: list[str] = []
    broken = tmp_path / "b.xml"
    broken.write_text("<DodReferentie>")
    facets = looked(broken, export(tmp_path, pupil(1, Geslacht="K")), told=told)
    assert len(questions(facets)) == 1 and facets.unread == ["b.xml"] and len(told) == 1


def test_a_hundred_thousand_values_take_no_room() -> None:
    facet = Facet("p", "leerling.geslacht")
    for number in range(100_000):
        facet.add(f"{chr(97 + number % 26) * (number % 7)}-{number}", nobodys=True)
    assert facet.overflow and not facet.values and facet.total == 100_000
    assert len(facet.shapes) <= MAX_SHAPES + 1
    facets = Facets()
    facets.fields["p", "leerling.geslacht"] = facet
    assert questions(facets) == []
    assert str(MAX_VALUES) in next(remarks(facets)).text("en")


def test_a_hundred_thousand_tests_take_no_room(tmp_path: Path) -> None:
    names = [test_of(f"Toets {chr(97 + n % 26)}{n // 26}") for n in range(MAX_VALUES + 7)]
    facets = looked(export(tmp_path, with_tests(1, *names)))
    assert len(facets.tests) == MAX_VALUES and facets.other_tests == 7
    assert "7" in list(remarks(facets))[-1].text("nl")


@given(st.text(max_size=60), st.sampled_from([bsn(2), "06-12345678 90", "31-12-2011", "x@y", "2011-12-31"]))
def test_whatever_stands_around_it_a_persons_value_is_not_named(around: str, theirs: str) -> None:
    assert not is_nobodys(f"{around} {theirs} {around}"[:80]) or theirs not in f"{around} {theirs} {around}"[:80]


@pytest.mark.parametrize("mine", ["jansen", "van jansen-bakker", "bakker"])
def test_a_part_of_the_pupils_name_is_enough(mine: str) -> None:
    assert not is_nobodys("Toets voor Jansen-Bakker", frozenset(mine.replace("-", " ").split()))
