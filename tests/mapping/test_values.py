"""What becomes of single values: codings, dates, weights, names, advices, numbers, text that is too long."""

import pytest

from dod2oso.source.bind import BoundProfile
from dod2oso.source.codes import code_table, load_codes
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.normalise import code_normaliser
from tests.corpus.kit import PAIRS, bsn
from tests.mapping.kit import L, mapped

VERSIONS = sorted({version for version, _transfer in PAIRS})
BSN, OTHER_BSN, ONDERWIJSNUMMER = bsn(0), bsn(1), "100000004"


# --- sex: three codings of the same thing, of which two are each other's opposite ---


@pytest.mark.parametrize(
    ("coding", "girl", "boy", "unknown"), [("edex", "2", "1", "0"), ("bron", "V", "M", "O"), ("oso", "1", "2", "0")]
)
def test_sex_keeps_its_meaning_through_every_coding(coding: str, girl: str, boy: str, unknown: str) -> None:
    read = code_normaliser(code_table(f"geslacht-{coding}"))
    for code, in_oso in ((girl, "1"), (boy, "2"), (unknown, "0")):
        assert mapped({"leerling.geslacht": read(code)}).one(f"{L}/geslacht") == in_oso


SEX_TABLES = ["geslacht-edex", "geslacht-bron", "geslacht-oso", "geslacht-woord", "geslacht-mv", "geslacht-jm"]
NOTATIONS = [set("0129"), set("mvo"), set("jmo"), {"man", "vrouw", "jongen", "meisje", "onbekend"}]


@pytest.mark.parametrize("table", SEX_TABLES)
def test_a_table_of_sexes_holds_one_notation(table: str) -> None:
    """m is a man beside v and a girl beside j: in one table the one would be read as the other."""
    codes = {code.lower() for code in load_codes()[table].entries}
    assert sum(codes <= notation for notation in NOTATIONS) == 1
    meanings: dict[str, set[str]] = {}
    for code, word in load_codes()[table].entries.items():
        meanings.setdefault(code.lower(), set()).add(word)
    assert all(len(words) == 1 for words in meanings.values())


def test_m_is_a_man_beside_v_and_a_girl_beside_j() -> None:
    read = {name: code_normaliser(code_table(f"geslacht-{name}")) for name in ("mv", "jm")}
    assert (read["mv"]("m"), read["mv"]("v"), read["jm"]("m"), read["jm"]("j")) == ("man", "vrouw", "vrouw", "man")


def test_profiles_use_the_coding_of_their_layout() -> None:
    from dod2oso.source.profile import find_profile

    codings = {"edexml-1.0.3": "1", "edexml-2.0": "1", "edexml-2.1": "1", "dod-referentie": "M"}
    for name, boy in codings.items():
        record = BoundProfile(find_profile(name), load_dictionary()).record
        (reading,) = [
            child.text
            for child in record.children.values()
            if child.text and child.text.bound.field == "leerling.geslacht"
        ]
        assert reading.normalise is not None
        assert reading.normalise(boy) == "man"


def test_no_table_translates_to_a_word_that_the_next_one_does_not_know() -> None:
    """Words that a source table makes are words that the mapping's table knows, or that it refuses on purpose."""
    tables = load_codes()
    chains = {
        "geslacht-naar-oso": SEX_TABLES,
        "adressoort-naar-oso": ["adressoort-dod"],
        "communicatie-soort-tot-2015": ["communicatie-soort-dod"],
        "eindtoets-soort-naar-oso": ["eindtoets-soort-dod"],
        "eindtoets-onderdeel-naar-oso": ["eindtoets-onderdeel-dod"],
        "eindtoets-domein-naar-oso": ["eindtoets-domein-dod"],
        "referentieniveau-naar-oso": ["referentieniveau-dod"],
    }
    known_gaps = {"cito eindtoets"}  # the Cito test of before 2015 is another test
    for target, sources in chains.items():
        words = {word for name in sources for word in tables[name].entries.values()}
        assert words - set(tables[target].entries) <= known_gaps, target


# --- weight, dates, advice ---


@pytest.mark.parametrize(
    ("table", "code", "weight"),
    [
        ("gewicht-nieuw-edex", "0,3", "0.30"), ("gewicht-nieuw-edex", "1,2", "1.20"),
        ("gewicht-nieuw-edex", "0", "0.00"),
        ("gewicht-dod", "0,30", "0.30"), ("gewicht-dod", "1.2", "1.20"), ("gewicht-dod", "0,0", "0.00"),
    ],
)  # fmt: skip
def test_weight(table: str, code: str, weight: str) -> None:
    read = code_normaliser(code_table(table))
    assert mapped({"leerling.gewicht": read(code)}).one(f"{L}/leerlinggewicht") == weight


@pytest.mark.parametrize("old", ["0,25", "0,40", "0,70", "0,90"])
def test_a_weight_of_before_2006_is_refused_not_rounded(old: str) -> None:
    result = mapped({"leerling.gewicht": code_normaliser(code_table("gewicht-dod"))(old)})
    assert result.one(f"{L}/leerlinggewicht") is None
    assert result.end("leerling.gewicht") == ("refused", "code-onbekend")


def test_an_unknown_weight_is_dropped_as_unknown() -> None:
    assert mapped({"leerling.gewicht": "onbekend"}).end("leerling.gewicht") == ("dropped", "onbekend")


@pytest.mark.parametrize("advice", ["24", "25", "26", "27", "28", "29", "36", "37", "45", "53"])
@pytest.mark.parametrize("field", ["code", "wensouders", "wensleerling", "herzien"])
def test_an_advice_that_ended_in_2014_is_never_replaced_by_another(advice: str, field: str) -> None:
    result = mapped({f"advies.{field}": advice}, transfer="POVO")
    assert not result.at(f"{L}/overstapadvies")
    assert result.end(f"advies.{field}") == ("refused", "advies-vervallen-2014")
    assert result.codes() == ["advies-vervallen-2014"]


@pytest.mark.parametrize(("date", "finding"), [("2006-00-00", "datum-onvolledig"), ("2006-05-00", "datum-onvolledig")])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_partial_birth_date_is_no_date_except_in_gba(version: str, date: str, finding: str) -> None:
    result = mapped({"leerling.geboortedatum": date}, version)
    assert result.one(f"{L}/geboortedatum") is None
    assert result.end("leerling.geboortedatum") == ("refused", finding)
    gba = {"leerling.gba.voornamen": "Test", "leerling.gba.achternaam": "Proef", "leerling.gba.geboortedatum": date}
    assert mapped(gba, version).one(f"{L}/gba/gbageboortedatum") == "-".join(reversed(date.split("-")))


def test_the_same_year_may_lack_its_day_for_one_pupil_only() -> None:
    assert mapped({"leerling.geboortedatum": "2006-05-01"}).one(f"{L}/geboortedatum") == "2006-05-01"


# --- the personal number ---


@pytest.mark.parametrize("field", ["bsn", "onderwijsnummer", "pgn"])
@pytest.mark.parametrize(("number", "element"), [(BSN, "bsn"), (ONDERWIJSNUMMER, "onderwijsnummer")])
def test_a_number_goes_where_its_own_test_says_whatever_the_export_calls_it(
    field: str, number: str, element: str
) -> None:
    result = mapped({f"leerling.{field}": number}, transfer="POVO")
    other = {"bsn": "onderwijsnummer", "onderwijsnummer": "bsn"}[element]
    assert (result.one(f"{L}/{element}"), result.one(f"{L}/{other}")) == (number, None)
    assert result.end(f"leerling.{field}") == ("mapped", "")
    assert result.codes() == []


def test_of_two_numbers_the_bsn_goes() -> None:
    result = mapped({"leerling.bsn": BSN, "leerling.onderwijsnummer": ONDERWIJSNUMMER}, transfer="POVO")
    assert (result.one(f"{L}/bsn"), result.one(f"{L}/onderwijsnummer")) == (BSN, None)
    assert result.end("leerling.onderwijsnummer") == ("dropped", "andere-bron")


@pytest.mark.parametrize(("version", "transfer"), [pair for pair in PAIRS if pair[1].endswith("SWV")])
def test_no_number_goes_to_a_samenwerkingsverband(version: str, transfer: str) -> None:
    given = {"leerling.bsn": BSN, "leerling.onderwijsnummer": ONDERWIJSNUMMER, "leerling.pgn": OTHER_BSN}
    result = mapped(given, version, transfer)
    assert result.one(f"{L}/bsn") is result.one(f"{L}/onderwijsnummer") is None
    from dod2oso.mapping.compile import shipped_plan

    dropped = shipped_plan(version, transfer).dropped
    assert {dropped[name] for name in given} == {"profiel"}


# --- names ---


@pytest.mark.parametrize(
    ("given", "prefix", "surname"),
    [
        ({"leerling.achternaam": "Berg, van den"}, "van den", "Berg"),
        ({"leerling.achternaam": "Berg"}, None, "Berg"),
        ({"leerling.achternaam": "Berg", "leerling.voorvoegsel": "van"}, "van", "Berg"),
        ({"leerling.achternaam": "Berg, van den", "leerling.voorvoegsel": "Van  den"}, "Van  den", "Berg"),
        ({"leerling.achternaam": "Jansen, jr."}, None, "Jansen, jr."),  # no voorvoegsel: it stays with the name
        ({"leerling.achternaam": "Berg, v.d."}, "v.d.", "Berg"),
        ({"leerling.achternaam": "A," + " " * 20_000 + "b"}, None, "A," + " " * 20_000 + "b"),  # and at once
        ({"leerling.achternaam": "Jansen, 't"}, "'t", "Jansen"),
        ({"leerling.achternaam": "Berg, Anna"}, None, "Berg, Anna"),  # a first name is no prefix
        ({"leerling.achternaam": "van den Berg"}, None, "van den Berg"),  # nothing is guessed
        ({"leerling.achternaam": "Berg-Proef, de"}, "de", "Berg-Proef"),
    ],
)
def test_prefix_and_surname(given: dict[str, str], prefix: str | None, surname: str) -> None:
    result = mapped(given)
    assert (result.one(f"{L}/voorvoegsel"), result.one(f"{L}/achternaam")) == (prefix, surname)
    assert {state for state, _reason in map(result.end, given)} == {"mapped"}


def test_first_names_become_one_element_each() -> None:
    result = mapped({"leerling.voornamen": "Anna  Maria\tTest"})
    assert result.at(f"{L}/voornaam") == ["Anna", "Maria", "Test"]
    assert result.end("leerling.voornamen") == ("mapped", "")


def test_first_names_of_odd_space_only_are_refused_not_unread() -> None:
    result = mapped({"leerling.voornamen": "\u00a0"})
    assert result.at(f"{L}/voornaam") == []
    assert result.end("leerling.voornamen") == ("refused", "vorm-onjuist")


@pytest.mark.parametrize(("written", "postcode"), [("1234 ab", "1234AB"), ("1234AB", "1234AB"), ("B-2000", "B-2000")])
def test_postcode(written: str, postcode: str) -> None:
    address = {"straat": "Teststraat", "nummer": "1", "postcode": written, "plaats": "Teststad"}
    result = mapped({f"leerling.adressen[0].{name}": value for name, value in address.items()})
    assert result.one(f"{L}/adreslijst/adres/postcode") == postcode


# --- length and characters ---


def test_a_text_that_is_too_long_is_refused_or_shortened_as_the_mapping_says() -> None:
    address = {"straat": "Teststraat", "nummer": "1", "postcode": "1234AB", "plaats": "Teststad"}
    place = "achter de oude melkfabriek aan het einde van het pad"
    result = mapped({f"leerling.adressen[0].{name}": text for name, text in (address | {"locatie": place}).items()})
    text = result.one(f"{L}/adreslijst/adres/locatieomschrijving")
    assert text is not None
    assert len(text) <= 35
    assert place.startswith(text.removesuffix("…") + " ")  # whole words, and it shows that there was more
    assert result.end("leerling.adressen[].locatie") == ("lossy", "")
    assert result.codes() == ["tekst-ingekort"]


@pytest.mark.parametrize("length", [35, 36])
def test_the_limit_of_a_shortened_text_is_its_last_character(length: int) -> None:
    address = {
        "straat": "Teststraat",
        "nummer": "1",
        "postcode": "1234AB",
        "plaats": "Teststad",
        "locatie": "x" * length,
    }
    result = mapped({f"leerling.adressen[0].{name}": text for name, text in address.items()})
    assert result.end("leerling.adressen[].locatie")[0] == ("mapped" if length == 35 else "lossy")
    assert len(result.one(f"{L}/adreslijst/adres/locatieomschrijving") or "") == 35


def test_a_foreign_address_is_broken_into_lines() -> None:
    text = "Rue de la Longue Histoire 12345, Bruxelles Nord, Belgique"
    lines = mapped({"leerling.adresbuitenland[0].regel": text}).at(f"{L}/adresbuitenland")
    assert all(len(line) <= 35 for line in lines)
    assert " ".join(lines) == text


def test_words_that_stand_for_two_things_count_as_lossy() -> None:
    assert mapped({"leerling.emailadres": "x@example.org"}).end("leerling.emailadres") == ("mapped", "")
    given = {"leerling.communicatie[0].soort": "mobiel", "leerling.communicatie[0].nummer": "0600000000"}
    assert mapped(given).end("leerling.communicatie[].soort") == ("lossy", "")
    assert mapped(given, "1.1.1").end("leerling.communicatie[].soort") == ("mapped", "")
