"""OPT-UIT in an older OSO dossier: the category stays empty, and the new dossier says so where it can."""

from pathlib import Path

import pytest

from tests.mapping.kit import L, leaves, mapped, row

CHOICES = "metadata/categorie_uitlevering"
TESTS = {
    "toetsen[0].code": "A1", "toetsen[0].afnamedatum": "2019-01-15", "toetsen[0].vaardigheidsscore": "80",
    "toetsen[0].onderdelen[0].code": "B1", "toetsen[0].onderdelen[0].vaardigheidsscore": "7",
}  # fmt: skip


def test_what_was_kept_back_stays_back_even_if_the_old_dossier_holds_it() -> None:
    result = mapped({"uitlevering.toetsresultaten": "OPT-UIT", "export.layoutversie": "2017.1"} | TESTS)
    assert result.one(f"{CHOICES}/cat_toetsresultaten") == "OPT-UIT"
    assert result.one(f"{CHOICES}/cat_cijferlijsten") == "OPTIONEEL"
    assert not any(path.startswith(f"{L}/toetslijst") for path, _text in leaves(result.nodes))
    assert result.end("uitlevering.toetsresultaten") == ("mapped", "")
    for field in ("toetsen[].code", "toetsen[].onderdelen[].code"):
        assert result.end(field) == ("dropped", "bezwaar")


@pytest.mark.parametrize("choice", ["OPTIONEEL", "VERPLICHT", "VERBODEN"])
def test_any_other_choice_was_the_old_transfers_and_says_nothing(choice: str) -> None:
    result = mapped({"uitlevering.toetsresultaten": choice} | TESTS)
    assert result.one(f"{CHOICES}/cat_toetsresultaten") == "OPTIONEEL"
    assert result.at(f"{L}/toetslijst/toets/toetsidentificatie/eldtoetscode") == ["A1"]
    assert result.codes() == []


@pytest.mark.parametrize("word", ["opt-uit", "OPTUIT", "nee", "?"])
def test_a_word_that_nobody_knows_may_have_been_an_objection(word: str) -> None:
    result = mapped({"uitlevering.toetsresultaten": word} | TESTS)
    assert result.one(f"{CHOICES}/cat_toetsresultaten") == "OPT-UIT"
    assert not result.at(f"{L}/toetslijst")
    assert result.codes() == ["code-onbekend"]
    assert result.end("uitlevering.toetsresultaten") == ("refused", "code-onbekend")


def test_care_that_moved_in_2019_is_kept_back_wherever_it_would_go() -> None:
    given = {
        "uitlevering.zorgenbegeleiding": "OPT-UIT", "export.layoutversie": "2018.1",
        "zorg.artsen[0].achternaam": "Voorbeeld", "zorg.artsen[0].soort": "huisarts", "zorg.medicijngebruik": "true",
        "sefunctioneren.documenten[0].bestandsnaam": "a.txt", "sefunctioneren.documenten[0].inhoud": "aGFsbG8=",
        "documenten[0].bestandsnaam": "b.txt", "documenten[0].inhoud": "aGFsbG8=",
    }  # fmt: skip
    result = mapped(given, "2019.1", "POPO")
    assert result.one(f"{CHOICES}/cat_onderwijsondersteuning") == "OPT-UIT"
    assert result.at(f"{L}/huisarts/achternaam") == []
    assert result.at(f"{L}/onderwijsondersteuning/medicijngebruik") == []
    assert result.at(f"{L}/overigdocumentlijst/document/bestandsnaam") == ["b.txt"]
    assert {result.end(name) for name in ("zorg.artsen[].achternaam", "zorg.medicijngebruik")} == {
        ("dropped", "bezwaar")
    }
    assert result.end("sefunctioneren.documenten[].inhoud") == ("dropped", "bezwaar")


def test_and_the_other_way_round() -> None:
    given = {"uitlevering.onderwijsondersteuning": "OPT-UIT", "export.layoutversie": "2019.1", "zorg.naamib": "X"}
    result = mapped(given | {"zorg.medicijngebruik": "true"}, "2018.1", "BB")
    assert result.one(f"{CHOICES}/cat_zorgenbegeleiding") == "OPT-UIT"
    assert result.at(f"{L}/zorg/medicijngebruik") == []


def test_a_transfer_that_demands_the_category_is_for_a_person_to_decide(tmp_path: Path) -> None:
    given = {"uitlevering.schoolloopbaan": "OPT-UIT", "export.layoutversie": "2018.1", "loopbaan[0].schooljaar": "x"}
    result = mapped(given, "2018.1", "POPO")
    assert result.codes() == ["bezwaar-bij-verplicht"]
    assert result.end("uitlevering.schoolloopbaan") == ("refused", "bezwaar-bij-verplicht")
    assert result.end("loopbaan[].schooljaar") == ("dropped", "bezwaar")
    assert result.one(f"{CHOICES}/cat_schoolloopbaan") == "VERPLICHT"
    withdrawn = mapped(given, "2018.1", "POPO", supplement=row(tmp_path, uitlevering__schoolloopbaan="OPTIONEEL"))
    assert "bezwaar-bij-verplicht" not in withdrawn.codes()
    assert withdrawn.ends("uitlevering.schoolloopbaan") == [("dropped", "aanvulling")]


@pytest.mark.parametrize(
    ("version", "transfer", "reason"), [("2016.1", "POPO", "geen-plaats"), ("2018.1", "POVO", "profiel")]
)
def test_where_nothing_of_it_goes_along_there_is_nothing_to_say(version: str, transfer: str, reason: str) -> None:
    given = {"uitlevering.vve": "OPT-UIT", "export.layoutversie": "2017.1", "vve.vanpeuterspeelzaal": "true"}
    result = mapped(given, version, transfer)
    assert result.end("uitlevering.vve") == ("dropped", reason)
    assert result.end("vve.vanpeuterspeelzaal") == ("dropped", "bezwaar")
    assert result.codes() == []


def test_a_supplement_cannot_fill_what_was_kept_back_but_says_more_about_inzage(tmp_path: Path) -> None:
    given = {"uitlevering.verzuim": "OPT-UIT", "uitlevering.ouderinzage": "OPT-UIT", "export.layoutversie": "2018.1"}
    supplement = row(tmp_path, **{"verzuim.frequentie": "3", "inzage/akkoord": "Ja"})
    result = mapped(given, "2018.1", "BB", supplement=supplement)
    assert result.at(f"{L}/verzuim/frequentie") == []
    assert result.one(f"{CHOICES}/cat_verzuim") == "OPT-UIT"
    assert result.one("inzage/akkoord") == "Ja"
    assert result.one(f"{CHOICES}/cat_ouderinzage") == "OPTIONEEL"
    assert result.end("uitlevering.ouderinzage") == ("dropped", "aanvulling")


def test_without_a_known_version_it_is_kept_back_wherever_any_version_has_it() -> None:
    given = {"uitlevering.bijlagedocs": "OPT-UIT", "sefunctioneren.documenten[0].bestandsnaam": "a.txt"}
    given |= {"sefunctioneren.documenten[0].inhoud": "aGFsbG8="}
    assert mapped(given, "2018.1", "POPO").end("sefunctioneren.documenten[].inhoud") == ("dropped", "bezwaar")
    known = mapped(given | {"export.layoutversie": "2018.1"}, "2018.1", "POPO")
    assert known.end("sefunctioneren.documenten[].inhoud") == ("mapped", "")
