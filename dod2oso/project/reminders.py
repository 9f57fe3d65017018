"""The reminders of this week: a mail for every school that can do something, beside its package, and an agenda."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.ledger.places import AGENDA
from dod2oso.project.ics import calendar
from dod2oso.project.mails import draft, mail_for
from dod2oso.project.packages import FOLDER, School, Sender, archive_name, folder_name
from dod2oso.project.planning import Planning, SchoolPlan, agenda
from dod2oso.source.register import Expected


class Reminders(NamedTuple):
    """What was written: the drafts, and the agenda."""

    drafts: list[Path]
    agenda: Path


def write_reminders(
    plan: Planning,
    out_dir: Path,
    sender: Sender,
    contacts: Mapping[School, Expected],
    lang: str,
    tell: Callable[[Text], object],
) -> Reminders:
    """Write `herinnering-<week>.eml` and `.txt` in the folder of each school with something open that it can do.

    A school that must fill in a workbook gets its package along; one that has no package yet is told and gets no mail.
    """
    drafts = []
    for school in plan.schools:
        if school.open and school.asks_school:
            written = _write(
                school, plan, out_dir, sender, contacts.get((school.part.brin, school.part.vestiging)), lang
            )
            if written is None:
                tell(Text("reminder-no-package", brin=school.part.brin, vestiging=school.part.vestiging))
            else:
                path, addressed = written
                drafts.append(path)
                if not addressed:
                    tell(Text("school-without-address", brin=school.part.brin, vestiging=school.part.vestiging))
    with disk_guard():
        atomic_write(out_dir / AGENDA, calendar(agenda(plan, lang), plan.today))
    return Reminders(drafts, out_dir / AGENDA)


def week_of(day: date) -> str:
    """The week as ISO 8601 writes it."""
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02}"


def _write(
    school: SchoolPlan, plan: Planning, out_dir: Path, sender: Sender, contact: Expected | None, lang: str
) -> tuple[Path, bool] | None:
    part = school.part
    folder = out_dir / FOLDER / folder_name(part)
    archive = folder / archive_name(part)
    attached = (archive.name, archive.read_bytes()) if archive.is_file() else None
    if part.stand == "waiting" and attached is None:
        return None
    late = school.deadline is not None and school.deadline < plan.today
    until = school.deadline.isoformat() if school.deadline is not None and not late else ""
    over = school.deadline.isoformat() if school.deadline is not None and late else ""
    address = contact.mail if contact is not None else ""
    mail = mail_for(part, plan.transfer, until, sender.contact, address, lang, reminder=True, over=over)
    name = f"herinnering-{week_of(plan.today)}"
    with disk_guard():
        make_private_dir(folder)
        atomic_write(folder / f"{name}.txt", f"{mail.subject}\n\n{mail.body}\n".encode("utf-8-sig"))
        atomic_write(folder / f"{name}.eml", draft(mail, sender.address, attached if part.stand == "waiting" else None))
    return folder / f"{name}.eml", bool(mail.to)
