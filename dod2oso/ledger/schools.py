"""The schools that are to deliver: as the register of the run said, for every view that comes after."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import expected_schools
from dod2oso.source.register import Expected


def note_expected(ledger: Ledger, schools: Iterable[Expected]) -> None:
    """Replace what the ledger knows of expected schools; no contact and no address of a person is kept."""
    rows = [
        {
            "brin": school.brin,
            "vestiging": school.vestiging,
            "position": position,
            "name": school.name,
            "pupils": school.pupils,
            "vendor": school.vendor,
            "deadline": school.deadline.isoformat() if school.deadline is not None else "",
            "unlisted": school.unlisted,
        }
        for position, school in enumerate(schools)
    ]
    with ledger.write() as connection:
        connection.execute(delete(expected_schools))
        if rows:
            connection.execute(insert(expected_schools), rows)


def expected(connection: Connection) -> list[Row[Any]]:
    """The rows of the schools that are to deliver, in the order of the register."""
    return list(connection.execute(select(expected_schools).order_by(expected_schools.c.position)))
