"""Lists, choices and blocks: what comes once, what comes more often, and what is given up as a whole."""

import pytest

from tests.mapping.kit import L, Mapped, mapped

TEST = "toetsen[{}]."


def one_test(number: int, **fields: str) -> dict[str, str]:
    values = {"code": f"T{number}", "afnamedatum": "2018-10-01", "vaardigheidsscore": "80.5"} | fields
    return {f"toetsen[{number}].{name}": value for name, value in values.items() if value}


# --- POVO: tests of this and the two previous school years ---


@pytest.mark.parametrize(
    ("run_date", "first_day"),
    [
        ("2019-03-02", "2016-08-01"), ("2019-07-31", "2016-08-01"), ("2019-08-01", "2017-08-01"),
        ("2019-12-31", "2017-08-01"), ("2020-01-01", "2017-08-01"), ("2020-02-29", "2017-08-01"),
    ],
)  # fmt: skip
def test_the_test_window_opens_on_the_first_of_august(run_date: str, first_day: str) -> None:
    year = int(first_day[:4])
    taken = {f"{year}-07-31": False, first_day: True, run_date: True, f"{year - 5}-01-01": False}
    for date, inside in taken.items():
        result = mapped(one_test(0, afnamedatum=date), transfer="POVO", datum=run_date)
        assert bool(result.at(f"{L}/toetslijst/toets")) == inside, date
        expected = ("mapped", "") if inside else ("dropped", "toetsvenster")
        assert result.end("toetsen[].code") == result.end("toetsen[].afnamedatum") == expected, date


@pytest.mark.parametrize("transfer", ["POPO", "VOVO", "BB", "POSWV", "VOSWV"])
def test_elsewhere_old_tests_go_along(transfer: str) -> None:
    assert mapped(one_test(0, afnamedatum="2001-01-01"), transfer=transfer).at(f"{L}/toetslijst/toets")


def test_only_the_old_ones_of_several_tests_stay_home() -> None:
    result = mapped(one_test(0, afnamedatum="2010-01-01") | one_test(1), transfer="POVO")
    assert result.at(f"{L}/toetslijst/toets/toetsidentificatie/eldtoetscode") == ["T1"]
    assert result.ends("toetsen[].code") == [("dropped", "toetsvenster"), ("mapped", "")]


@pytest.mark.parametrize("date", ["2012-00-00", ""])
def test_a_test_without_a_date_fails_on_that(date: str) -> None:
    result = mapped(one_test(0, afnamedatum=date), transfer="POVO")
    assert not result.at(f"{L}/toetslijst/toets")
    assert result.end("toetsen[].code") == ("refused", "blok-onvolledig")
    assert "blok-onvolledig" in result.codes()


# --- a block that cannot be complete rolls back ---


def test_an_incomplete_block_takes_its_values_back() -> None:
    result = mapped(
        {"leerling.achternaam": "Voorbeeld", "zorg.tlv[0].begindatum": "2018-08-01", "zorg.tlv[0].swvnummer": "PO0001"}
    )
    assert not result.at(f"{L}/onderwijsondersteuning")
    assert result.end("zorg.tlv[].begindatum") == result.end("zorg.tlv[].swvnummer") == ("refused", "blok-onvolledig")
    (finding,) = [finding for finding in result.findings if finding.code == "blok-onvolledig"]
    assert finding.target.endswith("/tlv")
    assert set(finding.note.split(", ")) == {"tlvbeschikkingsnummer", "tlvcategorie"}


def test_a_value_that_was_refused_before_keeps_its_reason_when_its_block_rolls_back() -> None:
    """The group code is read twice; a state that is restored without its reason would be counted under no reason."""
    result = mapped(
        {"leerling.achternaam": "X", "leerling.groep": "8a", "export.schooljaar": "2016", "school.brin": "99XX"}
    )
    assert all(
        reason for state, reason in map(result.end, ("leerling.groep", "export.schooljaar")) if state == "refused"
    )


def test_a_complete_neighbour_is_not_touched_by_an_incomplete_one() -> None:
    whole = {
        "begindatum": "2018-08-01",
        "swvnummer": "PO0001",
        "categorie": "L",
        "beschikkingsnummer": "1",
        "einddatum": "2019-07-31",
    }
    given = {f"zorg.tlv[1].{name}": value for name, value in whole.items()} | {"zorg.tlv[0].swvnummer": "PO0009"}
    result = mapped(given)
    assert result.at(f"{L}/onderwijsondersteuning/tlv/tlvswvnummer") == ["PO0001"]
    assert result.ends("zorg.tlv[].swvnummer") == [("refused", "blok-onvolledig"), ("mapped", "")] or result.ends(
        "zorg.tlv[].swvnummer"
    ) == [("mapped", ""), ("refused", "blok-onvolledig")]


def test_an_empty_item_is_no_block() -> None:
    result = mapped(
        {"leerling.achternaam": "X", "verzorgers[1].achternaam": "Y", "verzorgers[1].wettigevertegenwoordiger": "true"}
    )
    assert result.at(f"{L}/verzorger/achternaam") == ["Y"]
    assert result.codes() == []


# --- room for one only ---


def test_of_two_general_practitioners_the_first_goes_and_the_other_is_named() -> None:
    result = mapped(doctors("Een", "Twee"))
    assert result.at(f"{L}/huisarts/achternaam") == ["Een"]
    assert result.ends("zorg.artsen[].achternaam") == [("mapped", ""), ("refused", "te-veel-voorkomens")]
    assert behind(result) == {"zorg.artsen[2]": "later in de export"}


def test_the_second_gets_the_place_when_the_first_cannot_have_it() -> None:
    given = {"zorg.artsen[0].roepnaam": "x", "zorg.artsen[0].voorletters": "A", "zorg.artsen[0].soort": "huisarts"}
    result = mapped(given | {"zorg.artsen[1].achternaam": "Twee", "zorg.artsen[1].soort": "huisarts"})
    assert result.at(f"{L}/huisarts/achternaam") == ["Twee"]


def doctors(*names: str) -> dict[str, str]:
    return {
        f"zorg.artsen[{n}].{key}": value
        for n, name in enumerate(names)
        for key, value in (("achternaam", name), ("soort", "huisarts"))
    }


def behind(result: Mapped) -> dict[str, str]:
    """What stayed behind for want of a place, and by which rule."""
    return {one.field: one.note for one in result.findings if one.code == "te-veel-voorkomens"}


def final_tests(*tests: dict[str, str]) -> dict[str, str]:
    return {f"eindtoetsen[{n}].{key}": value for n, test in enumerate(tests) for key, value in test.items()}


NOT_TAKEN = {"deelgenomen": "false", "soort": "iep", "niveau": "generiek"}
TAKEN = NOT_TAKEN | {"deelgenomen": "true", "standaardscore": "80", "advies": "havo"}
CENTRAL = {"soort": "centrale eindtoets", "niveau": "basis"}
