"""The mail to a school: what is asked of it in three steps, as plain text and as a draft that a mail program opens."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple

from dod2oso.base.texts import Text
from dod2oso.project.settings import is_address
from dod2oso.report.model import SchoolPart
from dod2oso.report.numbers import date


class Mail(NamedTuple):
    """What a mail says; `to` is "" when no address of the school is known, or what is noted cannot be one."""

    to: str
    subject: str
    body: str


def mail_for(
    part: SchoolPart,
    transfer: str,
    deadline: str,
    contact: str,
    address: str,
    lang: str,
    *,
    reminder: bool = False,
    over: str = "",
) -> Mail:
    """The mail to this school, in the language asked for. `deadline`: ISO or ""; `contact`: whom to call.

    `over`: the deadline (ISO), of a reminder after it.
    """
    name = part.name or f"{part.brin} {part.vestiging}"
    until = Text("mail-until", day=date(deadline, lang)) if deadline else Text("mail-soon")
    call = Text("mail-call", contact=contact) if contact else Text("mail-answer")
    body = _body(part, name, transfer, until, call).text(lang)
    if reminder:
        first = Text("mail-reminder-late", day=date(over, lang)) if over else Text("mail-reminder")
        body = f"{first.text(lang)}\n\n{body}"
    subject = Text("mail-subject-reminder" if reminder else "mail-subject", transfer=transfer, school=name).text(lang)
    return Mail(address if is_address(address) else "", " ".join(subject.split()), body)


def _body(part: SchoolPart, name: str, transfer: str, until: Text, call: Text) -> Text:
    values = {"school": name, "transfer": transfer, "until": until, "call": call}
    if part.stand in ("nothing", "none-chosen"):
        return Text("mail-deliver", **values)
    if part.stand == "unreadable":
        return Text("mail-unreadable", **values, problem=part.unread[0].text if part.unread else "")
    if part.stand == "incomplete":
        return Text("mail-incomplete", **values, came=part.dossiers.total, expected=part.expected or 0)
    if part.dossiers.waiting:
        return Text("mail-fill", **values, count=part.dossiers.waiting, total=part.dossiers.total)
    return Text("mail-done", **values, count=part.dossiers.ready)


def draft(mail: Mail, sender: str, attached: tuple[str, bytes] | None = None) -> bytes:
    """The mail as an .eml file that a mail program opens as something still to be sent."""
    message = EmailMessage(policy=SMTP)
    if sender:
        message["From"] = sender
    if mail.to:
        message["To"] = mail.to
    message["Subject"] = mail.subject
    message["X-Unsent"] = "1"
    message.set_content(mail.body + "\n")
    if attached is not None:
        name, data = attached
        message.add_attachment(data, maintype="application", subtype="zip", filename=name)
        message.set_boundary(f"=={hashlib.sha256(mail.body.encode()).hexdigest()[:32]}")
    return message.as_bytes()
