"""Questions out as a sheet, answers back in: by openpyxl and LibreOffice as well as by hand."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.decide.facets import questions
from dod2oso.decide.sheet import merge, read_answers, write_sheet
from dod2oso.decide.testlist import ListedTest
from dod2oso.source.decisions import Decision, Decisions
from tests.corpus.kit import write
from tests.decide.kit import BY, export, fill, looked, test_of, with_tests
from tests.source.test_decisions import value

test_of.__test__ = False  # type: ignore[attr-defined]
LISTED = [ListedTest("010", "Rekenen M6", "", "")]


@pytest.fixture(name="written")
def _written(tmp_path: Path) -> Path:
    pupils = with_tests(1, test_of("Rekenen M6"), test_of("=1+1"), Geslacht="K"), with_tests(2, Geslacht="X")
    path = tmp_path / "vragen.xlsx"
    write_sheet(path, questions(looked(export(tmp_path, *pupils))), LISTED, "nl")
    return path


def test_answers_come_back(written: Path) -> None:
    fill(written, {"Rekenen M6": "010", "K": "vrouw", "=1+1": "020"})
    fill(written, {"X": "ja"}, "leave")
    fill(written, {"K": "gebeld"}, "why")
    found = read_answers(written, BY)
    assert found.open == 0
    assert {(one.row.said, one.row.becomes, one.row.why) for one in found.decisions} == {
        ("Rekenen M6", "010", BY.why), ("=1+1", "020", BY.why),
        ("leerling.geslacht = K (dod-referentie)", "vrouw", "gebeld"),
        ("leerling.geslacht = X (dod-referentie)", None, BY.why),
    }  # fmt: skip
    assert {one.row.who for one in found.decisions} == {BY.who}


def test_what_is_not_answered_stays_open(written: Path) -> None:
    fill(written, {"K": "vrouw"})
    found = read_answers(written, BY)
    assert (len(found.decisions), found.open) == (1, 3)


@pytest.mark.parametrize(
    ("answers", "column", "code"),
    [({"K": "misschien"}, "leave", "decision-wrong"), ({"K": "2011-12-31"}, "becomes", "decision-wrong")],
)
def test_a_wrong_answer_says_where(written: Path, answers: dict[str, str], column: str, code: str) -> None:
    fill(written, answers, column)
    with pytest.raises(ConfigurationError) as raised:
        read_answers(written, BY)
    assert (
        raised.value.code == code and "vragen.xlsx" in raised.value.text("nl") and "2011" not in raised.value.text("nl")
    )


def test_nobody_decides_without_a_name(written: Path) -> None:
    fill(written, {"K": "vrouw"})
    with pytest.raises(ConfigurationError) as raised:
        read_answers(written, type(BY)("", BY.when, BY.why))
    assert "'who'" in raised.value.text("en")


def test_a_code_that_became_a_number_is_refused(written: Path) -> None:
    fill(written, {"Rekenen M6": 10})  # type: ignore[dict-item]
    with pytest.raises(ConfigurationError) as raised:
        read_answers(written, BY)
    assert raised.value.code == "decide-cell-odd"


def test_any_other_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_answers(write(tmp_path / "iets.csv", "a;b\n1;2\n"), BY)
    assert raised.value.code == "decide-sheet-columns"


def test_merging_refuses_what_contradicts_unless_told_to_replace() -> None:
    there = Decisions([Decision(value("K", "vrouw"), "a:1"), Decision(value("X", None), "a:2")])
    new = [Decision(value("K", "man"), "b:1"), Decision(value("X", None), "b:2"), Decision(value("Q", "man"), "b:3")]
    with pytest.raises(ConfigurationError) as raised:
        merge(there, new, replace=False)
    assert "a:1" in raised.value.text("nl") and "b:1" in raised.value.text("nl")
    merged = merge(there, new, replace=True)
    assert (merged.new, merged.same, merged.replaced, len(merged.rows)) == (1, 1, 1, 3)
    with pytest.raises(ConfigurationError):
        merge(there, [*new, Decision(value("Q", "vrouw"), "b:4")], replace=True)


def test_a_name_that_says_two_things(tmp_path: Path) -> None:
    found = questions(looked(export(tmp_path, with_tests(1, Achternaam="Berg, van den", Voorvoegsel="de"))))
    write_sheet(tmp_path / "vragen.xlsx", found, [], "nl")
    fill(tmp_path / "vragen.xlsx", {"van den": "own"})
    [one] = read_answers(tmp_path / "vragen.xlsx", BY).decisions
    assert one.row.becomes == "own" and one.row.said == "…, van den + de (dod-referentie)"
