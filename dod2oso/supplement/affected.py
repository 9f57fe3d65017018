"""Which dossiers of a finished export get something else from the supplement than when they were made.

Found in the ledger alone: it keeps by what a pupil is found, as the export said it, and a keyed hash of what rows gave.
"""

from sqlalchemy import select

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.ledger.answers import hash_of, keep, recalled
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
        chosen = select(*KEY_COLUMNS, *more, old).where(dossiers.c.export_id == export_id).order_by(dossiers.c.id)
        question, of = f"touched:{export_id}", ""
        if self._finder.identity:
            with self._ledger.read() as connection:
                of = hash_of(in_pages(connection, chosen), self._finder.identity)
            if recalled(self._ledger, question, of) is not None:
                return frozenset()
        found = []
        with self._ledger.read() as connection:
            for row in in_pages(connection, chosen):
                if row.old:
                    return None
                given = self._finder.find(keys_in_ledger(row)).said(self._pseudonyms)
                if not row.placed or given != row.supplied:
                    found.append(row.record)
        if of and not found:  # only that nobody is touched is asked again as it was
            keep(self._ledger, question, of)
        return frozenset(found)
