"""Values that cannot be: each rule of plausible.yaml at and beyond its limits, and who is told."""

from datetime import date
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.findings.catalogue import entry
from dod2oso.source.plausible import Plausibility
from dod2oso.source.record import Cell, CellSource, LegacyDossier
from dod2oso.source.register import read_register
from tests.corpus.kit import CONSENT, convert, pupil, reference, schools, supplement, totals, write
from tests.mapping.kit import record_of

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

TODAY = date(2019, 3, 2)
RULES = Plausibility(TODAY)
UNLIKELY = "waarde-onwaarschijnlijk"


def refused(given: dict[str, str]) -> list[str]:
    """The fields that are taken out of such a record."""
    record = record_of(given)
    found = RULES.judge(record)
    assert {one.code for one in found} <= {UNLIKELY}
    ends = sorted(cell.bound.field for cell in record.cells if cell.reason == UNLIKELY)
    assert ends == sorted(one.field for one in found)
    return ends


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("leerling.geboortedatum", ["2007-05-01", "2019-03-02", "2007-00-00"],
         ["2055-01-01", "2019-03-03", "1925-05-01"]),
        ("verzorgers[0].geboortedatum", ["1975-01-01"], ["2055-01-01", "1890-01-01"]),
        ("verzorgers[0].overlijdensdatum", ["2015-01-01"], ["2019-03-03"]),
        ("leerling.datuminschrijving", ["2011-08-01", "2019-08-01"], ["2055-08-01", "1925-08-01"]),
        ("toetsen[0].afnamedatum", ["2019-03-02"], ["2019-03-03", "1925-01-01"]),
        ("zorg.opp[0].einddatum", ["2025-07-31"], ["2099-07-31"]),
        ("verzuim.dagdelengeoorloofd", ["0", "520"], ["-3", "521", "99999999999999999999"]),
        ("verzuim.urenongeoorloofd", ["12"], ["-1", "99999"]),
        ("verzuim.frequentie", ["3"], ["-1", "99999999999999999999"]),
        ("toetsen[0].aantalgoed", ["0", "40"], ["-1", "10001"]),
        ("toetsen[0].onderdelen[0].aantalfout", ["4"], ["-4"]),
        ("toetsen[0].tijd", ["12.5"], ["-0.1"]),
        ("vakken[0].cijferce", ["6.5"], ["65", "-1"]),
        ("leerling.adressen[0].postcode", ["1234AB", "1234 ab"], ["1234", "0123AB", "Dorp", "12345AB"]),
        ("verzorgers[0].adressen[0].nummer", ["12", "12a", "12-14"], ["twaalf", "a12", "-"]),
        ("leerling.emailadres", ["a@b.nl"], ["0612345678", "a@b", "a b@c.nl"]),
        ("advies.contacttelefoon", ["0612345678", "(010) 123 45 67"], ["a@b.nl", "12", "geen"]),
    ],
)  # fmt: skip
def test_each_field_has_its_limits(name: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        assert refused({name: value}) == [], value
    for value in bad:
        assert len(refused({name: value})) == 1, value


@pytest.mark.parametrize(
    ("kind", "number", "good"),
    [
        ("telefoon", "0101234567", True), ("mobiel", "06-12345678", True), ("telefoon", "ouder@voorbeeld.nl", False),
        ("mobiel", "onbekend", False), ("e-mail", "ouder@voorbeeld.nl", True), ("e-mail", "0612345678", False),
        ("fax", "010 123456", True),
    ],
)  # fmt: skip
def test_a_number_is_of_the_kind_it_is_said_to_be(kind: str, number: str, good: bool) -> None:
    given = {"verzorgers[0].communicatie[0].soort": kind, "verzorgers[0].communicatie[0].nummer": number}
    assert refused(given) == ([] if good else ["verzorgers[].communicatie[].nummer"])


@pytest.mark.parametrize(("where", "home"), [("", True), ("Nederland", True), ("NL", True), ("België", False)])
def test_abroad_a_postcode_looks_otherwise(where: str, home: bool) -> None:
    given = {"leerling.adressen[0].postcode": "1234", "leerling.adressen[0].nummer": "bus 3"}
    given |= {"leerling.adressen[0].landnaam": where} if where else {}
    assert bool(refused(given)) == home


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ({"toetsen[0].bivlaag": "80", "toetsen[0].bivhoog": "70"}, ["toetsen[].bivhoog", "toetsen[].bivlaag"]),
        ({"toetsen[0].bivlaag": "9", "toetsen[0].bivhoog": "10"}, []),  # as numbers, not as texts
        ({"toetsen[0].bivlaag": "-5", "toetsen[0].bivhoog": "-4.5"}, []),
        ({"toetsen[0].aantalgoed": "41", "toetsen[0].aantalopgaven": "40"},
         ["toetsen[].aantalgoed", "toetsen[].aantalopgaven"]),
        ({"zorg.opp[0].begindatum": "2018-08-01", "zorg.opp[0].einddatum": "2017-07-31"},
         ["zorg.opp[].begindatum", "zorg.opp[].einddatum"]),
        ({"zorg.opp[0].begindatum": "2018-08-01", "zorg.opp[1].einddatum": "2017-07-31"}, []),  # of two plans
        ({"zorg.lwoo.begindatum": "2018-08-01", "zorg.lwoo.einddatum": "2017-07-31"},
         ["zorg.lwoo.begindatum", "zorg.lwoo.einddatum"]),
        ({"leerling.geboortedatum": "2012-05-01", "leerling.datuminschrijving": "2011-08-01"},
         ["leerling.datuminschrijving"]),
        ({"leerling.datuminschrijving": "2011-00-00", "leerling.datumuitschrijving": "2011-01-01"}, []),  # not known
    ],
)  # fmt: skip
def test_values_agree_with_each_other(given: dict[str, str], out: list[str]) -> None:
    assert refused(given) == out


LATER = {
    "advies.voorlopig": "vmbo kb", "advies.voorlopigdatum": "2026-01-20",
    "advies.definitief": "VMBO kb t/m vmbo gl/tl", "advies.definitiefdatum": "2026-03-20",
    "doorstroomtoets.advies": "havo", "doorstroomtoets.afnamedatum": "2026-02-10",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "out"),
    [
        ({}, []),
        ({"advies.voorlopigdatum": "2026-02-01"}, ["advies.voorlopigdatum"]),
        ({"advies.voorlopigdatum": "2022-01-20"}, ["advies.voorlopigdatum"]),  # there was no such advice yet
        ({"advies.definitiefdatum": "2026-03-25"}, ["advies.definitiefdatum"]),
        ({"doorstroomtoets.afnamedatum": "2026-04-15"}, ["doorstroomtoets.afnamedatum"]),  # as the eindtoets was
        ({"advies.voorlopig": "60"}, ["advies.voorlopig"]),  # a code of BRON is no advice in words
        ({"doorstroomtoets.advies": "hoog"}, ["doorstroomtoets.advies"]),
        ({"advies.definitief": "vmbo bb met lwoo"}, ["advies.definitief"]),  # never lowered
        ({"advies.definitief": "vwo"}, []),  # its place in the order is not public
        ({"advies.voorlopig": "vwo", "advies.definitief": "havo"}, []),
    ],
)
def test_the_advices_since_2023_follow_calendar_and_order(changed: dict[str, str], out: list[str]) -> None:
    record = record_of(LATER | changed)
    Plausibility(date(2026, 4, 20)).judge(record)
    assert sorted(cell.bound.field for cell in record.cells if cell.reason == UNLIKELY) == out


def test_what_oso_has_no_place_for_yet_is_told_and_stays_behind(tmp_path: Path) -> None:
    given = CONSENT | {"inzage/inzagedatum": "01-04-2024"}
    rows = [{"brin": "99XX", "leerlingid": str(n)} | given for n in (1, 2)]
    rows[0] |= {"advies.voorlopig": "vmbo kb", "advies.voorlopigdatum": "20-01-2024", "advies.definitief": "havo"}
    rows[1] |= dict.fromkeys(rows[0].keys() - rows[1].keys(), "")
    done = convert(
        tmp_path / "out", write(tmp_path / "a.xml", reference(pupil(1), pupil(2))), schools=schools(tmp_path),
        supplements=[supplement(tmp_path, *rows)], datum="2024-04-20",
    )  # fmt: skip
    assert totals(tmp_path / "out", done)["findings"]["by_code"].get("advies-sinds-2023-blijft") == 3
    assert not any(b"vmbo kb" in path.read_bytes() for path in (tmp_path / "out" / "dossiers").rglob("*.xml"))


def test_what_is_taken_out_is_not_clear_and_its_neighbours_stay() -> None:
    record = record_of({"verzuim.frequentie": "-1", "verzuim.dagdelengeoorloofd": "4"})
    RULES.judge(record)
    assert record.root.unclear("verzuim.frequentie")
    assert record.root.value("verzuim.dagdelengeoorloofd") == "4"


def test_what_pupils_share_is_taken_out_of_each_of_them_alike() -> None:
    shared = record_of({"school.adressen[0].postcode": "1234"})
    one, other = LegacyDossier(1), LegacyDossier(2)
    for record in (one, other):
        record.root.lists = dict(shared.root.lists)
    assert [len(RULES.judge(record)) for record in (one, other)] == [1, 1]


def test_what_a_person_gave_is_an_error_with_its_cell() -> None:
    record = LegacyDossier(1)
    source = CellSource("leerling.geboortedatum", "aanvulling.csv, rij 2", supplied=True)
    record.root.fields["leerling.geboortedatum"] = Cell("2055-01-01", source)
    (found,) = RULES.judge(record)
    assert (found.code, found.place) == ("aanvulling-onwaarschijnlijk", "aanvulling.csv, rij 2")
    assert entry(found.code).severity == "error"


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("inzage/inzagedatum", "01-02-2055"), ("inzage/inzagedatum", "01-02-1925"),
        ("huidigeschool/leerling/geboortedatum", "01-02-2055"), ("leerling.adressen[1].postcode", "1234"),
        ("leerling.adressen[1].nummer", "twaalf"),
    ],
)  # fmt: skip
def test_a_dossier_waits_for_a_cell_that_cannot_be_right(column: str, text: str, tmp_path: Path) -> None:
    rows = [
        {"brin": "99XX", "leerlingid": "1", **CONSENT, column: text},
        {"brin": "99XX", "leerlingid": "2", **CONSENT},
    ]
    export = write(tmp_path / "in" / "a.xml", reference(pupil(1), pupil(2)))
    given = [supplement(tmp_path, *rows)]
    result = convert(tmp_path / "out", export, schools=schools(tmp_path), supplements=given)
    counted = totals(tmp_path / "out", result)["dossiers"]
    assert (counted["ready"], counted["held"]) == (1, 1)


def test_an_export_with_impossible_values_gives_findings_and_goes_without_them(tmp_path: Path) -> None:
    counts = "<DagdelenOngeoorloofd>-3</DagdelenOngeoorloofd><Frequentie>99999999999999999999</Frequentie>"
    absence = f"<Verzuim>{counts}</Verzuim>"
    export = write(tmp_path / "in" / "a.xml", reference(pupil(1, absence)))
    given = [supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", **CONSENT})]
    result = convert(tmp_path / "out", export, schools=schools(tmp_path), supplements=given)
    assert totals(tmp_path / "out", result)["dossiers"]["ready"] == 1
    (made,) = (tmp_path / "out" / "dossiers").rglob("*.xml")
    assert b"<verzuim>" not in made.read_bytes()


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("postcode", "1234"),
        ("nummer", "twaalf"),
        ("telefoon", "a@b.nl"),
        ("email", "0101234567"),
        ("post_postcode", "x"),
    ],
)
def test_the_register_names_the_cell_that_cannot_be_right(column: str, text: str, tmp_path: Path) -> None:
    row = {"brin": "99XX", "vestiging": "00", "postcode": "1234AB", "nummer": "1"} | {column: text}
    path = write(tmp_path / "scholen.csv", f"{';'.join(row)}\n{';'.join(row.values())}\n")
    with pytest.raises(ConfigurationError) as raised:
        read_register(path)
    assert raised.value.code == "register-value-implausible"
    assert raised.value.message.values["place"] == Text("file-row", row=2, file="scholen.csv")
