"""The official stylesheets beside our own rules: stand-ins built like the real ones, through another processor."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.base.errors import CheckerError, ExitCode
from dod2oso.base.texts import Sentences, Text
from dod2oso.oso.check_files import FileReport, validate_bytes
from dod2oso.oso.check_text import as_json, as_lines
from dod2oso.oso.official import official_checker
from dod2oso.oso.official_messages import Message, UnknownFormError, known_messages, place, read_messages
from dod2oso.oso.verdict import check
from dod2oso.oso.versions import VERSIONS, version
from tests.oso import standins
from tests.oso.dossiers import full_dossier, minimal_dossier
from tests.oso.rules.mutants import mutant
from tests.oso.standins import add

V = "2019.1"
MUTANTS = 25  # per version and layer
DOSSIER = minimal_dossier(V, "POVO")
WITHOUT_ID = re.sub(rb"<leerlingid>[^<]*</leerlingid>", b"", DOSSIER)
OV = "OV/ValideerOverstapprofielen.xsl"
PUPIL = "/dossier[1]/huidigeschool[1]/leerling[1]"

saxonche = pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")


@pytest.fixture(scope="module")
def every_version(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with the stand-ins of all versions, tried and kept."""
    folder = tmp_path_factory.mktemp("bundels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOD2OSO_DATA", str(folder / "data"))
        patch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")
        for name in VERSIONS:
            standins.write(folder / name, standins.files(name))
            add(folder / name)
    yield folder / "data"
    official_checker.cache_clear()


@pytest.fixture
def _installed(every_version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(every_version))
    official_checker.cache_clear()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")
    official_checker.cache_clear()
    return tmp_path


def _install(folder: Path, **changed: tuple[bytes, bytes]) -> None:
    """The stand-in of 2019.1, with a text replaced in the overstap stylesheet, its module or the XSD."""
    names = {"ov": OV, "module": f"OV/include/{standins.MODULE}_{V}.xsl", "xsd": f"OV/OSO_gegevensset_{V}.xsd"}
    files = {name: data for name, data in standins.files(V).items() if name.startswith("OV/")}
    for what, (old, new) in changed.items():
        assert old in files[names[what]]
        files[names[what]] = files[names[what]].replace(old, new, 1)
    (folder / "b.zip").write_bytes(standins.zipped(files))
    add(folder / "b.zip")
    official_checker.cache_clear()


def _check(data: bytes, layer: str | None = None) -> FileReport:
    return validate_bytes(data, "a.xml", layer, official_checker())


def _parts(difference: Text | None) -> tuple[Text, ...]:
    assert difference is not None
    parts = difference.values["parts"]
    assert isinstance(parts, Sentences)
    return parts.parts


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize("layer", ["ov", "swv"])
def test_the_official_verdict_agrees(name: str, layer: str) -> None:
    if layer not in version(name).layers:
        return  # this version judges no dossiers for samenwerkingsverbanden
    official, states = official_checker(), set()
    for seed in range(MUTANTS):
        root = etree.fromstring(mutant(name, seed))
        ours = check(root, name, layer)
        theirs = official(root, name, layer, ours)
        assert theirs.difference is None, (seed, theirs.difference)
        assert (theirs.state == "crashed") == (ours.rules.state == "crashed"), seed
        states.add(theirs.state)
    assert "failed" in states


@pytest.mark.usefixtures("_installed")
def test_both_agree_on_a_good_dossier() -> None:
    report = _check(DOSSIER)
    assert (report.verdict, report.official.state, report.official.difference) == ("valid", "passed", None)


@pytest.mark.usefixtures("_installed")
def test_both_agree_on_a_rule_and_its_place() -> None:
    report = _check(WITHOUT_ID.replace(b"<achternaam>tekst<", b"<achternaam>Verzinsel<"))
    assert (report.official.state, report.official.difference) == ("failed", None)
    assert len(report.official.messages) == len(report.checked.rules.fired) == 1
    assert as_json(report, "nl")["official"]["state"] == "failed"


def test_values_of_the_document_are_hidden_in_messages(own_folder: Path) -> None:
    told = b'<xsl:call-template name="melding"><xsl:with-param name="tekst">naam <xsl:value-of select="%s"/>'
    told %= b"(//od:leerling/od:achternaam)[1]"
    start = b'<xsl:template name="ov">'
    end = b"</xsl:with-param></xsl:call-template>"
    _install(own_folder, ov=(start, start + told + end))
    report = _check(DOSSIER.replace(b"<achternaam>tekst<", b"<achternaam>Verzinsel<", 1))
    assert report.official.messages == ["naam … (/[1])"]


def test_a_difference_names_the_rule_and_the_dossier_is_not_valid(own_folder: Path) -> None:
    codes = b"od:geslacht\"><xsl:if test=\"not(text()='0') and not(text()='1')"
    _install(own_folder, module=(codes, codes.replace(b" and not(text()='1')", b"")))  # a code list that lacks a code
    report = _check(re.sub(rb"<geslacht>.</geslacht>", b"<geslacht>1</geslacht>", full_dossier(V, "POVO")))
    assert (report.verdict, report.checked.rules.state, report.official.state) == ("invalid", "passed", "failed")
    difference = report.official.difference
    assert isinstance(difference, Text)
    (part,) = _parts(difference)
    assert part.key == "official-only"
    assert "codelijst-14-geslacht huidigeschool/leerling/geslacht" in str(part.values["rules"])
    assert difference.text("nl") in "".join(as_lines(report, "nl"))
    assert "codelijst-14-geslacht" in as_json(report, "en")["official"]["difference"]


def test_a_rule_that_only_we_have_is_named_too(own_folder: Path) -> None:
    key = _check_ours(WITHOUT_ID)
    _install(own_folder, ov=(b"empty(od:leerlingid)", b"false()"))
    difference = _check(WITHOUT_ID).official.difference
    assert _parts(difference) == (Text("own-only", rules=f"{key} huidigeschool/leerling"),)


def _check_ours(data: bytes) -> str:
    (fired,) = check(etree.fromstring(data), V, "ov").rules.fired
    return fired.rule


def test_another_wording_is_no_difference_but_another_place_is(own_folder: Path) -> None:
    text = next(rule.message.nl.encode() for rule in standins.rules(V, "ov") if rule.key == _check_ours(WITHOUT_ID))
    _install(own_folder, ov=(text, b"in andere woorden"))
    assert _check(WITHOUT_ID).official.difference is None
    _install(own_folder, ov=(b"local-name()", b"'elders'"))
    assert _check(WITHOUT_ID).official.difference is not None


def test_the_official_schema_is_held_against_ours(own_folder: Path) -> None:
    _install(own_folder, xsd=(b'name="pakketnaam" type="', b'name="pakketnaam" type="xs:date" id="'))
    report = _check(DOSSIER)
    assert (report.verdict, report.official.state) == ("invalid", "failed")
    assert _parts(report.official.difference) == (Text("official-schema-refuses"),)


@pytest.mark.usefixtures("_installed")
def test_a_stop_is_a_crash_and_says_nothing_of_the_data(capfd: pytest.CaptureFixture[str]) -> None:
    data = DOSSIER.replace(b"<inzage>true</inzage>", b"<inzage>Verzinsel</inzage>")
    for _ in range(2):
        report = _check(data)
        assert (report.verdict, report.official.state, report.official.messages) == ("failed", "crashed", [])
        assert report.exit_code is ExitCode.CHECKER_FAILED
    assert "Verzinsel" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<type>", b"<xsl:bestaat-niet/><type>"),
        (b"meldingen", b"antwoorden"),
        (b'<xsl:template match="/">', b'<xsl:template match="/">gewone tekst'),
    ],
)
def test_a_stylesheet_that_cannot_judge_approves_nothing(own_folder: Path, old: bytes, new: bytes) -> None:
    _install(own_folder)
    sheet = next((own_folder / "data").rglob("ov/Valideer*.xsl"))
    sheet.write_bytes(sheet.read_bytes().replace(old, new))
    report = _check(DOSSIER)
    assert (report.verdict, report.official.state) == ("failed", "crashed")


def test_without_files_for_this_version_or_layer_nothing_is_valid(own_folder: Path) -> None:
    _install(own_folder)
    for report in (_check(minimal_dossier("2018.1", "POVO")), _check(minimal_dossier(V, "POSWV"))):
        assert (report.verdict, report.official.state) == ("not-checked", "not-run")
        assert report.exit_code is ExitCode.CHECKER_FAILED
        assert any("bundle add" in line for line in as_lines(report, "nl"))


@pytest.mark.usefixtures("own_folder")
def test_without_any_bundle_there_is_a_clear_message() -> None:
    with pytest.raises(CheckerError) as caught:
        official_checker()
    assert caught.value.code == "official-files-absent"
    assert caught.value.exit_code is ExitCode.CHECKER_FAILED


def test_without_saxonche_there_is_a_clear_message(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)
    with pytest.raises(CheckerError) as caught:
        official_checker()
    assert caught.value.code == "saxonche-needed"


@pytest.mark.parametrize("name", VERSIONS)
def test_every_code_list_is_known_from_the_stylesheet(name: str) -> None:
    layers = [layer for layer in ("ov", "swv") if layer in version(name).layers]
    for layer in layers:
        wanted = {rule.key for rule in standins.rules(name, layer) if standins.codes_of(rule) is not None}
        assert len(wanted) >= 33
        assert set(known_messages(standins.files(name).values(), name, layer).values()) == wanted


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/", "/[1]"), ("/[1]", "/[1]"), ("", "/[1]"),
        ("/dossier[1]/inzage[2]", "/dossier[1]/inzage[2]"),
        ("/oso:dossier/oso:inzage[3]", "/dossier[1]/inzage[3]"),
        ("//inzage[@x]", "//inzage[@x]"),
    ],
)  # fmt: skip
def test_locations(location: str, found: str) -> None:
    assert place(location) == found


def test_messages_are_read_whatever_the_prefix() -> None:
    one = "<m:melding><m:type>Fout</m:type><m:locatie>/a[1]</m:locatie><m:tekst> een\n twee</m:tekst></m:melding>"
    assert read_messages(f"<m:meldingen xmlns:m='x'>{one}</m:meldingen>") == [Message("een twee", "/a[1]")]
    assert read_messages("<meldingen><!-- niets --></meldingen>") == []
    for output in ("", "OVa.LL01 een", "<svrl:schematron-output xmlns:svrl='x'/>", "<meldingen>"):
        with pytest.raises(UnknownFormError):
            read_messages(output)
