"""Which dossiers of a finished export get something else from the supplement than when they were made.

Found in the ledger alone: it keeps by what a pupil is found, as the export said it, and a keyed hash of what rows gave.
"""

from sqlalchemy import select

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.ledger.rows import in_pages
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.supplement.claims import KEY_COLUMNS, RowFinder, keys_in_ledger


class Affected:
    """Holds the rows of a supplement against what the ledger knows of pupils."""

    def __init__(self, ledger: Ledger, finder: RowFinder, pseudonyms: Pseudonyms) -> None:
        self._ledger = ledger
        self._finder = finder
        self._pseudonyms = pseudonyms

    def records(self, export_id: int) -> frozenset[int] | None:
        """The numbers of the records that must be converted anew; None when that cannot be told of this export."""
        more = (dossiers.c.record, dossiers.c.supplied, dossiers.c.placed)
        old = (dossiers.c.counts.is_(None) | (dossiers.c.key_school == "")).label("old")  # recorded before it was kept
        found = []
        with self._ledger.read() as connection:
            chosen = select(*KEY_COLUMNS, *more, old).where(dossiers.c.export_id == export_id)
            for row in in_pages(connection, chosen):
                if row.old:
                    return None
                given = self._finder.find(keys_in_ledger(row)).said(self._pseudonyms)
                if not row.placed or given != row.supplied:
                    found.append(row.record)
        return frozenset(found)
