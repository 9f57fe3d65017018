"""Files that are broken, odd or made to do harm: one clear message, the other exports go on, nothing half is left."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dod2oso.base.errors import ExportError
from dod2oso.ledger.store import Ledger
from dod2oso.source import xmlreader
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import LoadedProfile, find_profile, shipped_profiles
from dod2oso.source.walk import MAX_UNKNOWN_PATHS
from tests.cli.kit import Ended
from tests.cli.kit import dod2oso as run_command
from tests.corpus.anything import count
from tests.corpus.kit import (
    DATUM,
    SCHOOL,
    convert,
    dossiers,
    opened,
    pupil,
    read_export,
    reference,
    totals,
    tree,
    write,
)
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("without_report")

GOOD = reference(pupil(1))
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
BOMB = f'<!DOCTYPE DodReferentie [<!ENTITY l0 "hahahahaha">{LAUGHS}]>'
BODY = reference(pupil(1)).partition("?>")[2]


def declared(encoding: str, body: str = BODY) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{body}'


HOSTILE: dict[str, tuple[bytes, str]] = {
    # name: (content, word in the message)
    "leeg": (b"", "leeg"),
    "alleen-wit": (b"  \n\t ", "geen XML"),
    "tekst": (b"Naam;Geboren\nVoorbeeld;1-5-2007\n", "geen XML"),
    "zip": (b"PK\x03\x04" + bytes(100), "zipbestand is beschadigd"),
    "pdf": (b"%PDF-1.7\n" + bytes(range(256)), "geen XML"),
    "ebcdic": (declared("IBM037").encode("cp037"), "geen XML"),
    "alleen-een-commentaar": (b"<!--" + b"x" * 400_000 + b"-->" + GOOD.encode(), "geen XML"),
    "afgebroken": (GOOD.encode()[:-20], "beschadigd"),
    "afgebroken-in-een-leerling": (GOOD.encode()[:700], "beschadigd"),
    "twee-wortels": (GOOD.encode() + b"<Nog/>", "beschadigd"),
    "diep": (GOOD.replace("</Leerling>", "<d>" * 5000 + "</d>" * 5000 + "</Leerling>").encode(), "beschadigd"),
    "honderdduizend-diep": (
        GOOD.replace("</Leerling>", "<d>" * 100_000 + "</d>" * 100_000 + "</Leerling>").encode(),
        "beschadigd",
    ),
    "utf7": (declared("UTF-7").replace("<School>", "+ADw-School>").encode(), "codering"),
    "onbekende-codering": (declared("klingon").encode(), "codering"),
    "escape-codering": (declared("ISO-2022-JP").encode(), "codering"),
    "utf16-zonder-helft": (b"\xff\xfe" + declared("UTF-16").encode("utf-16-le")[:-3], "beschadigd|codering"),
    "doctype": (f"<!DOCTYPE DodReferentie SYSTEM 'x.dtd'>{BODY}".encode(), "DOCTYPE"),
    "doctype-klein": (f"<!doctype DodReferentie>{BODY}".encode(), "DOCTYPE"),
    "doctype-utf16": (declared("UTF-16", f"<!DOCTYPE DodReferentie>{BODY}").encode("utf-16"), "DOCTYPE"),
    "entiteitenbom": (f"{BOMB}{BODY.replace('Voorbeeld1', '&l8;')}".encode(), "DOCTYPE"),
    "entiteitenbom-in-attribuut": ((BOMB + BODY.replace("<Leerlingen>", "<Leerlingen x='&l8;'>")).encode(), "DOCTYPE"),
    "entiteitenbom-vermomd": (declared("UTF-7", (BOMB + BODY).replace("<!", "+ADwAIQ-")).encode(), "codering"),
    "externe-entiteit": (
        b'<!DOCTYPE DodReferentie [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + BODY.replace("Voorbeeld1", "&x;").encode(),
        "DOCTYPE",
    ),
    "onbekende-indeling": (b"<Kinderen><Kind><Naam>Voorbeeld</Naam></Kind></Kinderen>", "Geen bronprofiel"),
    "andere-naamruimte": (
        BODY.replace("<DodReferentie ", "<DodReferentie xmlns='urn:x' ").encode(),
        "Geen bronprofiel",
    ),
    "andere-versie": (BODY.replace('versie="1"', "versie='9'").encode(), "Geen bronprofiel"),
    "zonder-leerlingen": (reference().encode(), "geen enkele leerling"),
}


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    return lambda *arguments: run_command(capsys, monkeypatch, *arguments)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_export_is_told_and_the_others_go_on(name: str, call: Callable[..., Ended], tmp_path: Path) -> None:
    import re

    content, word = HOSTILE[name]
    first = write(tmp_path / "a.xml", content)
    second = write(tmp_path / "b.xml", GOOD)
    ended = call("run", first, second, "--overstap", "POVO", "--out", tmp_path / "out", "--datum", DATUM)
    assert ended.code == 4
    (message,) = ended.err.splitlines()
    assert message.startswith("a.xml: ")
    assert re.search(word, message), message
    assert "Voorbeeld" not in message and "root:" not in message
    assert len(dossiers(tmp_path / "out")) == 1
    assert not [path for path in tree(tmp_path / "out") if ".tmp" in path]
    with Ledger.open(tmp_path / "out") as ledger:
        row = ledger.export("a.xml", "2019.1", "POVO")
    assert row is not None and (row.status, row.records) == ("unreadable", 0)


def test_a_good_export_that_turns_bad_leaves_nothing_of_its_dossiers(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", GOOD)
    convert(tmp_path / "out", export)
    assert len(dossiers(tmp_path / "out")) == 1
    write(export, GOOD[:-30])
    result = convert(tmp_path / "out", export)
    assert dossiers(tmp_path / "out") == {}
    assert totals(tmp_path / "out", result)["dossiers"] == {"ready": 0, "held": 0, "rejected": 0}


def test_damage_far_into_a_file_is_found_before_its_first_dossier(tmp_path: Path) -> None:
    many = [pupil(1).replace(">1<", f">{n}<") for n in range(1, 400)]
    export = write(tmp_path / "a.xml", reference(*many).replace("</Leerlingen>", "</Leerling>"))
    result = convert(tmp_path / "out", export)
    assert result.unreadable == ["a.xml"]
    assert tree(tmp_path / "out" / "dossiers") == {}


# --- what looks hostile but is not ---


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("UTF-8", "utf-8"), ("utf8", "utf-8"), ("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("UTF-16LE", "utf-16-le"),
     ("windows-1252", "cp1252"), ("ISO-8859-1", "latin-1"), ("ISO-8859-15", "iso8859-15")],
)  # fmt: skip
def test_common_encodings_are_read(encoding: str, codec: str, tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", declared(encoding, BODY.replace("Voorbeeld1", "Öztürk-Ümit")).encode(codec))
    result = convert(tmp_path / "out", export)
    assert result.unreadable == []
    (xml,) = dossiers(tmp_path / "out").values()
    assert "<achternaam>Öztürk-Ümit</achternaam>".encode() in xml


def test_a_wrong_declaration_can_be_put_right_in_a_profile(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", GOOD.replace("Voorbeeld1", "Café").encode("cp1252"))
    own = write(tmp_path / "eigen.yaml", "profile: eigen\nextends: dod-referentie\ntext: {encoding: windows-1252}\n")
    found = totals(tmp_path / "uit", convert(tmp_path / "uit", export))
    assert found["findings"]["by_code"]["tekst-onleesbaar"] == 1
    convert(tmp_path / "out", export, source_profile=str(own))
    (xml,) = dossiers(tmp_path / "out").values()
    assert "<achternaam>Café</achternaam>".encode() in xml


def test_comments_instructions_and_cdata_in_a_value(tmp_path: Path) -> None:
    name = "Voor<!-- geheim -->be<?iets?>eld<![CDATA[ & <Zoon>]]>"
    export = write(tmp_path / "a.xml", GOOD.replace("Voorbeeld1", name))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export))
    (xml,) = dossiers(tmp_path / "out").values()
    assert b"<achternaam>Voorbeeld &amp; &lt;Zoon&gt;</achternaam>" in xml
    assert found["exports"][0]["balance"]["source_values"] == count(export.read_bytes())


def test_markup_in_a_value_stays_text(tmp_path: Path) -> None:
    name = "</achternaam><bsn>999900006</bsn>"
    export = write(tmp_path / "a.xml", reference(pupil(1, Achternaam=name, Bsn="")))
    convert(tmp_path / "out", export)
    (xml,) = dossiers(tmp_path / "out").values()
    assert b"<bsn>" not in xml


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("Voorbeeld1", "Voor\0beeld").encode(), GOOD.replace("Voorbeeld1", "Voor\x07beeld").encode(),
        GOOD.replace("Voorbeeld1", "Voor&#x7;beeld").encode(), GOOD.replace("Voorbeeld1", "Café").encode("cp1252"),
        declared("windows-1252", BODY.replace("Voorbeeld1", "Caf~")).encode("cp1252").replace(b"Caf~", b"Caf\x81"),
    ],
)  # fmt: skip
def test_a_value_with_unreadable_characters_is_refused_and_told(content: bytes, tmp_path: Path) -> None:
    """Only that value: the other pupil, and the rest of this one, are read."""
    content = content.replace(b"</Leerlingen>", pupil(2).encode() + b"</Leerlingen>")
    export = write(tmp_path / "a.xml", content)
    result = convert(tmp_path / "out", export)
    found = totals(tmp_path / "out", result)
    assert result.unreadable == []
    assert found["findings"]["by_code"]["tekst-onleesbaar"] == 1
    assert found["dossiers"] == {"ready": 0, "held": 1, "rejected": 1}  # without its surname no dossier can be made
    assert found["exports"][0]["balance"]["refused"] > 0


@pytest.mark.parametrize("flaw", [b"&nbsp;", b"\xff", b"\x01", b"&#0;"])
@pytest.mark.parametrize("distance", [0, 100_000])
def test_a_layout_is_recognised_behind_an_unreadable_character(flaw: bytes, distance: int, tmp_path: Path) -> None:
    profile = "profile: eigen\nextends: dod-referentie\nmatch: {values: {DodReferentie/Soort: [x]}}\n"
    before = f"<Van>~{' ' * distance}</Van><Soort>x</Soort>"
    export = write(tmp_path / "a.xml", reference(pupil(1), before=before).encode().replace(b"~", flaw))
    own = write(tmp_path / "eigen.yaml", profile)
    assert convert(tmp_path / "out", export, source_profile=str(own)).unreadable == []


def test_html_entities_are_read(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", GOOD.replace("Voorbeeld1", "Ren&eacute;e&nbsp;&lt;&Ouml;z"))
    convert(tmp_path / "out", export)
    (xml,) = dossiers(tmp_path / "out").values()
    assert "<achternaam>Renée &lt;Öz</achternaam>".encode() in xml


# --- large ---


def test_a_text_of_12_mb_and_a_huge_attribute(tmp_path: Path) -> None:
    long = pupil(1, f"<Advies2>{'x' * 12_000_000}</Advies2><Vreemd a='{'y' * 11_000_000}'/>", Roepnaam="Test")
    export = write(tmp_path / "a.xml", reference(long, pupil(2)))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export))
    (one,) = found["exports"]
    assert one["dossiers"] == 2
    assert one["balance"]["unmapped"] == 2
    assert all(len(xml) < 10_000 for xml in dossiers(tmp_path / "out").values())


def test_a_long_text_that_fits_goes_along_whole(tmp_path: Path) -> None:
    text = "lang verhaal " * 900_000
    record = pupil(1).replace("<Advies>", f"<Advies><Onderbouwing>{text}</Onderbouwing>")
    export = write(tmp_path / "a.xml", reference(record))
    convert(tmp_path / "out", export)
    (xml,) = dossiers(tmp_path / "out").values()
    assert f"<argumentatie>{text.strip()}</argumentatie>".encode() in xml


def test_a_hundred_thousand_unknown_elements(tmp_path: Path) -> None:
    strange = "<vreemd>x</vreemd>los" * 100_000
    export = write(tmp_path / "a.xml", reference(pupil(1, strange), pupil(2), after=f"<Rest>{strange}</Rest>"))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export))
    (one,) = found["exports"]
    assert one["balance"]["unmapped"] == 2 * 100_000 + 2  # the loose text counts once per parent
    assert one["balance"]["source_values"] == count(export.read_bytes())
    assert found["findings"]["by_code"]["veld-onbekend"] == 4


def test_nesting_deeper_than_python_goes(tmp_path: Path) -> None:
    """Large files may nest deeper; what is unknown is counted without going down the stack."""
    deep = "<d>" * 1500 + "x" + "</d>" * 1500
    padding = f"<Vulling>{'x' * 11_000_000}</Vulling>"
    export = write(tmp_path / "a.xml", reference(pupil(1, deep + padding)))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export))
    assert found["exports"][0]["balance"]["unmapped"] == 2


def test_a_hundred_thousand_nested_elements_in_a_large_file(tmp_path: Path) -> None:
    """A large file may nest deeper than a small one, but not without end."""
    deep = "<d>" * 100_000 + "x" + "</d>" * 100_000 + f"<Vulling>{'x' * 11_000_000}</Vulling>"
    export = write(tmp_path / "a.xml", reference(pupil(1, deep)))
    assert convert(tmp_path / "out", export).unreadable == ["a.xml"]


@pytest.mark.parametrize(
    "grown", [reference(pupil(1, "<x/>" * 300_000)), reference(pupil(1), after="<x/>" * 300_000)], ids=["in", "achter"]
)
def test_tags_without_end(grown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in memory at once is bounded, whether it is a record or not; many records are no problem."""
    monkeypatch.setattr(xmlreader, "MAX_RECORD_TAGS", 200_000)
    with refused(ExportError, "export-te-groot.pupil"):
        read_export(write(tmp_path / "a.xml", grown), _bound()).survey()
    many = read_export(write(tmp_path / "b.xml", reference(*[pupil(1)] * 2000)), _bound())
    monkeypatch.setattr(xmlreader, "MAX_RECORD_TAGS", 40_000)
    many.survey()
    assert many.records == 2000


def _bound() -> BoundProfile:
    return BoundProfile(find_profile("dod-referentie"), load_dictionary())


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlreader, "MAX_EXPORT_BYTES", 100)
    with refused(ExportError, "export-te-groot.file"):
        opened(write(tmp_path / "a.xml", GOOD)).fitting()


# --- which layout ---


def test_two_profiles_that_fit_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.source import own_profiles

    twin = find_profile("dod-referentie")
    other = LoadedProfile(twin.model.model_copy(update={"profile": "tweeling"}), twin.file)
    monkeypatch.setattr(own_profiles, "shipped_profiles", lambda: (*shipped_profiles(), other))
    export = write(tmp_path / "a.xml", GOOD)
    result = convert(tmp_path / "out", export)
    assert result.unreadable == ["a.xml"]
    assert totals(tmp_path / "out", result)["findings"]["by_code"] == {"export-niet-herkend": 1}
    assert convert(tmp_path / "out", export, source_profile="dod-referentie").unreadable == []


def test_a_profile_for_another_layout_is_not_forced_onto_an_export(tmp_path: Path) -> None:
    assert convert(tmp_path / "out", write(tmp_path / "a.xml", GOOD), source_profile="edexml-2.0").unreadable == [
        "a.xml"
    ]


def test_a_folder_with_nothing_in_it(call: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "leeg").mkdir()
    write(tmp_path / "leeg" / "leesmij.txt", "niets")
    ended = call("run", tmp_path / "leeg", "--overstap", "POVO", "--out", tmp_path / "out")
    assert ended.code == 4
    assert "geen enkele export" in ended.err


def test_a_name_that_is_a_path_stays_in_the_output_folder(tmp_path: Path) -> None:
    """A BRIN from an export never becomes a path."""
    export = write(tmp_path / "a.xml", reference(pupil(1), school=SCHOOL.replace("99xx", "../../../x")))
    convert(tmp_path / "out", export)
    assert {path.name for path in tmp_path.iterdir()} == {"a.xml", "out"}


def test_a_thousand_kinds_of_unknown_elements_are_told_in_bounded_space(tmp_path: Path) -> None:
    many = "".join(f"<Onbekend{n}>x</Onbekend{n}>" for n in range(1000))
    export = write(tmp_path / "a.xml", reference(pupil(1, many)))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export))
    assert found["exports"][0]["balance"]["unmapped"] == 1000
    assert found["findings"]["by_code"]["veld-onbekend"] == MAX_UNKNOWN_PATHS + 1
