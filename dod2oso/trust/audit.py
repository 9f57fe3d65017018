"""Looking at the audit log: is it whole, what does it say, and by what can somebody else hold us to it (an anchor).

What the log alone can prove: no line in it was changed, moved or taken out of its middle. That nothing was taken off
its end, and that it was not written anew from some line on, only what is kept elsewhere can prove: an anchor, which is
the number and hash of a line. Whoever keeps one (on paper, in a mailbox) can tell later that all up to there is as it
was.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.texts import Text
from dod2oso.ledger import audit, audit_file
from dod2oso.ledger.audit import Broken, Entry, audit_refs
from dod2oso.ledger.audit_file import Compared
from dod2oso.ledger.store import Ledger

_ANCHOR = re.compile(r"\b([0-9]{1,12}):([0-9a-f]{64})\b")
_SHOWN = 20  # problems told one by one


class Anchor(NamedTuple):
    """A line by its number and hash, as somebody kept it."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(slots=True)
class Verified:
    """What was seen: how many lines, the last one, what is wrong, and what is odd but no fault."""

    lines: int = 0
    last: Entry | None = None
    problems: list[Text] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    @property
    def anchor(self) -> Anchor | None:
        return None if self.last is None else Anchor(self.last.number, self.last.hash)

    def wrong(self, text: Text) -> None:
        if len(self.problems) < _SHOWN:
            self.problems.append(text)
        elif len(self.problems) == _SHOWN:
            self.problems.append(Text("audit-more-problems"))


def anchors(texts: Iterable[str]) -> list[Anchor]:
    """Every anchor in these texts (of an option, of a file of mails); UsageError when one has none."""
    found = []
    for text in texts:
        here = [Anchor(int(number), said) for number, said in _ANCHOR.findall(text)]
        if not here:
            raise UsageError("audit-anchor-wrong")
        found += here
    return found


def verify_lines(lines: Iterable[str], kept: Sequence[Anchor] = ()) -> Verified:
    """Look at every line: as it was written, in its place; and at the anchors that somebody kept."""
    seen = Verified()
    wanted: dict[int, set[str]] = {}
    for each in kept:
        wanted.setdefault(each.number, set()).add(each.hash)
    for place, line in enumerate(lines, start=1):
        seen.lines = place
        try:
            entry = audit.read_line(line)
        except Broken as broken:
            seen.wrong(Text(broken.why, line=place))
            seen.last = None
            continue
        if not audit.follows(entry, seen.last) and not (seen.last is None and place > 1):
            seen.wrong(Text("audit-line-misplaced", line=place, number=entry.number))
        if entry.about.get("clock-went-back"):
            seen.notes.append(Text("audit-clock", line=place))
        for said in wanted.pop(entry.number, ()):
            if said != entry.hash:
                seen.wrong(Text("audit-anchor-differs", number=entry.number))
        seen.last = entry
    for number in sorted(wanted):
        seen.wrong(Text("audit-anchor-absent", number=number))
    return seen


def verify_file(path: Path, kept: Sequence[Anchor] = ()) -> Verified:
    """A file of lines by itself, without its project. ConfigurationError when it is absent."""
    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigurationError("file-absent", file=path.name) from None
    lines = data.split(b"\n")
    unfinished = lines.pop()
    seen = verify_lines((line.decode("ascii", "replace") for line in lines), kept)
    if unfinished:
        seen.wrong(Text("audit-line-unreadable", line=len(lines) + 1))
    return seen


def verify_project(ledger: Ledger, kept: Sequence[Anchor] = ()) -> Verified:
    """The log in the ledger, and whether the file beside it tells the same."""
    with ledger.read() as connection:
        seen = verify_lines(audit.lines(connection), kept)
        if ledger.out_dir is not None:
            status = audit_file.compare(connection, ledger.out_dir / audit_file.FILE)
            if status.how is Compared.BEHIND:
                seen.notes.append(Text("audit-file-behind", count=seen.lines - status.same))
            elif status.how in audit_file.PROBLEMS:
                seen.wrong(Text(audit_file.PROBLEMS[status.how], file=audit_file.FILE, line=status.same + 1))
    return seen


def entries(ledger: Ledger, *, last: int = 0, about: str = "") -> Iterator[Entry]:
    """The lines, oldest first: the `last` ones, or those about a dossier id. ConfigurationError at one that changed."""
    with ledger.read() as connection:
        ref = connection.scalar(select(audit_refs.c.ref).where(audit_refs.c.subject == about)) if about else None
        if about and ref is None:
            return
        after = max(0, audit.count(connection) - last) if last else 0
        for place, line in enumerate(audit.lines(connection, after), start=after + 1):
            try:
                entry = audit.read_line(line)
            except Broken:
                raise ConfigurationError("audit-damaged", line=place) from None
            if ref is None or ref in entry.refs:
                yield entry


def as_json(entry: Entry) -> dict[str, Any]:
    return entry._asdict()


def as_line(entry: Entry, lang: str) -> str:
    """For people: number, moment, who, what, and the numbers."""
    who = entry.account if entry.account in ("", entry.system) else f"{entry.account} ({entry.system})"
    about = ", ".join(f"{key}={_short(value)}" for key, value in entry.about.items())
    return f"{entry.number:>6}  {entry.at}  {who or entry.system}  {_what(entry.what, lang)}  {about}"


def _what(word: str, lang: str) -> str:
    """What was done, in words; of a line that another version of dod2oso wrote its own word."""
    try:
        return Text(f"audit-what-{word}").text(lang)
    except KeyError:
        return word


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]" if value and isinstance(value[0], dict) else "+".join(map(str, value))
    if isinstance(value, dict):
        return "/".join(f"{key}:{_short(each)}" for key, each in value.items())
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text


def note(ledger: Ledger, what: str, account: str, **about: Any) -> None:
    """Add one line by itself, beside whatever else is going on in the folder; the file follows."""
    with ledger.write() as connection:
        audit.append(connection, what, account, {name.replace("_", "-"): value for name, value in about.items()})
    audit_file.mirror(ledger)
