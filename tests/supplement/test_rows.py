"""The supplement: what people add wins, says so, and is the only place where consent can come from."""

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.texts import Text
from dod2oso.findings.catalogue import entry
from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.transfers import governed
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement.claims import RowFinder
from dod2oso.supplement.pupil import Pupil, typed_date
from dod2oso.supplement.rows import Supplement, doubles_in, read_supplements, supply
from tests.corpus.kit import PAIRS, bsn
from tests.mapping.kit import L, leaves, mapped, record_of, row, rows
from tests.refusals import refused

PUPIL = {"leerling.achternaam": "Voorbeeld", "school.brin": "99XX"}
VERSIONS = sorted({version for version, _transfer in PAIRS})


def read(path: Path, version: str = "2019.1", transfer: str = "POVO") -> Supplement:
    return read_supplements([path], shipped_plan(version, transfer), load_dictionary())


# --- values ---


def test_a_dictionary_field_replaces_the_value_of_the_export(tmp_path: Path) -> None:
    result = mapped(PUPIL | {"leerling.roepnaam": "Oud"}, supplement=row(tmp_path, leerling__roepnaam="Nieuw"))
    assert result.one(f"{L}/roepnaam") == "Nieuw"
    assert result.end("leerling.roepnaam") == ("dropped", "aanvulling")


def test_an_empty_cell_changes_nothing(tmp_path: Path) -> None:
    result = mapped(PUPIL | {"leerling.roepnaam": "Oud"}, supplement=row(tmp_path, leerling__roepnaam=""))
    assert result.one(f"{L}/roepnaam") == "Oud"


@pytest.mark.parametrize(
    ("column", "typed", "path", "value"),
    [
        ("leerling.geboortedatum", "1-5-2007", "geboortedatum", "2007-05-01"),
        ("leerling.geboortedatum", "2007-05-01", "geboortedatum", "2007-05-01"),
        ("leerling.verzorgersaansprakelijk", "Ja", "verzorgersaansprakelijk", "true"),
        ("leerling.adresgeheim", "NEE", "adresgeheim", "false"),
        ("leerling.bsn", bsn(0), "bsn", bsn(0)),
        ("huidigeschool/leerling/geboortedatum", "1-5-2007", "geboortedatum", "2007-05-01"),
        ("dossier/huidigeschool/leerling/roepnaam", "Nieuw", "roepnaam", "Nieuw"),
        ("/huidigeschool/leerling/roepnaam", "Nieuw", "roepnaam", "Nieuw"),
        ("huidigeschool/leerling/geslacht", "1", "geslacht", "1"),
        ("huidigeschool/leerling/overstapadvies/advies", "60", "overstapadvies/advies", "60"),
    ],
)
def test_values_as_people_type_them(tmp_path: Path, column: str, typed: str, path: str, value: str) -> None:
    result = mapped(PUPIL, transfer="POVO", supplement=rows(tmp_path, {column: typed}))
    assert result.one(f"{L}/{path}") == value
    assert result.codes() == []


@pytest.mark.parametrize(
    ("column", "typed", "why"),
    [
        ("leerling.geboortedatum", "31-02-2007", "datum-onleesbaar"),
        ("leerling.adresgeheim", "misschien", "ja-nee-onleesbaar"),
        ("leerling.bsn", "999999999", "pgn-elfproef"),
        ("huidigeschool/leerling/geslacht", "meisje", "getal-onleesbaar"),
        ("huidigeschool/leerling/geslacht", "7", "code-niet-in-lijst"),
        ("huidigeschool/leerling/overstapadvies/advies", "28", "code-niet-in-lijst"),
        ("inzage/inzagedatum", "gisteren", "datum-onleesbaar"),
        ("leerling.roepnaam", "stuur\x01teken", "tekst-onleesbaar"),
        ("verzorgers[3].achternaam", "Derde", "volgnummer"),  # there is no second
    ],
)
def test_a_value_that_does_not_fit_is_told_and_not_used(tmp_path: Path, column: str, typed: str, why: str) -> None:
    before = mapped(PUPIL, transfer="POVO")
    result = mapped(PUPIL, transfer="POVO", supplement=rows(tmp_path, {column: typed}))
    assert result.nodes == before.nodes
    (finding,) = result.given.findings
    assert (finding.code, finding.field, finding.cause) == ("aanvulling-waarde-onjuist", column, why)
    assert finding.place == Text("file-row", row=2, file="aanvulling.csv")
    assert typed not in repr(finding)


TWICE = "aanvulling-dubbel"
KEY = Pseudonyms(bytes(32))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("column", "one", "other", "path"),
    [
        ("leerling.roepnaam", "Een", "Twee", "roepnaam"),
        ("huidigeschool/leerling/geslacht", "1", "2", "geslacht"),
        ("leerling.geboortedatum", "1-5-2007", "31-02-2007", "geboortedatum"),  # the second may be what was meant
        ("leerling.adresgeheim", "nee", "ja", "adresgeheim"),
    ],
)
def test_of_values_that_contradict_each_other_none_is_used(
    tmp_path: Path, column: str, one: str, other: str, path: str, turned: bool
) -> None:
    values = (other, one) if turned else (one, other)
    given = rows(tmp_path, *({column: value} for value in values), {"leerling.tehuis": "ja"})
    result = mapped(PUPIL, supplement=given)
    assert result.one(f"{L}/tehuis") == "true"
    assert not {one, other} & set(result.at(f"{L}/{path}"))
    assert "false" not in result.at(f"{L}/adresgeheim") or path != "adresgeheim"
    (finding,) = result.given.findings
    assert (finding.code, finding.field, finding.target) == (TWICE, column if "." in column else "", finding.target)
    assert entry(TWICE).severity == "error"  # so that the dossier stays home
    assert str(finding.place).count("row=") == 2


def test_an_address_stays_out_when_rows_contradict_each_other_about_its_secrecy(tmp_path: Path) -> None:
    address = {
        "leerling.adresgeheim": "false",
        "leerling.adressen[0].straat": "Teststraat", "leerling.adressen[0].nummer": "1",
        "leerling.adressen[0].postcode": "1234AB", "leerling.adressen[0].plaats": "Teststad",
    }  # fmt: skip
    assert mapped(PUPIL | address).at(f"{L}/adreslijst/adres/straat") == ["Teststraat"]
    given = rows(tmp_path, {"leerling.adresgeheim": "ja"}, {"leerling.adresgeheim": "nee"})
    assert mapped(PUPIL | address, supplement=given).at(f"{L}/adreslijst/adres/straat") == []


def test_one_value_in_two_notations_is_no_contradiction(tmp_path: Path) -> None:
    given = rows(tmp_path, {"leerling.geboortedatum": "1-5-2007"}, {"leerling.geboortedatum": "2007-05-01"})
    result = mapped(PUPIL, supplement=given)
    assert (result.one(f"{L}/geboortedatum"), result.given.findings) == ("2007-05-01", [])


def test_the_pupil_goes_before_the_location_and_that_before_the_school(tmp_path: Path) -> None:
    path = tmp_path / "aanvulling.csv"
    head = "brin;vestiging;leerlingid;leerling.roepnaam\n"

    def told(*lines: str) -> tuple[str | None, list[str]]:
        path.write_text(head + "".join(f"{line}\n" for line in lines))
        record, supplement = record_of(PUPIL), read(path)
        keys = Pupil("99XX", "00", "1", "", "", "").keys(KEY, 1)
        given = supply(record, RowFinder(supplement, KEY).find(keys).rows)
        return record.root.value("leerling.roepnaam"), [finding.code for finding in given.findings]

    school, location, pupil = "99XX;;;School", "99XX;00;;Plek", "99XX;;1;Kind"
    assert told(school) == ("School", [])
    assert told(location, school) == ("Plek", [])
    assert told(pupil, school, location) == ("Kind", [])
    assert told(school, "99XX;;;Anders") == (None, [TWICE])
    assert told(location, "99XX;00;;Anders", school) == (None, [TWICE])
    assert told(school, "99XX;;;Anders", pupil) == ("Kind", [])  # it does not depend on what contradicts


def test_which_export_counts_may_be_said_twice_but_not_differently(tmp_path: Path) -> None:
    given = rows(tmp_path, {"dubbel.gebruik": "a.xml"}, {"dubbel.gebruik": "b.xml"})
    supplement = read(given)
    assert list(doubles_in(supplement.pupils)) == [("", "a.xml"), ("", "b.xml")]
    assert TWICE in [finding.code for finding in mapped(PUPIL, supplement=given).given.findings]


# --- lists ---


def test_a_number_points_at_an_item_of_a_list(tmp_path: Path) -> None:
    carers = {
        "verzorgers[0].achternaam": "Een", "verzorgers[0].wettigevertegenwoordiger": "true",
        "verzorgers[1].achternaam": "Twee", "verzorgers[1].wettigevertegenwoordiger": "true",
    }  # fmt: skip
    added = {
        "verzorgers[2].achternaam": "Nieuw", "verzorgers[3].achternaam": "Derde",
        "verzorgers[3].wettigevertegenwoordiger": "nee",
    }  # fmt: skip
    result = mapped(PUPIL | carers, supplement=rows(tmp_path, added))
    assert result.at(f"{L}/verzorger/achternaam") == ["Een", "Nieuw", "Derde"]
    assert result.ends("verzorgers[].achternaam") == [("mapped", ""), ("dropped", "aanvulling")]
    assert result.codes() == []


def test_a_list_within_a_list(tmp_path: Path) -> None:
    given = {
        "verzorgers[1].achternaam": "Een", "verzorgers[1].wettigevertegenwoordiger": "ja",
        "verzorgers[1].adressen[1].straat": "Teststraat", "verzorgers[1].adressen[1].nummer": "1",
        "verzorgers[1].adressen[1].postcode": "1234AB", "verzorgers[1].adressen[1].plaats": "Teststad",
    }  # fmt: skip
    result = mapped(PUPIL, supplement=rows(tmp_path, given))
    assert result.one(f"{L}/verzorger/adreslijst/adres/straat") == "Teststraat"


# --- OSO paths ---


def test_a_path_replaces_what_the_mapping_made(tmp_path: Path) -> None:
    result = mapped(
        PUPIL | {"leerling.geslacht": "man"}, supplement=rows(tmp_path, {"huidigeschool/leerling/geslacht": "1"})
    )
    assert result.at(f"{L}/geslacht") == ["1"]
    assert result.end("leerling.geslacht") == ("dropped", "aanvulling")


def test_a_value_that_another_field_still_holds_stays_mapped(tmp_path: Path) -> None:
    """The school's number stands in two places; only one of them gets the supplement's."""
    given = {
        **PUPIL,
        "export.schooljaar": "2018-2019",
        "leerling.groep": "8a",
        "groep.jaargroep": "8",
        "school.vestiging": "0",
    }
    result = mapped(given, supplement=rows(tmp_path, {"huidigeschool/brincode": "99YY"}))
    assert result.one("huidigeschool/brincode") == "99YY"
    assert result.one(f"{L}/schoolloopbaanlijst/schoolloopbaan/brincode") == "99XX"
    assert result.end("school.brin") == ("mapped", "")


@pytest.mark.parametrize("given", [{}, {"zorg.artsen[0].achternaam": "Oud", "zorg.artsen[0].soort": "huisarts"}])
def test_a_path_in_a_block_that_an_each_fills_once(tmp_path: Path, given: dict[str, str]) -> None:
    result = mapped(PUPIL | given, supplement=rows(tmp_path, {"huidigeschool/leerling/huisarts/achternaam": "Nieuw"}))
    assert result.at(f"{L}/huisarts/achternaam") == ["Nieuw"]
    if given:
        assert result.end("zorg.artsen[].achternaam") == ("dropped", "aanvulling")


@pytest.mark.parametrize("version", VERSIONS)
def test_blocks_that_are_made_stand_in_the_order_of_the_schema(tmp_path: Path, version: str) -> None:
    from dod2oso.oso.catalogue import catalogue

    columns = {
        "inzage/akkoord": "Ja", "inzage/inzage": "ja", "inzage/inzagedatum": "01-02-2019",
        "overdrachtsoort": "overstapdossier",
        "huidigeschool/leerling/overstapadvies/contactnodig": "nee", "huidigeschool/leerling/roepnaam": "Test",
        "huidigeschool/website": "https://example.org", "huidigeschool/leerling/overstapadvies/advies": "60",
    }  # fmt: skip
    result = mapped(PUPIL, version, supplement=rows(tmp_path, columns))
    order = {path: number for number, path in enumerate(catalogue(version).all_paths)}

    def sorted_below(nodes: list[tuple[str, object]], path: str) -> None:
        places = [order[f"{path}/{node[0]}".strip("/")] for node in nodes]
        assert places == sorted(places)
        for name, content, *_rest in nodes:
            if isinstance(content, list):
                sorted_below(content, f"{path}/{name}".strip("/"))

    sorted_below(result.nodes, "")
    assert result.one("inzage/voorlopigdossier") == "false"  # a block that is made gets its written defaults


def test_a_path_in_a_repeating_block_asks_for_the_dictionary_name(tmp_path: Path) -> None:
    with refused(ConfigurationError, "supplement-block-repeats"):
        read(rows(tmp_path, {"huidigeschool/leerling/verzorger/achternaam": "x"}))


@pytest.mark.parametrize(
    ("path", "version", "transfer"),
    [
        ("huidigeschool/leerling/bsn", "2019.1", "POSWV"),
        ("huidigeschool/leerling/geboorteplaats", "2019.1", "POVO"),
        ("huidigeschool/leerling/nationaliteit", "1.1.1", "POPO"),
        ("huidigeschool/leerling/vanpeuterspeelzaal", "2019.1", "POVO"),
        ("huidigeschool/leerling/zorg/naamib", "2019.1", "POVO"),
    ],
)
def test_what_a_transfer_forbids_cannot_be_supplied(tmp_path: Path, path: str, version: str, transfer: str) -> None:
    given = rows(tmp_path, {path: "ja"})
    result = mapped(PUPIL, version, transfer, supplement=given)
    assert not result.at(path)
    (finding,) = result.given.findings
    assert (finding.code, finding.target) == ("aanvulling-niet-toegestaan", path)


def test_consent_counts_where_oso_has_no_field_for_it(tmp_path: Path) -> None:
    result = mapped(PUPIL, "1.1.1", "VOVO", supplement=rows(tmp_path, {"inzage/toestemming": "ja"}))
    assert not result.at("inzage/toestemming")
    assert (result.given.consent, result.given.findings) == ("Ja", [])


# --- consent, only from here ---

CONSENT = ("inzage", "inzagedatum", "akkoord", "redennietakkoord", "toestemming")


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_consent_never_comes_from_an_export_or_a_default(version: str, transfer: str) -> None:
    old = {
        "leerling.inzage-oud": "true", "leerling.inzagedatum-oud": "2012-01-01", "leerling.akkoord-oud": "Ja",
        "leerling.redennietakkoord-oud": "geen", "leerling.toestemming-oud": "Ja", "leerling.voorlopig-oud": "true",
    }  # fmt: skip
    result = mapped(PUPIL | old, version, transfer)
    assert not result.at("inzage")


@pytest.mark.parametrize("version", VERSIONS)
def test_consent_comes_from_the_supplement(tmp_path: Path, version: str) -> None:
    given = {
        "inzage/inzage": "ja",
        "inzage/inzagedatum": "01-02-2019",
        "inzage/akkoord": "Nee",
        "inzage/redennietakkoord": "zo",
    }
    result = mapped(PUPIL, version, supplement=rows(tmp_path, given))
    found = [result.one(f"inzage/{name}") for name in CONSENT[:4]]
    assert found == ["true", "2019-02-01", "Nee", "zo"]


# --- objections ---


@pytest.mark.parametrize(("version", "transfer"), [pair for pair in PAIRS if pair[0] >= "2017.1" and pair[1] == "POVO"])
def test_an_objection_empties_a_category_that_is_optional(tmp_path: Path, version: str, transfer: str) -> None:
    given = PUPIL | {"verzuim.frequentie": "3", "verzuim.begindatum": "2018-08-01", "verzuim.einddatum": "2019-02-01"}
    assert mapped(given, version, transfer).at(f"{L}/verzuim")
    result = mapped(given, version, transfer, supplement=rows(tmp_path, {"bezwaar.verzuim": "ja"}))
    assert not result.at(f"{L}/verzuim")
    assert result.one("metadata/categorie_uitlevering/cat_verzuim") == "OPT-UIT"
    assert result.end("verzuim.frequentie") == ("dropped", "bezwaar")
    made = {path for path, _text in leaves(result.nodes)}
    governed_paths = governed(version)["cat_verzuim"]
    assert not any(path == one or path.startswith(f"{one}/") for path in made for one in governed_paths)


@pytest.mark.parametrize("typed", ["nee", ""])
def test_no_objection_changes_nothing(tmp_path: Path, typed: str) -> None:
    given = PUPIL | {"verzuim.frequentie": "3", "verzuim.begindatum": "2018-08-01", "verzuim.einddatum": "2019-02-01"}
    assert mapped(given, supplement=rows(tmp_path, {"bezwaar.verzuim": typed})).nodes == mapped(given).nodes


@pytest.mark.parametrize("category", ["leerling", "school", "overstapadvies", "vve"])
def test_there_is_no_objection_to_what_is_compulsory_or_forbidden(tmp_path: Path, category: str) -> None:
    result = mapped(PUPIL, transfer="POVO", supplement=rows(tmp_path, {f"bezwaar.{category}": "ja"}))
    assert result.nodes == mapped(PUPIL, transfer="POVO").nodes


# --- whose row it is ---


def find(
    supplement: Supplement, brin: str, leerlingid: str, name: str = "", born: str = "", vestiging: str = "00"
) -> list[str]:
    keys = Pupil(brin, vestiging, leerlingid, name, born, "").keys(KEY, 1)
    return [str(row.number) for row in RowFinder(supplement, KEY).find(keys).rows]


def test_rows_are_found_by_number_by_name_and_by_school(tmp_path: Path) -> None:
    path = tmp_path / "aanvulling.csv"
    path.write_text(
        "brin;vestiging;leerlingid;achternaam;geboortedatum;leerling.tehuis\n"
        "99xx;;1;;;ja\n"  # 2: this pupil of this school
        ";;1;;;ja\n"  # 3: pupil 1 of any school
        "99XX;;;Voorbeeld;1-5-2007;ja\n"  # 4: by name
        ";;;Voorbeeld;2007-05-01;ja\n"  # 5: by name, any school
        "99XX;;;;;ja\n"  # 6: everyone of this school
        "99XX;1;;;;ja\n"  # 7: everyone of another location
        "99YY;;1;;;ja\n"  # 8: another school
    )
    supplement = read(path)
    assert find(supplement, "99XX", "1", "voorbeeld", "2007-05-01") == ["6", "5", "4", "3", "2"]
    assert find(supplement, "99XX", "2", "Voorbeeld", "2007-05-01") == ["6", "5", "4"]
    assert find(supplement, "99XX", "2", "Voorbeeld", "2007-05-02") == ["6"]
    assert find(supplement, "99YY", "1") == ["3", "8"]
    assert find(supplement, "", "1") == ["3"]
    assert find(supplement, "99XX", "9", vestiging="01") == ["6", "7"]


@pytest.mark.parametrize(
    ("columns", "cells", "word"),
    [
        ("leerlingid;leerling.achternam", "1;x", r"'leerling\.achternaam'"),
        ("leerlingid;leerling.geboortedtum", "1;x", r"'leerling\.geboortedatum'"),
        ("leerlingid;verzorgers[].achternaam", "1;x", "verzorgers"),
        ("brin;leerling.tehuis", ";ja", "rij 2.*geen leerling en geen school"),
        ("leerling.tehuis", "ja", "eerste rij"),
        ("achternaam;leerling.tehuis", "Voorbeeld;ja", "rij 2.*geen leerling"),
        ("leerlingid;leerling.tehuis;leerling.tehuis", "1;ja;nee", "kolom 2 en kolom 3"),
    ],
)
def test_a_column_or_row_that_cannot_be_meant_is_told_at_once(
    tmp_path: Path, columns: str, cells: str, word: str
) -> None:
    path = tmp_path / "aanvulling.csv"
    path.write_text(f"{columns}\n{cells}\n")
    with pytest.raises(ConfigurationError, match=rf"aanvulling\.csv.*{word}") as error:
        read(path)
    assert "Voorbeeld" not in error.value.text("nl") + error.value.text("en")


@pytest.mark.parametrize(
    "first", [f"Geheimenaam;99XX;{bsn(0)}", f"Geheimenaam;Geheimenaam;{bsn(0)}", f"{bsn(0)};99XX;a.b"]
)
def test_a_file_without_its_header_row_does_not_show_its_values(tmp_path: Path, first: str) -> None:
    path = tmp_path / "aanvulling.csv"
    path.write_text(f"{first}\n99XX;Anderenaam;{bsn(1)}\n")
    with pytest.raises(ConfigurationError, match=r"aanvulling\.csv") as error:
        read(path)
    for value in ("geheimenaam", bsn(0)):
        assert value not in (error.value.text("nl") + error.value.text("en")).lower()


def test_dates_of_people() -> None:
    assert typed_date("1-5-2007") == typed_date("01-05-2007") == typed_date("2007-05-01") == "2007-05-01"


def test_a_cell_that_is_no_text_never_replaces_a_value(tmp_path: Path) -> None:
    """A number where text is asked for may have lost its zeros; an error or a date is not what somebody meant."""
    path = tmp_path / "aanvulling.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Leerlingen")
        day = book.add_format({"num_format": "dd-mm-yyyy"})
        columns = ["leerling.roepnaam", "leerling.achternaam", "leerling.voorletters", "leerling.geboortedatum"]
        sheet.write_row(0, 0, ["brin", "leerlingid", *columns])
        sheet.write_row(1, 0, ["99XX", 1, 612345678])
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")
        sheet.write_string(1, 4, "-")
        sheet.write_datetime(1, 5, date(2012, 3, 4), day)  # type: ignore[arg-type]
    result = mapped(PUPIL | {"leerling.roepnaam": "Oud"}, transfer="POVO", supplement=path)
    assert [(one.field, one.cause, one.place.text("nl")) for one in result.given.findings] == [
        ("leerling.roepnaam", "cel-getal", "Blad Leerlingen, cel C2 (aanvulling.xlsx)"),
        ("leerling.achternaam", "cel-fout", "Blad Leerlingen, cel D2 (aanvulling.xlsx)"),
        ("leerling.voorletters", "geen-waarde", "Blad Leerlingen, cel E2 (aanvulling.xlsx)"),
    ]
    assert (result.one(f"{L}/roepnaam"), result.one(f"{L}/achternaam")) == ("Oud", "Voorbeeld")
    assert result.one(f"{L}/geboortedatum") == "2012-03-04"
