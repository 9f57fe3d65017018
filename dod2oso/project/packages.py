"""To each school its part: DIR/scholen/<BRIN>-<location> <name>/, with the mail to send and one encrypted zip.

In the zip are the report for this school and the workbook with its pupils, and nothing of another school. Neither lies
outside the zip. The passphrases stand in a list beside the folder, never in it.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyzipper

from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.ledger.places import PACKAGES
from dod2oso.ledger.store import Ledger
from dod2oso.project.mails import draft, mail_for
from dod2oso.report.model import Report, SchoolPart, build
from dod2oso.report.school_page import school_pages
from dod2oso.report.style import HouseStyle
from dod2oso.source.register import Expected
from dod2oso.supplement.workbook import school_workbooks
from dod2oso.trust.passphrases import LIST, passphrases

FOLDER = PACKAGES
MAIL, DRAFT = "mail.txt", "mail.eml"
REPORT, WORKBOOK = "rapport.html", "aanvulling.xlsx"
_NAME = 40  # signs of the name of a school in that of its folder

School = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: whom a school can call, the address the mail comes from, and the last day (ISO or "")."""

    contact: str = ""
    address: str = ""
    deadline: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """What was made for one school."""

    part: SchoolPart
    folder: Path
    to: str
    has_workbook: bool


def write_packages(
    ledger: Ledger,
    run_id: str,
    out_dir: Path,
    sender: Sender,
    contacts: dict[School, Expected],
    style: HouseStyle,
    lang: str,
    tell: Callable[[Text], object],
    *,
    names: bool = False,
) -> list[Package]:
    """Write the package of every school of the last run; what there was of an earlier time is replaced.

    `contacts`: whom at the school the mail goes to; a school without an address gets a mail without one, and is told.
    """
    report = build(ledger, run_id, lang)
    report = replace(report, schools=tuple(sorted(report.schools, key=_place)))  # workbooks come in this order
    schools = [part for part in report.schools if part.brin]
    had = (out_dir / FOLDER).exists() and not (out_dir / LIST).exists()
    words, fresh = passphrases(out_dir, ((part.brin, part.vestiging, part.name) for part in schools))
    if had:
        tell(Text("passphrases-lost", file=LIST))
    elif fresh:
        tell(Text("passphrases-new", count=fresh, file=LIST))
    books = _Books(school_workbooks(ledger, run_id, out_dir, lang, names=names))
    made = []
    with ledger.read() as connection:
        for part, page in school_pages(connection, report, style, sender.deadline):
            book = books.of(_place(part))
            made.append(_write(report, part, page, book, out_dir, sender, contacts, words, lang))
    for package in made:
        if not package.to:
            tell(Text("school-without-address", brin=package.part.brin, vestiging=package.part.vestiging))
    return made


def _place(part: SchoolPart) -> School:
    return part.brin, part.vestiging


class _Books:
    """The workbooks of the schools, which come in the order of BRIN and location; they are asked for in that order."""

    def __init__(self, books: Iterator[tuple[str, str, bytes]]) -> None:
        self._books = books
        self._next = next(books, None)

    def of(self, school: School) -> bytes | None:
        while self._next is not None and self._next[:2] < school:
            self._next = next(self._books, None)
        if self._next is None or self._next[:2] != school:
            return None
        return self._next[2]


def _write(
    report: Report, part: SchoolPart, page: str, book: bytes | None, out_dir: Path, sender: Sender,
    contacts: dict[School, Expected], words: dict[School, str], lang: str,
) -> Package:  # fmt: skip
    school = (part.brin, part.vestiging)
    folder = out_dir / FOLDER / folder_name(part)
    contact = contacts.get(school)
    mail = mail_for(
        part,
        report.run.overstap,
        part.deadline or sender.deadline,
        sender.contact,
        contact.mail if contact else "",
        lang,
    )
    archive = archive_name(part)
    data = sealed({REPORT: page.encode(), **({WORKBOOK: book} if book is not None else {})}, words[school])
    with disk_guard():
        make_private_dir(folder)
        atomic_write(folder / archive, data)
        atomic_write(folder / MAIL, f"{mail.subject}\n\n{mail.body}\n".encode("utf-8-sig"))
        atomic_write(folder / DRAFT, draft(mail, sender.address, (archive, data)))
    return Package(part, folder, mail.to, book is not None)


def archive_name(part: SchoolPart) -> str:
    """The name of the zip of a school."""
    return f"{part.brin}-{part.vestiging}.zip"


def folder_name(part: SchoolPart) -> str:
    """<BRIN>-<location> <name>: the name as far as any file system takes it."""
    name = "".join(sign if sign.isalnum() or sign in " -" else " " for sign in part.name)
    return " ".join(f"{part.brin}-{part.vestiging} {name}".split())[: _NAME + 8].strip()


def sealed(files: dict[str, bytes], passphrase: str) -> bytes:
    """A zip, AES-256, with these files."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
