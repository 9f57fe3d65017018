"""The verdict on one document: schema and rules together, and error messages without a single value."""

import re

import pytest
from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.verdict import check, verdict_word
from tests.conftest import shared
from tests.oso.dossiers import full_dossier, minimal_dossier
from tests.oso.rules.mutants import mutant
from tests.sweeps import number

KINDS = [(v, name) for name in TRANSFERS for v in transfer(name).versions]


@pytest.mark.parametrize(("version", "overstap"), KINDS)
def test_complete_and_minimal_dossiers_are_valid(version: str, overstap: str) -> None:
    for data in (full_dossier(version, overstap), minimal_dossier(version, overstap)):
        found = check(etree.fromstring(data), version, transfer(overstap).layer)
        assert (found.verdict, found.schema.errors, found.rules.fired) == ("valid", [], [])


def test_the_public_examples_are_valid() -> None:
    files = sorted(shared("standards", "oso", "2017.1", "examples").glob("*.xml"))
    assert len(files) == 12
    for file in files:
        layer = "swv" if "_PaO_" in file.name else "ov"
        found = check(etree.parse(file).getroot(), "2017.1", layer)
        assert (found.verdict, found.schema.errors, found.rules.fired) == ("valid", [], []), file.name


def test_both_checkers_speak_when_both_object() -> None:
    data = minimal_dossier("2019.1", "POPO").replace(b"<achternaam>tekst</achternaam>", b"")
    data = re.sub(rb"<voornaam>[^<]*</voornaam>", b"", data, count=1)
    found = check(etree.fromstring(data), "2019.1", "ov")
    assert (found.verdict, found.schema.state, found.rules.state) == ("invalid", "failed", "failed")


def test_an_abort_makes_the_verdict_failed() -> None:
    data = minimal_dossier("2019.1", "POPO").replace(b"<inzage>true</inzage>", b"<inzage>ja</inzage>")
    found = check(etree.fromstring(data), "2019.1", "ov")
    assert (found.verdict, found.rules.state, found.rules.fired) == ("failed", "crashed", [])


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("passed", "passed"), "valid"),
        (("passed", "failed"), "invalid"),
        (("not-run", "failed"), "not-checked"),
        (("passed", "crashed"), "failed"),
        (("not-run", "crashed"), "failed"),
    ],
)
def test_verdict_word(states: tuple[str, ...], word: str) -> None:
    assert verdict_word(*states) == word


MARK = "Geheimnaam"


@pytest.mark.parametrize("version", versions.VERSIONS)
def test_schema_errors_never_quote_a_value(version: str) -> None:
    seen = 0
    for seed in range(number(15, 60)):
        root = etree.fromstring(mutant(version, seed))
        for element in root.iter("*"):
            if len(element) == 0 and (seed + seen) % 3 == 0:
                element.text = MARK + " by the pattern 'x'. minimum length of '3' (" + MARK
                element.set("omschrijving", MARK)
                element.set(MARK.lower(), MARK)
            elif element.text is None or not element.text.strip():
                element.text = MARK if seed % 7 == 0 else element.text
        for error in check(root, version, "ov").schema.errors:
            seen += 1
            assert MARK.lower() not in (error.text("nl") + error.text("en") + error.path).lower()
            assert error.line > 0
            assert error.path.startswith("/doss")
    assert seen > 100


@pytest.mark.parametrize(
    ("old", "new", "message", "path"),
    [
        (
            "<achternaam>tekst</achternaam>",
            "<achternaam/>",
            "te kort of leeg. Minimale lengte: 1",
            "leerling[1]/achternaam[1]",
        ),
        ("<brincode>99ZZ", "<brincode>9", "goede vorm. Verwacht: [0-9][0-9][A-Z][A-Z]", "huidigeschool[1]/brincode[1]"),
        ("<adresgeheim>false", "<adresgeheim>nee", "Verwacht: true of false", "adresgeheim[1]"),
        ("<geboortedatum>2018-05-14", "<geboortedatum>mei", "een datum als 2019-03-02", "geboortedatum[1]"),
        ("<metadata>", "<metadata>tekst", "In het blok metadata staat tekst", "/dossier[1]/metadata[1]"),
        ("<achternaam>", "<achternaam kleur='rood'>", "een attribuut dat hier niet mag", "achternaam[1]"),
        ("<achternaam>", "<achternaam><b/>", "daar hoort alleen tekst", "achternaam[1]"),
        ("<inzage>\n", "<iets/>\n<inzage>\n", "iets hoort hier niet. Verwacht: ", "/dossier[1]/iets[1]"),
    ],
)
def test_schema_errors_say_where_and_what(old: str, new: str, message: str, path: str) -> None:
    data = full_dossier("2019.1", "POPO").decode()
    assert old in data
    for prefixed in (False, True):
        text = data.replace(old, new, 1)
        if prefixed:  # the same document with a prefix: libxml2 writes its paths in another way
            text = re.sub(r"<(/?)(?=\w)", r"<\1o:", text).replace("xmlns=", "xmlns:o=")
        errors = check(etree.fromstring(text.encode()), "2019.1", "ov").schema.errors
        assert [e for e in errors if message in e.text("nl") and e.path.endswith(path)], errors


def test_a_root_that_is_no_dossier() -> None:
    root = etree.fromstring(f'<iets xmlns="{versions.version("2019.1").namespace}"/>')
    found = check(root, "2019.1", "ov")
    assert found.verdict == "invalid"
    assert "dossier of dossiers" in found.schema.errors[0].text("nl")


def test_blanks_around_a_date_are_allowed() -> None:
    data = minimal_dossier("2019.1", "POPO")
    padded = data.replace(b"<geboortedatum>", b"<geboortedatum> ")
    assert padded != data
    assert check(etree.fromstring(padded), "2019.1", "ov").verdict == "valid"


def test_a_missing_element_is_called_missing() -> None:
    data = re.sub(rb"\s*<aanleverpunt>[^<]*</aanleverpunt>", b"", minimal_dossier("2019.1", "POVO"))
    (error,) = check(etree.fromstring(data), "2019.1", "ov").schema.errors
    assert (error.text("nl"), error.text("en")) == (
        "In huidigeschool ontbreekt aanleverpunt.",
        "aanleverpunt is missing in huidigeschool.",
    )
