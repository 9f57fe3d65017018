"""What parents were shown: of which content of a dossier a page was made, and since when.

The content is all that a dossier says of the pupil: its bytes in canonical form without `metadata` (which changes with
every day) and `inzage` (the answer of the parents itself). It stands in the ledger by pseudonym, so it outlives a new
delivery of the same pupil as long as nothing changed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from lxml import etree
from sqlalchemy import Connection, delete, insert, select

from dod2oso.base.xml import parse_bytes
from dod2oso.ledger.tables import project

_KEY = "inzage:"  # before pseudonym and content, in the ledger
_BESIDE = frozenset({"metadata", "inzage"})
_PAGE = 300


class Shown(NamedTuple):
    """A page that was made: of whom, of what content."""

    pseudonym: str
    content: str

    @property
    def key(self) -> str:
        return f"{_KEY}{self.pseudonym}:{self.content}"


def content_of(data: bytes) -> str:
    """SHA-256, in hex, of all that a dossier says of the pupil. `data` is a dossier that was checked."""
    return content_of_root(parse_bytes(data))


def content_of_root(root: etree._Element) -> str:
    """The same, of its root."""
    parts = hashlib.sha256()
    for child in root:
        if isinstance(child.tag, str) and etree.QName(child).localname not in _BESIDE:
            parts.update(etree.tostring(child, method="c14n", exclusive=True, with_comments=False))
    return parts.hexdigest()


def remember_shown(connection: Connection, pages: Iterable[Shown], day: date) -> None:
    """Write down that these pages were made; of what was shown before the first day stays."""
    wanted = {page.key: page for page in pages}
    known = _known(connection, list(wanted))
    new = [{"key": key, "value": day.isoformat()} for key in wanted if key not in known]
    if new:
        connection.execute(insert(project), new)


def forget_shown(connection: Connection, pseudonyms: Iterable[str]) -> None:
    """Take out all that is known of these pupils here."""
    for pseudonym in pseudonyms:
        connection.execute(delete(project).where(project.c.key.startswith(f"{_KEY}{pseudonym}:", autoescape=True)))


def inspected(connection: Connection, pseudonym: str, data: bytes) -> bool:
    """Whether parents inspected what a dossier says now: a page was made of this content, and the day of their
    inspection that the dossier names is not before that.
    """
    root = parse_bytes(data)
    page = Shown(pseudonym, content_of_root(root))
    since = _known(connection, [page.key]).get(page.key)
    said = root.find("{*}inzage/{*}inzagedatum")
    seen = "" if said is None or said.text is None else said.text.strip()[:10]
    return since is not None and bool(seen) and seen >= since


def _known(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at in range(0, len(keys), _PAGE):
        rows = connection.execute(select(project).where(project.c.key.in_(keys[at : at + _PAGE])))
        found |= {row.key: row.value for row in rows}
    return found
