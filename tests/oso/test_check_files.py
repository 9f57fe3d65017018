"""Files as people have them: one dossier or many, any version, damaged, hostile or no dossier at all."""

import re
from pathlib import Path
from random import Random

import pytest

from dod2oso.base.errors import ExitCode
from dod2oso.oso import check_files as validate
from dod2oso.oso.check_files import find_files, validate_bytes, validate_file, worst
from dod2oso.oso.check_text import as_json, as_lines, totals
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import VERSIONS, version
from tests.oso.dossiers import full_dossier, minimal_dossier
from tests.oso.test_attachments import GOOD, pack, text

KINDS = [(v, name) for name in TRANSFERS for v in transfer(name).versions]


@pytest.mark.parametrize(("name", "overstap"), KINDS)
def test_version_and_layer_follow_from_the_document(name: str, overstap: str) -> None:
    report = validate_bytes(minimal_dossier(name, overstap), "a.xml")
    assert (report.version, report.layer, report.verdict) == (name, transfer(overstap).layer, "valid")
    assert report.exit_code is ExitCode.DONE


def test_layer_follows_from_overstap_when_overdrachtsoort_says_nothing() -> None:
    data = minimal_dossier("2019.1", "POSWV").replace(b">swv-dossier<", b">anders<")
    assert validate_bytes(data, "a.xml").layer == "swv"
    assert validate_bytes(data.replace(b"POSWV", b"POVO"), "a.xml").layer == "ov"


def test_layer_can_be_chosen() -> None:
    report = validate_bytes(minimal_dossier("2019.1", "POVO"), "a.xml", "swv")
    assert (report.layer, report.verdict) == ("swv", "invalid")
    assert [fired.rule for fired in report.checked.rules.fired] == ["swv-overdrachtsoort-waarde"]


def test_a_layer_that_does_not_exist_is_not_checked() -> None:
    report = validate_bytes(minimal_dossier("2016.1", "POVO"), "a.xml", "swv")
    assert (report.verdict, report.exit_code) == ("not-checked", ExitCode.CHECKER_FAILED)


def _several(name: str, count: int) -> bytes:
    one = minimal_dossier(name, "POPO").partition(b"\n")[2].replace(b"<inzage>true</inzage>", b"")
    return f'<dossiers xmlns="{version(name).namespace}">'.encode() + one * count + b"</dossiers>"


@pytest.mark.parametrize("name", VERSIONS)
def test_many_dossiers_in_one_document(name: str) -> None:
    report = validate_bytes(_several(name, 400), "a.xml")
    assert report.version == name
    assert report.checked.schema.errors == []
    places = [fired.at for fired in report.checked.rules.fired if fired.rule == "inzage-gegeven"]
    assert len(places) == 400
    assert "/dossiers[1]/dossier[400]/inzage[1]" in places
    assert report.lines["/dossiers[1]/dossier[2]/inzage[1]"] > report.lines["/dossiers[1]/dossier[1]/inzage[1]"]


def test_two_pupils_with_inzage_make_the_official_validator_stop() -> None:
    one = minimal_dossier("1.2.2", "POPO").partition(b"\n")[2]
    data = f'<dossiers xmlns="{version("1.2.2").namespace}">'.encode() + one * 2 + b"</dossiers>"
    report = validate_bytes(data, "a.xml")
    assert (report.verdict, report.checked.rules.state) == ("failed", "crashed")
    assert report.exit_code is ExitCode.CHECKER_FAILED
    assert any("breekt" in line for line in as_lines(report, "nl"))


DOSSIER = minimal_dossier("2019.1", "POVO")
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
UNREADABLE = {
    "leeg": b"",
    "leeg ": b" \n\t",
    "geen-xml": b"geen xml",
    "geen-xml ": DOSSIER[:300],
    "geen-xml  ": DOSSIER.replace(b"</metadata>", b"</metagegevens>"),
    "geen-xml   ": b"\x00\x01\x02\xff" * 50,
    "geen-xml    ": DOSSIER.replace(b'encoding="UTF-8"', b'encoding="klingon"'),
    "meer-dan-een-wortel": DOSSIER + DOSSIER.partition(b"\n")[2],
    "geen-oso": b"<dossier/>",
    "geen-oso ": b'<html xmlns="http://www.w3.org/1999/xhtml"/>',
    "onbekende-versie": DOSSIER.replace(b"/2019/", b"/2025/"),
    "dtd": BOMB + DOSSIER.partition(b"\n")[2],
    "dtd ": BOMB + DOSSIER.partition(b"\n")[2].replace(b"<naam>", b"<naam>&c;"),
    "dtd  ": b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + DOSSIER.partition(b"\n")[2],
    "dtd   ": (BOMB.decode() + DOSSIER.partition(b"\n")[2].decode()).encode("utf-16"),
}


@pytest.mark.parametrize("code", UNREADABLE)
def test_what_cannot_be_checked_is_never_valid(code: str) -> None:
    report = validate_bytes(UNREADABLE[code], "a.xml")
    assert report.problem is not None
    assert (report.problem.code, report.verdict) == (code.strip(), "not-checked")
    assert report.exit_code is ExitCode.EXPORT_UNREADABLE
    for lang in ("nl", "en"):
        found = as_json(report, lang)
        assert (found["oso"], found["layers"], found["schema"]["state"]) == (None, [], "not-run")
        assert found["problem"]["message"] in "\n".join(as_lines(report, lang))


def test_a_large_document_with_a_dtd_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dod2oso.oso.check_files.xmlsafe.LARGE_TEXT", 1000)
    monkeypatch.setattr("dod2oso.oso.check_files.xmlsafe.parse_bytes", lambda data: pytest.fail("parsed"))
    for encoding in ("utf-8", "utf-16", "utf-32"):
        data = (BOMB.decode() + DOSSIER.partition(b"\n")[2].decode()).encode(encoding)
        report = validate_bytes(data, "a.xml")
        assert report.problem is not None
        assert report.problem.code == "dtd"


def test_an_element_of_another_version_is_pointed_out() -> None:
    data = DOSSIER.replace(b"<inzage>\n", f'<inzage xmlns="{version("2018.1").namespace}">\n'.encode(), 1)
    report = validate_bytes(data, "a.xml")
    assert report.verdict == "invalid"
    assert [note.text("nl") for note in report.notes] == [
        "In dit dossier van OSO 2019.1 staan elementen van OSO 2018.1."
    ]


def test_encodings() -> None:
    words = DOSSIER.decode().replace(">tekst<", ">tëkst<", 1)
    for encoding in ("utf-16", "iso-8859-1", "windows-1252"):
        data = words.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
        assert validate_bytes(data, "a.xml").verdict == "valid"


def test_a_text_above_10_mb_and_a_file_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = text(pack(("a.pdf", GOOD["a.pdf"] + Random(1).randbytes(9_000_000))))
    assert len(packed) > 10_000_000
    data = full_dossier("2019.1", "POVO").decode()
    data = re.sub("<bestandsnaam>[^<]*", "<bestandsnaam>a.pdf", data)
    small = text(pack(("a.pdf", GOOD["a.pdf"])))
    data = re.sub("<bestandsinhoud>[^<]*", f"<bestandsinhoud>{small}", data)
    data = data.replace(small, packed, 1)
    path = tmp_path / "groot.xml"
    path.write_text(data, encoding="utf-8")
    report = validate_file(path)
    assert (report.verdict, report.attachments) == ("valid", [])
    monkeypatch.setattr(validate, "MAX_BYTES", 10_000_000)
    report = validate_file(path)
    assert report.problem is not None
    assert report.problem.code == "te-groot"
    assert "groot.xml" in report.problem.text.text("nl")
    assert "10 MB" in report.problem.text.text("nl")


def test_attachments_never_count_for_the_verdict() -> None:
    good = full_dossier("2019.1", "POVO")
    assert not validate_bytes(good, "a.xml").attachments
    report = validate_bytes(good.replace(b"<bestandsinhoud>", b"<bestandsinhoud>?"), "a.xml")
    assert report.verdict == "valid"
    assert {one.code for one in report.attachments} == {"geen-base64"}
    assert as_json(report, "nl")["attachments"][0]["line"] > 1


def test_folders_are_searched_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b/2.XML", "b/1.xml", "a/3.xml", "a/lees.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(DOSSIER)
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path, tmp_path / "a" / "lees.txt"])]
    assert found == ["a/3.xml", "b/1.xml", "b/2.XML", "a/lees.txt"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    report = validate_file(tmp_path / "weg.xml")
    assert report.problem is not None
    assert report.problem.code == "niet-te-lezen"


def test_the_worst_file_decides() -> None:
    assert worst([]) is ExitCode.DONE
    assert worst([ExitCode.DONE, ExitCode.FINDINGS]) is ExitCode.FINDINGS
    assert worst([ExitCode.EXPORT_UNREADABLE, ExitCode.FINDINGS]) is ExitCode.EXPORT_UNREADABLE
    assert worst([ExitCode.CHECKER_FAILED, ExitCode.EXPORT_UNREADABLE]) is ExitCode.CHECKER_FAILED


def test_lines_name_line_place_message_and_remedy() -> None:
    data = DOSSIER.replace(b"<contactnodig>", b"<!-- <contactnodig>").replace(
        b"</contactnodig>", b"</contactnodig> -->"
    )
    data = re.sub(rb"<leerlingid>[^<]*</leerlingid>", b"", data)
    report = validate_bytes(data, "a.xml")
    lines = list(as_lines(report, "nl"))
    at = data[: data.index(b"<leerling>")].count(b"\n") + 1
    place = "/dossier[1]/huidigeschool[1]/leerling[1]"
    assert lines[0] == "a.xml (OSO 2019.1, ov): ongeldig"
    assert any(line.startswith(f"  regel {at}, {place}: ") and "[leerlingid-verplicht-povo]" in line for line in lines)
    assert any(line.startswith("  Advies: ") and "[contactnodig-verplicht]" in line for line in lines)
    assert sum("Wat te doen: " in line for line in lines) == 2
    english = list(as_lines(report, "en"))
    assert english[0].endswith(": invalid")
    assert not set(lines) & set(english)


def test_json_has_the_promised_shape() -> None:
    data = re.sub(rb"<leerlingid>[^<]*</leerlingid>", b"", DOSSIER)
    found = as_json(validate_bytes(data.replace(b"<pakketnaam>", b"<x/><pakketnaam>"), "a.xml"), "nl")
    assert (found["file"], found["oso"], found["layers"]) == ("a.xml", "2019.1", ["gegevensset", "ov"])
    assert found["verdict"] == "invalid"
    assert found["schema"]["errors"][0].keys() == {"line", "path", "message", "page"}
    assert found["rules"]["fired"][0].keys() >= {"rule", "at", "message"}
    assert found["rules"]["fired"][0]["page"] == f"regel/{found['rules']['fired'][0]['rule']}.html"
    assert found["rules"]["advised"] == []
    assert found["official"] == {"state": "not-run", "messages": []}


def test_totals() -> None:
    assert totals({"valid": 2, "invalid": 1}, "nl") == "2 geldig, 1 ongeldig"
    assert totals({"failed": 1, "not-checked": 3}, "en") == "3 not checked, 1 check failed"
