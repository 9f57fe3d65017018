"""The audit log: who did what and when, as lines that each name the one before by its hash.

A line is JSON in one form only (keys sorted, no spaces, ASCII), so that not one character of it can change unseen. It
stands in the ledger, written in the transaction of what it tells, and in a file beside it (`audit_file.py`). Lines are
added and never changed; so nothing in them may be of a pupil. What is about a dossier or a pupil is named by a `ref`: a
random word that only `audit_refs` ties to it. When a pupil is destroyed that row goes, and the ref is nobody's.
"""

import getpass
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Integer, Table, Text, bindparam, func, insert, select, update

import dod2oso
from dod2oso.ledger.rows import in_pages, timestamp
from dod2oso.ledger.tables import metadata, project

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
)

audit_refs = Table(
    "audit_refs",
    metadata,
    Column("subject", Text, primary_key=True),  # a dossier id or the pseudonym of a pupil
    Column("ref", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),  # salts what a proof says of it (trust/proof.py)
)

# What people had said of each dossier when the log last told of it (run/audited.py): a keyed hash, as in `dossiers`.
audit_supplied = Table(
    "audit_supplied",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("supplied", Text, nullable=False),
)

# Made once: to make a statement takes longer than to have it done.
_LOCK = update(project).where(project.c.key == "schema").values(value=project.c.value)
_LAST = select(audit_log.c.line).order_by(audit_log.c.number.desc()).limit(1)
_ADD = insert(audit_log)
_REFS = select(audit_refs.c.subject, audit_refs.c.ref).where(
    audit_refs.c.subject.in_(bindparam("subjects", expanding=True))
)
_NEW_REFS = insert(audit_refs)

FORMAT = 1
_PAGE = 300
_FIELDS = ("about", "account", "at", "format", "number", "previous", "refs", "system", "tool", "what")


class Entry(NamedTuple):
    """One line, read: its number from 1, its words, and its hash."""

    number: int
    at: str  # UTC, ISO 8601, to the second
    what: str
    account: str  # who gave the order, as said
    system: str  # the user of the machine
    about: dict[str, Any]
    refs: list[str]
    previous: str
    hash: str


class Broken(ValueError):
    """A line is not what was written; `why` is the key of a text about it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def append(
    connection: Connection, what: str, account: str, about: Mapping[str, Any] | None = None, refs: Iterable[str] = ()
) -> None:
    """Add a line within a transaction of the caller; `about` holds numbers, words and hashes of ours only.

    Waits for whoever else is adding one. A clock that went back is said in the line.
    """
    connection.execute(_LOCK)  # changes nothing, but nobody else can add a line from here
    last = connection.scalar(_LAST)
    before = None if last is None else read_line(last)
    line = next_line(before, what, account, about, refs)
    number = 1 if before is None else before.number + 1
    connection.execute(_ADD, {"number": number, "line": line})


def next_line(
    before: Entry | None, what: str, account: str, about: Mapping[str, Any] | None = None, refs: Iterable[str] = ()
) -> str:
    """The line that comes after this one."""
    about = dict(about or {})
    at = timestamp()
    if before is not None and at < before.at:
        about["clock-went-back"] = True
    return _line(
        {
            "format": FORMAT,
            "number": 1 if before is None else before.number + 1,
            "at": at,
            "what": what,
            "account": account,
            "system": system_account(),
            "tool": dod2oso.__version__,
            "about": about,
            "refs": list(refs),
            "previous": secrets.token_hex(16) if before is None else before.hash,  # the first names its project
        }
    )


def system_account() -> str:
    """The user of this machine; "?" where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def refs_of(connection: Connection, subjects: Sequence[str]) -> list[str]:
    """The ref of each of these dossier ids or pseudonyms, made where there was none, in their order."""
    wanted = list(dict.fromkeys(subjects))
    known: dict[str, str] = {}
    for at in range(0, len(wanted), _PAGE):
        page = wanted[at : at + _PAGE]
        known.update((subject, ref) for subject, ref in connection.execute(_REFS, {"subjects": page}))
        new = [
            {"subject": subject, "ref": secrets.token_hex(8), "secret": secrets.token_hex(32)}
            for subject in page
            if subject not in known
        ]
        if new:
            connection.execute(_NEW_REFS, new)
            known |= {row["subject"]: row["ref"] for row in new}
    return [known[subject] for subject in subjects]


def lines(connection: Connection, after: int = 0) -> Iterator[str]:
    """The lines of the ledger from the one after `after`, in order."""
    chosen = select(audit_log.c.line).where(audit_log.c.number > after).order_by(audit_log.c.number)
    yield from in_pages(connection, chosen).scalars()


def count(connection: Connection) -> int:
    return connection.scalar(select(func.max(audit_log.c.number))) or 0


def read_line(line: str) -> Entry:
    """One line, as it was written; Broken when one character of it is another one."""
    try:
        data = json.loads(line)
        said = data.pop("hash")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise Broken("audit-line-unreadable") from None
    if tuple(sorted(data)) != _FIELDS or data["format"] != FORMAT or line != _rendered(data | {"hash": said}):
        raise Broken("audit-line-unreadable")
    if said != _hash(data):
        raise Broken("audit-line-changed")
    return Entry(
        data["number"], data["at"], data["what"], data["account"], data["system"], data["about"], data["refs"],
        data["previous"], said,
    )  # fmt: skip


def follows(entry: Entry, before: Entry | None) -> bool:
    """Whether a line stands where it was written: right after this one."""
    if before is None:
        return entry.number == 1
    return entry.number == before.number + 1 and entry.previous == before.hash


def _line(data: dict[str, Any]) -> str:
    return _rendered(data | {"hash": _hash(data)})


def _hash(data: dict[str, Any]) -> str:
    return hashlib.sha256(_rendered(data).encode()).hexdigest()


def _rendered(data: dict[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
