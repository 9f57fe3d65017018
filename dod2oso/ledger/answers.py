"""Answers that take long to find and follow from known things alone, kept in the ledger for the next run.

Beside each answer stands a hash of all that it follows from. Who asks gives that hash again: another one, and nothing
is known. So no answer has to be withdrawn when something changes, and without them all is only worked out anew.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select

from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import project

_KEY = "answer:"


def recalled(ledger: Ledger, question: str, of: str) -> str | None:
    """The answer that was kept for this question when it followed from `of`; None when there is no such answer."""
    with ledger.read() as connection:
        said: str | None = connection.scalar(select(project.c.value).where(project.c.key == _KEY + question))
    known, _, answer = (said or "").partition(" ")
    return answer if known == of else None


def keep(ledger: Ledger, question: str, of: str, answer: str = "") -> None:
    """Keep the answer to a question, in place of the one before; `of`: a hash of all that it follows from."""
    with ledger.write() as connection:
        connection.execute(delete(project).where(project.c.key == _KEY + question))
        connection.execute(insert(project).values(key=_KEY + question, value=f"{of} {answer}"))


def forget_all(ledger: Ledger) -> None:
    """Let everything be worked out anew."""
    with ledger.write() as connection:
        connection.execute(delete(project).where(project.c.key.startswith(_KEY)))


def hash_of(rows: Iterable[Any], *more: str) -> str:
    """A hash of the rows of a query, in the order in which they come, and of words."""
    digest = hashlib.sha256(json.dumps(more).encode())
    for row in rows:
        digest.update(json.dumps(tuple(row)).encode())
    return digest.hexdigest()
