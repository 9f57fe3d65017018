"""The conversation: every answer counts at once, what cannot be is asked again, stopping loses nothing."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from dod2oso.base.texts import Text
from dod2oso.decide.asking import Book, ask_all
from dod2oso.decide.facets import NamedTest, Question
from dod2oso.decide.person import Counts
from dod2oso.decide.testlist import ListedTest
from dod2oso.source.decisions import NONE, read_decisions
from tests.corpus.kit import bsn
from tests.decide.kit import BY

SEX = frozenset({"man", "vrouw", "onbekend"})
QUESTIONS = [
    Question(9, test=NamedTest("Rekenen M6", "", "")),
    Question(3, profile="dod-referentie", field="leerling.geslacht", value="K", allowed=SEX),
    Question(1, profile="dod-referentie", field="leerling.geslacht", value="X", allowed=SEX),
]
LISTED = [ListedTest("010", "rekenen m6", "", ""), ListedTest("011", "Rekenen E6", "", "")]


def asked(folder: Path, answers: Iterable[str], tests: list[ListedTest] | None = None) -> tuple[Counts, dict[str, str | None], list[str]]:  # fmt: skip  # noqa: E501
    path, said = folder / "beslissingen.yaml", list[str]()
    left: Iterator[str] = iter(answers)

    def ask(text: Text) -> str:
        said.append(text.text("nl"))
        answer = next(left, None)
        if answer is None:
            raise EOFError
        return answer + "\n"

    counts = ask_all(QUESTIONS, tests or [], Book(path, NONE, None), BY, lambda text: said.append(text.text("nl")), ask)
    rows = read_decisions([path]).all if path.exists() else ()
    return counts, {one.row.said.partition(" (")[0]: one.row.becomes for one in rows}, said


def test_answers_of_every_kind(tmp_path: Path) -> None:
    counts, rows, said = asked(tmp_path, ["=010", "vrouw", "l"])
    assert rows == {"Rekenen M6": "010", "leerling.geslacht = K": "vrouw", "leerling.geslacht = X": None}
    assert counts == Counts(decided=2, left=1, open=0)
    assert any("1 van 3" in line and "Rekenen M6" in line and "9 keer" in line for line in said)


def test_a_number_chooses_a_candidate(tmp_path: Path) -> None:
    _counts, rows, said = asked(tmp_path, ["n", "2", "", ""], LISTED)
    assert rows == {"Rekenen M6": "011"} and any("2. 011" in line for line in said)


def test_what_is_exactly_in_the_list_is_taken_with_one_yes(tmp_path: Path) -> None:
    counts, rows, said = asked(tmp_path, ["j", "q"], LISTED)
    assert rows == {"Rekenen M6": "010"} and counts == Counts(decided=1, open=2)
    assert said[0].startswith("1 toets staat")


def test_a_name_with_two_codes_is_never_offered_at_once(tmp_path: Path) -> None:
    _counts, rows, said = asked(tmp_path, ["q"], [*LISTED, ListedTest("099", "Rekenen M6", "", "")])
    assert rows == {} and not said[0].startswith("1 toets staat")


def test_what_cannot_be_is_asked_again(tmp_path: Path) -> None:
    answers = ["7", "=", "rekenen", f"={bsn(1)}", "=010", "=meisje", "9", "2", "q"]
    counts, rows, said = asked(tmp_path, answers)
    assert rows["Rekenen M6"] == "010" and rows["leerling.geslacht = K"] in SEX
    assert counts.decided == 2 and sum("Dat kan niet" in line for line in said) == 5
    assert not any(bsn(1) in line for line in said)


def test_stopping_keeps_what_was_answered(tmp_path: Path) -> None:
    counts, rows, _said = asked(tmp_path, ["=010"])  # then nobody answers any more
    assert rows == {"Rekenen M6": "010"} and counts.open == 2
    assert asked(tmp_path / "leeg", [""])[1] == {}
