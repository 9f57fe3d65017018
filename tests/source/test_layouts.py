"""Real layouts of packages: public schemas and columns, read by the shipped profiles with every value counted."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from dod2oso.base.errors import ConfigurationError
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.profile import find_profile, load_profile, shipped_profiles
from dod2oso.source.profile_tests import run_examples
from dod2oso.source.recognise import matches
from dod2oso.source.record import LegacyDossier
from tests.cli.kit import dod2oso
from tests.corpus.kit import read_export, write
from tests.source.from_schema import Schema, pupils, results

SHARED = Path(__file__).resolve().parents[3] / "shared" / "standards" / "uwlr" / "2.2"
RESULTS, PUPILS = "http://www.edustandaard.nl/leerresultaten/2/leerresultaten", "leerlinggegevens"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DOCUMENT = f"""<leerresultaten_verzoek xmlns="{RESULTS}" xmlns:o="http://www.edustandaard.nl/oso_gegevensset/1.2/dossier">
<school><schooljaar>2016-2017</schooljaar><brincode>99XX</brincode><dependancecode>01</dependancecode>
<aanmaakdatum>2017-06-01T12:00:00</aanmaakdatum><xsdversie>2.2</xsdversie></school>
<toetsafnames>
<toetsafname><leerlingid>L7</leerlingid><eckid>https://ketenid.nl/1</eckid><resultaten>
<resultaat key="1"><afnamedatum>2017-01-20</afnamedatum><toetscode>T1</toetscode>
<versie vocabulaire="urn:v">3.0</versie>
<osoresultaat><o:toetsscore><o:aantalopgaven>30</o:aantalopgaven><o:tijd>90.5</o:tijd><o:betrouwbaarheidsinterval>
<o:bivlaag>1</o:bivlaag><o:bivhoog>2</o:bivhoog></o:betrouwbaarheidsinterval></o:toetsscore></osoresultaat></resultaat>
<resultaat key="2"><afnamedatum>2017-01-20</afnamedatum><toetscode>T1</toetscode>
<toetsonderdeelcode>d1</toetsonderdeelcode><score>12</score><infourl>http://example.org/</infourl></resultaat></resultaten></toetsafname>
<toetsafname><leerlingid>L8</leerlingid><resultaten><resultaat key="3"><afnamedatum>2017-01-20</afnamedatum>
<toetscode>T2</toetscode><toetsonderdeelcode>d1</toetsonderdeelcode><score>7</score></resultaat></resultaten></toetsafname>
</toetsafnames>
<toetsen><toets><toetscode vocabulaire="urn:v">T1</toetscode><toetsnaam>Een</toetsnaam><toetsonderdelen><toetsonderdeel>
<toetsonderdeelvolgnummer>1</toetsonderdeelvolgnummer><toetsonderdeelcode>d1</toetsonderdeelcode>
<toetsonderdeelnaam>Deel van een</toetsonderdeelnaam></toetsonderdeel></toetsonderdelen></toets>
<toets><toetscode>T2</toetscode><toetsnormering><norm><term>A</term><beginnormwaarde>1</beginnormwaarde>
<eindnormwaarde>9</eindnormwaarde></norm></toetsnormering><toetsonderdelen><toetsonderdeel>
<toetsonderdeelvolgnummer>1</toetsonderdeelvolgnummer><toetsonderdeelcode>d1</toetsonderdeelcode>
<toetsonderdeelnaam>Deel van twee</toetsonderdeelnaam></toetsonderdeel></toetsonderdelen></toets></toetsen>
</leerresultaten_verzoek>"""
ENVELOPE = (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Header><a:autorisatie xmlns:a="urn:a"><a:klantcode>k1</a:klantcode>'
    "<a:klantnaam>School</a:klantnaam></a:autorisatie></s:Header><s:Body>{}</s:Body></s:Envelope>"
)


def opened(path: Path, name: str) -> tuple[Export, list[LegacyDossier]]:
    """An export with its dossiers; every source value of both is counted once."""
    export = read_export(path, BoundProfile(find_profile(name), load_dictionary()))
    export.survey()
    dossiers = list(export.dossiers())
    for one in (*dossiers, export.outside):
        left = sum(sum(each.values()) for each in (one.ignored, one.refused, one.unread))
        assert len(one.cells) + left == one.source_values
        assert not one.unread
    return export, dossiers


def values(root: etree._Element) -> int:
    """The source values of a document, counted in a way of our own."""
    texts = [element.text for element in root.iter()] + [
        value for element in root.iter() for value in element.attrib.values()
    ]
    return sum(1 for text in texts if text and text.strip())


@pytest.mark.parametrize(
    "layout", ["uwlr-2.2-leerresultaten", "uwlr-2.2-leerlinggegevens", "esis-lvs", "parnassys-leerlingen"]
)
def test_the_examples_of_a_layout_hold(layout: str) -> None:
    profile = find_profile(layout)
    assert profile.model.tests and [failure.problem.text("nl") for failure in run_examples(profile)] == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/standards/uwlr")
def test_the_document_of_these_tests_fits_the_public_schema() -> None:
    schema = etree.XMLSchema(etree.parse(SHARED / "UWLR_Leerresultaten_v2p2.xsd"))
    assert schema.validate(etree.fromstring(DOCUMENT)), schema.error_log


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/standards/uwlr")
@pytest.mark.parametrize(
    ("file", "make", "layout"),
    [
        ("UWLR_Leerresultaten_v2p2.xsd", results, "uwlr-2.2-leerresultaten"),
        ("UWLR_Leerlinggegevens_v2p2.xsd", pupils, "uwlr-2.2-leerlinggegevens"),
    ],
    ids=["leerresultaten", "leerlinggegevens"],
)
def test_every_value_of_a_valid_document_is_counted(
    file: str, make: Callable[[Schema, int], Any], layout: str, tmp_path: Path
) -> None:
    schema = Schema(SHARED / file)
    for seed in range(12):
        text = etree.tostring(make(schema, seed), encoding="unicode")
        assert schema.valid.validate(etree.fromstring(text)), schema.valid.error_log
        export, dossiers = opened(write(tmp_path / "r.xml", text), layout)
        assert sum(one.source_values for one in (*dossiers, export.outside)) == values(etree.fromstring(text))


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "soap"])
def test_results_are_gathered_and_parts_named_within_their_own_test(wrapped: bool, tmp_path: Path) -> None:
    text = ENVELOPE.format(DOCUMENT) if wrapped else DOCUMENT
    export, (seven, eight) = opened(write(tmp_path / "r.xml", text), "uwlr-2.2-leerresultaten")
    assert sum(one.source_values for one in (seven, eight, export.outside)) == values(etree.fromstring(text))
    assert export.outside.ignored.get(("Envelope/Header", "techniek"), 0) == 2 * wrapped
    (test,) = seven.root.lists["toetsen"]
    names = ("naam", "versie", "aantalopgaven", "tijd", "bivlaag", "bivhoog", "score")
    assert [test.value(name) for name in names] == ["Een", "3.0", "30", "90.5", "1", "2", None]
    assert [(part.value("naam"), part.value("score")) for part in test.lists["onderdelen"]] == [("Deel van een", "12")]
    (other,) = eight.root.lists["toetsen"]
    assert [part.value("naam") for part in other.lists["onderdelen"]] == ["Deel van twee"]
    assert seven.root.value("school.brin") == "99XX" and seven.root.value("leerling.sleutel") == "L7"
    assert not seven.findings and not eight.findings


def test_what_stands_around_the_data_is_counted_and_told(tmp_path: Path) -> None:
    body = DOCUMENT + '<x xmlns="urn:x" a="1">rest</x>'
    export = read_export(
        write(tmp_path / "r.xml", ENVELOPE.format(body)),
        BoundProfile(find_profile("uwlr-2.2-leerresultaten"), load_dictionary()),
    )
    export.survey()
    assert export.outside.unread == {"Envelope": 2}
    assert export.outside.ignored["Envelope/Header", "techniek"] == 2


@pytest.mark.parametrize("text", [ENVELOPE.format(""), f'<s:Envelope xmlns:s="{SOAP}"/>', ENVELOPE.format("<y/>")])
def test_an_envelope_without_results_is_of_no_layout(text: str) -> None:
    root = etree.fromstring(text)
    assert not [profile.name for profile in shipped_profiles() if profile.model.is_tree and matches(root, profile)]


def test_from_a_scan_to_a_profile_in_an_envelope(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "r.xml", ENVELOPE.format(DOCUMENT))
    ended = dod2oso(capsys, monkeypatch, "scan", path, "--lang", "en")
    assert ended.code == 0 and "uwlr-2.2-leerresultaten" in ended.out
    assert "leerresultaten_verzoek/toetsafnames" in ended.out and "Body" not in ended.out


COLUMNS = [
    "DatumExport", "BrinVest", "EsisIdentificatienummer", "Vormingsgebied", "Toets", "Toetsversie", "Schooljaar",
    "Afnamedatum", "Leerjaar", "Afnamemoment", "DL", "Ruwescore", "Vaardigheidsscore", "DLE", "AE", "IV", "Norm",
]  # fmt: skip


def esis(path: Path, rows: Iterable[list[str]]) -> Path:
    with path.open("w", encoding="cp1252", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerows([COLUMNS, *rows])
    return path


def result(number: str, test: str = "Proef M8", brin: str = "99XX00", raw: str = "21") -> list[str]:
    return ["01-06-2017", brin, number, "Rekenen", test, "3.0", "", "20-01-2017", "8", "M", "75", raw, "80,5", "60", "A", "", "x"]  # fmt: skip  # noqa: E501


def test_a_file_of_results_makes_its_pupils(tmp_path: Path) -> None:
    rows = [result("7"), result("8"), result("7", "Proef E8"), result("7", brin="99XY00"), result(" 8 ", "Proef E8")]
    export, dossiers = opened(esis(tmp_path / "resultaten 2017.csv", rows), "esis-lvs")
    assert [(one.root.value("school.brin"), one.root.value("leerling.sleutel")) for one in dossiers] == [
        ("99XX", "7"), ("99XX", "8"), ("99XY", "7"),
    ]  # fmt: skip
    assert [[test.value("naam") for test in one.root.lists["toetsen"]] for one in dossiers] == [
        ["Proef M8", "Proef E8"], ["Proef M8", "Proef E8"], ["Proef M8"],
    ]  # fmt: skip
    assert sum(one.source_values for one in (*dossiers, export.outside)) == sum(
        1 for row in rows for cell in row if cell
    )
    scores = dossiers[0].root.lists["toetsen"][0].lists["referentiescores"]
    assert [(score.value("code"), score.value("waarde")) for score in scores] == [
        ("DLE", "60"),
        ("AE", "A"),
        ("Norm", "x"),
    ]


def test_the_same_result_twice_is_one_and_another_score_is_told(tmp_path: Path) -> None:
    rows = [result("7"), result("7"), result("8"), result("8", raw="22")]
    _export, (same, other) = opened(esis(tmp_path / "r.csv", rows), "esis-lvs")
    assert same.root.lists["toetsen"][0].value("score") == "21" and not same.findings
    assert other.root.lists["toetsen"][0].value("score") is None
    assert [finding.code for finding in other.findings] == ["veld-dubbel"]


def test_rows_that_name_nobody_are_told(tmp_path: Path) -> None:
    export, dossiers = opened(esis(tmp_path / "r.csv", [result("7"), result("")]), "esis-lvs")
    assert len(dossiers) == 1
    assert [(finding.code, finding.note) for finding in export.outside.findings] == [("rij-zonder-leerling", "lvs: 1")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("records-of: lvs", "records-of: anders"), "profile-records-of"),
        (("{by: [BrinVest, EsisIdentificatienummer]}", "{own: BrinVest, parent: Brin}"), "profile-records-of"),
        (("naam: Toets", "naam: x:Toets"), "profile-prefix-unknown"),
    ],
)
def test_a_wrong_line_of_these_keys_is_told(change: tuple[str, str], code: str, tmp_path: Path) -> None:
    path = find_profile("esis-lvs").path
    assert path is not None
    text = path.read_text(encoding="utf-8").replace(*change, 1)
    if code == "profile-prefix-unknown":
        text = "profile: x\ndescribes: x\nmatch: {root: R}\nrecords: R/P\nfields: {leerling.achternaam: 'x:Toets'}\n"
    with pytest.raises(ConfigurationError) as raised:
        BoundProfile(load_profile(write(tmp_path / "p.yaml", text)), load_dictionary())
    assert raised.value.code == code


def test_what_is_less_sure_in_a_layout_is_told_where_it_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lvs.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([COLUMNS, result("7")])
    assert "Afgeleid (I)" in (seen := dod2oso(capsys, monkeypatch, "scan", path).out) and "toetsen[].naam (I)" in seen
    known = json.loads(dod2oso(capsys, monkeypatch, "scan", path, "--json").out)["exports"][0]["paths"]
    sure = {one["field"]: one["certainty"] for one in known}
    assert (sure["toetsen[].naam"], sure["toetsen[].afnamedatum"]) == ("I", None)
    checked = dod2oso(capsys, monkeypatch, "profile", "check", "esis-lvs").out
    assert "afgeleid en door niemand bevestigd" in checked
    shown = dod2oso(capsys, monkeypatch, "profile", "show", "esis-lvs").out
    assert "certainty: C" in shown and sum("[I]" in line for line in shown.splitlines()) > 4


def test_doubt_about_what_a_profile_does_not_bind_is_an_error(tmp_path: Path) -> None:
    text = "profile: eigen\ndescribes: x\nmatch: {root: A}\nrecords: A/B\nfields: {leerling.achternaam: C}\n"
    assert load_profile(write(tmp_path / "goed.yaml", text + "unsure: {U: [leerling.achternaam]}\n")).model.doubt(
        "leerling.achternaam"
    ) == "U"  # fmt: skip
    with pytest.raises(ConfigurationError) as raised:
        load_profile(write(tmp_path / "fout.yaml", text + "unsure: {U: [leerling.achternam]}\n"))
    assert raised.value.code == "profile-unsure-unbound" and "leerling.achternaam" in raised.value.text("nl")
