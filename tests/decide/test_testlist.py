"""The user's own list of test codes: any headings, told once; double codes are told and offered for nothing."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.decide.candidates import candidates
from dod2oso.decide.facets import NamedTest, Question
from dod2oso.decide.testlist import ListedTest, read_test_codes, told_layout
from tests.corpus.kit import write
from tests.decide.kit import sheet

LIST = """Toetscode;Omschrijving;Versie;Leergebied
010;Rekenen-Wiskunde M6;3.0;Rekenen
020;Rekenen-Wiskunde M7;3.0;Rekenen
"""


def question(name: str, version: str = "", area: str = "") -> Question:
    return Question(1, test=NamedTest(name, version, area))


def test_headings_that_say_what_they_hold(tmp_path: Path) -> None:
    found = read_test_codes(write(tmp_path / "lijst.csv", LIST))
    assert found.tests[0] == ListedTest("010", "Rekenen-Wiskunde M6", "3.0", "Rekenen") and found.problems == ()
    assert found.layout.columns == {
        "code": "toetscode", "name": "omschrijving", "version": "versie", "area": "leergebied",
    }  # fmt: skip


def test_a_layout_is_told_once_and_holds_for_the_next_list(tmp_path: Path) -> None:
    path = sheet(tmp_path / "lijst.xlsx", ("ID ", "Titel", "Over"), ("010", "Rekenen M6", "x"), ("", "Niets", "x"))
    with pytest.raises(ConfigurationError) as raised:
        read_test_codes(path)
    assert raised.value.code == "test-list-columns" and "titel" in raised.value.text("nl")
    found = read_test_codes(path, told_layout("code=id, name=Titel"))
    assert found.tests == (ListedTest("010", "Rekenen M6", "", ""),)
    assert len(found.problems) == 1 and "3" in found.problems[0].text("nl")


@pytest.mark.parametrize(
    ("text", "code"),
    [("code=a", "test-columns-lack"), ("code", "test-columns-wrong"), ("code=a,name=b,kleur=c", "test-columns-wrong"),
     ("code=a,code=b,name=c", "test-columns-wrong")],
)  # fmt: skip
def test_a_layout_that_is_none(text: str, code: str) -> None:
    with pytest.raises(UsageError) as raised:
        told_layout(text)
    assert raised.value.code == code


def test_a_code_of_two_tests_is_told_with_both_rows_and_offered_for_neither(tmp_path: Path) -> None:
    double = LIST + "010;Taal M6;1;Taal\n020;Rekenen-wiskunde  m7;3.0;rekenen\n"
    found = read_test_codes(write(tmp_path / "lijst.csv", double))
    assert [test.code for test in found.tests] == ["020"]
    [told] = found.problems
    assert "010" in told.text("nl") and "2" in told.text("nl") and "4" in told.text("nl")


def test_a_remembered_layout_gives_way_to_headings_that_speak(tmp_path: Path) -> None:
    remembered = told_layout("code=ID,name=Titel")
    assert read_test_codes(write(tmp_path / "nieuw.csv", LIST), None, remembered).tests[0].code == "010"
    own = write(tmp_path / "oud.csv", "ID;Titel;Naam\n1;Een;Toetscode\n")
    assert read_test_codes(own, None, remembered).tests == (ListedTest("1", "Een", "", ""),)


def test_candidates_say_how_alike_they_are(tmp_path: Path) -> None:
    tests = read_test_codes(write(tmp_path / "lijst.csv", LIST)).tests
    first, second = candidates(question("rekenen wiskunde m6", "3.0"), tests)
    assert (first.becomes, second.becomes) == ("010", "020") and first.score > second.score
    assert candidates(question("Rekenen-Wiskunde M6", "3.0", "Rekenen"), tests)[0].score == 100
    assert candidates(question("Sociale vaardigheden"), tests) == []


def test_another_number_is_another_test(tmp_path: Path) -> None:
    tests = [ListedTest("1", "Begrijpend lezen voor de onderbouw E3", "", "")]
    [one] = candidates(question("Begrijpend lezen voor de onderbouw E4"), tests)
    assert one.score <= 90


def test_what_a_code_may_mean(tmp_path: Path) -> None:
    asked = Question(
        1, profile="p", field="leerling.geslacht", value="mei", allowed=frozenset({"man", "vrouw", "onbekend"})
    )
    found = candidates(asked, ())
    assert {one.becomes for one in found} == asked.allowed and found[0].becomes == "vrouw"
    letter = candidates(Question(1, field="leerling.geslacht", value="m", allowed=asked.allowed), ())
    assert [one.score for one in letter[:2]] == [100, 100]  # m is a man or a meisje: the score does not choose
