"""To each school its part, and nothing of another: walked, byte by byte, in what stands there and in what is sealed."""

import io
import re
import stat
import zipfile
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import pyzipper
from lxml import html

from dod2oso.base.errors import ConfigurationError
from dod2oso.project.mails import draft, mail_for
from dod2oso.project.packages import Package, folder_name
from dod2oso.report.model import SchoolPart, States
from dod2oso.trust.passphrases import LIST, passphrases
from tests.project.region import SCHOOLS, SILENT, Region, key, name
from tests.refusals import refused


def test_every_school_has_a_package_and_who_waits_a_workbook(region: Region, packages: dict[int, Package]) -> None:
    assert sorted(packages) == list(range(SCHOOLS))
    assert {n for n, package in packages.items() if not package.has_workbook} == set(SILENT)
    for number, package in packages.items():
        brin, vestiging = key(number)
        assert package.folder.name == f"{brin}-{vestiging} {name(number)}"
        assert {path.name for path in package.folder.iterdir()} == {"mail.txt", "mail.eml", f"{brin}-{vestiging}.zip"}
        assert stat.S_IMODE(package.folder.stat().st_mode) == 0o700


def plain(data: bytes) -> bytes:
    """The bytes, and those of what is zipped in them (a workbook is a zip)."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(archive.read(each) for each in archive.namelist())


def readable(folder: Path) -> bytes:
    """What a mail says in the open; the Base64 of its sealed attachment holds any short number by chance."""
    draft = message_from_bytes((folder / "mail.eml").read_bytes(), policy=policy.default)
    [attached] = draft.iter_attachments()
    assert attached.get_payload(decode=True) == next(folder.glob("*.zip")).read_bytes()
    attached.set_payload("")
    return (folder / "mail.txt").read_bytes() + draft.as_bytes()


def test_no_package_holds_a_byte_about_another_schools_pupil(region: Region, packages: dict[int, Package]) -> None:
    pupils = identifiers(region)
    assert len(pupils) > 30 and all(pupils.values())
    brins = {key(number)[0].encode(): number for number in range(SCHOOLS)}
    for number, package in packages.items():
        open_ = readable(package.folder)
        inside = b"\n".join(plain(data) for data in region.unpack(package, number).values())
        in_the_zip, in_the_open = {*_WORD.findall(inside)}, {*_WORD.findall(open_)}
        assert {other for other, words in pupils.items() if words & in_the_zip} == {number} - {*SILENT}
        assert not any(words & in_the_open for words in pupils.values())
        assert {other for brin, other in brins.items() if brin in inside} == {number}
        assert b"Basisschool Nummer" in open_  # it is about somebody


_WORD = re.compile(rb"[\w-]+")


def identifiers(region: Region) -> dict[int, set[bytes]]:
    """By what the pupils of each school are known, read from their dossiers: numbers, birthdays, pseudonyms."""
    found: dict[int, set[bytes]] = {}
    schools = {key(number)[0]: number for number in range(SCHOOLS)}
    for path in (region.out / "dossiers").rglob("*.xml"):
        if "replaced" in path.parts:
            continue
        data = path.read_bytes()
        said = re.findall(rb"<(?:\w+:)?(?:leerlingid|bsn)>([^<]{4,})<", data)
        [born] = re.findall(rb"<leerling>.*?<(?:\w+:)?geboortedatum>([\d-]+)<", data, re.DOTALL)
        days = {born, b"-".join(reversed(born.split(b"-")))}
        found.setdefault(schools[path.parent.name], set()).update({path.stem.split("-")[0].encode(), *said, *days})
    crowd = Counter(each for words in found.values() for each in words)  # schools give their numbers by themselves
    return {number: {each for each in words if crowd[each] == 1} for number, words in found.items()}


def test_a_passphrase_opens_one_package_and_no_other(region: Region, packages: dict[int, Package]) -> None:
    assert set(region.unpack(packages[0], 0)) == {"rapport.html", "aanvulling.xlsx"}
    with pytest.raises(RuntimeError):
        region.unpack(packages[0], 1)
    [path] = packages[0].folder.glob("*.zip")
    with pyzipper.AESZipFile(path) as archive:
        assert {info.wz_aes_strength for info in archive.infolist()} == {3}  # AES-256
    assert not list((region.out / "scholen").rglob(LIST))


def test_the_mail_is_a_draft_with_three_steps_and_the_zip(region: Region, packages: dict[int, Package]) -> None:
    number = 3
    mail = message_from_bytes((packages[number].folder / "mail.eml").read_bytes(), policy=policy.default)
    assert mail["X-Unsent"] == "1" and mail["To"] == f"directie@{key(number)[0].lower()}.example.org"
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    assert name(number) in text and all(f"\n{step}. " in text for step in (1, 2, 3))
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == f"{'-'.join(key(number))}.zip"
    assert region.passphrase(number).decode() not in str(mail)
    silent = (packages[SILENT[0]].folder / "mail.txt").read_text("utf-8-sig")
    assert "nog niets ontvangen" in silent


def test_the_page_of_a_school_fits_what_the_report_says(region: Region, packages: dict[int, Package]) -> None:
    page = html.fromstring(region.unpack(packages[0], 0)["rapport.html"].decode())
    assert page.xpath("string(//h1)") == name(0)
    held = page.xpath("string(//*[@id='n-held'])")
    assert held == str(region.reports[1]["schools"][0]["dossiers"]["held"])
    assert page.xpath("//ol[@class='todo']/li") and not page.xpath("//script")


def test_a_lost_list_is_told_and_makes_new_ones(tmp_path: Path) -> None:
    schools = [("99XA", "00", "A"), ("99XB", "00", "B")]
    first, fresh = passphrases(tmp_path, schools)
    assert fresh == 2 and len(set(first.values())) == 2 and stat.S_IMODE((tmp_path / LIST).stat().st_mode) == 0o600
    assert passphrases(tmp_path, schools) == (first, 0)
    (tmp_path / LIST).write_text("brin;vestiging\n99XA;00\n")
    with refused(ConfigurationError, "passphrases-damaged"):
        passphrases(tmp_path, schools)
    (tmp_path / LIST).unlink()
    assert passphrases(tmp_path, schools)[0] != first


@pytest.mark.parametrize("address", ["", "geen adres", "a@b", "a@b.nl\nBcc: x@y.nl", "a@b.nl,c@d.nl", "@b.nl"])
def test_what_is_no_address_is_none_and_no_header(address: str) -> None:
    part = SchoolPart("99XA", "00", States(), (), name="School\r\nBcc: x@y.nl", stand="nothing")
    mail = mail_for(part, "POVO", "", "", address, "nl")
    assert mail.to == ""
    parsed = message_from_bytes(draft(mail, ""), policy=policy.default)
    assert parsed["Bcc"] is None and parsed["To"] is None


def test_a_folder_has_a_name_that_any_system_takes() -> None:
    part = SchoolPart("99XA", "00", States(), (), name='De "Regen/boog": <groep> ' + "lang " * 30)
    assert re.fullmatch(r"99XA-00 [\w -]+", folder_name(part)) and len(folder_name(part)) <= 48
