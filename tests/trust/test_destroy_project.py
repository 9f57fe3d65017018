"""Destroying in a project: what lies beside the dossiers goes too, and what others typed stays."""

import io
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.cli.settings import load_settings
from dod2oso.ledger import places, tables
from dod2oso.ledger.store import Ledger
from dod2oso.project.filled import Filled, Who
from dod2oso.project.folder import project_folder
from dod2oso.source.user_tables import read_tables
from dod2oso.supplement.edition import Edition, edition_in
from dod2oso.trust import beside
from dod2oso.trust.passphrases import LIST, forget, passphrases
from tests.corpus.kit import CONSENT, bsn, pupil, reference, write
from tests.project.kit import Work

MINE, OTHER, ELSEWHERE = "881101", "881102", "881103"
NUMBERS = {MINE: 11, OTHER: 12, ELSEWHERE: 13}


@pytest.fixture(name="template", scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template") / "project"


@pytest.fixture(name="work")
def _work(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(tmp_path, capsys, monkeypatch).filled(template, fill)


def fill(work: Work) -> None:
    """Two pupils of one school and one of another, packages for both, and three kinds of files that came back."""
    write(work.folder / "exports/a.xml", reference(record(MINE), record(OTHER)))
    write(work.folder / "exports/b.xml", reference(record(ELSEWHERE)).replace("99XX", "99XY").replace("99xx", "99xy"))
    work.run("--fail-on", "never")
    work.do("report", "--per-school", "--names", "--out", "dod2oso-out/POVO")
    work.do("remind")
    table(work.folder / "aanvullingen/lijst.xlsx")
    work.supplement("lijst.csv", int(MINE), int(OTHER))
    work.run("--fail-on", "never")


def record(number: str) -> str:
    return pupil(NUMBERS[number], Leerlingnummer=number, Achternaam=f"Achter{number}")


def known(work: Work, *numbers: str) -> list[str]:
    """By what pupils can be recognised anywhere."""
    pseudonyms = Pseudonyms(load_key(out_of(work)))
    return [
        each
        for number in numbers
        for each in (number, bsn(NUMBERS[number]), f"Achter{number}", pseudonyms.of("leerling", "99XX", number))
    ]


def table(path: Path) -> Path:
    """A list of one's own, by another program: text, a number and a date among the cells."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["brin", "leerlingid", *CONSENT, "leerling.geboortedatum"])
    for number in (MINE, OTHER):
        page.append(["99XX", int(number), *CONSENT.values(), None])
    book.save(path)
    return path


def out_of(work: Work) -> Path:
    return work.folder / "dod2oso-out" / "POVO"


def dossier_of(work: Work, number: str) -> str:
    pseudonym = Pseudonyms(load_key(out_of(work))).of("leerling", "99XX", number)
    with Ledger.open(out_of(work), create=False) as ledger, ledger.read() as connection:
        chosen = select(tables.dossiers.c.dossier_id).where(tables.dossiers.c.pseudonym == pseudonym)
        return str(connection.scalars(chosen).one())


def every_byte(data: bytes, words: set[bytes]) -> Iterator[bytes]:
    """The bytes, and those of all that is packed in them: zips with and without a passphrase, mails."""
    yield data
    if data.startswith(b"PK"):
        with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                yield from every_byte(opened(archive, info.filename, words), words)
    elif b"X-Unsent" in data[:2000]:
        for part in message_from_bytes(data, policy=policy.default).walk():
            if not part.is_multipart():
                yield from every_byte(part.get_payload(decode=True), words)


def opened(archive: Any, name: str, words: set[bytes]) -> bytes:
    for word in (None, *words):
        archive.setpassword(word)
        try:
            return bytes(archive.read(name))
        except RuntimeError:
            continue
    raise AssertionError("a zip that no passphrase opens")


def holding(work: Work, *texts: str) -> set[str]:
    """The files of the output folder that hold one of these, wherever in them."""
    out = out_of(work)
    words = {line.rpartition(";")[2].encode() for line in kept_list(out).splitlines()[1:]} or PASSPHRASES
    PASSPHRASES.update(words)
    found = set()
    for path in out.rglob("*"):
        if path.is_file():
            whole = list(every_byte(path.read_bytes(), words))
            if any(text.encode() in data for data in whole for text in texts):
                found.add(path.relative_to(out).parts[0])
    return found


PASSPHRASES: set[bytes] = set()


def kept_list(out: Path) -> str:
    return (out / LIST).read_text("utf-8-sig") if (out / LIST).exists() else ""


def test_after_one_pupil_no_byte_is_left_in_any_package_or_copy_and_the_rows_of_others_are(work: Work) -> None:
    out = out_of(work)
    mine = known(work, MINE)
    assert {"dossiers", "scholen", "ontvangen"} <= holding(work, *mine)
    ended = work.do("purge", "--pupil", dossier_of(work, MINE), "--out", out, "--yes")
    assert ended.code == 0, ended.err
    assert holding(work, *mine) == set()
    assert "pakketten voor scholen" not in ended.out and "report --per-school" in ended.err
    [proof] = out.glob("vernietigd-*")
    assert "2 rijen in kopieën" in proof.read_text("utf-8") and MINE not in proof.read_text("utf-8")
    copies = sorted(out.glob("ontvangen/*/*"))
    assert sorted(path.name for path in copies) == ["lijst.csv", "lijst.xlsx"]
    for path in copies:
        [kept] = read_tables(path)
        assert [row.cells["leerlingid"] for row in kept.rows] == [OTHER]
        assert [dict(row.odd) for row in kept.rows] == [dict(row.odd) for row in same_rows(work, path.name)]
    assert len(kept_list(out).splitlines()) == 3  # the passphrases of others are as they were
    assert not (out / "scholen").exists()


def same_rows(work: Work, name: str) -> list[Any]:
    [whole] = read_tables(work.folder / "aanvullingen" / name)
    return [row for row in whole.rows if row.cells["leerlingid"] == OTHER]


@pytest.fixture(name="typed")
def _typed(work: Work) -> Path:
    """What the desk wrote: for one pupil by the school's number, for another by the hidden key, and for the school."""
    project = project_folder(*settings(work))
    assert project is not None
    of = Filled.of(project, "POVO", "99XX", "00")
    pseudonyms = Pseudonyms(load_key(out_of(work)))
    edition = Edition.of(pseudonyms, "20250101t000000z-000000")
    for who in (Who(leerlingid=MINE), Who(dossier=pseudonyms.of("leerling", "99XX", OTHER)), Who()):
        of.save(who, {"huidigeschool/leerling/roepnaam": ("", f"Getypt{who.leerlingid or 'ander'}")}, edition)
    return of.path


def settings(work: Work) -> tuple[Path, Any, Any]:
    path = work.folder / "dod2oso.toml"
    read = load_settings(path)
    return path, read.project, read.transfer


def test_what_was_typed_on_a_page_goes_row_by_row(work: Work, typed: Path) -> None:
    elsewhere = typed.with_name("ingevuld-POPO-99XX-00.xlsx")
    elsewhere.write_bytes(typed.read_bytes())
    ended = work.do("purge", "--pupil", dossier_of(work, MINE), "--yes")
    assert ended.code == 0, ended.err
    [proof] = out_of(work).glob("vernietigd-*")
    assert "3 rijen in kopieën" in proof.read_text("utf-8")
    [kept] = read_tables(typed)
    assert [row.cells["huidigeschool/leerling/roepnaam"] for row in kept.rows] == ["Getyptander"] * 2
    assert edition_in(kept.columns) is not None
    assert all(MINE.encode() not in data for data in every_byte(typed.read_bytes(), set()))
    assert not list(typed.parent.glob("*.weg")) and len(read_tables(elsewhere)[0].rows) == 3  # of another transfer
    assert work.do("purge", "--project", "--yes").code == 0
    assert not typed.exists() and elsewhere.exists()


def test_the_copies_still_count_when_the_files_are_gone(work: Work) -> None:
    out = out_of(work)
    work.do("purge", "--pupil", dossier_of(work, MINE), "--out", out, "--yes")
    for path in (work.folder / "aanvullingen").iterdir():
        path.unlink()
    work.run("--fail-on", "never")
    assert work.ready() == 1
    assert (out / "dossiers/ready/99XX" / f"{dossier_of(work, OTHER)}.xml").exists()


def test_after_one_school_its_passphrase_is_gone_and_all_that_names_its_pupils(work: Work) -> None:
    out = out_of(work)
    both = known(work, MINE, OTHER)
    assert work.do("purge", "--school", "99XX", "--out", out, "--yes").code == 0
    assert holding(work, *both) == set()
    assert "99XX" not in kept_list(out) and "99XY" in kept_list(out)
    for path in out.glob("ontvangen/*/*"):
        assert all(found.rows == () for found in read_tables(path))


def test_after_a_whole_project_nothing_lies_there_but_log_and_proof(work: Work) -> None:
    out = out_of(work)
    assert work.do("purge", "--project", "--out", out, "--yes").code == 0
    left = {path.name.partition("-")[0] for path in out.iterdir() if not path.name.startswith(".dod2oso")}
    assert left == {"vernietigd", "audit"}


def test_what_cannot_be_written_again_as_it_was_is_left_out_and_told(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = out_of(work)
    monkeypatch.setattr(beside, "_cell", lambda *_: None)
    ended = work.do("purge", "--pupil", dossier_of(work, MINE), "--out", out, "--yes")
    assert ended.code == 0 and "1 ingevulde rij van een ander" in ended.err
    [path] = out.glob("ontvangen/*/*.xlsx")
    assert all(found.rows == () for found in read_tables(path))


def test_a_workbook_of_ours_keeps_its_mark_its_edition_and_the_rows_of_others(work: Work) -> None:
    out = out_of(work)
    work.do("purge", "--pupil", dossier_of(work, MINE), "--out", out, "--yes")
    for path in (work.folder / "aanvullingen").iterdir():
        path.unlink()
    work.run("--forget-supplements", "--fail-on", "never")
    [book] = (out / "report").glob("aanvulling*.xlsx")
    whole = load_workbook(book)
    whole.save(work.folder / "aanvullingen/terug.xlsx")
    work.run("--fail-on", "never")
    returned = read_tables(work.folder / "aanvullingen/terug.xlsx")
    [before] = [found for found in returned if found.rows and "99XX" in found.rows[0].cells.values()]
    work.do("purge", "--school", "99XY", "--out", out, "--yes")
    [copy] = out.glob("ontvangen/*/terug.xlsx")
    tables_left = [found for found in read_tables(copy) if found.rows]
    assert [(found.columns, [row.cells for row in found.rows]) for found in tables_left] == [
        (before.columns, [row.cells for row in before.rows])
    ]


@pytest.mark.parametrize("stopped", ["old only", "both"])
def test_a_copy_whose_replacement_was_broken_off_is_whole_again(tmp_path: Path, stopped: str) -> None:
    folder = tmp_path / places.RECEIVED / "abc"
    folder.mkdir(parents=True)
    (folder / "a.csv.weg").write_text("brin;leerlingid\n99XX;1\n")
    if stopped == "both":
        (folder / "a.csv").write_text("brin;leerlingid\n99XX;2\n")
    [copy] = beside._copies(tmp_path)
    assert copy.name == "a.csv" and copy.read_text().endswith("2\n" if stopped == "both" else "1\n")
    assert [path.name for path in folder.iterdir()] == ["a.csv"]


def test_a_list_of_passphrases_that_cannot_be_read_goes_as_a_whole(tmp_path: Path) -> None:
    passphrases(tmp_path, [("99XA", "00", "A"), ("99XB", "00", "B")])
    forget(tmp_path, "99XC")
    assert len(kept_list(tmp_path).splitlines()) == 3
    forget(tmp_path, "99XA")
    assert "99XB" in kept_list(tmp_path) and "99XA" not in kept_list(tmp_path)
    forget(tmp_path, "99XB")
    assert not (tmp_path / LIST).exists()
    (tmp_path / LIST).write_bytes(b"\xff\xff")
    forget(tmp_path, "99XA")
    assert not (tmp_path / LIST).exists()
