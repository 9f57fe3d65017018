"""Lists, choices and blocks: what comes once, what comes more often, and what is given up as a whole."""

import base64
from typing import Any

import pytest

from dod2oso.mapping.plan_block import NO_CHOICE
from dod2oso.source.record import Cell, CellSource, Group
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


RUNS = ("2018-08-01", "")
OLD = ("2014-08-01", "2016-07-31")


def plans(*periods: tuple[str, str]) -> dict[str, str]:
    return {
        f"zorg.opp[{n}].{name}": day
        for n, period in enumerate(periods)
        for name, day in zip(("begindatum", "einddatum"), period, strict=True)
        if day
    }


@pytest.mark.parametrize(
    ("periods", "goes", "why"),
    [
        ([OLD, RUNS], 2, ["afgelopen"]),
        ([RUNS, OLD], 1, ["afgelopen"]),
        ([("2017-08-01", "2019-07-31"), ("2018-08-01", "2019-01-31")], 1, ["afgelopen"]),  # its end lies ahead
        ([("2014-08-01", "2019-03-02"), ("2018-08-01", "2019-03-01")], 1, ["afgelopen"]),  # it ends today
        ([("2016-08-01", ""), RUNS], 2, ["ouder"]),
        ([("2012-08-01", "2014-07-31"), OLD], 2, ["ouder"]),
        ([("2016-08-01", ""), OLD, RUNS], 3, ["ouder", "afgelopen"]),
        ([("2018-08-01", "2016-00-00"), ("2014-08-01", "")], 1, ["ouder"]),  # whether it ended is not said
    ],
)
def test_of_several_plans_the_one_that_runs_goes_and_the_others_are_named(
    periods: list[tuple[str, str]], goes: int, why: list[str]
) -> None:
    result = mapped(plans(*periods))
    assert result.at(f"{L}/onderwijsondersteuning/opp/opp_ingangdatum") == [periods[goes - 1][0]]
    left = [n for n in range(1, len(periods) + 1) if n != goes]
    assert behind(result) == {f"zorg.opp[{n}]": word for n, word in zip(left, why, strict=True)}
    ends = [end for end, _reason in result.ends("zorg.opp[].begindatum")]
    assert ends == ["mapped" if n == goes else "refused" for n in range(1, len(periods) + 1)]


@pytest.mark.parametrize("other", [("2018-08-01", "2020-07-31"), ("2014-00-00", "")])
def test_of_two_plans_that_no_rule_tells_apart_none_goes(other: tuple[str, str]) -> None:
    for periods in ([RUNS, other], [other, RUNS]):
        result = mapped(plans(*periods))
        assert result.at(f"{L}/onderwijsondersteuning/opp") == []
        assert [(one.code, one.field) for one in result.findings] == [(NO_CHOICE, f"zorg.opp[{n}]") for n in (1, 2)]
        assert {end for end, _reason in result.ends("zorg.opp[].begindatum")} == {"refused"}


def test_a_plan_that_stands_there_twice_goes_once() -> None:
    result = mapped(plans(RUNS, RUNS))
    assert result.at(f"{L}/onderwijsondersteuning/opp/opp_ingangdatum") == [RUNS[0]]
    assert result.ends("zorg.opp[].begindatum") == [("mapped", ""), ("dropped", "andere-bron")]


def test_where_there_is_room_for_all_plans_all_go() -> None:
    result = mapped(plans(OLD, RUNS), "2018.1")
    assert result.at(f"{L}/zorg/opp/opp_ingangdatum") == [OLD[0], RUNS[0]]
    assert behind(result) == {}


NOT_TAKEN = {"deelgenomen": "false", "soort": "iep", "niveau": "generiek"}
TAKEN = NOT_TAKEN | {"deelgenomen": "true", "standaardscore": "80", "advies": "havo"}


def final_tests(*tests: dict[str, str]) -> dict[str, str]:
    return {f"eindtoetsen[{n}].{key}": value for n, test in enumerate(tests) for key, value in test.items()}


@pytest.mark.parametrize(("version", "level"), [("2016.1", "basis"), ("2017.1", "generiek"), ("2019.1", "generiek")])
@pytest.mark.parametrize(
    ("tests", "goes", "why"),
    [
        ([NOT_TAKEN | {"afnamedatum": "2019-02-20"}, TAKEN | {"afnamedatum": "2019-02-10"}], 2, ["zonder uitslag"]),
        ([TAKEN | {"afnamedatum": "2019-02-10"}, NOT_TAKEN | {"afnamedatum": "2019-02-20"}], 1, ["zonder uitslag"]),
        ([TAKEN | {"afnamedatum": "2018-04-10"}, TAKEN | {"afnamedatum": "2019-02-20"}], 2, ["ouder"]),
        ([NOT_TAKEN | {"afnamedatum": "2019-02-20"}, NOT_TAKEN | {"afnamedatum": "2018-04-10"}], 1, ["ouder"]),
    ],
)
def test_of_several_final_tests_the_one_with_a_result_goes(
    version: str, level: str, tests: list[dict[str, str]], goes: int, why: list[str]
) -> None:
    result = mapped(final_tests(*(test | {"niveau": level} for test in tests)), version, "POVO")
    taken = result.at(f"{L}/eindtoets_basisonderwijs/eindtoetsresultaat/datum_afname")
    assert taken == [tests[goes - 1]["afnamedatum"]]
    left = [n for n in range(1, len(tests) + 1) if n != goes]
    assert behind(result) == {f"eindtoetsen[{n}]": word for n, word in zip(left, why, strict=True)}


def test_a_final_test_without_a_date_may_be_the_newest() -> None:
    result = mapped(final_tests(TAKEN, TAKEN | {"afnamedatum": "2019-02-20"}), transfer="POVO")
    assert result.at(f"{L}/eindtoets_basisonderwijs") == []
    assert [(one.code, one.field) for one in result.findings] == [(NO_CHOICE, f"eindtoetsen[{n}]") for n in (1, 2)]


# --- one of several ---


def test_only_one_mark_of_a_choice_goes() -> None:
    given = {
        "code": "1",
        "leergebied": "Rekenen",
        "afgerond": "true",
        "examenvak": "true",
        "cijferce": "6.5",
        "rapportcijfer": "7",
    }
    result = mapped({f"vakken[0].{name}": value for name, value in given.items()}, transfer="VOVO")
    marks = [name for name in ("exameneindcijfer", "cijferce", "eindcijferse", "cijferse", "rapportcijfer")
             if result.at(f"{L}/resultaatvakkenvo/{name}")]  # fmt: skip
    assert marks == ["cijferce"]
    assert result.end("vakken[].cijferce") == ("mapped", "")
    assert result.end("vakken[].rapportcijfer") == ("refused", "keuze-een-van")
    assert result.codes().count("keuze-een-van") == 1


def test_an_institution_or_a_school_not_both() -> None:
    result = mapped(
        one_test(0)
        | {
            "toetsen[0].afnemer.naam": "Afnemer",
            "toetsen[0].afnemer.instelling.naam": "Bureau",
            "toetsen[0].afnemer.school.naam": "School",
        }
    )
    place = f"{L}/toetslijst/toets/afname/afgenomendoor/werktbijinstelling"
    assert result.at(f"{place}/instelling/naam") == ["Bureau"]
    assert not result.at(f"{place}/school")
    assert result.end("toetsen[].afnemer.school.naam") == ("refused", "keuze-een-van")


# --- alternatives and several lists ---

CAREER = {"schooljaar": "2016-2017", "groepscode": "7a", "jaargroep": "7", "brin": "99xx", "vestiging": "0"}
CURRENT = {
    "export.schooljaar": "2018-2019", "leerling.groep": "8a", "groep.naam": "Groep 8a", "groep.jaargroep": "8",
    "school.brin": "99XX", "school.vestiging": "1",
}  # fmt: skip
PLACE = f"{L}/schoolloopbaanlijst/schoolloopbaan"


def test_the_current_group_stands_in_for_a_history_that_is_not_there() -> None:
    result = mapped(CURRENT)
    found = {
        name: result.one(f"{PLACE}/{name}")
        for name in ("schooljaar", "groepscode", "groepsnaam", "jaargroep", "vestigingscode")
    }
    assert found == {
        "schooljaar": "2018-2019",
        "groepscode": "8a",
        "groepsnaam": "Groep 8a",
        "jaargroep": "8",
        "vestigingscode": "01",
    }


def test_a_history_goes_before_the_current_group() -> None:
    result = mapped(CURRENT | {f"loopbaan[0].{name}": value for name, value in CAREER.items()})
    assert result.at(f"{PLACE}/groepscode") == ["7a"]
    assert result.at(f"{PLACE}/brincode") == ["99XX"]
    assert result.end("leerling.groep") == ("dropped", "andere-bron")


def test_a_history_without_use_leaves_room_for_the_current_group() -> None:
    result = mapped(CURRENT | {"loopbaan[0].groepsnaam": "alleen een naam"})
    assert result.at(f"{PLACE}/groepscode") == ["8a"]
    assert result.end("loopbaan[].groepsnaam") == ("refused", "blok-onvolledig")


def document(prefix: str, name: str) -> dict[str, str]:
    return {f"{prefix}.bestandsnaam": name, f"{prefix}.inhoud": base64.b64encode(b"%PDF-1.4 x").decode()}


def test_documents_of_a_part_that_2019_lost_join_the_others() -> None:
    given = document("documenten[0]", "a.pdf") | document("sefunctioneren.documenten[0]", "b.pdf")
    result = mapped(given)
    assert result.at(f"{L}/overigdocumentlijst/document/bestandsnaam") == ["a.pdf", "b.pdf"]
    before = mapped(given, "2018.1")
    assert before.at(f"{L}/overigdocumentlijst/document/bestandsnaam") == ["a.pdf"]
    assert before.at(f"{L}/sefunctioneren/document/bestandsnaam") == ["b.pdf"]


def test_the_register_goes_before_the_school_of_the_export() -> None:
    register = Group()
    register.fields["naam"] = Cell("Uit het register", CellSource("register.naam", "register", shared=True))
    result = mapped({"school.naam": "Uit de export", "school.brin": "99XX"}, register=register)
    assert result.one("huidigeschool/naam") == "Uit het register"
    assert result.end("school.naam") == ("dropped", "andere-bron")
    assert mapped({"school.naam": "Uit de export"}).one("huidigeschool/naam") == "Uit de export"


# --- a row of elements that repeats ---


def subject(number: int, **fields: str) -> dict[str, str]:
    return {f"cijferlijsten[0].vakken[{number}].{name}": value for name, value in fields.items()}


def test_each_subject_of_a_grade_list_is_one_turn_of_the_row() -> None:
    given = {"cijferlijsten[0].jaargroep": "7", "cijferlijsten[0].afnamedatum": "2018-07-01"}
    for number, name in enumerate(("Rekenen", "Taal")):
        given |= subject(number, naam=name)
        given[f"cijferlijsten[0].vakken[{number}].scores[0].waarde"] = str(7 + number)
    result = mapped(given)
    row = next(
        node for node in _block(result.nodes, f"{L}/cijferlijstlijst/cijferlijst") if node[0] == "cijferlijstTypelijst"
    )
    assert [child[0] for child in row[1]] == ["naam", "score", "naam", "score"]
    assert result.at(f"{L}/cijferlijstlijst/cijferlijst/cijferlijstTypelijst/naam") == ["Rekenen", "Taal"]
    assert result.at(f"{L}/cijferlijstlijst/cijferlijst/cijferlijstTypelijst/score/waarde") == ["7", "8"]


def test_a_turn_that_lacks_its_score_rolls_back_alone() -> None:
    given = {"cijferlijsten[0].jaargroep": "7"} | subject(0, naam="Zonder cijfer") | subject(1, naam="Taal")
    given["cijferlijsten[0].vakken[1].scores[0].waarde"] = "8"
    result = mapped(given)
    assert result.at(f"{L}/cijferlijstlijst/cijferlijst/cijferlijstTypelijst/naam") == ["Taal"]
    assert result.ends("cijferlijsten[].vakken[].naam") == [("refused", "blok-onvolledig"), ("mapped", "")]


def _block(nodes: list[Any], path: str) -> list[Any]:
    for step in path.split("/"):
        nodes = next(node[1] for node in nodes if node[0] == step)
    return nodes
