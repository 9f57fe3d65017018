"""The official stylesheets beside our own rules, with small stylesheets made for these tests."""

import re
import sys
from pathlib import Path

import pytest

from dod2oso.base.errors import CheckerError, ExitCode
from dod2oso.oso import bundles, official
from dod2oso.oso.check_files import FileReport, validate_bytes
from dod2oso.oso.check_files_text import as_json, as_lines
from dod2oso.oso.official import official_checker
from tests.oso.bundle_files import STOPS, SVRL_OV, files, sheet, zipped
from tests.oso.dossiers import minimal_dossier

DOSSIER = minimal_dossier("2019.1", "POVO")
WITHOUT_ID = re.sub(rb"<leerlingid>[^<]*</leerlingid>", b"", DOSSIER)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    official_checker.cache_clear()


def _install(tmp_path: Path, **changed: bytes) -> None:
    members = files() | {f"OSO/xslt/{name}.xsl": data for name, data in changed.items()}
    if "Overstap" in changed:
        del members["OSO/xslt/Overstap.xslt"]
    (tmp_path / "b.zip").write_bytes(zipped(members))
    bundles.add(tmp_path / "b.zip")
    official_checker.cache_clear()


def _check(data: bytes, layer: str | None = None) -> FileReport:
    pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")
    return validate_bytes(data, "a.xml", layer, official_checker())


def test_both_agree_on_a_good_dossier(tmp_path: Path) -> None:
    _install(tmp_path)
    report = _check(DOSSIER)
    assert (report.verdict, report.official.state, report.official.difference) == ("valid", "passed", None)


def test_both_agree_on_a_rule_and_its_place(tmp_path: Path) -> None:
    _install(tmp_path)
    data = WITHOUT_ID.replace(b"<achternaam>tekst<", b"<achternaam>Verzinsel<")
    report = _check(data)
    assert (report.official.state, report.official.difference) == ("failed", None)
    assert report.official.messages == [
        "OVa.LL13: leerlingid ontbreekt bij … (/dossier[1]/huidigeschool[1]/leerling[1])"
    ]
    assert as_json(report, "nl")["official"]["state"] == "failed"


def test_messages_of_another_form_are_counted(tmp_path: Path) -> None:
    _install(tmp_path)
    data = minimal_dossier("2019.1", "POSWV")
    assert _check(data).official.state == "passed"
    number = b"<datuminschrijving>"
    report = _check(data.replace(number, b"<bsn>999900006</bsn>" + number, 1))
    assert report.official.messages == ["PaO.LL12 geen bsn"]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ("<xsl:text>OVa.LL01 een&#10;&#10;OVa.LL02 twee&#10;</xsl:text>", ["OVa.LL01 een", "OVa.LL02 twee"]),
        ("<meldingen><m>OVa.LL01 een</m><m>twee<b/></m></meldingen>", ["OVa.LL01 een", "twee"]),
        ("<meldingen><!-- OVa.LL01 --></meldingen>", []),
    ],
)
def test_output_that_is_no_svrl(tmp_path: Path, body: str, messages: list[str]) -> None:
    _install(tmp_path, Overstap=sheet("2019.1", body))
    assert _check(DOSSIER).official.messages == messages


def test_a_difference_is_reported_and_the_dossier_is_not_valid(tmp_path: Path) -> None:
    _install(tmp_path, Overstap=sheet("2019.1", SVRL_OV.replace("[not(leerlingid)]", "")))
    report = _check(DOSSIER)
    assert (report.verdict, report.checked.rules.state, report.official.state) == ("invalid", "passed", "failed")
    assert report.official.difference is not None
    assert "rules: failed" in report.official.difference.nl
    assert any("Verschil met de officiële controle" in line for line in as_lines(report, "nl"))
    assert "difference" in as_json(report, "en")["official"]


def test_another_place_is_a_difference_too(tmp_path: Path) -> None:
    _install(tmp_path, Overstap=sheet("2019.1", SVRL_OV.replace("leerling[1]", "leerling[2]")))
    assert _check(WITHOUT_ID).official.difference is not None


def test_the_official_schema_is_held_against_ours(tmp_path: Path) -> None:
    xsd = files()["OSO/xsd/OSO_gegevensset.xsd"]
    stricter = xsd.replace(b'name="pakketnaam" type="', b'name="pakketnaam" type="xs:date" id="', 1)
    assert stricter != xsd
    members = files() | {"OSO/xsd/OSO_gegevensset.xsd": stricter}
    (tmp_path / "b.zip").write_bytes(zipped(members))
    bundles.add(tmp_path / "b.zip")
    report = _check(DOSSIER)
    assert (report.verdict, report.official.state) == ("invalid", "failed")
    assert report.official.difference is not None
    assert "schema: fout" in report.official.difference.nl


def test_a_stop_is_a_crash_and_says_nothing_of_the_data(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _install(tmp_path, Overstap=sheet("2019.1", STOPS + "<!-- OVa.LL01 -->"))
    data = DOSSIER.replace(b"<inzage>true</inzage>", b"<inzage>Verzinsel</inzage>")
    for _ in range(2):
        report = _check(data)
        assert (report.verdict, report.official.state, report.official.messages) == ("failed", "crashed", [])
        assert report.exit_code is ExitCode.CHECKER_FAILED
    assert "Verzinsel" not in "".join(capfd.readouterr())


def test_a_stylesheet_that_does_not_compile_is_a_crash(tmp_path: Path) -> None:
    _install(tmp_path, Overstap=sheet("2019.1", "<xsl:bestaat-niet/><!-- OVa.LL01 -->"))
    assert _check(DOSSIER).verdict == "failed"


def test_without_files_for_this_version_or_layer_nothing_is_valid(tmp_path: Path) -> None:
    _install(tmp_path)
    report = _check(minimal_dossier("2018.1", "POVO"))
    assert (report.verdict, report.official.state) == ("not-checked", "not-run")
    assert report.exit_code is ExitCode.CHECKER_FAILED
    assert any("bundle add" in line for line in as_lines(report, "nl"))


def test_without_any_bundle_there_is_a_clear_message() -> None:
    pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")
    with pytest.raises(CheckerError, match="bundle add") as caught:
        official_checker()
    assert caught.value.exit_code is ExitCode.CHECKER_FAILED


def test_without_saxonche_there_is_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)
    with pytest.raises(CheckerError, match="dod2oso\\[official\\]"):
        official_checker()


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("/", "/[1]"),
        ("/[1]", "/[1]"),
        ("/*:dossier[namespace-uri()='http://x/y'][1]/*:inzage[namespace-uri()='z'][2]", "/dossier[1]/inzage[2]"),
        ("/oso:dossier/oso:inzage[3]", "/dossier[1]/inzage[3]"),
        ("//inzage[@x]", "//inzage[@x]"),
    ],
)
def test_locations(location: str, place: str) -> None:
    assert official._place(location) == place
